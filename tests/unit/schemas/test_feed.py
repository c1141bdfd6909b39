"""Balance messages: what they say, where they go, and the document that describes them."""

import json
import runpy

import pytest
from jsonschema import Draft202012Validator

from ledger.errors import ContractError
from ledger.journal import account
from schemas import asyncapi
from schemas.envelope import unseal
from schemas.feed import Place, changed, corrected, partition_of, place_of, subject_of
from tests.property.memory import MemoryLedger
from tests.scenario import world

HOSPITAL = account("310000", "PAY.HOSP", "340000", institution="HB/1")
EXPENSE = account("340000", "EXP", "310000", "RESIDENT", "hifp_pay")


@pytest.fixture(scope="module")
def settled():
    """The record of a claim."""
    ledger = MemoryLedger()
    ledger.submit([*world.corridor(), world.settle("K1")])
    yield unseal(ledger.records()[-1])
    ledger.close()


def test_a_change_says_what_moved_why_and_what_is_there_now(settled):
    message = json.loads(changed(settled, EXPENSE, 150, -5, 3))
    data = message.pop("data")
    assert message == {
        "specversion": "1.0",
        "id": f"3/{settled.position}/340000:EXP:310000:RESIDENT:hifp_pay",
        "source": "/clearing",
        "type": "BalanceChanged",
        "subject": "340000:EXP:310000:RESIDENT:hifp_pay",
        "time": settled.received_at,
        "schemaversion": 1,
        "generation": 3,
        "position": settled.position,
    }
    assert data == {
        "region": "340000",
        "account": "EXP:310000:RESIDENT:hifp_pay",
        "family": "EXP",
        "counterparty": "310000",
        "clearing_class": "RESIDENT",
        "item": "hifp_pay",
        "institution": None,
        "scheme": "CROSS_PROVINCE",
        "period": settled.event.period,
        "on": settled.event.on.isoformat(),
        "moved": "1.50",
        "balance": "-0.05",
        "cause": {
            "event_id": settled.event_id,
            "type": "ClaimSettled",
            "command_id": settled.command_id,
            "claim_id": "K1",
        },
    }


def test_a_correction_has_no_cause(settled):
    value = corrected(HOSPITAL, -100, 0, Place(2, 77), "2025-01-01T00:00:00Z")
    message = json.loads(value)
    assert (message["type"], message["data"]["cause"]) == ("BalanceCorrected", None)
    assert (message["data"]["moved"], message["data"]["balance"]) == ("-1.00", "0.00")
    assert message["data"]["institution"] == "HB/1"
    assert place_of(value) == Place(2, 77)


def test_an_account_is_always_in_the_same_partition():
    """Another answer would part what readers have from what they will get."""
    assert [partition_of(subject_of(code)) for code in (HOSPITAL, EXPENSE)] == [3, 3]
    assert [partition_of(f"{region}:CASH") for region in ("310000", "320000", "340000")] == [
        1,
        2,
        1,
    ]
    assert {partition_of(f"{number}:CASH") for number in range(100)} == {0, 1, 2, 3}


@pytest.mark.parametrize("value", [b"", b"{}", b"\xff", b'{"generation": "1", "position": 2}'])
def test_foreign_bytes_are_no_message(value):
    with pytest.raises(ContractError, match="not a message of the balance feed"):
        place_of(value)


def test_the_committed_document_is_the_generated_one(tmp_path, monkeypatch):
    assert asyncapi.PLACE.read_text("utf-8") == asyncapi.text(), "run: make schemas"
    monkeypatch.setattr(asyncapi, "PLACE", tmp_path / "asyncapi.json")
    asyncapi.write()
    assert asyncapi.PLACE.read_text("utf-8") == asyncapi.text()


def test_the_document_can_be_written_from_the_command_line():
    before = asyncapi.PLACE.read_bytes()
    runpy.run_path(asyncapi.__file__, run_name="__main__")
    assert asyncapi.PLACE.read_bytes() == before


def test_every_reference_of_the_document_leads_somewhere():
    document = asyncapi.document()
    assert document["asyncapi"].startswith("3.")
    found = list(references(document))
    assert len(found) > 5
    for reference in found:
        part = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def references(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)
