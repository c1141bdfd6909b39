"""A settlement read for folds says what the whole record says; nothing else is read that way."""

from typing import Any

import msgspec
import pytest

from ledger.errors import ContractError
from ledger.events import ClaimSettled
from schemas import settled
from schemas.envelope import EVENTS, Record, unseal
from schemas.settled import Settled, SettledRecord, read_checked, read_settled

from .test_envelope import event_of, record

DATA = msgspec.to_builtins(event_of("ClaimSettled"))


def said(of: object, by: type[msgspec.Struct]) -> dict[str, object]:
    return {name: getattr(of, name) for name in by.__struct_fields__ if name != "event"}


@pytest.mark.parametrize("visit", ["visit-1", None])
def test_what_is_read_is_what_the_whole_record_says(visit: str | None) -> None:
    value = record("ClaimSettled", data={**DATA, "mdtrt_id": visit})
    found, whole = read_settled(value), unseal(value)
    assert isinstance(found, SettledRecord)
    assert isinstance(whole.event, ClaimSettled)
    assert whole.event.mdtrt_id == visit
    assert said(found, SettledRecord) == said(whole, SettledRecord)
    assert said(found.event, Settled) == said(whole.event, Settled)


@pytest.mark.parametrize("name", sorted(EVENTS.keys() - {"ClaimSettled"}))
def test_any_other_event_is_read_as_a_whole(name: str) -> None:
    found = read_settled(record(name))
    assert isinstance(found, Record)
    assert found == unseal(record(name))


def test_a_settlement_of_another_version_is_left_to_the_whole_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settled, "SCHEMA_VERSION", 2)
    value = record("ClaimSettled")
    assert read_settled(value) == unseal(value)


@pytest.mark.parametrize(
    "changes",
    [
        {"schemaversion": 2},
        {"position": "2"},
        {"data": {**DATA, "items": []}},
        {"data": {**DATA, "medfee_sumamt": "1.00"}},
        {"data": {"on": "2025-03-05"}},
    ],
    ids=" ".join,
)
def test_what_is_no_record_of_this_version_is_not_understood(changes: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        read_settled(record("ClaimSettled", **changes))


def test_who_trusts_nothing_reads_all_fields() -> None:
    good = record("ClaimSettled")
    assert read_checked(good) == read_settled(good)
    wrong = record("ClaimSettled", data={**DATA, "insutype": 5})
    assert isinstance(read_settled(wrong), SettledRecord)
    with pytest.raises(ContractError, match="insutype"):
        read_checked(wrong)


def test_bytes_that_are_no_text_are_not_understood() -> None:
    value = record("ClaimSettled", data={**DATA, "institution": "H310000-1"})
    with pytest.raises(ContractError, match="not a record"):
        read_settled(value.replace(b"H310000-1", b"\xff"))
