import json
from typing import Any

import pytest

from ledger.commands import HospitalLine, PayHospital, ReportDailyClaims
from schemas.door import Admitted, Malformed, admit, admit_object, refuse_nul

OPEN: dict[str, Any] = {
    "type": "OpenBook",
    "command_id": "C1",
    "on": "2025-03-05",
    "region": "310000",
    "cash": "7.00",
}


def line(**changes: Any) -> bytes:
    return json.dumps({**OPEN, **changes}).encode()


def fault(raw: bytes) -> Malformed:
    answer = admit(raw)
    assert isinstance(answer, Malformed), answer
    return answer


def test_depth_is_answered_and_never_raised() -> None:
    """Around the limit of the parser's stack, whichever part of the door meets it."""
    for depth in range(1, 1_200, 7):
        for inner in ("1", '"\\u0000"', '{"x": 1, "x": 1}'):
            for opened, closed in (('{"a": ', "}"), ("[", "]")):
                nested = opened * depth + inner + closed * depth
                assert fault(line()[:-1] + f', "a": {nested}}}'.encode()).field in {"a", None}


def test_a_command_of_very_many_fields_is_answered_at_once() -> None:
    """The last of 200,000 names stands twice; looking for it takes one walk, not a walk for each."""
    names = "".join(f', "k{number}": 1' for number in range(200_000))
    answer = fault(line()[:-1] + f'{names}, "k199999": 2}}'.encode())
    assert (answer.field, answer.command_id) == ("k199999", "C1")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (', "cash": "7.00"', "cash"),
        (', "type": "OpenBook"', "type"),
        (', "year": 1, "year": 1', "year"),
        (', "year": null, "year": null', "year"),
        (', "on\\u0000": 1, "on\\u0000": 1', "on\0"),
        (', "": 1, "": 1', ""),
        (', "items": {"hifp_pay": "1.00", "hifp_pay": "1.00"}', "items"),
        (', "rows": [{"claim_id": "K1"}, {"claim_id": "K1", "claim_id": "K2"}]', "rows"),
        (', "rows": {"x": {"y": [[{"z": 1, "z": 1}]]}}', "rows"),
        (', "rows": [{"x": 1, "x": 1}], "cash": "7.00"', "cash"),
    ],
)
def test_a_key_that_stands_twice_is_named_by_its_field(more: str, field: str) -> None:
    answer = fault(line()[:-1] + f"{more}}}".encode())
    assert (answer.field, answer.command_id) == (field, "C1")
    assert "twice" in answer.detail


def test_equal_keys_in_different_objects_are_no_fault() -> None:
    rows = [
        {
            "claim_id": name,
            "medfee_sumamt": "1.00",
            "fund_pay_sumamt": "1.00",
            "acct_pay": "0.00",
            "psn_cash_pay": "0.00",
            "status": "SETTLED",
        }
        for name in ("K1", "K2")
    ]
    report = {
        "type": "ReportDailyClaims",
        "command_id": "C1",
        "on": "2025-03-05",
        "insured_region": "340000",
        "treatment_region": "310000",
        "party": "insured",
        "date": "2025-03-05",
        "rows": rows,
    }
    answer = admit(json.dumps(report).encode())
    assert isinstance(answer, Admitted)
    assert isinstance(answer.command, ReportDailyClaims)
    assert [row.claim_id for row in answer.command.rows] == ["K1", "K2"]


def test_lines_of_a_hospital_become_lines_of_the_law() -> None:
    paid = {
        "type": "PayHospital",
        "command_id": "C1",
        "on": "2025-03-05",
        "treatment_region": "310000",
        "institution": "H1",
        "lines": [{"insured_region": "340000", "amount": "7.05"}],
        "bank_serial": "",
    }
    answer = admit_object(paid)
    assert isinstance(answer, Admitted)
    assert isinstance(answer.command, PayHospital)
    assert answer.command.lines == (HospitalLine(insured_region="340000", amount=705),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "not JSON"),
        (b"null", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b"[]", "not a JSON object"),
        (line()[:-1], "not JSON"),
        (line() + b"}", "not JSON"),
        (line(cash=1).replace(b"1}", b"NaN}"), "not JSON"),
        (line(region="\ud800"), "not JSON"),
        (line().replace(b"C1", b"C\xff"), "not JSON"),
        (line().decode().encode("utf-16"), "not JSON"),
    ],
)
def test_what_is_no_json_object_has_no_field(raw: bytes, says: str) -> None:
    answer = fault(raw)
    assert (answer.field, answer.command_id) == (None, None)
    assert answer.detail.startswith(says)


@pytest.mark.parametrize(
    ("content", "command_id"),
    [({"type": "X", "command_id": "C1"}, "C1"), ({"type": "X", "command_id": 7}, None), ({}, None)],
)
def test_a_malformed_command_is_told_by_its_id_if_that_is_a_text(
    content: dict[str, Any], command_id: str | None
) -> None:
    answer = admit_object(content)
    assert isinstance(answer, Malformed)
    assert answer.command_id == command_id


def test_an_unknown_field_is_told_before_a_missing_or_wrong_one() -> None:
    assert fault(line(cash=7, colour="red")).field == "colour"
    assert fault(line(cash=7)).field == "cash"
    assert fault(b'{"type": "OpenBook", "colour": "red"}').field == "colour"


def test_a_fault_inside_a_field_names_the_place() -> None:
    lines = [{"insured_region": "340000", "amount": "1.00"}, {"insured_region": "34"}]
    paid = {**OPEN, "type": "PayHospital", "treatment_region": "310000", "lines": lines}
    del paid["region"], paid["cash"]
    answer = fault(json.dumps({**paid, "institution": "H1", "bank_serial": ""}).encode())
    assert answer.field == "lines"
    assert answer.detail.startswith("lines.1.")


def test_nul_is_found_in_keys_values_and_lists_and_nowhere_else() -> None:
    for bad in ("\0", ["\0"], {"a\0": 1}, {"a": [{"b": "x\0y"}]}):
        found = refuse_nul({"command_id": "C1", "extra": bad})
        assert found is not None
        assert (found.field, found.command_id) == ("extra", "C1")
    assert refuse_nul({"command_id": "C1", "extra": ["", {"a": 1}, None, "0"]}) is None


def test_a_backslash_before_u0000_is_just_text() -> None:
    answer = admit(line().replace(b'"C1"', b'"C\\\\u0000"'))
    assert isinstance(answer, Admitted)
    assert answer.command.command_id == "C\\u0000"
