"""The database: opened with safe settings, brought to the newest schema, read as one snapshot."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import NullPool, StaticPool

from ledger.errors import ConfigurationError, TransientError
from projections.postgres import end_others, fault_of, hold_schema, lock_tables, open_server
from projections.tables import JOURNAL, METADATA

if TYPE_CHECKING:
    from alembic.config import Config

T = TypeVar("T")
R = TypeVar("R")
REVISION: Final = "0002"
"""The newest revision among the migrations."""
_MIGRATIONS: Final = Path(__file__).parent / "migrations"
_CACHE_KIB: Final = 64 * 1024
"""Pages that SQLite keeps in memory: 64 MiB."""
_SCAN_KIB: Final = 4 * 1024
"""The same where whole tables are read once."""
_WAL_PAGES: Final = 16_384
"""The write-ahead log is taken into the database at 64 MiB: seldom, in long runs of pages."""
_STATISTICS: Final = 10
"""A server looks at 300 times as many rows of each table of sums."""
_STATISTICS_OF_KEYS: Final = 1
"""And at so many of a journal, which is asked by its keys."""
_AT_ONCE: Final = 4
"""How many things a server is asked for at once: the more, the less a core waits for the others."""
_BUSY_MS: Final = 60_000
"""Two processes of a rebuild write in turn; one waits for the other's flush."""


def open_database(url: str, *, writer: bool, ledger: str = "clearing") -> Engine:
    """Return an engine. A file holds one ledger; on a server `ledger` is the schema.

    Raises: TransientError where there is no database to read, ConfigurationError where the URL
    is none.
    """
    try:
        target = make_url(url)
    except ArgumentError as fault:
        raise ConfigurationError("the URL of the database cannot be read") from fault
    if target.get_backend_name() == "postgresql":
        return open_server(target, ledger, writer=writer)
    path = target.database
    in_memory = not path or path == ":memory:"
    if not in_memory and path is not None:
        if writer:
            Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not Path(path).exists():
            raise TransientError(f"there are no books at {path}; `clearing submit` makes them")
    engine = create_engine(target, poolclass=StaticPool if in_memory else NullPool)
    event.listen(engine, "connect", _settings(writer=writer, in_memory=in_memory))
    event.listen(engine, "begin", _begin)
    return engine


def _settings(*, writer: bool, in_memory: bool) -> Any:  # noqa: ANN401 -- SQLAlchemy's listener
    def connect(connection: Any, _: object) -> None:  # noqa: ANN401 -- the driver's connection
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        cursor.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        if writer and not in_memory:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute(f"PRAGMA wal_autocheckpoint={_WAL_PAGES}")
            # some builds zero what is freed; the log holds it all the same
            cursor.execute("PRAGMA secure_delete=OFF")
        elif not in_memory:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    return connect


def _begin(connection: Connection) -> None:
    """Begin for real: pysqlite would wait for the first write, and reads would see others'."""
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision.

    Raises: ConfigurationError where other tables are than books', or those of a later program.
    """
    with translated(), engine.connect() as connection:
        if revision(connection) == REVISION:
            return
    from alembic import command  # noqa: PLC0415 -- slow to import, seldom needed

    with translated(), engine.begin() as connection:
        if on_server(connection):
            hold_schema(connection)
        check_ours(connection)
        check_revision(connection, older=True)
        command.upgrade(migrations(connection), "head")


def check_ours(connection: Connection) -> None:
    """Check that there are books, or nothing yet: a log, say, is no place for them.

    Raises: ConfigurationError.
    """
    tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if tables and revision(connection) is None:
        detail = f"it has the table {min(tables)}; name the database of the books, or a new one"
        raise ConfigurationError(f"{connection.engine.url.database} holds no books: {detail}")


def check_revision(connection: Connection, *, older: bool = False) -> None:
    """Check that books are of the newest revision, or perhaps older. Raises: ConfigurationError."""
    found = revision(connection) or REVISION
    if found == REVISION or (older and found < REVISION):
        return
    what = "a writer (submit, run) brings them up" if found < REVISION else "use a later program"
    raise ConfigurationError(f"the books are at revision {found}, {REVISION} is wanted: {what}")


def migrations(connection: Connection) -> "Config":
    """Return Alembic's configuration for the scripts, to be run on a connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def revision(connection: Connection) -> str | None:
    """Return the revision of the schema, None where there is none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def make_tables(engine: Engine) -> None:
    """Make every table of the newest schema in a database that will not last."""
    with translated(), engine.begin() as connection:
        if on_server(connection):
            hold_schema(connection)
        METADATA.create_all(connection)


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Read everything from one moment; checkpoint and rows belong together."""
    with translated(), engine.connect() as connection:
        if on_server(connection):
            connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            _keep_tables(connection)
        yield connection


def _keep_tables(connection: Connection) -> None:
    """Let no rebuild put others in the place of the tables, whose rows this moment does not see."""
    if revision(connection) == REVISION:
        connection.rollback()  # the moment begins with the first question after the locks
        lock_tables(connection, METADATA.tables, "ACCESS SHARE")


def end_other_sessions(connection: Connection) -> None:
    """Let everybody else who uses these books begin anew; a file has no others who write."""
    if on_server(connection):
        end_others(connection)


def analyze(engine: Engine, tables: Iterable[Table]) -> None:
    """Let a server look how rows are spread, which it does not do by itself for split tables.

    Without it, it plans a report on them as on empty ones. Where keys decide, few rows tell enough.
    A table at a time: who makes a partition meanwhile waits for no more than one.
    """
    if not on_server(engine):
        return
    for table in tables:
        target = _STATISTICS_OF_KEYS if table.info.get(JOURNAL) else _STATISTICS
        with translated(), engine.begin() as connection:
            connection.exec_driver_sql(f"SET LOCAL default_statistics_target = {target}")
            connection.exec_driver_sql(f'ANALYZE "{table.name}"')


def side_by_side(
    engine: Engine, work: Callable[[T], R], items: Iterable[T], at_once: int = _AT_ONCE
) -> list[R]:
    """Do the same for each item, on a server with some at once; a file takes one writer."""
    if not on_server(engine):
        return [work(item) for item in items]
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(work, items))


def on_server(where: Connection | Engine) -> bool:
    """Say whether the database is a server, not a file."""
    return where.dialect.name == "postgresql"


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Lend a connection whose errors are ours: a fold or a decision must not take them for its."""
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def asking(engine: Engine) -> Iterator[Connection]:
    """Lend a connection for questions that stand alone: a server is told of no transaction.

    That would be two messages more for each.
    """
    with connected(engine) as connection:
        if on_server(connection):
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


@contextmanager
def scanning(engine: Engine) -> Iterator[Connection]:
    """Lend a connection that reads whole tables once: a file's pages need not be kept."""
    with connected(engine) as connection:
        if not on_server(connection):
            connection.exec_driver_sql(f"PRAGMA cache_size=-{_SCAN_KIB}")
        yield connection


@contextmanager
def connected_writer(engine: Engine) -> Iterator[Connection]:
    """Lend a connection whose transactions write from their start: of several, each in its turn."""
    with connected(engine) as connection:
        if not on_server(connection):
            connection.execution_options(begin="BEGIN IMMEDIATE")
        yield connection


def nobody_writes(connection: Connection) -> bool:
    """Say whether a transaction need not wait for another's end: on a server it never does."""
    if on_server(connection):
        return True
    file: Any = connection.connection.driver_connection
    file.execute("PRAGMA busy_timeout=0")
    try:
        file.execute("BEGIN IMMEDIATE")
        file.execute("ROLLBACK")
    except OperationalError:
        return False
    finally:
        file.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
    return True


@contextmanager
def translated() -> Iterator[None]:
    """Turn the database's errors into ours."""
    try:
        yield
    except DBAPIError as fault:
        raise fault_of(fault.orig or fault) from fault
    except PoolTimeout as fault:
        raise TransientError("the database cannot be used: every connection is busy") from fault
