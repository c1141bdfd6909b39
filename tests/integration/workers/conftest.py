"""Ledgers on the session's broker and server, and what an undisturbed run of the same holds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import bootstrap
from tests.cli.program import Place, outcomes_in
from tests.fault.books import commands, first_answers, settings_of

from .site import Holds, Site, holds

NewSite = Callable[..., Site]


class Undisturbed(NamedTuple):
    """A history, and what an embedded ledger holds that nothing happened to."""

    lines: tuple[bytes, ...]
    settings: bootstrap.Settings
    holds: Holds
    answers: list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def server_database(new_database: Callable[[], str]) -> str:
    """One database; each ledger has a schema of its own in it."""
    return new_database()


@pytest.fixture
def new_site(
    tmp_path: Path, kafka_url: str, server_database: str, ledger_name: str
) -> Iterator[NewSite]:
    """Return a maker of ledgers whose workers end with the test."""
    made: list[Site] = []

    def make(log: str = kafka_url, db: str = server_database) -> Site:
        name = f"{ledger_name}-{len(made)}"
        made.append(Site(tmp_path / name, log, db, name))
        return made[-1]

    yield make
    for site in made:
        site.stop()


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """A ledger without a record."""
    return new_site()


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A generated history of some hundreds of commands."""
    return undisturbed(commands(400), tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """A history of some dozens of commands."""
    return undisturbed(commands(150), tmp_path_factory.mktemp("short"))


def undisturbed(lines: tuple[bytes, ...], folder: Path) -> Undisturbed:
    place, out = Place(folder), folder / "out"
    place.call("submit", "-", "--outcomes", str(out), stdin=b"\n".join(lines))
    settings = settings_of(place)
    return Undisturbed(lines, settings, holds(settings), first_answers(outcomes_in(out)))
