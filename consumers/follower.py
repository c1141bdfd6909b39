"""A second process that folds the log into the books while the first one decides.

For long files: deciding takes one core, folding the other. The decider keeps what it decided in
memory until the books hold it. If the decider dies, its pipe ends: the follower folds what it was
told of and ends too; what it was not told of is folded by the next start.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from time import monotonic, sleep
from typing import Final

from sqlalchemy import Engine

from consumers.projector import folded
from eventlog.port import EventLog, read_records
from ledger.errors import TransientError
from projections.build import NAMES, flush, folder_at, heads
from projections.fold import Folder

_FLUSH_RECORDS: Final = 20_000
"""How many records are folded before they are written: less than the decider keeps in memory."""
_IDLE_S: Final = 0.5
"""How long the follower waits for more before it writes what it has."""
_STOP_S: Final = 120.0
"""How long a follower may take for the rest once it is told to end."""


def follow(log: EventLog, engine: Engine, told: Pipe) -> None:
    """Fold the log up to each position that is told, until the pipe ends."""
    folder = folder_at(engine, NAMES, heads(engine)[NAMES[0]])
    ended = False
    while not ended:
        if folder.pending and not told.poll(_IDLE_S):
            flush(engine, folder)
        until, ended = _newest(told)
        _fold(log, engine, folder, until)
    flush(engine, folder)


def _newest(told: Pipe) -> tuple[int, bool]:
    """Return the last position told so far (0: none), waiting for one, and whether it was all."""
    until = 0
    try:
        while not until or told.poll():
            until = told.recv()
    except EOFError:
        return until, True
    return until, False


def _fold(log: EventLog, engine: Engine, folder: Folder, until: int) -> None:
    for _ in folded(read_records(log, after=folder.head, until=until), folder):
        if folder.pending >= _FLUSH_RECORDS:
            flush(engine, folder)


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class Follower:
    """The decider's side: tells positions, asks how far the books are, ends the process."""

    def __init__(self, run: Callable[..., None], *args: object) -> None:
        """Start `run(*args, pipe)` in a process of its own."""
        context = get_context("spawn")
        told, self._tell = context.Pipe(duplex=False)
        self._process = context.Process(target=run, args=(*args, told), daemon=True)
        with _deaf_to_interrupts():  # the child inherits it: Ctrl-C is its parent's matter
            self._process.start()
        told.close()

    def tell(self, position: int) -> None:
        """Say that the log holds records up to a position. Raises: TransientError if it ended."""
        try:
            self._tell.send(position)
        except (BrokenPipeError, OSError) as fault:
            raise self._ended() from fault

    def wait(self, reached: Callable[[], bool]) -> None:
        """Wait until the books are so far. Raises: TransientError if the process ended."""
        while not reached():
            if not self._process.is_alive():
                raise self._ended()
            sleep(0.01)

    def finish(self) -> None:
        """Let it fold the rest and end. Raises: TransientError if it failed."""
        self._tell.close()
        deadline = monotonic() + _STOP_S
        self._process.join(max(0.0, deadline - monotonic()))
        if self._process.exitcode != 0:
            self._process.kill()
            raise self._ended()

    def leave(self) -> None:
        """Let it fold what it was told of, and end; whatever comes of it, the log is whole."""
        self._tell.close()
        self._process.join(_STOP_S)

    def _ended(self) -> TransientError:
        detail = "the books could not be brought level; nothing is lost, the log holds all of it"
        return TransientError(f"{detail}: run `clearing doctor`, then submit again")
