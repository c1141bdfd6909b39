"""What all tests share."""

import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from tests.services.fixtures import kafka_url, ledger_name, new_database, postgres_url
from tests.support import BlackBox

__all__ = ["kafka_url", "ledger_name", "new_database", "new_ledger", "postgres_url"]

SOAK_TURNS = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make soak` ask for the full number of faults."""
    parser.addoption("--soak", action="store_true", help="every fault at its full number")


def pytest_configure() -> None:
    """Let programs hear Ctrl-C, which a shell takes from what it runs in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    """Tell whether every fault is wanted, at its full number."""
    return bool(request.config.getoption("--soak"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Repeat what takes a `turn`: once, or as often as a soak asks for."""
    if "turn" in metafunc.fixturenames and "soak" in metafunc.fixturenames:
        turns = SOAK_TURNS if metafunc.config.getoption("--soak") else 1
        metafunc.parametrize("turn", range(1, turns + 1))


@pytest.fixture
def new_ledger(tmp_path: Path) -> Callable[[], BlackBox]:
    """Return a maker of fresh embedded ledgers."""
    numbers = count()

    def make() -> BlackBox:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        return BlackBox(folder)

    return make
