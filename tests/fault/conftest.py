"""The history that is killed, interrupted and run out of space, and what it makes undisturbed."""

import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.program import Place, outcomes_in

from .books import commands, first_answers, holds, reports, whole_cycle

COMMANDS = 1_500
FEW = 300


class Undisturbed(NamedTuple):
    """A history, and what a ledger holds that nothing happened to."""

    lines: tuple[bytes, ...]
    holds: dict
    reports: dict
    answers: list

    @property
    def stream(self) -> bytes:
        return b"\n".join(self.lines) + b"\n"


def undisturbed(lines: tuple[bytes, ...], folder: Path) -> Undisturbed:
    place, out = Place(folder), folder / "out"
    ended = place.call("submit", "-", "--outcomes", str(out), stdin=b"\n".join(lines))
    assert ended.status == 1
    return Undisturbed(lines, holds(place), reports(place), first_answers(outcomes_in(out)))


@pytest.fixture(scope="session")
def history(tmp_path_factory) -> Undisturbed:
    """Some thousands of commands: more than a second's work."""
    return undisturbed(commands(COMMANDS), tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def short(tmp_path_factory) -> Undisturbed:
    """Some hundreds of commands."""
    return undisturbed(commands(FEW), tmp_path_factory.mktemp("short"))


@pytest.fixture(scope="session")
def empty(tmp_path_factory) -> Place:
    """A ledger without a record: its tables are made."""
    place = Place(tmp_path_factory.mktemp("empty"))
    assert place.call("submit", "-").status == 0
    return place


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Place:
    """A month from its claims to its closing."""
    place = Place(tmp_path_factory.mktemp("small"))
    ended = place.call("submit", "-", stdin=whole_cycle())
    assert (ended.status, ended.err) == (0, "")
    return place


@pytest.fixture
def new_place(tmp_path) -> Callable[..., Place]:
    """Return a maker of folders for ledgers, empty or copied from another."""
    numbers = count(1)

    def make(like: Place | None = None) -> Place:
        folder = tmp_path / f"{next(numbers)}"
        if like is None:
            folder.mkdir()
        else:
            shutil.copytree(like.folder, folder)
        return Place(folder)

    return make
