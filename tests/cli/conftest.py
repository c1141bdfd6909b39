"""Ledgers to call: the golden example, and empty ones that need no time to be made."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from .program import EXAMPLE, Place


@pytest.fixture(scope="session")
def golden(tmp_path_factory) -> Place:
    """Three provinces, two months: 136 records. Not to be written to."""
    place = Place(tmp_path_factory.mktemp("golden"))
    assert place.call("submit", str(EXAMPLE)).status == 0
    return place


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Place:
    """A ledger without a record. Not to be written to."""
    place = Place(tmp_path_factory.mktemp("empty"))
    assert place.call("submit", "-").status == 0
    return place


@pytest.fixture
def copied(tmp_path) -> Callable[[Place], Place]:
    """Return a maker of copies, to be written to."""
    numbers = count(1)

    def make(like: Place) -> Place:
        folder = tmp_path / f"copy {next(numbers)}"
        shutil.copytree(like.folder, folder)
        return Place(folder)

    return make


@pytest.fixture
def place(empty: Place, copied: Callable[[Place], Place]) -> Place:
    """An empty ledger."""
    return copied(empty)


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the current one, and no settings of the environment."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("CLEARING_LOG", raising=False)
    monkeypatch.delenv("CLEARING_DB", raising=False)
    return folder
