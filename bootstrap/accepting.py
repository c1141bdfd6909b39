"""Where commands are sent: decided by this process, or by the workers of a log on Kafka."""

import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

from bootstrap.checking import refuse_unsafe
from bootstrap.configuration import Settings, cluster_of, ending, on_kafka
from bootstrap.stores import folding, open_books, open_log

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from consumers.embedded import Ledger, S
    from consumers.followed import FollowedLedger
    from eventlog.port import EventLog
    from schemas.outcome import Outcome

    L = TypeVar("L", Ledger, FollowedLedger)


class Submission(Protocol):
    """A ledger to which commands are sent."""

    def answers(
        self, batches: "Iterable[Sequence[S]]"
    ) -> "Iterator[tuple[Sequence[S], Sequence[Outcome]]]":
        """Return each batch with its outcomes, in order."""

    def position(self) -> int:
        """Return the last position that is decided."""


@contextmanager
def open_ledger(chosen: Settings, *, long: bool = False) -> Iterator[Submission]:
    """Open a ledger for sending commands; makes what is missing. `long`: much will come."""
    refuse_unsafe(chosen)
    if on_kafka(chosen):
        yield from _remote(chosen)
    else:
        with _open_followed(chosen) if long else open_embedded(chosen) as ledger:
            yield ledger


def _remote(chosen: Settings) -> Iterator[Submission]:
    from consumers.remote import RemoteLedger
    from eventlog.kafka_commands import KafkaCommandSender
    from eventlog.kafka_parking import KafkaParking
    from eventlog.topics import Topics, make_topics

    cluster = cluster_of(chosen.log)
    make_topics(cluster, Topics(ledger=chosen.ledger))
    engine = open_books(chosen, writer=True)
    sender = KafkaCommandSender(cluster, chosen.ledger)
    with closing(RemoteLedger(sender, KafkaParking(cluster, chosen.ledger), engine)) as ledger:
        yield ledger


@contextmanager
def open_embedded(chosen: Settings) -> Iterator["Ledger"]:
    """Open the embedded ledger for writing; makes what is missing. Level on a clean exit."""
    from consumers.embedded import Ledger

    with closing(open_log(chosen, writer=True)) as log, folding(chosen):
        _level(chosen, log)
        yield from _using(Ledger(log, open_books(chosen, writer=True)))


@contextmanager
def _open_followed(chosen: Settings) -> Iterator["FollowedLedger"]:
    """Open the same for much that will come: a second process folds the books."""
    from consumers.followed import FollowedLedger
    from consumers.follower import Follower

    with closing(open_log(chosen, writer=True)) as log:
        with folding(chosen):
            _level(chosen, log)
        books = open_books(chosen, writer=True)
        yield from _using(FollowedLedger(log, books, Follower(_follow, chosen)))


def _using(ledger: "L") -> Iterator["L"]:
    """Lend a ledger, and finish it."""
    from consumers.garbage import left_out

    try:
        with left_out():
            yield ledger
            ledger.finish()
    finally:
        ledger.close()


def _level(chosen: Settings, log: "EventLog") -> None:
    """Make the books if they are missing, and bring them level with the log."""
    from consumers.projector import catch_up
    from projections.build import NAMES

    engine = open_books(chosen, writer=True)
    try:
        catch_up(log, engine, NAMES)
    finally:
        engine.dispose()


def _follow(chosen: Settings, told: "Pipe") -> None:
    """Run the follower's process; Ctrl-C is its parent's matter."""
    from consumers.follower import follow
    from consumers.garbage import leave_out

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leave_out()
    with (
        ending(lambda sentence: sys.stderr.write(f"clearing: {sentence}\n")),
        closing(open_log(chosen)) as log,
        folding(chosen),
    ):
        engine = open_books(chosen, writer=True)
        try:
            follow(log, engine, told)
        finally:
            engine.dispose()
