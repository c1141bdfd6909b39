"""The books on a PostgreSQL server: a schema a ledger, safe sessions, its faults in our words."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, Table, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateTable

from ledger.errors import ConfigurationError, IntegrityError, LedgerError, TransientError
from ledger.naming import ledger_named
from projections.tables import FILLING, SPLIT

_CONNECT_S: Final = 10
_SILENCE_MS: Final = 30_000
"""How long a server may leave what was sent unacknowledged before the connection is given up."""
_IDLE_MS: Final = 20_000
"""How long a writer that is frozen in a transaction may keep its rows from its successor."""
_CONNECTIONS_MAX: Final = 8
"""Four that make keys side by side have one each; of two copies that settle, one folds with two
more; and one may keep vacuum off."""
_WAIT_S: Final = 30
"""How long to wait for one of them."""


@compiles(CreateTable, "postgresql")
def _create_table(made: CreateTable, compiler: Any, **options: Any) -> str:  # noqa: ANN401
    statement = str(compiler.visit_create_table(made, **options)).rstrip()
    split = made.element.info.get(SPLIT)
    if split:
        return f"{statement} PARTITION BY {split}"
    return statement + without_vacuum(made.element)


def without_vacuum(table: Table) -> str:
    """Return what keeps autovacuum from a copy that is being filled, whose keys wait for it."""
    return " WITH (autovacuum_enabled = false)" if table.info.get(FILLING) else ""


def open_server(url: URL, ledger: str, *, writer: bool) -> Engine:
    """Return an engine whose sessions see one ledger's schema; a reader's cannot write.

    Passwords come from the URL, PGPASSWORD or ~/.pgpass, as libpq reads them, and are never shown.
    Raises: ConfigurationError where the ledger's name is none.
    """
    options = f'-c search_path="{ledger_named(ledger)}" -c timezone=UTC'
    options += " -c jit=off"  # compiling a query over partitions takes longer than running it
    if writer:
        options += f" -c idle_in_transaction_session_timeout={_IDLE_MS}"
    else:
        options += " -c default_transaction_read_only=on"
        options += " -c default_transaction_isolation=repeatable\\ read"
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=_CONNECTIONS_MAX,
        max_overflow=0,
        pool_timeout=_WAIT_S,
        connect_args={
            "options": options,
            "application_name": f"clearing {ledger} {os.getpid()}",
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_S,
            "tcp_user_timeout": _SILENCE_MS,
        },
    )


def hold_schema(connection: Connection) -> None:
    """Make the ledger's schema if it is missing; who migrates it holds it until the commit."""
    schema = schema_of(connection)
    lock = text("SELECT pg_advisory_xact_lock(hashtext('clearing'), hashtext(:name))")
    connection.execute(lock, {"name": f"{schema}/migrations"})
    there = text("SELECT to_regnamespace(quote_ident(:name)) IS NOT NULL")
    if not connection.scalar(there, {"name": schema}):
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))


def lock_tables(connection: Connection, names: Iterable[str], mode: str) -> None:
    """Lock tables until the transaction ends, in the order of their names.

    One order for all: else a switch of tables and who reads several would wait for each other.
    """
    tables = ", ".join(f'ONLY "{name}"' for name in sorted(names))
    connection.execute(text(f"LOCK TABLE {tables} IN {mode} MODE"))


@contextmanager
def unvacuumed(engine: Engine, names: Iterable[str]) -> Iterator[None]:
    """Keep autovacuum from tables that will be dropped: that waits a second for each it is at.

    By a lock that neither readers nor writers meet, on partitions and not on what they are of, so
    that others can be made; a session's end gives it back. Who vacuums by hand is let be.
    """
    with ThreadPoolExecutor(1) as pool, engine.connect() as connection:
        locking = pool.submit(_keep_vacuum_off, connection, list(names))  # it may wait that second
        try:
            yield
        finally:
            locking.result()
            connection.invalidate()


def _keep_vacuum_off(connection: Connection, names: Sequence[str]) -> None:
    with suppress(DBAPIError):  # it is for speed: what is really wrong others will say
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = {_VACUUM_MS}"))
        parts = list(connection.scalars(text(_PARTITIONS), {"names": names}))
        lock_tables(connection, parts, "SHARE UPDATE EXCLUSIVE")


_VACUUM_MS: Final = 5_000
"""How long autovacuum may take to give way; a server tells it to after a second."""
_PARTITIONS: Final = """
    WITH named AS (SELECT to_regclass(name) AS id FROM unnest(CAST(:names AS text[])) AS name)
    SELECT relname FROM pg_class WHERE relkind = 'r' AND oid IN (
        SELECT id FROM named UNION SELECT relid FROM named, pg_partition_tree(id)
    )
"""


def schema_of(connection: Connection) -> str:
    """Return the schema that a session sees, made or not."""
    return str(connection.scalar(text("SHOW search_path"))).strip('"')


def end_others(connection: Connection) -> None:
    """End the sessions of everybody else who uses this ledger's books; their programs begin anew.

    What they hold in memory was read from tables that are others now.
    """
    connection.execute(text(_END_OTHERS), {"ledger": f"clearing {schema_of(connection)} "})


_END_OTHERS: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, :ledger)
    AND usename = current_user AND application_name <> current_setting('application_name')
"""


@contextmanager
def exclusive_right(engine: Engine, to: str) -> Iterator[Callable[[], bool]]:
    """Lend a function that tries to take the right to do something; given back at the end."""
    attempt = text("SELECT pg_try_advisory_lock(hashtext('clearing'), hashtext(:name))")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = f"{schema_of(connection)}/{to}"
        try:
            yield lambda: bool(connection.scalar(attempt, {"name": name}))
        finally:
            connection.invalidate()  # the session's end gives the lock back, whatever its state


def fault_of(fault: BaseException) -> LedgerError:
    """Return a fault of the server or the way to it as one of ours, in one sentence."""
    said = _sentence(fault)
    state = getattr(fault, "sqlstate", None) or ""
    if state in _NOT_THERE or said.startswith(_NOT_IN_FILE):
        return TransientError(f"there are no books in this database yet, or old ones: {said}")
    if state == "42501":
        return ConfigurationError(f"the database user has too few rights: {said}")
    if state == "25P03":
        return TransientError(f"the database gave up a session that stood still: {said}")
    if state == "25006":
        return TransientError(f"the database takes no writes now: {said}")
    if state[:2] in _WORLD or type(fault).__name__ == "OperationalError":
        return TransientError(f"the database cannot be used: {said}")
    return IntegrityError(f"the database refuses a row: {said}")


_NOT_THERE: Final = frozenset({"42P01", "42703", "3F000"})
"""No such table, column or schema."""
_NOT_IN_FILE: Final = ("no such table", "no such column")
"""The same as SQLite says it."""
_WORLD: Final = frozenset({"08", "28", "3D", "40", "53", "55", "57", "58"})
"""Connection, log-in, no such database, deadlock, no room, lock, shutdown, input and output."""


def _sentence(fault: BaseException) -> str:
    lines = [line.strip() for line in str(fault).splitlines()]
    return next((line for line in lines if line), type(fault).__name__)
