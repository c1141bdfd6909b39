"""Compares what a ledger answers with what a ruling names. Every function returns the faults."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from .ruling import FREE, A, Accounts, Only, Outcome

Answer = Mapping[str, object]

# What tells one row of a report from another.
KEY_FIELDS: Final = (
    "period",
    "insured_region",
    "treatment_region",
    "direction",
    "break_id",
    "counterparty",
    "marked",
)
MONEY: Final = re.compile(r"-?[0-9]+\.[0-9]{2}", re.ASCII)
REPEATED: Final = ("reason", "field", "detail", "events")


def outcome_faults(expected: Outcome, answer: Answer) -> Iterator[str]:
    """Where an answer differs from the outcome that the contract asks for."""
    for name, value in (("outcome", expected.outcome), ("reason", expected.reason)):
        if plain(answer.get(name)) != value:
            yield f"{name} is {answer.get(name)!r}, not {value!r}"
    yield from _field_faults(expected, plain(answer.get("field")))
    for text in expected.names:
        if text not in str(answer.get("detail")):
            yield f"detail does not name {text}: {answer.get('detail')!r}"
    if expected.sentence and not plain(answer.get("detail")):
        yield "detail is empty"
    if expected.line is not None and answer.get("line") != expected.line:
        yield f"line is {answer.get('line')!r}, not {expected.line}"
    if expected.events:
        yield from _event_faults(answer.get("events"))


def _field_faults(expected: Outcome, field: object) -> Iterator[str]:
    if expected.field is FREE:
        return
    allowed = expected.field if isinstance(expected.field, frozenset) else {expected.field}
    if field not in allowed:
        yield f"field is {field!r}, not {expected.field!r}"


def _event_faults(events: object) -> Iterator[str]:
    if not isinstance(events, Sequence) or not events:
        yield f"no events: {events!r}"
        return
    for event in events:
        for name, kind in (("event_id", str), ("type", str), ("position", int)):
            if not isinstance(event.get(name), kind):
                yield f"event without {name}: {event!r}"


def repeated_faults(first: Answer, again: Answer) -> Iterator[str]:
    """Where a `known` answer does not carry what the first one carried."""
    for name in REPEATED:
        if plain(first.get(name)) != plain(again.get(name)):
            yield f"{name} was {first.get(name)!r}, now {again.get(name)!r}"


def cell_faults(expected: object, actual: object, where: str) -> Iterator[str]:
    """Where a report differs in the cells that are named."""
    match expected:
        case Accounts():
            yield from _account_faults(expected, actual, where)
        case Mapping():
            found = actual if isinstance(actual, Mapping) else {}
            for name, value in expected.items():
                yield from cell_faults(value, found.get(name), f"{where}.{name}")
        case list():
            yield from _row_faults(expected, actual, where)
        case A.WHOLE_NUMBER:
            if not isinstance(actual, int):
                yield f"{where} is {actual!r}, not {expected.value}"
        case A.TEXT:
            if not isinstance(actual, str) or not actual:
                yield f"{where} is {actual!r}, not {expected.value}"
        case _:
            if plain(expected) != plain(actual) or isinstance(expected, bool) != isinstance(
                actual, bool
            ):
                yield f"{where} is {actual!r}, not {expected!r}"


def plain(value: object) -> object:
    """Null, an empty text and nothing at all are the same."""
    return None if value in ("", [], ()) else value


def _row_faults(
    expected: Sequence[Mapping[str, object]], actual: object, where: str
) -> Iterator[str]:
    rows = list(actual) if isinstance(actual, Sequence) else []
    for wanted in expected:
        keys = {name: wanted[name] for name in KEY_FIELDS if name in wanted}
        candidates = [row for row in rows if all(row.get(k) == v for k, v in keys.items())]
        faults = [list(cell_faults(wanted, row, f"{where}{keys}")) for row in candidates]
        if not faults:
            yield f"{where} has no row {keys}, only {rows}"
        elif all(faults):
            yield from faults[0]
    surplus = [row for row in rows if counts(row)]
    if isinstance(expected, Only) and len(surplus) != len(expected):
        yield f"{where} has {len(surplus)} rows, not {len(expected)}: {surplus}"


def counts(row: Mapping[str, object]) -> bool:
    """False for a row that may stand beyond those named: an empty pool, a line not noticed."""
    if "submit_due" in row:
        return row["submit_due"] is not None
    if "quota" in row:
        return any(row.get(name) != "0.00" for name in ("quota", "principal", "in_transit"))
    return True


def _account_faults(expected: Accounts, actual: object, where: str) -> Iterator[str]:
    rows = _table(actual)
    for (book, family), accounts in expected.families.items():
        found = [_texts(row) - {book} for row in rows if _is_of(row, book, family)]
        for dimensions, amount in accounts.items():
            if not any({*dimensions, amount} <= values for values in found):
                yield f"{where} has no {book} {family} {dimensions} {amount} in {found}"
        if len(found) != len(accounts):
            yield f"{where} has {len(found)} accounts {book} {family}: {found}"


def _table(answer: object) -> Sequence[Answer]:
    """The list of rows in an answer whose shape is the implementation's own."""
    tables = answer.values() if isinstance(answer, Mapping) else ()
    lists = [table for table in tables if isinstance(table, list) and table]
    return next((table for table in lists if isinstance(table[0], Mapping)), [])


def _texts(row: Answer) -> set[str]:
    return {value for value in row.values() if isinstance(value, str)}


def _is_of(row: Answer, book: str, family: str) -> bool:
    """Whether the row is an account of this book and family that is not 0.00."""
    amounts = {value for value in _texts(row) if MONEY.fullmatch(value)}
    code = str(row.get("family") or row.get("account")).partition(":")[0]
    return row.get("book") == book and code == family and amounts != {"0.00"}
