"""`EventLogContract`: what every log does. A new adapter is one subclass with its fixtures.

The writer's view and a reader's are two objects where an adapter has two; what the one appended
the other must see as soon as `append` has returned.
"""

import pytest

from eventlog.port import READ_MAX, EventLog, Stray
from ledger.errors import ConfigurationError, IntegrityError, PositionConflict
from schemas.door import LINE_BYTES_MAX
from schemas.envelope import Head

from .records import append, everything, head_of, of_size, some


class EventLogContract:
    """Subclasses give `log`, an empty log opened for writing, and may give `reader`."""

    @pytest.fixture
    def log(self) -> EventLog:
        raise NotImplementedError

    @pytest.fixture
    def reader(self, log):
        """Another view on the same log."""
        return log

    # -- the end -------------------------------------------------------------------------------

    def test_an_empty_log_holds_nothing(self, log, reader):
        for view in (log, reader):
            assert view.head() == Head() == Head(position=0, hash=bytes(32))
            assert everything(view) == []
            assert view.read_at([]) == {}
            assert list(view.parked()) == []

    def test_positions_are_dense_from_one(self, log, reader):
        for number in (1, 3, 2):
            append(log, number)
        assert [position for position, _ in everything(reader)] == [1, 2, 3, 4, 5, 6]

    def test_the_head_is_the_last_position_and_the_hash_of_its_bytes(self, log, reader):
        values = []
        for number in (1, 4):
            values += append(log, number)
            assert log.head() == reader.head() == head_of(values)

    # -- appending -----------------------------------------------------------------------------

    @pytest.mark.parametrize("sizes", [[12], [1] * 12, [5, 7], [0, 11, 0, 1, 0]])
    def test_bytes_come_back_as_they_were_whatever_the_batches(self, log, reader, sizes):
        values = some(Head(), 12)
        for size in sizes:
            first = log.head().position
            log.append(values[first : first + size], expected=log.head())
        assert everything(reader) == list(enumerate(values, 1))

    def test_an_empty_append_does_nothing(self, log, reader):
        values = append(log, 2)
        for expected in (log.head(), Head()):
            log.append([], expected=expected)
        assert everything(reader) == list(enumerate(values, 1))
        assert reader.head() == head_of(values)

    @pytest.mark.parametrize(
        "expected",
        [
            pytest.param(lambda head: Head(), id="the beginning"),
            pytest.param(lambda head: head._replace(position=head.position - 1), id="one less"),
            pytest.param(lambda head: head._replace(position=head.position + 1), id="one more"),
            pytest.param(lambda head: head._replace(hash=bytes(32)), id="another hash"),
            pytest.param(lambda head: head._replace(hash=b""), id="no hash"),
        ],
    )
    def test_another_end_than_expected_is_a_conflict_and_nothing_is_written(
        self, log, reader, expected
    ):
        values = append(log, 3)
        wrong = expected(log.head())
        with pytest.raises(PositionConflict, match="3"):
            log.append(some(wrong, 2), expected=wrong)
        assert everything(reader) == list(enumerate(values, 1))
        values += append(log, 1)  # and the log is as usable as before
        assert everything(reader) == list(enumerate(values, 1))

    def test_an_append_to_an_empty_log_expects_its_beginning(self, log, reader):
        elsewhere = Head(position=1, hash=bytes(32))
        with pytest.raises(PositionConflict):
            log.append(some(elsewhere, 1), expected=elsewhere)
        assert reader.head() == Head()

    def test_a_conflict_does_not_disturb_who_is_reading(self, log):
        values = append(log, READ_MAX + 2)
        batches = log.read(after=0)
        seen = list(next(batches))
        with pytest.raises(PositionConflict):
            log.append(some(Head(), 1), expected=Head())
        seen += [each for batch in batches for each in batch]
        assert seen == list(enumerate(values, 1))

    # -- reading -------------------------------------------------------------------------------

    @pytest.mark.parametrize("after", [0, 1, 4, 5, 6, 99])
    @pytest.mark.parametrize("until", [None, 0, 1, 3, 5, 6, 99])
    def test_a_range_is_read_after_one_position_and_up_to_another(self, log, reader, after, until):
        values = append(log, 5)
        expected = list(enumerate(values, 1))[after:until]
        assert everything(reader, after, until) == expected

    def test_reading_goes_in_batches_with_a_bound(self, log, reader):
        values = append(log, READ_MAX * 2 + 1)
        batches = [list(batch) for batch in reader.read(after=0)]
        assert all(0 < len(batch) <= READ_MAX for batch in batches)
        assert len(batches) > 1
        assert [each for batch in batches for each in batch] == list(enumerate(values, 1))

    def test_reading_ends_where_the_log_ended_when_it_began(self, log, reader):
        values = append(log, READ_MAX + 1)
        batches = reader.read(after=0)
        seen = list(next(batches))
        append(log, 1)
        seen += [each for batch in batches for each in batch]
        assert seen == list(enumerate(values, 1))
        assert reader.head().position == len(values) + 1

    def test_two_readings_at_once_do_not_mix(self, log, reader):
        values = append(log, READ_MAX + 3)
        one, other = reader.read(after=0), reader.read(after=1)
        first = [*next(one)]
        second = [*next(other)]
        first += [each for batch in one for each in batch]
        second += [each for batch in other for each in batch]
        assert first == list(enumerate(values, 1))
        assert second == first[1:]

    @pytest.mark.parametrize(
        "positions",
        [
            pytest.param([1], id="the first"),
            pytest.param([7, 2, 5], id="out of order"),
            pytest.param([3, 3, 3], id="one again and again"),
            pytest.param([*range(1, 1201)], id="more than one query names"),
        ],
    )
    def test_records_are_found_by_their_positions(self, log, reader, positions):
        values = append(log, 1200)
        found = reader.read_at(positions)
        assert dict(found) == {position: values[position - 1] for position in positions}

    @pytest.mark.parametrize("missing", [0, -1, 4, 10**9])
    def test_asking_for_a_record_that_is_not_there_is_an_error(self, log, reader, missing):
        append(log, 3)
        with pytest.raises(IntegrityError, match=f"no record at position {missing}"):
            reader.read_at([1, missing])

    # -- parking -------------------------------------------------------------------------------

    def test_strays_are_kept_in_order_and_once(self, log, reader):
        first = Stray(place="a.jsonl:1", value=b"\x00\xff not text", reason="not JSON")
        second = Stray(place="a.jsonl:2", value=b"", reason="empty")
        log.park([first, second])
        log.park([second, first])
        assert list(reader.parked()) == [first, second]

    def test_the_same_bytes_elsewhere_and_other_bytes_here_are_other_strays(self, log, reader):
        strays = [
            Stray(place="a.jsonl:1", value=b"one", reason="not JSON"),
            Stray(place="b.jsonl:1", value=b"one", reason="not JSON"),
            Stray(place="a.jsonl:1", value=b"two", reason="not JSON"),
        ]
        log.park(strays)
        assert list(reader.parked()) == strays

    def test_a_stray_keeps_the_reason_that_it_was_parked_with(self, log, reader):
        first = Stray(place="a.jsonl:1", value=b"one", reason="not JSON")
        log.park([first])
        log.park([Stray(place="a.jsonl:1", value=b"one", reason="said otherwise later")])
        assert list(reader.parked()) == [first]

    def test_strays_are_no_records(self, log, reader):
        values = append(log, 1)
        log.park([Stray(place="a:1", value=values[0], reason="a record, sent as a command")])
        log.park([])
        assert everything(reader) == [(1, values[0])]
        values += append(log, 1)
        assert reader.head() == head_of(values)

    # -- moving house --------------------------------------------------------------------------

    def test_a_retired_log_is_read_and_takes_nothing_more(self, log, reader):
        values = append(log, 2)
        assert log.retired() is reader.retired() is None
        log.retire("kafka://elsewhere:9092")
        assert log.retired() == reader.retired() == "kafka://elsewhere:9092"
        with pytest.raises(ConfigurationError, match="goes on at kafka://elsewhere:9092"):
            log.append(some(log.head(), 1), expected=log.head())
        with pytest.raises(ConfigurationError, match="goes on at kafka://elsewhere:9092"):
            log.park([Stray(place="a:1", value=b"x", reason="late")])
        assert everything(reader) == list(enumerate(values, 1))
        assert list(reader.parked()) == []

    # -- size ----------------------------------------------------------------------------------

    def test_a_record_and_a_stray_may_have_8_mib(self, log, reader):
        small = append(log, 1)
        large = of_size(log.head(), LINE_BYTES_MAX)
        log.append([large], expected=log.head())
        small += append(log, 1)
        stray = Stray(place="big:1", value=bytes(range(256)) * (LINE_BYTES_MAX // 256), reason="?")
        log.park([stray])
        assert everything(reader) == [(1, small[0]), (2, large), (3, small[1])]
        assert reader.read_at([2]) == {2: large}
        assert list(reader.parked()) == [stray]


class DurableLogContract(EventLogContract):
    """Of a log that outlives its process. Subclasses give `opened`, besides: open it again."""

    @pytest.fixture
    def opened(self, log):
        """Return a function that closes the writer's view and opens the log anew."""
        raise NotImplementedError

    def test_what_was_appended_and_parked_is_there_after_a_new_start(self, log, opened):
        values = append(log, 3)
        stray = Stray(place="a:1", value=b"\xff", reason="not UTF-8")
        log.park([stray])
        again = opened()
        assert again.head() == head_of(values)
        assert everything(again) == list(enumerate(values, 1))
        assert list(again.parked()) == [stray]
        values += append(again, 2)
        again = opened()
        assert everything(again) == list(enumerate(values, 1))
        again.retire("elsewhere")
        again = opened()
        assert again.retired() == "elsewhere"
        with pytest.raises(ConfigurationError, match="goes on at elsewhere"):
            append(again, 1)
