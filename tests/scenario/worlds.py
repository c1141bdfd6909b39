"""Plays rows on ledgers: alone, or together with those that begin in the same world.

A fresh ledger for each of two thousand rows costs minutes. But a refused command changes nothing
except its own id: so the rows that make the same world, and then only try what is refused, or only
ask, are sent to one ledger, all at once. Whoever finds a fault there plays the row alone: that
answer counts.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from .ruling import ACCEPTED, Line, Outcome, Ruling

Answer = Mapping[str, Any]
Answered = tuple[Line, Outcome, Answer]


class Ledger(Protocol):
    """What a row needs of an implementation."""

    def submit(self, lines: Sequence[Line]) -> Sequence[Answer]:
        """One outcome for each line that is not blank."""

    def report(self, name: str, **args: str) -> Answer:
        """The answer of a report, as `--format json` gives it."""


@dataclass(frozen=True)
class Played:
    """A ledger that has the commands of a row, and what each of them should and did get."""

    ledger: Ledger
    answered: Sequence[Answered]
    alone: bool


_FRESH_ID: Final = re.compile(r"\w+-\d{5}")  # an id of world.py's counter; others are named


class Worlds:
    """The rows by the world that they begin in, and what they were answered there."""

    def __init__(self, rows: Iterable[Ruling]) -> None:
        self._groups: dict[str, _Group] = {}
        for row in filter(_changes_nothing, rows):
            accepted, _ = _parts(row)
            self._groups.setdefault(_key(accepted), _Group(accepted)).add(row)

    def play(self, row: Ruling, new_ledger: Callable[[], Ledger]) -> Played:
        """Play a row with those of its world; the first of them has to wait for all."""
        group = self._groups.get(_key(_parts(row)[0]))
        if group is None or row.name not in group.rows:
            return alone(row, new_ledger)
        ledger, answers = group.answers(new_ledger)
        setup = len(group.accepted)
        place = setup + group.rows[row.name]
        lines = [*group.accepted, *_parts(row)[1]]
        own = [*answers[:setup], *answers[place : place + len(lines) - setup]]
        return Played(ledger, _answered(row, lines, own), alone=False)


def alone(row: Ruling, new_ledger: Callable[[], Ledger]) -> Played:
    """Play a row on a ledger of its own."""
    ledger = new_ledger()
    answers = ledger.submit(deepcopy(row.commands))
    lines = [line for line in row.commands if not _is_blank(line)]
    return Played(ledger, _answered(row, lines, answers), alone=True)


@dataclass
class _Group:
    """Rows of one world: the commands that make it, then those that each row tries in it."""

    accepted: Sequence[Line]
    tried: list[Line] = field(default_factory=list)
    rows: dict[str, int] = field(
        default_factory=dict
    )  # where a row's own commands begin in `tried`
    _ids: set[str] = field(default_factory=set)
    _played: tuple[Ledger, Sequence[Answer]] | None = None

    def add(self, row: Ruling) -> None:
        """Take a row in, unless it sends an id that another one sends too."""
        _, tried = _parts(row)
        ids = {name for name in map(_id_of, tried) if name}
        if not ids & self._ids:
            self._ids |= ids
            self.rows[row.name] = len(self.tried)
            self.tried += tried

    def answers(self, new_ledger: Callable[[], Ledger]) -> tuple[Ledger, Sequence[Answer]]:
        if self._played is None:
            ledger = new_ledger()
            lines = [*self.accepted, *self.tried]
            self._played = ledger, (ledger.submit(deepcopy(lines)) if lines else ())
        return self._played


def _changes_nothing(row: Ruling) -> bool:
    """Whether the row only tries what is refused once its world is made, under ids of its own.

    A row that counts lines is not like that either.
    """
    accepted, tried = _parts(row)
    wanted = row.expect[len(row.expect) - len(tried) :]
    refused = all(each.outcome == "rejected" and each.line is None for each in wanted)
    reused = {name for name in map(_id_of, tried) if name} & set(map(_id_of, accepted))
    return refused and not reused and not any(map(_is_blank, row.commands))


def _parts(row: Ruling) -> tuple[Sequence[Line], Sequence[Line]]:
    """The commands up to the first that is not accepted, and the rest."""
    setup = len(row.commands) - len(row.expect)
    others = (n for n, each in enumerate(row.expect) if each.outcome != "accepted")
    first = setup + next(others, len(row.expect))
    return row.commands[:first], row.commands[first:]


def _answered(row: Ruling, lines: Sequence[Line], answers: Sequence[Answer]) -> Sequence[Answered]:
    assert len(answers) == len(lines), f"{len(answers)} outcomes for {len(lines)} lines"
    expected = (ACCEPTED,) * (len(lines) - len(row.expect)) + row.expect
    return list(zip(lines, expected, answers, strict=True))


def _key(accepted: Sequence[Line]) -> str:
    return json.dumps([_content(line) for line in accepted])


def _content(line: Line) -> object:
    """What a command says, less an id that says nothing."""
    if isinstance(line, bytes | str):
        return repr(line)
    nameless = _FRESH_ID.fullmatch(_id_of(line))
    return {name: line[name] for name in line if name != "command_id" or not nameless}


def _id_of(line: Line) -> str:
    return str(line.get("command_id", "")) if isinstance(line, Mapping) else ""


def _is_blank(line: Line) -> bool:
    return isinstance(line, bytes | str) and not line.strip()
