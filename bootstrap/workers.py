"""The long-running workers of a ledger on Kafka."""

import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from threading import Event
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from bootstrap.checking import refuse_unsafe
from bootstrap.children import end_with_parent
from bootstrap.configuration import Settings, cluster_of, ending, ledger_of, on_kafka, shown
from bootstrap.stores import open_books, right_to
from ledger.errors import ConfigurationError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe
    from multiprocessing.context import SpawnProcess

    from consumers.supervise import Worker
    from consumers.watch import Watch

Role: TypeAlias = Literal["decider", "projector", "feed"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
_STOP_S: Final = 30.0
"""How long a worker may take for its last batch."""
_LOOK_S: Final = 0.2


def run(chosen: Settings, roles: Sequence[Role], address: tuple[str, int] | None) -> None:
    """Run workers until SIGTERM or Ctrl-C: one here, several each in a process of its own.

    `address` is where health and metrics are asked for; several take one port after the other.
    Raises: ConfigurationError; what ends a worker, if it is the only one.
    """
    if not on_kafka(chosen):
        raise ConfigurationError("workers are for a log on Kafka; `clearing submit` decides itself")
    ledger_of(chosen)
    with _told_to_stop() as stop:
        if len(roles) == 1:
            _work(chosen, roles[0], address, stop)
            return
        _run_each(chosen, roles, address, stop)


@contextmanager
def _told_to_stop() -> Iterator[Event]:
    stop = Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _run_each(
    chosen: Settings, roles: Sequence[Role], address: tuple[str, int] | None, stop: Event
) -> None:
    """Run each role in a process; when one ends, all end, and each reason is said once."""
    context = get_context("spawn")
    processes: list[SpawnProcess] = []
    reasons: dict[Role, Pipe] = {}
    for place, role in enumerate(roles):
        own = (address[0], address[1] + place if address[1] else 0) if address else None
        reasons[role], told = context.Pipe(duplex=False)
        process = context.Process(target=_run_one, args=(chosen, role, own, told), name=role)
        process.start()
        processes.append(process)
        told.close()
    while all(process.is_alive() for process in processes) and not stop.wait(_LOOK_S):
        pass
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(_STOP_S)
        if process.is_alive():
            process.kill()
            process.join()
    _say(reasons)
    untold = -signal.SIGTERM  # it was told to end before it could listen
    codes = [process.exitcode or 0 for process in processes]
    status = max((abs(code) for code in codes if code != untold), default=0)
    if status:
        sys.exit(min(status, 3))


def _say(reasons: "Mapping[Role, Pipe]") -> None:
    """Say why workers have ended; a reason that several have, once."""
    said: dict[str, list[str]] = {}
    for role, reason in reasons.items():
        with suppress(EOFError):
            said.setdefault(reason.recv(), []).append(role)
    for sentence, whose in said.items():
        sys.stderr.write(f"clearing: {', '.join(whose)}: {sentence}\n")


def _run_one(chosen: Settings, role: Role, address: tuple[str, int] | None, told: "Pipe") -> None:
    """Run one worker as a process of its own, which ends with its parent."""
    end_with_parent(_STOP_S)
    with ending(told.send):
        run(chosen, [role], address)


def _work(chosen: Settings, role: Role, address: tuple[str, int] | None, stop: Event) -> None:
    import structlog

    from consumers.garbage import leave_out
    from consumers.health import serving
    from consumers.logs import log_to_stderr
    from consumers.supervise import keep_running
    from consumers.watch import Watch

    log_to_stderr(role=role, ledger=chosen.ledger)
    watch = Watch(role)
    leave_out()
    make = partial(make_worker, chosen, role, watch)
    structlog.get_logger().info("starts", log=chosen.log, db=shown(chosen.db))
    with serving(watch, address):
        keep_running(make, stop, watch)
    structlog.get_logger().info("stopped")


def make_worker(chosen: Settings, role: Role, watch: "Watch") -> "Worker":
    """Make a worker, where the settings of broker and server let it: they may have changed."""
    import structlog

    unsafe = tuple(check.detail for check in refuse_unsafe(chosen))
    if unsafe != watch.reasons:
        watch.unsafe(unsafe)
        structlog.contextvars.bind_contextvars(unsafe=len(unsafe))
        for detail in unsafe:
            structlog.get_logger().warning("unsafe, and accepted", setting=detail)
    return _MAKERS[role](chosen, watch)


def _decider(chosen: Settings, watch: "Watch") -> "Worker":
    from consumers.deciding import Deciding
    from eventlog.kafka import KafkaLog
    from eventlog.kafka_commands import KafkaCommandReader
    from eventlog.topics import Topics, make_topics

    cluster, ledger = cluster_of(chosen.log), ledger_of(chosen)
    make_topics(cluster, Topics(ledger=ledger))
    with ExitStack() as opened:
        engine = open_books(chosen, writer=True)
        opened.callback(engine.dispose)
        commands = KafkaCommandReader(cluster, ledger, group=True)
        opened.pop_all()
    return Deciding(commands, lambda: KafkaLog(cluster, ledger, writer=True), engine, watch)


def _projector(chosen: Settings, watch: "Watch") -> "Worker":
    from consumers.decider import DECIDING
    from consumers.projecting import Projecting
    from eventlog.kafka import KafkaLog
    from projections.build import NAMES

    names = [name for name in NAMES if name not in DECIDING]
    with ExitStack() as opened:
        engine = open_books(chosen, writer=True)
        opened.callback(engine.dispose)
        log = opened.enter_context(closing(KafkaLog(cluster_of(chosen.log), ledger_of(chosen))))
        worker = Projecting(log, engine, names, watch)
        opened.pop_all()
    return worker


def _feed(chosen: Settings, watch: "Watch") -> "Worker":
    from consumers.feeding import Feeding
    from eventlog.kafka import KafkaLog
    from eventlog.kafka_feed import KafkaFeed

    cluster, ledger = cluster_of(chosen.log), ledger_of(chosen)
    return Feeding(
        KafkaLog(cluster, ledger),
        open_books(chosen, writer=True),
        right_to(chosen, "feeding"),
        lambda: KafkaFeed(cluster, ledger),
        watch,
    )


_MAKERS: Final[Mapping[Role, "Callable[[Settings, Watch], Worker]"]] = {
    "decider": _decider,
    "projector": _projector,
    "feed": _feed,
}
