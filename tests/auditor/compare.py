"""Differences between an answer and the cells that an expected answer names.

A cell that is left out of the expected answer is free, null and an empty text are the same,
rows may come in any order. Every expected row must be there; of further ones only pools without
quota, principal and money in transit, payments without `submit_due`, and books or families of
0.00 are allowed.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Spare = Callable[[Row], bool]

KEYS = {
    "statement": ("insured_region", "treatment_region"),
    "payments": ("period", "insured_region", "treatment_region"),
    "pools": ("insured_region", "treatment_region"),
    "breaks": ("break_id",),
    "notice": ("counterparty", "marked"),
    "balances": (
        "book",
        "family",
        "counterparty",
        "clearing_class",
        "item",
        "institution",
    ),
}


def _empty(value: Any) -> bool:
    return value is None or value == ""


def same(one: Any, other: Any) -> bool:
    """Null and an empty text are the same; `false` is not 0; money is the same to the fen.

    (The golden notices write `-0.00` for a class of 0.00 in a marked line.)
    """
    if _empty(one) or _empty(other):
        return _empty(one) and _empty(other)
    if _is_money(one) and _is_money(other):
        return Decimal(one) == Decimal(other)
    return type(one) is type(other) and one == other


def _is_money(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+\.[0-9]{2}", value) is not None


def _spare_pool(row: Row) -> bool:
    return all(_nothing(row.get(cell)) for cell in ("quota", "principal", "in_transit"))


def _nothing(value: Any) -> bool:
    return value in (None, "", "0.00")


def _spare_payment(row: Row) -> bool:
    return _empty(row.get("submit_due"))


def _never(_: Row) -> bool:
    return False


def _always(_: Row) -> bool:
    return True


def rows_differ(
    where: str, kind: str, answer: list[Row], expected: list[Row], spare: Spare = _never
) -> list[str]:
    """Differences between two lists of rows that are told apart by the cells in `KEYS`."""

    def key(row: Row) -> tuple[str, ...]:
        return tuple(str(row.get(cell) or "") for cell in KEYS[kind])

    found = []
    given: dict[tuple[str, ...], Row] = {}
    for row in answer:
        if key(row) in given:
            found.append(f"{where} {key(row)}: twice")
        given[key(row)] = row
    for row in expected:
        if key(row) not in given:
            found.append(f"{where} {key(row)}: missing")
            continue
        got = given.pop(key(row))
        found += [
            f"{where} {key(row)} {cell}: {got.get(cell)!r}, expected {value!r}"
            for cell, value in row.items()
            if cell not in got or not same(got[cell], value)
        ]
    found += [f"{where} {key(row)}: not expected" for row in given.values() if not spare(row)]
    return found


def _books(answer: Row, expected: Row, some: bool) -> list[str]:
    found = []
    for book in sorted(expected.keys() if some else answer.keys() | expected.keys()):
        given, wanted = answer.get(book, {}), expected.get(book, {})
        for family in sorted(given.keys() | wanted.keys()):
            one, other = given.get(family), wanted.get(family, "0.00")
            if not same(one, other):
                found.append(f"{book} {family}: {one!r}, expected {other!r}")
    return found


def _notices(answer: Row, expected: Row, some: bool) -> list[str]:
    """Every region that is named, on the sides that are named, has just the lines expected."""
    found = []
    for region in sorted(expected.keys() if some else answer.keys() | expected.keys()):
        given, wanted = answer.get(region, {}), expected.get(region)
        for side in ("payment", "receipt") if wanted is None else wanted:
            lines = [] if wanted is None else wanted[side]
            where = f"{region} {side}"
            found += rows_differ(where, "notice", given.get(side, []), lines)
    return found


def differences(answer: Row, expected_report: Row) -> list[str]:
    """Differences between an answer and `{"report": name, "answer": {cells that are fixed}}`.

    With `"some": true` in the expected report, rows, books and regions beyond those named are
    free.
    """
    name, expected = expected_report["report"], expected_report["answer"]
    some = bool(expected_report.get("some"))
    spare = {"pools": _spare_pool, "payments": _spare_payment}.get(name, _never)
    found = []
    for cell, value in expected.items():
        if cell == "rows":
            rows = answer.get("rows", [])
            found += rows_differ(name, name, rows, value, _always if some else spare)
        elif cell == "books":
            found += _books(answer.get("books", {}), value, some)
        elif cell == "notices":
            found += _notices(answer.get("notices", {}), value, some)
        elif not same(answer.get(cell), value):
            found.append(f"{cell}: {answer.get(cell)!r}, expected {value!r}")
    return found


def outcomes_differ(answers: list[Row], expected: list[Row]) -> list[str]:
    """Differences between outcomes and those expected, line by line, in the cells named."""
    found = []
    given = {each["line"]: each for each in answers}
    for wanted in expected:
        got = given.pop(wanted["line"], None)
        if got is None:
            found.append(f"line {wanted['line']}: no outcome")
            continue
        found += [
            f"line {wanted['line']} {cell}: {got.get(cell)!r}, expected {value!r}"
            for cell, value in wanted.items()
            if not same(got.get(cell), value)
        ]
    return found + [f"line {line}: not expected" for line in given]
