import pytest

from eventlog.memory import MemoryLog

from .event_log import EventLogContract


class TestMemoryLog(EventLogContract):
    @pytest.fixture
    def log(self):
        return MemoryLog()
