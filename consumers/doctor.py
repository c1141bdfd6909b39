"""Is it safe to run like this? Settings of the embedded stores, space, and who writes."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from ledger.errors import LedgerError, WriterFenced
from ledger.record import record
from projections.database import REVISION, check_ours, revision

_FREE_BYTES_MIN: Final = 1 << 30
"""Below 1 GiB free a busy day may not fit."""


@record
class Check:
    """One thing that was looked at."""

    name: str
    well: bool
    detail: str
    unsafe: bool = False
    """What was answered may be lost or wrong: no writer starts, unless told to accept it."""


def looked(name: str, look: Callable[[], Iterable[Check]]) -> list[Check]:
    """Return what was found; that nothing could be looked at is a finding too."""
    try:
        return list(look())
    except LedgerError as fault:
        return [Check(name=name, well=False, detail=str(fault))]


def check_file(name: str, path: Path) -> Iterator[Check]:
    """Look at a file of the embedded form, and at its folder."""
    folder = path.parent
    if not path.exists():
        yield Check(name=name, well=True, detail=f"{path} is not there yet; submit makes it")
        folder = next(parent for parent in path.absolute().parents if parent.exists())
    else:
        yield from _settings(name, path)
    writable = os.access(folder, os.W_OK)
    yield Check(
        name=f"{name}: folder",
        well=writable,
        detail=f"{folder} is {'writable' if writable else 'not writable'}",
    )
    free = shutil.disk_usage(folder).free
    yield Check(
        name=f"{name}: disk space",
        well=free >= _FREE_BYTES_MIN,
        detail=f"{free / (1 << 30):.1f} GiB free at {folder}, at least 1 GiB wanted",
    )


def _settings(name: str, path: Path) -> Iterator[Check]:
    try:
        read_only = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(read_only, uri=True)) as connection:
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            health = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as fault:
        yield Check(name=name, well=False, detail=f"{path} cannot be read: {fault}")
        return
    yield Check(
        name=f"{name}: journal",
        well=mode == "wal",
        detail=f"journal_mode={mode}, write-ahead logging (wal) wanted",
    )
    yield Check(name=f"{name}: file", well=health == "ok", detail=f"quick_check: {health}")


def check_schema(connection: Connection, name: str) -> Check:
    """Look at the tables of the books. Raises: ConfigurationError where they are other tables."""
    check_ours(connection)
    found = revision(connection)
    detail = f"{name} is at revision {found}, {REVISION} wanted"
    if found is None:
        detail = f"{name} has no tables yet; a writer makes them"
    return Check(name="books: schema", well=found in (None, REVISION), detail=detail)


def check_writer(log: Path, hold: Callable[[], bool]) -> Check:
    """Take the writer's lock and give it back.

    `hold` does both, and says whether an append is on disk when it returns.
    """
    if not log.exists():
        return Check(name="writer", well=True, detail="nobody writes: there is no log yet")
    try:
        full = hold()
    except WriterFenced:
        return Check(name="writer", well=True, detail="one program is writing now")
    except LedgerError as fault:
        return Check(name="writer", well=False, detail=str(fault))
    detail = "nobody writes now; a writer uses synchronous=FULL"
    return Check(name="writer", well=full, detail=detail)
