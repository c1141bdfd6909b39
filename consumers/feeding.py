"""The feed as a worker: folds each balance, and sends what was committed to finance systems.

One feeds, others stand by. Source: ADR 0012.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from time import sleep
from typing import Final

from sqlalchemy import Engine

from consumers.projector import folded
from consumers.watch import Watch
from eventlog.port import WAIT_S, BalanceSender, GrowingLog, follow_records
from ledger.errors import IntegrityError
from projections.build import check_within, flush, heads
from projections.database import translated
from projections.feed import Feed
from projections.fold import Folder
from projections.outbox import Line, begin_generation, forget, unsent
from projections.tables import FEED, live

_SEND_MAX: Final = 10_000
"""Messages of one transaction."""


class Feeding:
    """Feeds while it holds the right to; stands by while another one does."""

    def __init__(
        self,
        log: GrowingLog,
        engine: Engine,
        right: AbstractContextManager[Callable[[], bool]],
        open_sender: Callable[[], BalanceSender],
        watch: Watch,
    ) -> None:
        """Wait for the right to feed."""
        with ExitStack() as opened:
            opened.callback(engine.dispose)
            opened.callback(log.close)
            self._take = opened.enter_context(right)
            self._open = opened.pop_all()
        self._log = log
        self._engine = engine
        self._open_sender = open_sender
        self._watch = watch
        self._desk: _Desk | None = None
        watch.active(now=False)

    def step(self) -> bool:
        """Take over, or feed what is new; say whether there was something to do.

        Raises: ConcurrencyError, TransientError: close it and begin anew with another.
        """
        if self._desk is not None:
            return self._desk.step()
        self._watch.behind(0)
        with translated():
            if not self._take():
                sleep(WAIT_S)
                return False
        sender = self._open_sender()
        self._open.callback(sender.close)
        self._desk = _Desk(self._log, self._engine, sender, self._watch)
        self._watch.active(now=True)
        return True

    def close(self) -> None:
        """Give up the right, the log and the topic."""
        self._open.close()


class _Desk:
    """The one place where balances are fed, from taking over to losing the right."""

    def __init__(
        self, log: GrowingLog, engine: Engine, sender: BalanceSender, watch: Watch
    ) -> None:
        """Go on from the checkpoint; where there is none, after what readers have heard.

        Raises: IntegrityError where books or readers are ahead of the log.
        """
        self._log = log
        self._engine = engine
        self._sender = sender
        self._watch = watch
        self._sent: Line | None = None
        heard, end = sender.heard(), log.head()
        last = max(place.position for place in heard)
        if last > end.position:
            detail = f"readers have heard of position {last}, the log ends at {end.position}"
            raise IntegrityError(f"{detail}: this feed is of another log")
        at = heads(engine, [FEED])[FEED]
        check_within(at, end)
        with translated(), engine.begin() as connection:
            begin_generation(connection, max(1, *(place.generation for place in heard)))
        feed = Feed(live(FEED), [place.position for place in heard])
        self._folder = Folder([feed], at)

    def step(self) -> bool:
        """Send what is left, then fold, commit and send batch by batch."""
        busy = self._send()
        coming = follow_records(self._log, after=self._folder.head, wait_s=WAIT_S)
        for records in folded(coming, self._folder):
            busy = True
            flush(self._engine, self._folder)
            self._watch.folded(records)
            self._send()
        self._watch.behind(self._log.backlog())
        return busy

    def _send(self) -> bool:
        """Send what is in the outbox, in order, and forget what is confirmed."""
        busy = False
        while True:
            with translated(), self._engine.connect() as connection:
                waiting = unsent(connection, self._sent, _SEND_MAX)
            if not waiting:
                return busy
            self._sender.send([message.encode() for _, message in waiting])
            self._sent, busy = waiting[-1][0], True
            self._watch.sent(len(waiting))
            with translated(), self._engine.begin() as connection:
                forget(connection, self._sent)
