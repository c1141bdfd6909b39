"""What a ledger holds, apart from the times of receipt: two ledgers can be compared."""

import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import bootstrap
from eventlog.sqlite import SqliteLog
from ledger.errors import UNBOUND
from projections.database import snapshot
from projections.tables import OWNED
from reports.balances import balances
from reports.breaks import breaks
from reports.notices import notices
from reports.payments import payments
from reports.pools import pools
from reports.statement import statement
from reports.trial_balance import trial_balance
from tests.auditor.streams import stream
from tests.cli.program import Place, lines_of
from tests.scenario import world
from tests.support import BlackBox

END = date(2026, 1, 1)
"""Every stream is over by then."""


@cache
def commands(number: int, seed: int = 20250305) -> tuple[bytes, ...]:
    """A generated history, line by line; sending it twice adds nothing to the log.

    Lines whose refusal binds no command id, and is a record all the same, are left out: each time
    that they are sent they are refused anew, which would shift the positions.
    """
    lines = lines_of(stream(seed, provinces=4, months=4, commands=number)).split(b"\n")[:-1]
    with TemporaryDirectory(prefix="clearing-test-") as folder:
        outcomes = BlackBox(Path(folder)).submit(lines)
        data = [each for each in records(Place(Path(folder))) if each["type"] == "CommandRefused"]
    unbound = {each["commandid"] for each in data if each["data"]["reason"] in UNBOUND}
    left_out = {
        each["line"]
        for each in outcomes
        if each["reason"] in UNBOUND and each["command_id"] in unbound
    }
    return tuple(line for place, line in enumerate(lines, 1) if place not in left_out)


def whole_cycle() -> bytes:
    """A month from its claims to its closing: a row in every table of the books."""
    break_id = "MISSING_AT_INSURED:K2"
    return lines_of(
        [
            *world.corridor(),
            world.size("60.00"),
            world.settle("K1", mdtrt_id="M1", person_token="P1"),
            world.settle("K2", on="2025-03-06"),
            world.resident("K3", on="2025-03-07"),
            world.manual(mdtrt_id="M9"),
            world.deduct("K1", "7.00"),
            *world.missing_at_insured("K2", date="2025-03-06"),
            world.resolve(break_id),
            world.generate(),
            world.dispute("K3"),
            *world.confirm_all(),
            world.notices(),
            *world.paid_and_received("193.00"),
            world.pay_hospital([(world.AH, "193.00")]),
            world.close_period(),
        ]
    )


def settings_of(place: Place) -> bootstrap.Settings:
    return bootstrap.Settings(log=f"sqlite:///{place.log}", db=f"sqlite:///{place.books}")


def records(place: Place) -> list[dict[str, Any]]:
    """Every record of the log, decoded."""
    with closing(SqliteLog(place.log)) as log:
        return [json.loads(value) for batch in log.read(after=0) for _, value in batch]


def facts(place: Place) -> list[dict[str, Any]]:
    """Every record of the log without its time of receipt, on which its hash depends."""
    without = ("time", "previous")
    return [{k: v for k, v in each.items() if k not in without} for each in records(place)]


def strays(place: Place) -> list[tuple[str, bytes, str]]:
    """What was parked: line, bytes and reason."""
    with closing(SqliteLog(place.log)) as log:
        found = [(each.place.rpartition(":")[2], each.value, each.reason) for each in log.parked()]
    return sorted(found)


def tables(place: Place) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every projection, and how far each has been folded."""
    names = [table.name for owned in OWNED.values() for table in owned]
    with closing(sqlite3.connect(place.books)) as books:
        found = {name: sorted(books.execute(f"SELECT * FROM {name}"), key=repr) for name in names}
        query = "SELECT projection, position FROM checkpoints ORDER BY 1"
        return {**found, "checkpoints": books.execute(query).fetchall()}


def reports(place: Place) -> dict[str, Any]:
    """The answer of every report."""
    with bootstrap.reading_books(settings_of(place)) as engine, snapshot(engine) as books:
        query = "SELECT DISTINCT scheme, period FROM statements ORDER BY 1, 2"
        stated = [tuple(row) for row in books.exec_driver_sql(query)]
        asked = {
            "trial-balance": trial_balance(books, END),
            "balances": balances(books, END),
            "pools": pools(books, END),
            "breaks": breaks(books, END),
            **{f"payments {s}": payments(books, s, END) for s, _ in stated},
            **{f"statement {s} {p}": statement(books, s, p, END) for s, p in stated},
            **{f"notices {s} {p}": notices(books, s, p, None, END) for s, p in stated},
        }
    return dict(asked)


def holds(place: Place) -> dict[str, Any]:
    """All that two runs of the same commands must have in common; reports are made of tables."""
    return {"log": facts(place), "strays": strays(place), "tables": tables(place)}


def assert_same(found: dict[str, Any], wanted: dict[str, Any], what: str) -> None:
    """Compare two ledgers; a difference is told in the least words that show it."""
    for part in ("log", "strays"):
        for place, (mine, other) in enumerate(zip(found[part], wanted[part], strict=False), 1):
            assert mine == other, f"{what}: {part} differs at {place}"
        assert len(found[part]) == len(wanted[part]), f"{what}: {part} has another length"
    for name in wanted["tables"]:
        assert found["tables"][name] == wanted["tables"][name], f"{what}: table {name} differs"


def verified(place: Place) -> list[str]:
    """What `clearing verify` finds."""
    _, findings = bootstrap.verify(settings_of(place))
    return findings


def first_answers(outcomes: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Outcomes as they were when each command came first: `known` says what was answered then."""
    return [
        (
            *(each[name] for name in ("line", "command_id", "reason", "field", "detail")),
            *((e["event_id"], e["type"], e["position"]) for e in each["events"]),
        )
        for each in outcomes
    ]


def say(*things: object) -> None:
    """Print what repeats a test; pytest shows it where the test fails."""
    sys.stdout.write(" ".join(str(each) for each in things) + "\n")
