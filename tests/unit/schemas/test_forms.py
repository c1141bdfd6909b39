from dataclasses import MISSING, fields
from typing import Any

import pytest

from ledger.money import fen
from schemas.door import Admitted, Malformed, admit_object
from schemas.forms import COMMANDS, FORMS
from tests.auditor import form as auditor_form

PARAMETER: dict[str, Any] = {
    "type": "SetPolicyParameter",
    "command_id": "C1",
    "on": "2025-03-05",
    "name": "warning_red",
    "value": "0.95",
    "effective_from": "2025-03-05",
}
BOOK: dict[str, Any] = {
    "type": "OpenBook",
    "command_id": "C1",
    "on": "2025-03-05",
    "region": "310000",
    "cash": "7.00",
}
CLOSE: dict[str, Any] = {
    "type": "ClosePeriod",
    "command_id": "C1",
    "on": "2025-03-05",
    "scheme": "CROSS_PROVINCE",
    "period": "202503",
}
YEAR: dict[str, Any] = {**CLOSE, "type": "CloseYear", "year": 2025}
del YEAR["period"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_form_has_the_fields_of_its_command_and_asks_for_those_without_default(name: str) -> None:
    """And both are those of the contract's table, as the auditor copied it by hand."""
    schema = FORMS[name].json_schema()
    of_command = {each.name for each in fields(COMMANDS[name])}
    needed = {
        each.name
        for each in fields(COMMANDS[name])
        if each.default is MISSING and each.default_factory is MISSING
    }
    assert schema["properties"].keys() == {"type", *of_command}
    assert {*schema["required"]} == {"type", *needed}
    assert schema["additionalProperties"] is False
    copied = auditor_form.FIELDS[name]
    optional = {each.rstrip("?") for each in copied if each.endswith("?")}
    assert of_command - needed == optional | {"actor", "correlation_id"}


ODD: list[tuple[dict[str, Any], str, object]] = [
    *((BOOK, "cash", value) for value in ("7", "7.0", "7.000", "-7.00", "+7.00", ".00", " 7.00")),
    *((BOOK, "cash", value) for value in ("7.00\n", "７.00", "7,00", "1e3.00", "", 7, 7.0, None)),
    *((BOOK, "cash", value) for value in ("10000000000000.00", True, ["7.00"])),
    *((BOOK, "on", value) for value in ("2025-02-29", "2025-3-5", "20250305", "2025-03-05T00:00")),
    *(
        (BOOK, "on", value)
        for value in ("2025-13-01", "２０２５-03-05", "0000-01-01", "", 20250305)
    ),
    *((BOOK, "region", value) for value in ("31000", "3100000", "31000x", "３10000", "310000 ")),
    *((BOOK, "command_id", value) for value in ("", "x" * 65, 1, None)),
    *((BOOK, "type", value) for value in ("openbook", "", None, ["OpenBook"])),
    *((CLOSE, "period", value) for value in ("202513", "202500", "20253", "2025-03", 202503)),
    *((CLOSE, "scheme", value) for value in ("cross_province", "", None)),
    *((YEAR, "year", value) for value in (999, 10_000, "2025", 2025.0, True, None)),
    *((PARAMETER, "value", value) for value in ("", "0.9", "0.955", "-1", "1,00", "x", 1, "1.00 ")),
    *((PARAMETER, "name", value) for value in ("gravity", "", None)),
]


@pytest.mark.parametrize(("content", "field", "value"), ODD)
def test_a_wrong_form_is_refused_naming_the_field(
    content: dict[str, Any], field: str, value: object
) -> None:
    answer = admit_object({**content, field: value})
    assert isinstance(answer, Malformed)
    assert answer.field == field


@pytest.mark.parametrize(
    ("content", "field", "value"),
    [
        *((BOOK, "cash", value) for value in ("0.00", "0007.00", "9999999999999.99")),
        *((BOOK, "on", value) for value in ("2024-02-29", "0001-01-01", "2025-12-31")),
        *((BOOK, "command_id", value) for value in ("x" * 64, "中" * 64, " ")),
        *((BOOK, "actor", value) for value in ("", "审核员", "\n")),
        *((YEAR, "year", value) for value in (1000, 9999)),
        *((PARAMETER, "value", value) for value in ("0", "21", "0.70", "30000.00")),
    ],
)
def test_the_edges_of_a_form_are_inside(content: dict[str, Any], field: str, value: object) -> None:
    answer = admit_object({**content, field: value})
    assert isinstance(answer, Admitted)
    held = getattr(answer.command, field)
    if field == "cash":
        assert isinstance(value, str)
        assert held == fen(value)
    else:
        assert (held.isoformat() if field == "on" else held) == value
