"""One state machine drives all logs with the same calls and compares what they answer."""

import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eventlog.memory import MemoryLog
from eventlog.port import Stray
from eventlog.sqlite import SqliteLog
from ledger.errors import IntegrityError, PositionConflict
from schemas.envelope import Head

from .records import everything, head_of, some

NEAR = st.integers(0, 30)
STRAYS = st.builds(
    Stray,
    place=st.sampled_from(["a:1", "a:2", "b:1"]),
    value=st.sampled_from([b"", b"\x00", b"\xff\xfe", b"{"]),
    reason=st.sampled_from(["not JSON", "not UTF-8"]),
)


class LogsAgree(RuleBasedStateMachine):
    """The law: a log in memory, one in a file and a plain list give the same answers."""

    def __init__(self):
        super().__init__()
        self.folder = Path(mkdtemp(prefix="clearing-test-"))
        self.memory = MemoryLog()
        self.file = SqliteLog(self.folder / "log.db", writer=True)
        self.reader = SqliteLog(self.folder / "log.db")
        self.values: list[bytes] = []
        self.strays: dict[tuple[str, bytes], Stray] = {}

    @property
    def views(self):
        return self.memory, self.file, self.reader

    @rule(number=st.integers(0, 9))
    def append(self, number):
        head = head_of(self.values)
        values = some(head, number)
        self.memory.append(values, expected=head)
        self.file.append(values, expected=head)
        self.values += values

    @rule(position=NEAR, right_hash=st.booleans(), number=st.integers(1, 3))
    def append_elsewhere(self, position, right_hash, number):
        head = head_of(self.values)
        wrong = Head(position=position, hash=head.hash if right_hash else bytes(32))
        if wrong == head:
            return
        for log in (self.memory, self.file):
            with pytest.raises(PositionConflict):
                log.append(some(wrong, number), expected=wrong)

    @rule(after=NEAR, until=st.none() | NEAR)
    def read(self, after, until):
        expected = list(enumerate(self.values, 1))[after:until]
        assert [everything(view, after, until) for view in self.views] == [expected] * 3

    @rule(after=NEAR, number=st.integers(1, 3))
    def read_while_more_is_appended(self, after, number):
        readings = [view.read(after=after) for view in self.views]
        expected = list(enumerate(self.values, 1))[after:]
        begun = [[*next(reading, ())] for reading in readings]
        self.append(number)
        for seen, reading in zip(begun, readings, strict=True):
            assert seen + [each for batch in reading for each in batch] == expected

    @rule(positions=st.lists(NEAR, max_size=6))
    def read_at(self, positions):
        inside = all(0 < position <= len(self.values) for position in positions)
        for view in self.views:
            if inside:
                found = view.read_at(positions)
                assert found == {place: self.values[place - 1] for place in positions}
            else:
                with pytest.raises(IntegrityError):
                    view.read_at(positions)

    @rule(strays=st.lists(STRAYS, max_size=4))
    def park(self, strays):
        self.memory.park(strays)
        self.file.park(strays)
        for stray in strays:
            self.strays.setdefault((stray.place, stray.value), stray)

    @rule()
    def start_again(self):
        self.file.close()
        self.file = SqliteLog(self.folder / "log.db", writer=True)

    @invariant()
    def ends_agree(self):
        assert {view.head() for view in self.views} == {head_of(self.values)}

    @invariant()
    def strays_agree(self):
        assert [list(view.parked()) for view in self.views] == [list(self.strays.values())] * 3

    def teardown(self):
        for view in self.views:
            view.close()
        shutil.rmtree(self.folder)


TestLogsAgree = LogsAgree.TestCase
TestLogsAgree.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, print_blob=True
)
