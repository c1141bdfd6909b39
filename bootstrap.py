"""The only place that reads settings and builds objects.

What is slow to import is imported where it is used: a report needs no forms and no decider.
"""

import fcntl
import gc
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final

from ledger.errors import (
    ConcurrencyError,
    ConfigurationError,
    LedgerError,
    TransientError,
    WriterFenced,
)
from ledger.record import record

if TYPE_CHECKING:
    from multiprocessing.connection import Connection as Pipe

    from sqlalchemy import Engine

    from consumers.doctor import Check
    from consumers.embedded import Ledger as Ledger  # noqa: PLC0414 -- cli names it
    from consumers.rebuild import Rebuilt as Rebuilt  # noqa: PLC0414 -- cli names it
    from eventlog.cluster import Cluster
    from eventlog.port import EventLog

Progress = Callable[[int], None]
"""Is told how many records have been folded since it was last told."""
DEFAULT_LOG: Final = "sqlite:///clearing-data/log.db"
DEFAULT_DB: Final = "sqlite:///clearing-data/books.db"
_WORTH_A_PROCESS: Final = 100_000
"""The length of a log from which on a second process pays for its start."""
_FOLDING_S: Final = 60.0
"""How long to wait for another process that still folds."""
_SQLITE: Final = "sqlite:///"
_KAFKA: Final = "kafka://"
_LEDGER: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""The name of a ledger: part of the names of topics, schemas and groups."""


@record
class Settings:
    """Where the log and the database are."""

    log: str = DEFAULT_LOG
    db: str = DEFAULT_DB
    ledger: str = "clearing"


def settings(log: str | None, db: str | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what was said on the command line, else in the environment, else the default."""
    return Settings(
        log=log or environ.get("CLEARING_LOG") or DEFAULT_LOG,
        db=db or environ.get("CLEARING_DB") or DEFAULT_DB,
        ledger=environ.get("CLEARING_LEDGER") or Settings.ledger,
    )


@contextmanager
def ending(say: Callable[[str], object]) -> Iterator[None]:
    """End the program with a sentence and a status where one of our errors comes through."""
    try:
        yield
    except LedgerError as fault:
        say(str(fault))
        raise SystemExit(_status_of(fault)) from fault


def _status_of(fault: LedgerError) -> int:
    if isinstance(fault, ConfigurationError):
        return 2
    return 3 if isinstance(fault, TransientError | ConcurrencyError) else 1


def path_of(url: str) -> Path:
    """Return the file of a sqlite URL. Raises: ConfigurationError for any other URL."""
    if not url.startswith(_SQLITE) or len(url) == len(_SQLITE):
        raise ConfigurationError(f"{url}: write sqlite:///PATH")
    return Path(url.removeprefix(_SQLITE))


def open_log(chosen: Settings, *, writer: bool = False) -> "EventLog":
    """Return the log. Raises: WriterFenced, TransientError, ConfigurationError."""
    if chosen.log.startswith(_KAFKA):
        from eventlog.kafka import KafkaLog

        return KafkaLog(cluster_of(chosen.log), ledger_of(chosen), writer=writer)
    from eventlog.sqlite import SqliteLog

    return SqliteLog(path_of(chosen.log), writer=writer)


def ledger_of(chosen: Settings) -> str:
    """Return the ledger's name. Raises: ConfigurationError for one that topics cannot have."""
    if not _LEDGER.fullmatch(chosen.ledger):
        raise ConfigurationError(
            f"CLEARING_LEDGER={chosen.ledger}: write small letters, digits, - and _, 40 at most"
        )
    return chosen.ledger


def cluster_of(url: str, environ: Mapping[str, str] = os.environ) -> "Cluster":
    """Return the brokers of a URL, with what the environment says of signing in."""
    from eventlog.cluster import Cluster

    servers = tuple(url.removeprefix(_KAFKA).rstrip("/").split(","))
    if not all(re.fullmatch(r".+:[0-9]{1,5}", server) for server in servers):
        raise ConfigurationError(f"{url}: write kafka://HOST:PORT[,HOST:PORT...]")
    user = environ.get("CLEARING_KAFKA_USER")
    security = environ.get("CLEARING_KAFKA_SECURITY_PROTOCOL") or "PLAINTEXT"
    return Cluster(
        servers=servers,
        security_protocol=security,
        ca_file=_file(environ, "CLEARING_KAFKA_CA_FILE"),
        cert_file=_file(environ, "CLEARING_KAFKA_CERT_FILE"),
        key_file=_file(environ, "CLEARING_KAFKA_KEY_FILE"),
        sasl_mechanism=environ.get("CLEARING_KAFKA_SASL_MECHANISM")
        or ("SCRAM-SHA-512" if security.startswith("SASL") else None),
        user=user,
        password=_password(environ),
    )


def _file(environ: Mapping[str, str], name: str) -> str | None:
    path = environ.get(name)
    if path and not Path(path).is_file():
        raise ConfigurationError(f"{name}={path}: there is no such file")
    return path or None


def _password(environ: Mapping[str, str]) -> str | None:
    path = _file(environ, "CLEARING_KAFKA_PASSWORD_FILE")
    return Path(path).read_text("utf-8").rstrip("\r\n") if path else None


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


def address_of(chosen: Settings) -> str:
    """Return a URL by which somebody elsewhere finds a log."""
    if chosen.log.startswith(_KAFKA):
        return f"{chosen.log} (CLEARING_LEDGER={chosen.ledger})"
    return f"{_SQLITE}{path_of(chosen.log).absolute()}"


def open_books(chosen: Settings, *, writer: bool = False) -> "Engine":
    """Return the database; a writer makes it and brings its schema up to date."""
    from projections.database import migrate, open_database

    path_of(chosen.db)
    engine = open_database(chosen.db, writer=writer)
    if writer:
        migrate(engine)
    return engine


@contextmanager
def open_ledger(chosen: Settings, *, long: bool = False) -> Iterator["Ledger"]:
    """Open the embedded ledger for writing; makes what is missing.

    `long` says that much will come: a second process folds the books. They are level on a clean
    exit.
    """
    from consumers.embedded import Ledger
    from consumers.follower import Follower

    path_of(chosen.log)  # where the log is on Kafka the workers decide, and nobody beside them
    log = open_log(chosen, writer=True)
    try:
        with _folding(chosen):
            _level(chosen, log)
            if not long:
                ledger = Ledger(log, open_books(chosen, writer=True))
                yield from _using(ledger)
                return
        yield from _using(Ledger(log, open_books(chosen, writer=True), Follower(_follow, chosen)))
    finally:
        log.close()


def _using(ledger: "Ledger") -> Iterator["Ledger"]:
    """Lend a ledger without the garbage collector: events make no cycles, and are many."""
    gc.freeze()
    gc.disable()
    try:
        yield ledger
        ledger.finish()
    finally:
        gc.enable()
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

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.disable()
    with (
        ending(lambda sentence: sys.stderr.write(f"clearing: {sentence}\n")),
        closing(open_log(chosen)) as log,
        _folding(chosen),
    ):
        engine = open_books(chosen, writer=True)
        try:
            follow(log, engine, told)
        finally:
            engine.dispose()


@contextmanager
def _folding(chosen: Settings) -> Iterator[None]:
    """Hold the books for folding; waits for a follower whose decider has died.

    Raises: WriterFenced if somebody else goes on folding.
    """
    path = path_of(chosen.db)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("ab") as lock:
        deadline = monotonic() + _FOLDING_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as held:
                if monotonic() > deadline:
                    raise WriterFenced(f"another program is folding into {path}") from held
                sleep(0.05)
            else:
                break
        yield


@contextmanager
def open_reader(
    chosen: Settings, *, at: int | None = None
) -> Iterator[tuple["EventLog", "Engine"]]:
    """Open log and books for reading; `at` folds the log up to a past position beside them."""
    log = open_log(chosen)
    try:
        engine = open_books(chosen) if at is None else _books_at(log, at)
        try:
            yield log, engine
        finally:
            engine.dispose()
    finally:
        log.close()


def rebuild(
    chosen: Settings,
    names: Sequence[str] = (),
    *,
    replace: bool = False,
    progress: Progress = lambda _: None,
) -> list["Rebuilt"]:
    """Fold projections again beside the live ones, in two processes, compare and switch.

    The writer's lock is held all the while.
    """
    from consumers.projector import catch_up
    from consumers.rebuild import SHARES, prepare, settle
    from projections.build import NAMES

    with closing(open_log(chosen, writer=True)) as log, _folding(chosen):
        engine = open_books(chosen, writer=True)
        wanted = names or NAMES
        catch_up(log, engine, wanted)
        until = log.head().position
        prepare(engine, wanted)
        shares = [[name for name in share if name in wanted] for share in SHARES]
        _fold_shares(chosen, [share for share in shares if share], until, progress)
        return settle(engine, wanted, until, replace=replace)


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
    engine = open_database(chosen.db, writer=True)
    try:
        fold_again(log, engine, share, until, progress)
    finally:
        engine.dispose()
        log.close()


def check_position(log: "EventLog", position: int) -> None:
    """Check that the log reaches a position. Raises: ConfigurationError."""
    end = log.head().position
    if not 0 <= position <= end:
        raise ConfigurationError(f"the log ends at position {end}, there is no {position}")


def _books_at(log: "EventLog", position: int) -> "Engine":
    """Return books in memory, folded up to a position."""
    from consumers.projector import fold_log
    from projections.build import NAMES, folder_at
    from projections.database import make_tables, open_database
    from schemas.envelope import Head

    check_position(log, position)
    engine = open_database("sqlite://", writer=True)
    make_tables(engine)
    fold_log(log, engine, folder_at(engine, NAMES, Head()), until=position)
    return engine


def verify(chosen: Settings, progress: Progress = lambda _: None) -> tuple[int, list[str]]:
    """Return the position of the books, and what is wrong with them or the log."""
    from tempfile import TemporaryDirectory

    from consumers.verify import verify as findings
    from projections.build import heads
    from projections.database import make_tables, open_database

    with open_reader(chosen) as (log, live), TemporaryDirectory(prefix="clearing-") as folder:
        path = f"{folder}/again.db"
        again = open_database(f"{_SQLITE}{path}", writer=True)
        make_tables(again)
        try:
            position = min(head.position for head in heads(live).values())
            return position, list(findings(log, live, again, path, progress))
        finally:
            again.dispose()


def history(
    log: "EventLog", engine: "Engine", claim_id: str, at: int | None = None
) -> dict[str, Any]:
    """Return the document of one claim's life, up to a position if one is given."""
    from projections.database import snapshot
    from projections.fold import checkpoints_of
    from projections.histories import positions_of
    from reports.history import history as document
    from schemas.envelope import unseal

    with snapshot(engine) as connection:
        positions = positions_of(connection, claim_id)
        position = min(head.position for head in checkpoints_of(connection).values())
    if at is not None:
        check_position(log, at)
        position = at
        positions = [place for place in positions if place <= at]
    stored = log.read_at(positions)
    events = [(place, unseal(stored[place])[0].event) for place in positions]
    return document(claim_id, events, position)


def answer(log: "EventLog", engine: "Engine", command_id: str) -> dict[str, Any] | None:
    """Return the answer that a command got, or None."""
    from consumers.decider import first_answer
    from ledger.vocabulary import CommandId
    from projections.commands import CommandIds
    from projections.tables import live

    ids = CommandIds(live("commands"), engine.connect)
    bound = ids.bound(CommandId(command_id))
    if bound is None:
        return None
    return first_answer(log, bound.position).document()


def doctor(chosen: Settings) -> tuple[int, list["Check"]]:
    """Return where the log ends, and what was checked of configuration and stores."""
    from consumers.doctor import check_embedded
    from eventlog.sqlite import SqliteLog

    def hold() -> bool:
        with closing(SqliteLog(path_of(chosen.log), writer=True)) as held:
            return held.durable()

    checks = list(check_embedded(path_of(chosen.log), path_of(chosen.db), hold))
    try:
        with closing(open_log(chosen)) as log:
            return log.head().position, checks
    except LedgerError:
        return 0, checks
