"""Is it safe to keep books on this PostgreSQL server? What it is set to, and what we may do."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, text

from consumers.doctor import Check, check_schema
from projections.database import snapshot
from projections.postgres import schema_of

_VERSION_MIN: Final = 15
_CLOCK_OFF_MAX: Final = timedelta(seconds=2)
_WANTED: Final = (
    ("fsync", ("on",)),
    ("full_page_writes", ("on",)),
    ("synchronous_commit", ("on", "remote_apply", "remote_write", "local")),
)
"""Settings without which a commit may be lost, or half of it."""


def check_server(engine: Engine) -> Iterator[Check]:
    """Look at the server of the books; nothing is changed. Raises: TransientError if it is away."""
    with snapshot(engine) as connection:
        yield from [check for look in _LOOKS for check in look(connection)]


def _version(connection: Connection) -> Iterator[Check]:
    version = str(connection.scalar(text("SHOW server_version")))
    yield Check(
        name="books: server",
        well=int(version.split(".", maxsplit=1)[0].split(maxsplit=1)[0]) >= _VERSION_MIN,
        detail=f"PostgreSQL {version}, at least {_VERSION_MIN} wanted",
    )


def _durable(connection: Connection) -> Iterator[Check]:
    for name, wanted in _WANTED:
        value = connection.scalar(text("SELECT current_setting(:name)"), {"name": name})
        yield Check(
            name=f"books: {name}",
            well=value in wanted,
            detail=f"{name}={value}, {wanted[0]} wanted",
            unsafe=value not in wanted,
        )


def _encoding(connection: Connection) -> Iterator[Check]:
    encoding = connection.scalar(text("SHOW server_encoding"))
    detail = f"the database is encoded in {encoding}, UTF8 wanted"
    yield Check(name="books: encoding", well=encoding == "UTF8", detail=detail)


def _writable(connection: Connection) -> Iterator[Check]:
    standby = bool(connection.scalar(text("SELECT pg_is_in_recovery()")))
    detail = "the server is a standby: it can be read, not written" if standby else "takes writes"
    yield Check(name="books: primary", well=not standby, detail=detail)


def _schema(connection: Connection) -> Iterator[Check]:
    yield check_schema(connection, f"schema {schema_of(connection)}")


def _rights(connection: Connection) -> Iterator[Check]:
    """May we make what is missing: tables in the schema, or the schema itself?"""
    schema = schema_of(connection)
    there = bool(
        connection.scalar(
            text("SELECT to_regnamespace(quote_ident(:s)) IS NOT NULL"), {"s": schema}
        )
    )
    asked = "has_schema_privilege(:s, 'CREATE')" if there else _MAY_MAKE_SCHEMAS
    may = bool(connection.scalar(text(f"SELECT {asked}"), {"s": schema} if there else {}))
    what = f"tables in schema {schema}" if there else f"the schema {schema}"
    detail = f"the user may {'' if may else 'not '}make {what}"
    yield Check(name="books: rights", well=may, detail=detail)


_MAY_MAKE_SCHEMAS: Final = "has_database_privilege(current_database(), 'CREATE')"


def _clock(connection: Connection) -> Iterator[Check]:
    before = datetime.now(UTC)
    theirs = connection.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(theirs, datetime)  # what the driver makes of it
    ours = before + (datetime.now(UTC) - before) / 2
    off = abs(theirs - ours)
    detail = f"the server's clock is {off.total_seconds():.1f} s off this machine's"
    limit = f"at most {_CLOCK_OFF_MAX.total_seconds():.0f} s wanted"
    yield Check(name="books: clock", well=off <= _CLOCK_OFF_MAX, detail=f"{detail}, {limit}")


_LOOKS: Final[tuple[Callable[[Connection], Iterator[Check]], ...]] = (
    _version,
    _durable,
    _encoding,
    _writable,
    _schema,
    _rights,
    _clock,
)
