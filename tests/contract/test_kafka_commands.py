"""The commands topic: order, time of receipt, one reader of a group at a time."""

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest

from eventlog.cluster import Cluster
from eventlog.kafka import KafkaLog
from eventlog.kafka_commands import KafkaCommandReader, KafkaCommandSender
from eventlog.port import NotConfirmed, Received
from ledger.errors import IntegrityError, WriterFenced
from schemas.door import LINE_BYTES_MAX
from schemas.envelope import Head
from tests.services.resolve import local_kafka

from .records import some


@pytest.fixture
def log(cluster, ledger_name):
    """The writer: makes the topics."""
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as opened:
        yield opened


@pytest.fixture
def sender(log, cluster, ledger_name):
    with closing(KafkaCommandSender(cluster, ledger_name)) as opened:
        yield opened


@pytest.fixture(params=[False, True], ids=["by blocks", "plain"])
def reader(log, cluster, ledger_name, request):
    with closing(KafkaCommandReader(cluster, ledger_name, plain=request.param)) as opened:
        yield opened


def named(first: int, number: int) -> list[tuple[str, bytes]]:
    return [(f"C{place}", b"command %d" % place) for place in range(first, first + number)]


def drained(reader, number: int):
    found: list[Received] = []
    while len(found) < number:
        more = reader.read(5.0)
        assert more, f"only {len(found)} of {number} came"
        found += more
    return found


def test_commands_come_in_the_order_of_sending_with_offset_and_time(sender, reader):
    before = datetime.now(UTC)
    commands = named(0, 7)
    assert sender.send(commands[:3]) + sender.send([]) + sender.send(commands[3:]) == [*range(7)]
    assert (reader.begin(), reader.end()) == (0, 7)
    reader.seek(0)
    found = drained(reader, 7)
    assert [each.value for each in found] == [value for _, value in commands]
    assert [each.offset for each in found] == [*range(7)]
    second = timedelta(seconds=1)
    assert all(before - second < each.received_at < before + 60 * second for each in found)
    assert reader.consumed().offset == 7
    assert reader.read(0.05) == []


def test_many_small_sends_come_in_portions_of_any_size(sender, reader):
    """However they were sent: nothing is lost between what was fetched and what was wanted."""
    sent = [sender.send(named(place, 3))[0] for place in range(0, 60, 3)]
    assert sent == [*range(0, 60, 3)]
    reader.seek(1)
    found = []
    for most in (4, 1, 30, 5_000):
        found += (portion := reader.read(5.0, most=most))
        assert 0 < len(portion) <= most
        assert reader.consumed().offset == found[-1].offset + 1
    found += drained(reader, 59 - len(found)) if len(found) < 59 else []
    assert [each.value for each in found] == [value for _, value in named(1, 59)]
    reader.seek(58)
    assert [each.offset for each in drained(reader, 2)] == [58, 59]


def test_reading_goes_on_from_any_offset_with_a_bound(sender, reader):
    sender.send(named(0, 30))
    reader.seek(11)
    assert [each.offset for each in reader.read(5.0, most=5)] == [11, 12, 13, 14, 15]
    assert reader.consumed().offset == 16
    reader.seek(29)
    assert [each.offset for each in drained(reader, 1)] == [29]


@pytest.mark.parametrize("offset", [-1, 4])
def test_commands_that_are_not_there_stop_the_reader(sender, reader, offset):
    sender.send(named(0, 3))
    with pytest.raises(IntegrityError, match="0 to 3 are kept"):
        reader.seek(offset)
    with pytest.raises(IntegrityError):
        reader.read(0.1)


def test_many_and_large_commands_are_sent_in_order(sender, reader):
    commands = [*named(0, 9_000), ("L", bytes(range(256)) * (LINE_BYTES_MAX // 256)), ("S", b"s")]
    assert sender.send(commands) == [*range(9_002)]
    reader.seek(0)
    assert [each.value for each in drained(reader, 9_002)] == [value for _, value in commands]


def test_how_far_commands_were_consumed_is_written_with_the_records(log, sender, reader):
    assert reader.committed() is None
    sender.send(named(0, 5))
    reader.seek(0)
    drained(reader, 5)
    log.append(some(Head(), 2), expected=Head(), consumed=reader.consumed())
    assert reader.committed() == 5
    log.append([], expected=log.head(), consumed=reader.consumed())
    assert log.head().position == 2


def test_one_member_is_elected_and_the_next_when_it_leaves(log, sender, cluster, ledger_name):
    sender.send(named(0, 4))
    first = KafkaCommandReader(cluster, ledger_name, group=True)
    second = KafkaCommandReader(cluster, ledger_name, group=True)
    with closing(second):
        with closing(first):
            assert first.elected(20)
            first.seek(0)
            assert [each.offset for each in first.read(5.0, most=2)] == [0, 1]
            assert not second.elected(2.0)
            assert [each.offset for each in drained(first, 2)] == [2, 3]  # joining took nothing
            log.append(some(Head(), 1), expected=Head(), consumed=first.consumed())
        assert second.elected(20)
        assert second.committed() == 4
        second.seek(4)
        sender.send(named(4, 1))
        assert [each.offset for each in drained(second, 1)] == [4]


def test_a_member_that_lost_its_place_cannot_commit(log, sender, cluster, ledger_name):
    """The seat is gone while a batch is decided: its records and its offset are refused."""
    sender.send(named(0, 2))
    first = KafkaCommandReader(cluster, ledger_name, group=True)
    assert first.elected(20)
    first.seek(0)
    drained(first, 2)
    late = first.consumed()
    first.close()
    with closing(KafkaCommandReader(cluster, ledger_name, group=True)) as second:
        assert second.elected(20)
        with pytest.raises(WriterFenced, match="another member"):
            log.append(some(Head(), 1), expected=Head(), consumed=late)
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as again:
        assert again.head() == Head()


def test_nothing_is_sent_after_what_was_not_confirmed(ledger_name, monkeypatch):
    monkeypatch.setattr("eventlog.producer.DELIVERY_MS", 7_000)
    monkeypatch.setattr("eventlog.cluster.REQUEST_MS", 1_000)
    with local_kafka() as brokers:
        cluster = Cluster(servers=tuple(brokers.url.removeprefix("kafka://").split(",")))
        KafkaLog(cluster, ledger_name, writer=True).close()
        sender = KafkaCommandSender(cluster, ledger_name)
        assert sender.send(named(0, 3)) == [0, 1, 2]
        brokers.nodes[0].kill()
        with pytest.raises(NotConfirmed) as stopped:
            sender.send(named(3, 3))
        assert stopped.value.offsets == []
        with suppress(Exception):
            sender.close()


def test_what_was_decided_long_ago_is_deleted_and_nothing_else(sender, reader):
    sender.send([(f"C{number}", b"{}") for number in range(5)])
    begin, now = reader.begin(), datetime.now(UTC)
    assert reader.forget(now - timedelta(days=30), decided=begin + 5) == begin
    assert reader.forget(now + timedelta(seconds=60), decided=begin + 3) == begin + 3
    reader.seek(begin + 3)
    assert [each.offset for each in reader.read(5)] == [begin + 3, begin + 4]
    with pytest.raises(IntegrityError, match="are kept"):
        reader.seek(begin + 2)
