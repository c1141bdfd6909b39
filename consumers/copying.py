"""Moving house: a whole log carried elsewhere, byte for byte, and closed where it was."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, TypeVar

from eventlog.port import EventLog, Stray, head_at, read_records
from ledger.errors import ConfigurationError, require
from schemas.envelope import Head

_BYTES: Final = 16 * 1024 * 1024
"""How much is appended, or parked, at once; a single record may be more than that."""
_RECORDS: Final = 5_000
T = TypeVar("T")


def carry(
    source: EventLog, target: EventLog, address: str, progress: Callable[[int], None]
) -> tuple[int, int]:
    """Copy what the target lacks, check all of it, and retire the source in favour of `address`.

    Both are open for writing. Interrupted, it goes on when called again. Returns the numbers of
    records and of parked lines that the target holds of the source.
    """
    _check_ends(source, target, address)
    _copy_records(source, target, progress)
    parked = _copy_strays(source, target)
    _check_copy(source, target)
    if source.retired() is None:
        source.retire(address)
    return source.head().position, parked


def _check_ends(source: EventLog, target: EventLog, address: str) -> None:
    """Check that the ledger does not fork: one log goes on, and the target is its beginning."""
    where = source.retired()
    if where not in (None, address):
        raise ConfigurationError(f"the log to copy is closed; the ledger goes on at {where}")
    where = target.retired()
    if where is not None:
        raise ConfigurationError(f"the log to copy to is closed; the ledger goes on at {where}")
    old, new = source.head(), target.head()
    if new.position > old.position and source.retired() is None:
        raise ConfigurationError(
            f"the target holds {new.position} records, the log to copy {old.position}"
        )
    last = min(old.position, new.position)
    if head_at(source, last) != head_at(target, last):
        raise ConfigurationError(f"the target holds another log: position {last} differs")


def _copy_records(source: EventLog, target: EventLog, progress: Callable[[int], None]) -> None:
    """Append what the target lacks; its writer chains each part to what it holds."""
    for batch in source.read(after=target.head().position):
        for part in _parts([value for _, value in batch], len):
            target.append(part, expected=target.head())
            progress(len(part))


def _copy_strays(source: EventLog, target: EventLog) -> int:
    """Park what was parked; what the target has is not parked again."""
    count = 0
    for part in _parts(source.parked(), lambda stray: len(stray.value)):
        target.park(part)
        count += len(part)
    return count


def _parts(items: Iterable[T], size: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """Cut a sequence into parts with a bound on number and bytes."""
    part: list[T] = []
    held = 0
    for item in items:
        if part and (held + size(item) > _BYTES or len(part) == _RECORDS):
            yield part
            part, held = [], 0
        part.append(item)
        held += size(item)
    if part:
        yield part


def _check_copy(source: EventLog, target: EventLog) -> None:
    """Read the whole copy, its chain and what it says, and compare its end and strays."""
    until = source.head()
    last = Head()
    for batch in read_records(target, after=Head(), until=until.position):
        last = batch.head
    require(last == until, f"the copy ends at {last.position} otherwise than the log")
    missing = _names(source.parked()) - _names(target.parked())
    require(not missing, f"{len(missing)} parked lines are not in the copy")


def _names(strays: Iterable[Stray]) -> set[tuple[str, bytes, str]]:
    return {(each.place, sha256(each.value).digest(), each.reason) for each in strays}
