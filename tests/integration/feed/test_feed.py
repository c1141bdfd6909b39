"""The feed on a real broker and server: what is told, in which order, to whom, and never what."""

import json
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text

import bootstrap
from consumers.projector import catch_up
from eventlog import kafka_feed, partition
from eventlog.port import read_records
from ledger.errors import ConcurrencyError, ConfigurationError, IntegrityError
from projections.build import NAMES, flush
from schemas import asyncapi
from schemas.envelope import Head
from schemas.feed import partition_of

from .conftest import golden
from .readers import compacted, expected, kept, level


def test_every_change_is_told_once_in_order_under_its_account(fed):
    """A consumer that starts late, too, finds every balance; after compaction still."""
    values, balances = golden()
    told = fed.told()
    changes = expected(values)
    assert sorted(each.change for each in told) == sorted(changes)
    for number in range(4):
        here = [change for change in changes if partition_of(change[1]) == number]
        assert [each.change for each in told if each.partition == number] == here
    assert kept(told) == compacted(told) == balances
    assert {each.value["generation"] for each in told} == {1}


def test_every_message_keeps_to_the_asyncapi_document(fed):
    document = asyncapi.document()

    def validator(name):
        return Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"})

    payload, headers = validator("Message"), validator("Headers")
    told = fed.told()
    assert len(told) > 100
    for each in told:
        payload.validate(each.value)
        headers.validate(each.headers)
        assert each.key == each.value["subject"] == each.headers["ce_subject"]
        assert each.headers["ce_id"] == each.value["id"]
    settled = next(each for each in told if each.value["data"]["cause"]["claim_id"])
    cause, data = settled.value["data"]["cause"], settled.value["data"]
    assert (cause["type"], data["scheme"]) == ("ClaimSettled", "CROSS_PROVINCE")
    assert data["period"]
    assert f"{data['region']}:{data['account']}" == settled.key


def test_nothing_is_told_before_its_posting_is_committed(place, feed, monkeypatch):
    """At each sending the books already hold what is sent."""
    monkeypatch.setattr(partition, "READ_MAX", 10)
    send, seen = kafka_feed.KafkaFeed.send, []

    def watched(self, messages):
        seen.append((place.checkpoint(), max(json.loads(each)["position"] for each in messages)))
        send(self, messages)

    monkeypatch.setattr(kafka_feed.KafkaFeed, "send", watched)
    place.append(golden()[0])
    level(feed())
    assert len(seen) > 5
    assert all(told <= committed for committed, told in seen)
    assert kept(place.told()) == golden()[1]


def test_after_a_lost_database_it_goes_on_where_readers_stopped_hearing(place, feed, new_database):
    values, balances = golden()
    half = len(values) // 2
    place.append(values[:half])
    first = feed()
    level(first)
    first.close()
    before = place.told()
    place.append(values[half:], half, values[half - 1])
    again = place.elsewhere(new_database())
    level(feed(again))
    told = place.told()
    assert told[0].value["generation"] == 1
    heard = {n: max(each.place[1] for each in before if each.partition == n) for n in range(4)}
    new = [each for each in told if each not in before]
    assert len(new) >= len(told) - len(before)
    assert all(each.place[1] >= heard[each.partition] for each in new)
    assert {each.change for each in told} == set(expected(values))
    assert kept(told) == compacted(told) == balances


def test_books_and_readers_of_another_log_stop_it(fed, feed, new_database):
    """The topic knows a position that the log has not."""
    other = fed.elsewhere(new_database())
    worker = feed(other)
    worker._log.head = lambda: Head(position=3, hash=bytes(32))
    with pytest.raises(IntegrityError, match="this feed is of another log"):
        worker.step()


# -- two at once -----------------------------------------------------------------------------------


def test_one_feeds_and_the_other_stands_by_until_it_is_gone(place, feed):
    values, balances = golden()
    place.append(values[:60])
    first, second = feed(), feed()
    level(first)
    assert not second.step()
    first.close()
    place.append(values[60:], 60, values[59])
    level(second)
    assert kept(place.told()) == balances
    assert sorted(each.change for each in place.told()) == sorted(expected(values))


def test_one_that_lost_its_place_without_knowing_is_stopped(place, feed):
    """The right was lost with the session: checkpoint and fence hold all the same."""
    values, balances = golden()
    place.append(values[:60])
    zombie, second = feed(), feed()
    level(zombie)
    second._take = lambda: True
    assert second.step()
    place.append(values[60:], 60, values[59])
    level(second)
    with pytest.raises(ConcurrencyError):
        level(zombie)
    assert sorted(each.change for each in place.told()) == sorted(expected(values))
    assert kept(place.told()) == balances


def test_a_zombie_with_messages_in_hand_puts_none_behind_newer_ones(place, feed):
    """It committed and was frozen before it sent; the next one sends for it and goes on."""
    values, balances = golden()
    place.append(values)
    zombie, second = feed(), feed()
    assert zombie.step()
    desk = zombie._desk
    for batch in read_records(place.log, after=desk._folder.head, until=70):
        desk._folder.fold(batch.records, batch.head)
    flush(desk._engine, desk._folder)
    second._take = lambda: True
    level(second)
    desk._sent = None
    with desk._engine.begin() as connection:  # what it read before it froze
        connection.execute(text("INSERT INTO feed_outbox VALUES (1, 1, 0, :m)"), {"m": OLD})
    with pytest.raises(ConcurrencyError):
        zombie.step()
    told = place.told()
    assert sorted(each.change for each in told) == sorted(expected(values))
    assert kept(told) == compacted(told) == balances


OLD = json.dumps({
    "specversion": "1.0", "id": "1/1/x", "source": "/clearing", "type": "BalanceChanged",
    "subject": "310000:CASH", "time": "2025-01-01T00:00:00Z", "generation": 1, "position": 1,
})  # fmt: skip


# -- rebuild and verify ----------------------------------------------------------------------------


def test_a_rebuild_that_finds_nothing_is_silent(fed, feed):
    before = fed.told()
    fed.log.close()
    (rebuilt,) = bootstrap.rebuild(fed.chosen, ["feed"])
    assert (rebuilt.difference, rebuilt.switched) == (None, True)
    worker = feed()
    level(worker)
    assert worker._desk
    assert fed.told() == before


def test_after_a_switch_changed_balances_go_out_under_a_new_generation(fed, feed):
    balances = golden()[1]
    before = fed.told()
    wrong, gone = min(balances), max(balances)
    damage(fed, f"UPDATE feed_balances SET balance = balance + 5 WHERE {named(wrong)}")
    damage(fed, f"DELETE FROM feed_balances WHERE {named(gone)}")
    fed.log.close()
    worker = feed()
    level(worker)  # it runs on meanwhile
    (rebuilt,) = bootstrap.rebuild(fed.chosen, ["feed"])
    assert not rebuilt.switched
    (rebuilt,) = bootstrap.rebuild(fed.chosen, ["feed"], replace=True)
    assert rebuilt.switched
    level(worker)
    told = fed.told()
    new = [each for each in told if each not in before]
    assert {each.key for each in new} == {wrong, gone}
    assert {each.place for each in new} == {(2, len(golden()[0]))}
    assert {each.value["type"] for each in new} == {"BalanceCorrected"}
    validator = Draft202012Validator(
        {**asyncapi.document(), "$ref": "#/components/schemas/Message"}
    )
    assert not [fault for each in new for fault in validator.iter_errors(each.value)]
    assert kept(told) == compacted(told) == balances


def test_there_must_be_a_feed_to_be_folded_again(place):
    place.log.close()
    with pytest.raises(ConfigurationError, match="there is no feed"):
        bootstrap.rebuild(place.chosen, ["feed"])


def test_verify_looks_at_the_feed_where_there_is_one(fed):
    engine = bootstrap.open_books(fed.chosen, writer=True)
    with closing(bootstrap.open_log(fed.chosen)) as log:
        catch_up(log, engine, NAMES)
    engine.dispose()
    assert bootstrap.verify(fed.chosen) == (len(golden()[0]), [])
    damage(fed, f"UPDATE feed_balances SET balance = 1 WHERE {named(min(golden()[1]))}")
    (finding,) = bootstrap.verify(fed.chosen)[1]
    assert "projection feed, table feed_balances" in finding


def damage(place, statement):
    engine = bootstrap.open_books(place.chosen, writer=True)
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount == 1
    engine.dispose()


def named(key):
    return f"replace(rtrim(regexp_replace(account, '/+', ':', 'g'), ':'), '/', ':') = '{key}'"
