"""Plays a row on a ledger. A world is made once: refused commands leave it as it was.

A fresh ledger for each of two thousand rows costs minutes. A refused command changes nothing but
its own id, so the rows that only try refused commands, or only ask, share the ledger of their
world, and each of them also tests that those before it changed nothing. It is forgotten when a
row fails, and not used for a row that sends an id that was tried in it before.
"""

import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
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


@dataclass
class World:
    """A ledger, the commands that made it with their answers, and the ids tried in it since."""

    ledger: Ledger
    lines: Sequence[Line]
    answers: Sequence[Answer]
    tried: set[str] = field(default_factory=set)


_WORLDS: Final[dict[str, World]] = {}
_FRESH_ID: Final = re.compile(r"\w+-\d{5}")  # an id of world.py's counter; others are named


def played(row: Ruling, new_ledger: Callable[[], Ledger]) -> tuple[Ledger, list[Answered]]:
    """The ledger with all commands of the row sent, and each with its outcome and answer."""
    if not _is_shared(row):
        ledger = new_ledger()
        lines = [line for line in row.commands if not _is_blank(line)]
        return ledger, _answered(row, lines, ledger.submit(copy.deepcopy(row.commands)))
    accepted, tried = _parts(row)
    world = _world(accepted, tried, new_ledger)
    answers = world.ledger.submit(copy.deepcopy(tried)) if tried else ()
    return world.ledger, _answered(row, [*world.lines, *tried], [*world.answers, *answers])


def forget(row: Ruling) -> None:
    """Drop the world of a row that failed: it may not be what it was."""
    accepted, _ = _parts(row)
    _WORLDS.pop(_key(accepted), None)


def _is_shared(row: Ruling) -> bool:
    """Whether the row changes nothing beyond its world, and does not count lines."""
    _, tried = _parts(row)
    wanted = row.expect[len(row.expect) - len(tried) :] if tried else ()
    refused = all(each.outcome == "rejected" and each.line is None for each in wanted)
    return refused and not any(map(_is_blank, row.commands))


def _parts(row: Ruling) -> tuple[Sequence[Line], Sequence[Line]]:
    """The commands up to the first that is not accepted, and the rest."""
    setup = len(row.commands) - len(row.expect)
    refusals = (n for n, each in enumerate(row.expect) if each.outcome != "accepted")
    first = setup + next(refusals, len(row.expect))
    return row.commands[:first], row.commands[first:]


def _world(
    accepted: Sequence[Line], tried: Sequence[Line], new_ledger: Callable[[], Ledger]
) -> World:
    key = _key(accepted)
    ids = set(map(_id_of, tried))
    world = _WORLDS.get(key)
    if world is None or ids & world.tried:
        ledger = new_ledger()
        answers = ledger.submit(copy.deepcopy(accepted)) if accepted else ()
        world = _WORLDS[key] = World(ledger, accepted, answers)
    world.tried |= ids
    return world


def _answered(row: Ruling, lines: Sequence[Line], answers: Sequence[Answer]) -> list[Answered]:
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
