"""What reading sees: gaps, repeats, changed bytes, foreign bytes, and versions old and to come."""

from datetime import date

import msgspec
import pytest

from eventlog.memory import MemoryLog
from eventlog.port import read_records
from ledger.errors import IntegrityError
from ledger.events import ClaimHeld
from ledger.vocabulary import ClaimId, Period, RegionCode
from schemas import envelope
from schemas.envelope import Chain, Head, Origin, seal

from .records import DAY, append, everything, head_of, origin, refused, sealed, some


@pytest.fixture
def log():
    log = MemoryLog()
    append(log, 6)
    return log


def records(log, after=None, until=None):
    batches = read_records(log, after=after or Head(), until=until)
    return [recorded for batch in batches for recorded in batch.records]


def refusal(log, after=None):
    with pytest.raises(IntegrityError) as stopped:
        records(log, after)
    return str(stopped.value)


def follow(found):
    chain = Chain(Head())
    for position, value in found:
        chain.next(position, value)


def resealed(value: bytes, **changes: object) -> bytes:
    """The same record with other attributes, as somebody who knows the format would write it."""
    content = msgspec.json.decode(value)
    return msgspec.json.encode({**content, **changes})


# -- in order --------------------------------------------------------------------------------------


def test_records_are_read_as_they_were_sealed(log):
    found = records(log)
    assert [each.position for each in found] == [1, 2, 3, 4, 5, 6]
    (batch,) = read_records(log, after=Head())
    assert batch.head == log.head()
    assert all(each.step == 0 and each.last for each in found)


def test_reading_goes_on_from_any_record(log):
    found = records(log)
    values = [value for _, value in everything(log)]
    for place in range(1, 7):
        assert records(log, head_of(values[:place])) == found[place:]
    assert records(log, until=4) == found[:4]


def test_the_records_of_one_command_are_counted_and_the_last_says_so():
    log = MemoryLog()
    values, *_ = seal(Head(), origin("C1"), (refused(), refused()), "said")
    log.append(values, expected=Head())
    first, second = records(log)
    assert (first.step, first.last, first.detail, first.event_id) == (0, False, None, "C1/0")
    assert (second.step, second.last, second.detail, second.event_id) == (1, True, "said", "C1/1")


# -- what is wrong stops the reader, and is named --------------------------------------------------


def test_a_reader_that_begins_at_another_record_stops(log):
    assert "position 4" in refusal(log, Head(position=3, hash=bytes(32)))


@pytest.mark.parametrize("missing", [1, 3, 6])
def test_a_gap_is_named(log, missing):
    rest = [each for each in everything(log) if each[0] != missing]
    rest.append((7, some(log.head(), 1)[0]))
    with pytest.raises(IntegrityError, match=f"position {missing} expected, found {missing + 1}"):
        follow(rest)


@pytest.mark.parametrize("again", [1, 4])
def test_a_repeat_is_named(log, again):
    found = everything(log)
    found.insert(again, found[again - 1])
    with pytest.raises(IntegrityError, match=f"position {again + 1} expected, found {again}"):
        follow(found)


def test_two_records_that_changed_places_are_named(log):
    log._values[2], log._values[3] = log._values[3], log._values[2]
    assert refusal(log).startswith("position 3 expected, found 4")


def test_a_record_that_was_taken_out_and_the_rest_moved_up_is_named(log):
    del log._values[2]
    assert refusal(log).startswith("position 3 expected, found 4")


def test_every_changed_bit_of_a_record_is_seen():
    """Three records; each bit of the second is turned, and the reader stops at it or after it."""
    log = MemoryLog()
    values = append(log, 3)
    for place in range(len(values[1]) * 8):
        changed = bytearray(values[1])
        changed[place // 8] ^= 1 << place % 8
        log._values[1] = bytes(changed)
        said = refusal(log)
        assert said.startswith(("position 2", "position 3: the record before")), said


FOREIGN = {
    "nothing": b"",
    "no JSON": b"\x00\x01",
    "no UTF-8": b'{"id": "\xff"}',
    "another object": b"{}",
    "a list": b"[]",
    "a number": b"1",
    "deeply nested": b"[" * 5000,
    "a command": b'{"type": "OpenBook", "command_id": "C1", "on": "2025-03-05"}',
}


@pytest.mark.parametrize("what", FOREIGN)
def test_foreign_bytes_are_named(log, what):
    log._values[2] = FOREIGN[what]
    assert refusal(log).startswith("position 3: ")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"schemaversion": 99}, id="a version to come"),
        pytest.param({"type": "ClaimForgotten"}, id="an event that nobody knows"),
        pytest.param({"invented": 1}, id="an attribute that nobody knows"),
        pytest.param({"position": 4}, id="another position"),
        pytest.param({"position": "3"}, id="a position that is a text"),
        pytest.param({"data": {"on": "2025-03-05"}}, id="data that lack fields"),
        pytest.param({"data": None}, id="no data"),
        pytest.param({"commanddigest": "no hex"}, id="a digest that is none"),
        pytest.param({"previous": "00" * 32}, id="another record before"),
        pytest.param({"previous": ""}, id="no record before"),
    ],
)
def test_a_record_that_says_something_else_is_named(log, changes):
    log._values[2] = resealed(log._values[2], **changes)
    assert "position 3" in refusal(log)


def test_what_was_changed_with_all_that_follows_is_seen_by_whoever_knows_the_end(log):
    """Somebody with the whole file can chain it anew; a head that was kept elsewhere tells."""
    end = log.head()
    forged = MemoryLog()
    forged.append(sealed(Head(), [refused("forged")] * 6), expected=Head())
    assert records(forged)
    assert forged.head() != end


# -- versions --------------------------------------------------------------------------------------


def held(head: Head, version: int, **data: object) -> bytes:
    """A ClaimHeld in an old version, as a program of that time sealed it."""
    event = ClaimHeld(
        on=DAY,
        scheme="CROSS_PROVINCE",
        insured_region=RegionCode("340000"),
        treatment_region=RegionCode("310000"),
        claim_id=ClaimId("K1"),
        period=Period("202503"),
        reason="asked",
    )
    (value,), *_ = seal(head, origin(), (event,), None)
    content = msgspec.json.decode(value)
    wanted = {**content["data"], **data}
    fields = {name: found for name, found in wanted.items() if found is not ...}
    return resealed(value, schemaversion=version, data=fields)


def test_an_event_of_an_old_version_is_upcast_when_it_is_read(monkeypatch):
    """Version 0 said `why` for `reason`; what follows is chained to the bytes as they stand."""

    def renamed(data):
        return {**{k: v for k, v in data.items() if k != "why"}, "reason": data["why"]}

    monkeypatch.setitem(envelope.UPCASTERS, ("ClaimHeld", 0), renamed)
    old = held(Head(), 0, reason=..., why="asked long ago")
    log = MemoryLog()
    log.append([old], expected=Head())
    append(log, 2)
    first, *rest = records(log)
    assert isinstance(first.event, ClaimHeld)
    assert first.event.reason == "asked long ago"
    assert first.event.on == date(2025, 3, 5)
    assert [each.position for each in rest] == [2, 3]
    assert log.read_at([1]) == {1: old}


def test_versions_are_upcast_one_after_the_other(monkeypatch):
    monkeypatch.setattr(envelope, "SCHEMA_VERSION", 3)
    steps = []

    def step(version, **changes):
        def upcast(data):
            steps.append(version)
            return {**data, **changes}

        return upcast

    monkeypatch.setitem(envelope.UPCASTERS, ("ClaimHeld", 1), step(1, reason="one"))
    monkeypatch.setitem(envelope.UPCASTERS, ("ClaimHeld", 2), step(2, period="202504"))
    values = [held(Head(), 1)]
    values.append(held(head_of(values), 2))
    values.append(held(head_of(values), 3))
    log = MemoryLog()
    log.append(values, expected=Head())
    events = [each.event for each in records(log)]
    assert steps == [1, 2, 2]
    assert [(event.reason, event.period) for event in events] == [
        ("one", "202504"),
        ("asked", "202504"),
        ("asked", "202503"),
    ]


def test_an_event_without_an_upcaster_did_not_change_in_that_version(monkeypatch):
    monkeypatch.setattr(envelope, "SCHEMA_VERSION", 2)
    log = MemoryLog()
    log.append([held(Head(), 1)], expected=Head())
    (found,) = records(log)
    assert found.event.reason == "asked"


def test_an_upcast_event_that_is_still_wrong_is_named(monkeypatch):
    monkeypatch.setitem(envelope.UPCASTERS, ("ClaimHeld", 0), lambda data: {"on": "2025-03-05"})
    log = MemoryLog()
    append(log, 1)
    log.append([held(log.head(), 0)], expected=log.head())
    assert refusal(log).startswith("position 2: ")


def test_the_chain_begins_with_zeros():
    """A published value: auditors with other programs begin here too."""
    given = Origin(
        command_id="C1",
        digest=bytes(32),
        received_at="2025-03-05T08:00:00Z",
        actor=None,
        correlation_id=None,
    )
    (value,), *_ = seal(Head(), given, (refused(),), None)
    assert msgspec.json.decode(value)["previous"] == "00" * 32
