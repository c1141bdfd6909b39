"""Folding again, checking, moving house."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Final

from bootstrap.configuration import SQLITE, Progress, Settings, address_of
from bootstrap.stores import folding, open_books, open_log, open_reader
from ledger.errors import ConfigurationError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from consumers.rebuild import Rebuilt as Rebuilt  # noqa: PLC0414 -- cli names it

_WORTH_A_PROCESS: Final = 100_000
"""The length of a log from which on a second process pays for its start."""


def rebuild(
    chosen: Settings,
    names: Sequence[str] = (),
    *,
    replace: bool = False,
    progress: Progress = lambda _: None,
) -> list["Rebuilt"]:
    """Fold projections again beside the live ones, in two processes, compare and switch.

    The writer's lock is held all the while. The feed is one of them only where it is named.
    Raises: ConfigurationError where there is no feed.
    """
    from consumers.projector import catch_up
    from consumers.rebuild import SHARES, prepare, settle
    from projections.build import NAMES, heads
    from projections.tables import FEED

    with (
        closing(open_log(chosen, writer=True)) as log,
        folding(chosen),
        _books(chosen, writer=True) as engine,
    ):
        wanted = names or NAMES
        if FEED in wanted and not heads(engine, [FEED])[FEED].position:
            raise ConfigurationError("there is no feed; `clearing run --role feed` makes one")
        catch_up(log, engine, wanted)
        until = log.head().position
        prepare(engine, wanted)
        shares = [[name for name in share if name in wanted] for share in (*SHARES, (FEED,))]
        _fold_shares(chosen, [share for share in shares if share], until, progress)
        return settle(engine, wanted, until, replace=replace)


@contextmanager
def _books(chosen: Settings, *, writer: bool = False) -> Iterator["Engine"]:
    engine = open_books(chosen, writer=writer)
    try:
        yield engine
    finally:
        engine.dispose()


def _fold_shares(
    chosen: Settings, shares: Sequence[Sequence[str]], until: int, progress: Progress
) -> None:
    """Fold each share in a process of its own; a single one, or a short log, in this one."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    if len(shares) == 1 or until < _WORTH_A_PROCESS:
        for share in shares:
            _fold_share(chosen, share, until, progress)
        return
    with ProcessPoolExecutor(len(shares) - 1, mp_context=get_context("spawn")) as pool:
        others = [pool.submit(_fold_share, chosen, share, until) for share in shares[1:]]
        _fold_share(chosen, shares[0], until, progress)
        for other in others:
            other.result()


def _fold_share(
    chosen: Settings, share: Sequence[str], until: int, progress: Progress = lambda _: None
) -> None:
    from consumers.rebuild import fold_again
    from projections.database import open_database

    log = open_log(chosen)
    engine = open_database(chosen.db, writer=True, ledger=chosen.ledger)
    try:
        fold_again(log, engine, share, until, progress)
    finally:
        engine.dispose()
        log.close()


def verify(chosen: Settings, progress: Progress = lambda _: None) -> tuple[int, list[str]]:
    """Return the position of the books, and what is wrong with them or the log."""
    from tempfile import TemporaryDirectory

    from consumers.verify import verify as findings
    from projections.build import heads
    from projections.database import make_tables, open_database

    with open_reader(chosen) as (log, live), TemporaryDirectory(prefix="clearing-") as folder:
        again = open_database(f"{SQLITE}{folder}/again.db", writer=True)
        make_tables(again)
        try:
            position = min(head.position for head in heads(live).values())
            return position, list(findings(log, live, again, progress))
        finally:
            again.dispose()


def copy_log(
    source: Settings, target: Settings, progress: Progress = lambda _: None
) -> tuple[int, int]:
    """Carry a log elsewhere and close it where it was; return how many records and parked lines.

    Raises: ConfigurationError where the target holds another log; IntegrityError where the copy
    is not what was copied.
    """
    from consumers.copying import carry

    if source.log == target.log:
        raise ConfigurationError("--from and --to are the same log")
    open_log(source).close()  # a writer would make what is not there
    with (
        closing(open_log(source, writer=True)) as old,
        closing(open_log(target, writer=True)) as new,
    ):
        return carry(old, new, address_of(target), progress)
