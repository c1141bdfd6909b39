from hashlib import sha256
from typing import Any

import msgspec
import pytest

from ledger.errors import ContractError, IntegrityError
from ledger.events import Answer, BookOpened, Event, HospitalPaid, OfCorridor
from schemas import envelope
from schemas.envelope import EVENTS, Chain, Head, Origin, seal, subject_of, unseal
from schemas.outcome import EventPlace, outcome_of
from tests.property.specimens import specimen

SEALED = {
    "command_id": "C1",
    "digest": sha256(b"C1").digest(),
    "received_at": "2025-03-05T08:00:00Z",
    "actor": "clerk",
    "correlation_id": None,
}
REGION = {"code", "region", "treatment_region", "insured_region"}


def event_of(name: str, **more: Any) -> Event:
    """Make an event from the golden log of this version, with some fields changed."""
    event: Event = specimen(EVENTS[name], full=True)
    for field, value in more.items():
        setattr(event, field, value)
    return event


def record(name: str = "BookOpened", **attributes: Any) -> bytes:
    """Seal an event as the second record, with some attributes of the envelope changed."""
    (value,), *_ = seal(Head(1, b"\1" * 32), Origin(**SEALED), (event_of(name),), None)  # type: ignore[arg-type]
    return msgspec.json.encode({**msgspec.json.decode(value), **attributes})


def test_an_event_lies_in_the_stream_of_what_it_is_about() -> None:
    streams: dict[str, set[str]] = {}
    for name, cls in EVENTS.items():
        streams.setdefault(subject_of(event_of(name)), set()).add(name)
        assert (subject_of(event_of(name)).split("/")[0] == "corridor") == issubclass(
            cls, OfCorridor
        )
    corridor = f"corridor/CROSS_PROVINCE/{'310000/' * 2}".rstrip("/")
    assert len(streams.pop(corridor)) == 35
    assert streams == {
        "region/310000": {
            *("FiscalAccountChanged", "BookOpened", "AdvanceInterestCredited"),
            *("HospitalPaid", "HospitalRecovered"),
        },
        "scheme/CROSS_PROVINCE": {"ClearingPeriodClosed", "AnnualClearingClosed"},
        "command": {"CommandRefused", "CommandHadNoEffect"},
        "reference": {"RegionRegistered", "WorkCalendarPublished", "PolicyParameterChanged"},
    }


def test_money_of_a_hospital_lies_with_the_region_that_pays() -> None:
    paid = event_of("HospitalPaid", treatment_region="320000")
    assert isinstance(paid, HospitalPaid)
    assert subject_of(paid) == "region/320000"


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "BookForgotten"},
        {"schemaversion": 2},
        {"schemaversion": -1},
        {"schemaversion": -(10**18)},
        {"schemaversion": "1"},
        {"commanddigest": "xyz"},
        {"data": {"on": "2025-03-05"}},
        {"data": []},
        {"invented": 1},
        {"position": "2"},
    ],
    ids=str,
)
def test_what_is_no_record_of_this_version_is_not_understood(changes: dict[str, Any]) -> None:
    """At once, also where a version is very far away; and a chain names the position."""
    value = record(**changes)
    with pytest.raises(ContractError):
        unseal(value)
    with pytest.raises(IntegrityError, match="position 2: "):
        Chain(Head(1, b"\1" * 32)).next(2, value)


@pytest.mark.parametrize("value", [b"", b"x", b"\xff", b"[]", b"{}", b"[" * 3_000])
def test_foreign_bytes_are_not_understood(value: bytes) -> None:
    with pytest.raises(ContractError, match="not a record"):
        unseal(value)


@pytest.mark.parametrize(
    ("position", "head", "says"),
    [
        (3, Head(2, b"\1" * 32), "position 3 expected, found 2 at 3"),
        (2, Head(0, b"\1" * 32), "position 1 expected, found 2 at 2"),
        (2, Head(1, b"\2" * 32), "not the one that this one follows"),
    ],
)
def test_a_record_out_of_place_stops_the_reader(position: int, head: Head, says: str) -> None:
    chain = Chain(head)
    with pytest.raises(IntegrityError, match=says):
        chain.next(position, record())
    assert chain.head == head


def test_data_of_an_older_version_goes_through_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 said `money` for `cash`, version 2 counted in yuan, version 3 says it as today."""
    monkeypatch.setattr(envelope, "SCHEMA_VERSION", 3)
    steps = {
        ("BookOpened", 1): lambda data: {"cash": data.pop("money"), **data},
        ("BookOpened", 2): lambda data: {**data, "cash": data["cash"] * 100},
    }
    monkeypatch.setattr(envelope, "UPCASTERS", steps)
    old = {"on": "2025-03-05", "region": "310000", "money": 7}
    event = unseal(record(schemaversion=1, data=old)).event
    assert event == BookOpened(on=event.on, region="310000", cash=700)  # type: ignore[arg-type]
    assert event.on.isoformat() == "2025-03-05"


def test_data_that_no_step_changes_are_those_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "SCHEMA_VERSION", 9)
    for name in EVENTS:
        assert unseal(record(name, schemaversion=1)).event == event_of(name)


def test_a_step_that_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(envelope, "UPCASTERS", {("BookOpened", 1): lambda _: {"on": "x"}})
    with pytest.raises(ContractError, match="not a record"):
        unseal(record(schemaversion=1))


# -- the answer that records give ----------------------------------------------------------------


def sealed(*names: str, detail: str | None = None) -> list[Any]:
    events = tuple(event_of(name) for name in names)
    return seal(Head(6, bytes(32)), Origin(**SEALED), events, detail)[1]  # type: ignore[arg-type]


def test_an_accepted_command_names_its_events_and_their_places() -> None:
    outcome = outcome_of(sealed("ClaimHeld", "ClearingStatementGenerated", detail="one refused"))
    assert outcome.events == (
        EventPlace(event_id="C1/0", type="ClaimHeld", position=7),
        EventPlace(event_id="C1/1", type="ClearingStatementGenerated", position=8),
    )
    assert (outcome.outcome, outcome.reason, outcome.detail) == ("accepted", None, "one refused")
    assert outcome.document()["events"] == [
        {"event_id": "C1/0", "type": "ClaimHeld", "position": 7},
        {"event_id": "C1/1", "type": "ClearingStatementGenerated", "position": 8},
    ]


def test_a_refused_command_says_why_and_has_no_event() -> None:
    (record_,) = sealed("CommandRefused")
    outcome = outcome_of([record_])
    assert outcome.document() == {
        "command_id": "C1",
        "outcome": "rejected",
        "reason": record_.event.reason,
        "field": record_.event.field,
        "detail": record_.event.detail,
        "events": [],
    }


def test_a_later_copy_gets_what_the_first_got() -> None:
    for names in (("CommandRefused",), ("CommandHadNoEffect",), ("BookOpened", "ClaimHeld")):
        records = sealed(*names, detail=None)
        first, later = outcome_of(records).document(), outcome_of(records, "known").document()
        assert later == {**first, "outcome": "known"}


def test_a_command_without_effect_is_accepted_and_has_no_event() -> None:
    outcome = outcome_of(sealed("CommandHadNoEffect"))
    assert (outcome.outcome, outcome.events) == ("accepted", ())
    assert {"CommandHadNoEffect", "CommandRefused"} == {c.__name__ for c in Answer.__args__}
