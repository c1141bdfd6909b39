"""The golden files, brought into one shape: lines, outcomes, and reports with named cells."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "golden"
HISTORIES = ("two-provinces", "over-the-year-end", "five-provinces")

Row = dict[str, Any]


@dataclass(frozen=True)
class Golden:
    """One history: what was sent, how each line was answered, and the reports after all of it.

    A report is `{"report": name, "args": {...}, "answer": {...}}` for `compare.differences`;
    `args` has the names of the command line with "_" for "-".
    """

    lines: list[bytes]
    outcomes: list[Row]
    reports: list[Row]


@dataclass(frozen=True)
class ThreeProvinces(Golden):
    """The worked example; `refusals` are sent afterwards, each with the outcome it must get."""

    refusals: list[Row]
    returns_in_transit: list[Row]  # as_of, insured_region, treatment_region, amount
    notices_on: dict[str, str]


def _read(*names: str) -> Any:
    return json.loads(FOLDER.joinpath(*names).read_text(encoding="utf-8"))


def _lines(*names: str) -> list[bytes]:
    return FOLDER.joinpath(*names).read_bytes().split(b"\n")


def arguments(args: list[str]) -> dict[str, str]:
    """`["--as-of", DATE]` as `{"as_of": DATE}`."""
    names = [name.removeprefix("--").replace("-", "_") for name in args[::2]]
    return dict(zip(names, args[1::2], strict=True))


@cache
def history(name: str) -> Golden:
    expected = _read("histories", name, "expected.json")
    reports = [{**each, "args": arguments(each["args"])} for each in expected["reports"]]
    lines = _lines("histories", name, "commands.jsonl")
    return Golden(lines, expected["outcomes"], reports)


@cache
def three_provinces() -> ThreeProvinces:
    expected = _read("three-provinces", "expected.json")
    lines = _lines("three-provinces", "commands.jsonl")
    refusals = [line for line in _lines("three-provinces", "refusals.jsonl") if line]
    return ThreeProvinces(
        lines=lines,
        outcomes=[
            {"line": number, "outcome": "accepted"} for number, line in enumerate(lines, 1) if line
        ],
        reports=[
            *_balances(expected),
            *_clearing(expected),
            *_payments(expected),
            *_pools(expected),
            *_breaks(expected),
        ],
        refusals=[json.loads(line) for line in refusals],
        returns_in_transit=[
            {"as_of": as_of, **_ends(pair), "amount": amount}
            for as_of, sides in expected["in_transit"].items()
            for pair, amount in sides.get("return", {}).items()
        ],
        notices_on={period: dates["notices_on"] for period, dates in expected["deadlines"].items()},
    )


def _report(name: str, args: Row, answer: Row, *, some: bool = False) -> Row:
    return {"report": name, "args": args, "answer": answer, "some": some}


def _ends(pair: str) -> Row:
    insured, treatment = pair.split(">")
    return {"insured_region": insured, "treatment_region": treatment}


def _balances(expected: Row) -> list[Row]:
    return [
        _report("trial-balance", {"as_of": as_of}, {"as_of": as_of, "books": books})
        for as_of, books in expected["trial_balance"].items()
    ]


def _of_period(period: str) -> Row:
    return {"scheme": "CROSS_PROVINCE", "period": period}


def _clearing(expected: Row) -> list[Row]:
    statements = [
        _report("statement", _of_period(period), {**_of_period(period), "rows": rows})
        for period, rows in expected["statements"].items()
    ]
    notices = [
        _report("notices", _of_period(period), {"notices": regions}, some=True)
        for period, regions in expected["notices"].items()
    ]
    return statements + notices


def _payments(expected: Row) -> list[Row]:
    at, rows = expected["payments"]["at"], expected["payments"]["rows"]
    dues = [
        {
            **{cell: row[cell] for cell in ("period", "insured_region", "treatment_region")},
            "submit_due": expected["deadlines"][row["period"]]["submit_due"],
            "pay_due": expected["deadlines"][row["period"]]["pay_due"],
        }
        for row in rows
    ]
    args = {"scheme": "CROSS_PROVINCE", "as_of": at}
    return [_report("payments", args, {"rows": rows}), _report("payments", args, {"rows": dues})]


def _pools(expected: Row) -> list[Row]:
    at = expected["pools"]["at"]
    made = [_report("pools", {"as_of": at}, {"rows": expected["pools"]["rows"]})]
    for row in expected["liquidity_at_310000"]:
        named = {cell: row[cell] for cell in ("principal", "in_use", "free")}
        pool = {**_ends(f"{row['pool_from']}>310000"), **named}
        made.append(_report("pools", {"as_of": row["at"]}, {"rows": [pool]}, some=True))
    for as_of, sides in expected["in_transit"].items():
        rows = [
            {**_ends(pair), "in_transit": amount}
            for pair, amount in sides.get("advance", {}).items()
        ]
        made.append(_report("pools", {"as_of": as_of}, {"rows": rows}, some=True))
    return made


def _breaks(expected: Row) -> list[Row]:
    last = max(expected["trial_balance"])
    rows, aged = [], []
    for row in expected["breaks"]:
        rows.append({cell: row[cell] for cell in row if not cell.startswith("age_days_on_")})
        for cell in row.keys() - rows[-1].keys():
            as_of = cell.removeprefix("age_days_on_")
            old = {"break_id": row["break_id"], "age_days": row[cell]}
            aged.append(_report("breaks", {"as_of": as_of}, {"rows": [old]}, some=True))
    return [_report("breaks", {"as_of": last}, {"rows": rows}), *aged]
