from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .running import Place, Worker


@pytest.fixture
def place(
    kafka_url: str,
    new_database: Callable[[], str],
    ledger_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Place:
    """An empty ledger on the session's broker and server, chosen by settings."""
    place = Place(kafka_url, new_database(), ledger_name, tmp_path)
    for name, value in place.settings.items():
        monkeypatch.setenv(name, value)
    return place


@pytest.fixture
def accepting(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The same, whose one broker is accepted."""
    place.settings["CLEARING_ACCEPT_UNSAFE"] = "1"
    monkeypatch.setenv("CLEARING_ACCEPT_UNSAFE", "1")
    return place


@pytest.fixture
def run(accepting: Place) -> Iterator[Callable[..., Worker]]:
    """A starter of workers, which are stopped at the end."""
    started: list[Worker] = []

    def start(role: str, *more: str) -> Worker:
        started.append(accepting.worker(role, *more))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()
