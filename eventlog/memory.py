"""A log in memory: for tests and trials."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from eventlog.port import READ_MAX, Stray, refuse_retired
from ledger.errors import IntegrityError, PositionConflict
from schemas.envelope import Head


class MemoryLog:
    """Keeps its records in a list."""

    def __init__(self) -> None:
        """Start empty."""
        self._values: list[bytes] = []
        self._head = Head()
        self._parked: dict[tuple[str, bytes], Stray] = {}
        self._retired: str | None = None

    def head(self) -> Head:
        """Return the end of the log."""
        return self._head

    def append(self, values: Sequence[bytes], *, expected: Head) -> None:
        """Add records after `expected`."""
        if not values:
            return
        if expected != self._head:
            raise PositionConflict(f"the log ends at {self._head.position}")
        refuse_retired(self._retired)
        self._values.extend(values)
        self._head = Head(position=len(self._values), hash=sha256(values[-1]).digest())

    def read(
        self, *, after: int, until: int | None = None
    ) -> Iterator[Sequence[tuple[int, bytes]]]:
        """Return (position, value) in batches."""
        end = len(self._values) if until is None else min(until, len(self._values))
        for start in range(after, end, READ_MAX):
            stop = min(start + READ_MAX, end)
            yield list(enumerate(self._values[start:stop], start + 1))

    def read_at(self, positions: Sequence[int]) -> Mapping[int, bytes]:
        """Return the records at these positions."""
        for position in positions:
            if not 0 < position <= len(self._values):
                raise IntegrityError(f"the log has no record at position {position}")
        return {position: self._values[position - 1] for position in positions}

    def park(self, strays: Sequence[Stray]) -> None:
        """Keep bytes that are no command."""
        refuse_retired(self._retired)
        for stray in strays:
            self._parked.setdefault((stray.place, stray.value), stray)

    def parked(self) -> Iterator[Stray]:
        """Return what was parked."""
        yield from self._parked.values()

    def retire(self, successor: str) -> None:
        """Refuse appends from now on."""
        self._retired = successor

    def retired(self) -> str | None:
        """Return where the ledger goes on."""
        return self._retired

    def close(self) -> None:
        """Do nothing: memory goes with the process."""
