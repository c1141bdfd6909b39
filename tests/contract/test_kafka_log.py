"""The contract on a real broker, and what only Kafka has: fences, transactions, control records."""

import random
from contextlib import closing, suppress

import msgspec
import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import KafkaError

from eventlog import kafka
from eventlog.cluster import Cluster
from eventlog.kafka import KafkaLog
from eventlog.port import READ_MAX, Consumed, Stray
from eventlog.producer import open_producer
from eventlog.topics import Topics
from ledger.errors import IntegrityError, TransientError, WriterFenced
from schemas.envelope import Head
from tests.services.processes import free_port
from tests.services.resolve import local_kafka

from .event_log import DurableLogContract
from .records import append, everything, head_of, some


@pytest.fixture
def log(cluster, ledger_name):
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as opened:
        yield opened


class TestKafkaLog(DurableLogContract):
    @pytest.fixture
    def log(self, log):
        return log

    @pytest.fixture
    def reader(self, log, cluster, ledger_name):
        with closing(KafkaLog(cluster, ledger_name)) as opened:
            yield opened

    @pytest.fixture
    def opened(self, log, cluster, ledger_name):
        views = [log]

        def again():
            views[-1].close()
            views.append(KafkaLog(cluster, ledger_name, writer=True))
            return views[-1]

        yield again
        views[-1].close()

    def test_a_range_is_read_after_one_position_and_up_to_another(self, log, reader):
        """All ranges on one log: topics take longer to make than a file."""
        values = append(log, 5)
        for after in (0, 1, 4, 5, 6, 99):
            for until in (None, 0, 1, 3, 5, 6, 99):
                expected = list(enumerate(values, 1))[after:until]
                assert everything(reader, after, until) == expected, (after, until)

    def test_a_reader_follows_from_any_position(self, log, reader):
        """What is there comes at once, what comes later while it waits, nothing in its time."""
        values = append(log, 3)
        expected = list(enumerate(values, 1))
        for after in range(3):
            assert followed(reader, after) == expected[after:]
        assert followed(reader, 3) == []
        assert reader.backlog() == 0
        later = append(log, 2)
        assert followed(reader, 3) == list(enumerate(later, 4))
        assert followed(reader, 4) == [(5, later[-1])]
        assert reader.backlog() == 0
        with pytest.raises(IntegrityError, match="ends at 5, not at 9"):
            followed(reader, 9)

    def test_what_was_seen_and_not_followed_is_counted(self, log, reader):
        append(log, 1)
        assert len(followed(reader, 0)) == 1
        assert reader.backlog() == 0
        append(log, 4)
        assert reader.backlog() == 0  # the end as it was seen the last time
        assert reader.backlog() >= 4
        assert len(followed(reader, 1)) == 4
        assert reader.backlog() == 0


class TestKafkaLogPlainly(TestKafkaLog):
    """The same, record by record: how any other version of the client is used."""

    @pytest.fixture
    def log(self, cluster, ledger_name):
        with closing(KafkaLog(cluster, ledger_name, writer=True, plain=True)) as opened:
            yield opened

    @pytest.fixture
    def reader(self, log, cluster, ledger_name):
        with closing(KafkaLog(cluster, ledger_name, plain=True)) as opened:
            yield opened


def followed(reader, after):
    """Everything after a position: it may come in more than one go."""
    found = []
    while more := [each for batch in reader.follow(after=after, wait_s=0.3) for each in batch]:
        found += more
        after = more[-1][0]
    return found


# -- who may write ---------------------------------------------------------------------------------


def messages(values):
    return kafka._messages(values, 1)


def test_a_zombie_is_fenced_and_writes_nothing(log, cluster, ledger_name):
    values = append(log, 2)
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as successor:
        assert successor.head() == head_of(values)
        with pytest.raises(WriterFenced, match="took over"):
            log.append(some(log.head(), 3), expected=log.head())
        with pytest.raises(WriterFenced):
            log.append(some(log.head(), 3), expected=log.head())
        values += append(successor, 1)
        assert everything(successor) == list(enumerate(values, 1))


def test_a_zombie_within_its_transaction_is_fenced_and_nothing_of_it_is_seen(
    log, cluster, ledger_name
):
    values = append(log, 2)
    producer = log._writer._producer
    producer.begin_transaction()
    for key, value, headers in messages(some(Head(), 3)):
        producer.send(f"{ledger_name}.events.v1", value, key, headers, 0)
    producer.flush()
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as successor:
        with pytest.raises(KafkaError):
            producer.commit_transaction()
        values += append(successor, 1)
        assert everything(successor) == list(enumerate(values, 1))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_of_the_client_is_never_taken_for_a_commit(log, cluster, ledger_name, monkeypatch):
    values = append(log, 2)

    def fails():
        raise AttributeError("of the client")

    monkeypatch.setattr(log._writer._producer, "commit_transaction", fails)
    with pytest.raises(IntegrityError, match="failed in a way of its own"):
        log.append(some(log.head(), 3), expected=log.head())
    with pytest.raises(WriterFenced, match="lost its place"):
        log.append(some(log.head(), 3), expected=log.head())
    with closing(KafkaLog(cluster, ledger_name, writer=True)) as successor:
        values += append(successor, 1)
        assert everything(successor) == list(enumerate(values, 1))


def test_a_reader_writes_nothing(log, cluster, ledger_name):
    append(log, 1)
    with closing(KafkaLog(cluster, ledger_name)) as reader:
        with pytest.raises(WriterFenced, match="opened for reading"):
            reader.append(some(reader.head(), 1), expected=reader.head())
        with pytest.raises(WriterFenced, match="opened for reading"):
            reader.park([Stray(place="a:1", value=b"x", reason="not JSON")])
        with pytest.raises(WriterFenced, match="opened for reading"):
            reader.retire("elsewhere")


def test_a_reader_makes_no_log(cluster, ledger_name):
    with pytest.raises(TransientError, match="there is no log"):
        KafkaLog(cluster, ledger_name)


def test_no_broker_is_told_in_time(ledger_name, monkeypatch):
    monkeypatch.setattr("eventlog.cluster.BOOTSTRAP_MS", 300)
    nowhere = Cluster(servers=(f"127.0.0.1:{free_port()}",))
    for writer in (True, False):
        with pytest.raises(TransientError, match="kafka://127"):
            KafkaLog(nowhere, ledger_name, writer=writer)


def test_a_password_is_never_shown():
    assert "secret" not in repr(Cluster(servers=("a:1",), user="u", password="secret"))


# -- what a transaction leaves in the log ----------------------------------------------------------


def test_an_open_and_then_aborted_transaction_is_invisible(log, cluster, ledger_name):
    values = append(log, 2)
    producer = log._writer._producer
    with closing(KafkaLog(cluster, ledger_name)) as reader:
        for number in (1, 700):
            producer.begin_transaction()
            for key, value, headers in messages(some(Head(), number)):
                producer.send(f"{ledger_name}.events.v1", value, key, headers, 0)
            producer.flush()
            assert reader.head() == head_of(values)
            assert everything(reader) == list(enumerate(values, 1))
            producer.abort_transaction()
            assert reader.head() == head_of(values)
        values += append(log, 3)
        assert everything(reader) == list(enumerate(values, 1))
    with closing(KafkaLog(cluster, ledger_name)) as fresh:
        assert fresh.head() == head_of(values)
        assert fresh.read_at([3, 5]) == {3: values[2], 5: values[4]}


def test_markers_take_offsets_and_not_positions(log, cluster, ledger_name):
    values = [value for _ in range(40) for value in append(log, 1)]
    values += append(log, 60)
    with closing(KafkaLog(cluster, ledger_name)) as reader:
        assert reader._one.end() == len(values) + 41
        for after in (0, 1, 17, 39, 40, 73, 99):
            assert everything(reader, after, after + 2) == list(enumerate(values, 1))[after:][:2]
        fresh = random.Random(4).sample(range(1, 101), 20)
        assert reader.read_at(fresh) == {place: values[place - 1] for place in fresh}


def test_records_and_the_offset_of_their_commands_are_one_transaction(log, cluster, ledger_name):
    commands = TopicPartition(f"{ledger_name}.commands.v1", 0)
    group = f"{ledger_name}.decider"
    values = some(Head(), 2)
    log.append(values, expected=Head(), consumed=Consumed(offset=7, group=group))
    log.append([], expected=log.head(), consumed=Consumed(offset=9, group=group))
    admin = KafkaAdminClient(**cluster.options())
    try:
        offsets = admin.list_group_offsets(group)
        assert offsets[group][commands].offset == 9
    finally:
        admin.close()
    assert everything(log) == list(enumerate(values, 1))


# -- what other programs see -----------------------------------------------------------------------


@pytest.mark.parametrize("plain", [True, False])
def test_keys_and_headers_are_derived_from_the_envelope(cluster, ledger_name, plain):
    with closing(KafkaLog(cluster, ledger_name, writer=True, plain=plain)) as log:
        (value,) = append(log, 1)
        record = log._one.last(0, log._one.end())
    said = msgspec.json.decode(value)
    headers = dict(record.headers)
    assert record.value == value
    assert record.key == said["subject"].encode()
    assert headers.pop("content-type") == b"application/cloudevents+json; charset=UTF-8"
    names = ("specversion", "id", "source", "type", "subject", "time")
    assert headers == {f"ce_{name}": said[name].encode() for name in names}


def test_foreign_bytes_stop_the_reader_and_are_named(log, cluster, ledger_name):
    append(log, 2)
    producer = open_producer(cluster)
    producer.send(f"{ledger_name}.events.v1", b"not ours", partition=0).get(10)
    producer.close()
    with pytest.raises(IntegrityError, match="offset 3"):
        KafkaLog(cluster, ledger_name)


def test_topics_have_the_settings_of_a_log(log, cluster, ledger_name):
    topics = Topics(ledger=ledger_name)
    admin = KafkaAdminClient(**cluster.options())
    try:
        for name in topics.required():
            asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
            found = admin.describe_configs(asked, config_filter="all")["topic"][name]
            for setting, value in topics.settings(name, 1).items():
                assert found[setting]["value"] == value, (name, setting)
        partitions = {each["name"]: len(each["partitions"]) for each in admin.describe_topics()}
        assert [partitions[name] for name in topics.required()] == [1, 1, 1, 4]
    finally:
        admin.close()


# -- the broker goes away --------------------------------------------------------------------------


@pytest.mark.soak
def test_reading_and_writing_go_on_after_a_broker_was_killed_and_came_back(ledger_name):
    with local_kafka() as brokers:
        cluster = Cluster(servers=tuple(brokers.url.removeprefix("kafka://").split(",")))
        with closing(KafkaLog(cluster, ledger_name, writer=True)) as log:
            values = append(log, READ_MAX + 5)
            reading = log.read(after=0)
            seen = [*next(reading)]
            brokers.nodes[0].kill()
            brokers.start()
            seen += [each for batch in reading for each in batch]
            assert seen == list(enumerate(values, 1))
            after = some(log.head(), 2)
            with suppress(TransientError, WriterFenced):  # in doubt a writer starts anew
                log.append(after, expected=log.head())
        with closing(KafkaLog(cluster, ledger_name, writer=True)) as again:
            if again.head() == head_of(values):
                again.append(after, expected=again.head())
            values += after
        with closing(KafkaLog(cluster, ledger_name)) as reader:
            assert reader.head() == head_of(values)
            brokers.nodes[0].pause()
            with pytest.raises(TransientError):
                reader.head()
            brokers.nodes[0].resume()
            assert everything(reader, len(values) - 3) == list(enumerate(values, 1))[-3:]
