"""Every log that a released version wrote is read by this one, to the last named cell.

`tests/golden/log-vN/` holds logs of schema version N as raw records, one a line, and the published
values of their chains. They are written once, by `SNAP_UPDATE=1 pytest tests/property -k golden`
when a version has none yet, and never again: this version and every later one must read them.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from consumers.projector import fold_log
from eventlog.memory import MemoryLog
from ledger.events import Event
from projections.build import NAMES, folder_at
from projections.database import snapshot
from projections.invariants import broken
from projections.statements import wrong_statements
from schemas import envelope
from schemas.envelope import EVENTS, Head, Origin, seal, unseal
from tests.auditor.compare import differences
from tests.auditor.golden import FOLDER, three_provinces

from .memory import MemoryLedger, empty_books, report_of
from .specimens import specimen

RECEIVED: Final = datetime(2025, 12, 31, 4, tzinfo=UTC)
"""When the golden commands were received: noon in Shanghai, after the last of their dates."""
HISTORY: Final = "three-provinces"
SPECIMENS: Final = "every-event"
VERSION: Final = envelope.SCHEMA_VERSION


class Golden(NamedTuple):
    """One stored log: the version that wrote it, its name, its records, its published values."""

    version: int
    name: str
    values: list[bytes]
    vector: dict[str, Any]


def folder_of(version: int) -> Path:
    return FOLDER / f"log-v{version}"


def versions() -> list[int]:
    return sorted(int(path.name.removeprefix("log-v")) for path in FOLDER.glob("log-v*"))


@cache
def stored(version: int, name: str) -> Golden:
    folder = folder_of(version)
    vectors = json.loads((folder / "vectors.json").read_text("utf-8"))
    values = (folder / f"{name}.jsonl").read_bytes().splitlines()
    return Golden(version, name, values, vectors[name])


LOGS: Final = [(version, name) for version in versions() for name in (HISTORY, SPECIMENS)]


# -- what this version writes --------------------------------------------------------------------


def history() -> list[bytes]:
    """Decide the three provinces' commands, all received at one moment."""
    ledger = MemoryLedger(RECEIVED)
    outcomes = ledger.submit(three_provinces().lines)
    assert {each["outcome"] for each in outcomes} == {"accepted"}
    values = ledger.records()
    ledger.close()
    return values


def specimens() -> list[bytes]:
    """Seal two events of every type: with every field set, and with those left out that may be."""
    events: list[Event] = []
    for cls in EVENTS.values():
        events += [specimen(cls, full=True), specimen(cls, full=False)]
    values: list[bytes] = []
    head = Head()
    for number, event in enumerate(events, 1):
        origin = Origin(
            command_id=f"specimen-{number}",
            digest=sha256(str(number).encode()).digest(),
            received_at="2025-12-31T04:00:00Z",
            actor="auditor" if number % 2 else None,
            correlation_id="golden" if number % 2 else None,
        )
        sealed, _, head = seal(head, origin, (event,), "said" if number % 2 else None)
        values += sealed
    return values


def write(folder: Path) -> None:
    """Write the logs of this version; a folder that is there stays as it is."""
    folder.mkdir()
    vectors = {}
    for name, values in ((HISTORY, history()), (SPECIMENS, specimens())):
        (folder / f"{name}.jsonl").write_bytes(b"".join(value + b"\n" for value in values))
        vectors[name] = {
            "records": len(values),
            "first_sha256": sha256(values[0]).hexdigest(),
            "last_sha256": sha256(values[-1]).hexdigest(),
        }
    (folder / "vectors.json").write_text(json.dumps(vectors, indent=2) + "\n", "utf-8")


# -- laws ----------------------------------------------------------------------------------------


def test_this_version_has_its_golden_log() -> None:
    """A new schema version comes with its logs; SNAP_UPDATE=1 writes them once."""
    folder = folder_of(VERSION)
    if os.environ.get("SNAP_UPDATE") == "1" and not folder.exists():
        write(folder)
    assert folder.is_dir(), "write the logs of this version: SNAP_UPDATE=1 pytest -k golden"
    assert versions() == list(range(1, VERSION + 1))


@pytest.mark.parametrize(
    ("name", "made"), [(HISTORY, history), (SPECIMENS, specimens)], ids=[HISTORY, SPECIMENS]
)
def test_what_is_written_today_is_what_this_version_writes(name: str, made: Any) -> None:
    """Byte by byte: a change of a name, a field or an order needs a new version and an upcaster."""
    assert made() == stored(VERSION, name).values


@pytest.mark.parametrize(("version", "name"), LOGS)
def test_the_chain_holds_for_a_reader_of_its_own(version: int, name: str) -> None:
    """Published test vectors, checked with nothing but SHA-256 and JSON."""
    log = stored(version, name)
    previous = "0" * 64
    for position, value in enumerate(log.values, 1):
        record = json.loads(value)
        assert (record["position"], record["previous"]) == (position, previous)
        assert record["schemaversion"] == version
        previous = sha256(value).hexdigest()
    assert log.vector == {
        "records": len(log.values),
        "first_sha256": sha256(log.values[0]).hexdigest(),
        "last_sha256": previous,
    }


@pytest.mark.parametrize("version", versions())
def test_every_event_of_every_version_is_read(version: int) -> None:
    """No type and no field is ever renamed; what changed since is upcast."""
    types = set()
    for value in stored(version, SPECIMENS).values:
        recorded = unseal(value)
        assert type(recorded.event).__name__ == json.loads(value)["type"]
        assert len(recorded.previous) == 64
        types.add(type(recorded.event).__name__)
    assert types <= EVENTS.keys()
    assert version < VERSION or types == EVENTS.keys()


def log_of(golden: Golden) -> MemoryLog:
    log = MemoryLog()
    log.append(golden.values, expected=Head())
    return log


@pytest.mark.parametrize("version", versions())
def test_an_old_log_gives_every_named_cell(version: int) -> None:
    """Folded into fresh books, it answers as on the day on which it was written."""
    log = log_of(stored(version, HISTORY))
    engine = empty_books()
    fold_log(log, engine, folder_at(engine, NAMES, Head()))
    example = three_provinces()
    assert len(example.reports) > 20
    faults = [
        f"{each['report']} {each['args']}: {fault}"
        for each in example.reports
        for fault in differences(report_of(engine, each["report"], **each["args"]), each)
    ]
    assert not faults, "\n".join(faults)
    assert list(moving(engine)) == [each["amount"] for each in example.returns_in_transit]
    with snapshot(engine) as books:
        assert not [*broken(books), *wrong_statements(books)]
    engine.dispose()


def moving(engine: Any) -> Iterator[str]:
    """Return what of the named return lines is paid and not received."""
    for each in three_provinces().returns_in_transit:
        rows = report_of(engine, "payments", scheme="CROSS_PROVINCE", as_of=each["as_of"])["rows"]
        ends = ("insured_region", "treatment_region")
        fen = sum(
            int(row["paid"].replace(".", "")) - int(row["received"].replace(".", ""))
            for row in rows
            if row["direction"] == "return" and all(row[end] == each[end] for end in ends)
        )
        yield f"{fen // 100}.{fen % 100:02d}"


@pytest.mark.parametrize("version", versions())
def test_the_commands_of_an_old_log_are_known(version: int) -> None:
    """The ledger goes on from an old log: what it has answered it answers again, and adds nothing."""
    golden = stored(version, HISTORY)
    ledger = MemoryLedger(RECEIVED)
    ledger.log.append(golden.values, expected=Head())
    fold_log(ledger.log, ledger.engine, folder_at(ledger.engine, NAMES, Head()))
    ledger.restart()
    outcomes = ledger.submit(three_provinces().lines)
    assert {each["outcome"] for each in outcomes} == {"known"}
    assert ledger.records() == golden.values
    ledger.close()
