"""Is it safe to run like this? Asked by `doctor`, and by whatever writes before it starts."""

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Final

from bootstrap.configuration import Settings, cluster_of, ledger_of, on_kafka, on_server, path_of
from bootstrap.stores import open_books, open_log
from ledger.errors import ConfigurationError, LedgerError

if TYPE_CHECKING:
    from consumers.doctor import Check

AWAY: Final = "log: cluster"
"""What is looked at first: where it is away, nothing else is asked of it."""


def doctor(chosen: Settings) -> tuple[int, list["Check"]]:
    """Return where the log ends, and what was checked of configuration and stores."""
    from consumers.doctor import check_file, looked

    checks: list[Check] = []
    if on_kafka(chosen):
        checks += looked(AWAY, partial(check_log, chosen))
    else:
        checks += check_file("log", path_of(chosen.log))
    if on_server(chosen):
        checks += looked("books: server", partial(check_books, chosen))
    else:
        checks += check_file("books", path_of(chosen.db))
        if path_of(chosen.db).exists():
            checks += looked("books: schema", partial(check_books, chosen))
    if not on_kafka(chosen):
        checks.append(_check_writer(chosen))
    return _end(chosen) if all(each.well for each in checks if each.name == AWAY) else 0, checks


def _end(chosen: Settings) -> int:
    """Return where the log ends, 0 where there is none."""
    try:
        with closing(open_log(chosen)) as log:
            return log.head().position
    except LedgerError:
        return 0


def _check_writer(chosen: Settings) -> "Check":
    from consumers.doctor import check_writer
    from eventlog.sqlite import SqliteLog

    path = path_of(chosen.log)

    def hold() -> bool:
        with closing(SqliteLog(path, writer=True)) as held:
            return held.durable()

    return check_writer(path, hold)


def check_log(chosen: Settings) -> list["Check"]:
    """Look at the brokers of the log. Raises: TransientError, ConfigurationError."""
    from consumers.doctor_kafka import check_cluster
    from eventlog.survey import survey
    from eventlog.topics import Topics

    topics = Topics(ledger=ledger_of(chosen))
    return list(check_cluster(survey(cluster_of(chosen.log), topics), topics))


def check_books(chosen: Settings) -> list["Check"]:
    """Look at the server of the books, or at the tables in a file.

    Raises: TransientError, ConfigurationError.
    """
    from consumers.doctor import check_schema
    from consumers.doctor_postgres import check_server
    from projections.database import snapshot

    engine = open_books(chosen)
    try:
        if on_server(chosen):
            return list(check_server(engine))
        with snapshot(engine) as connection:
            return [check_schema(connection, str(path_of(chosen.db)))]
    finally:
        engine.dispose()


def refuse_unsafe(chosen: Settings) -> list["Check"]:
    """Return what is unsafe and accepted.

    Raises: ConfigurationError where it is not accepted; TransientError where nobody can tell.
    """
    checks = check_log(chosen) if on_kafka(chosen) else []
    checks += check_books(chosen) if on_server(chosen) else []
    unsafe = [each for each in checks if each.unsafe]
    if unsafe and not chosen.accept_unsafe:
        told = "; ".join(each.detail for each in unsafe)
        raise ConfigurationError(f"{told}: set it right, or accept it with --accept-unsafe")
    return unsafe
