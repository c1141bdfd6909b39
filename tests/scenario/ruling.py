"""One ruling of the contract: what is sent, what must come back, what the reports must say."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, TypeVar, cast

Line = Mapping[str, object] | bytes | str
Step = Line | Sequence[object]  # lines, nested in any depth
Cells = Mapping[str, object]
Families = Mapping[tuple[str, str], Mapping[tuple[str, ...], str]]
T = TypeVar("T")


class Free(Enum):
    """A field of an outcome that the contract leaves open."""

    FREE = "free"


FREE: Final = Free.FREE


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer that a command must get.

    `field` is FREE (not looked at), None (none may be named), a name, or several names of
    which the contract allows any. `names` are texts that `detail` must hold.
    """

    outcome: str
    reason: str | None = None
    field: str | frozenset[str] | Free | None = FREE
    names: tuple[str, ...] = ()
    events: bool = False  # at least one event with id, type and position
    sentence: bool = False  # `detail` says something
    line: int | None = None  # the physical line, from 1


@dataclass(frozen=True, slots=True)
class Report:
    """A report that is asked for at the end, and the cells that it must hold."""

    name: str
    args: Mapping[str, str]
    cells: object


@dataclass(frozen=True, slots=True)
class Ruling:
    """One row: the last commands must get `expect`, all commands before them are accepted."""

    name: str
    quote: str
    commands: tuple[Line, ...] = field(repr=False)
    expect: tuple[Outcome, ...]
    reports: tuple[Report, ...] = field(default=(), repr=False)


class Only(list[Cells]):
    """Rows that are all there are: a further one is a fault."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of some (book, family) pairs: {dimension values: amount}, and no others.

    A row has `book`, and `family` or an `account` that begins with it; the names of the other
    fields are the implementation's own, so a row is known by the values that it holds. Accounts
    of 0.00 may be left out.
    """

    families: Families


class A(Enum):
    """A cell of which only the kind is fixed."""

    WHOLE_NUMBER = "a whole number"
    TEXT = "a text that is not empty"


def ruling(
    name: str,
    quote: str,
    *steps: Step,
    expect: Outcome | Sequence[Outcome] | None = None,
    reports: Report | Sequence[Report] = (),
) -> Ruling:
    """A row; without `expect` the last command is accepted like all before it."""
    expected = (ACCEPTED,) if expect is None else _tuple(expect, Outcome)
    return Ruling(name, quote, tuple(flat(steps)), expected, _tuple(reports, Report))


def flat(steps: Iterable[Step]) -> Iterable[Line]:
    """The lines of nested steps, in order."""
    for step in steps:
        if isinstance(step, Mapping | bytes | str):
            yield step
        else:
            yield from flat(cast("Sequence[Step]", step))


def _tuple(one_or_more: T | Sequence[T], kind: type[T]) -> tuple[T, ...]:
    if isinstance(one_or_more, kind):
        return (one_or_more,)
    return tuple(cast("Sequence[T]", one_or_more))


def accepted(*names: str, events: bool = False) -> Outcome:
    """Carried out; `names` are what its detail names (corridors that refused, and why)."""
    return Outcome("accepted", names=names, events=events)


def rejected(reason: str, field: str | frozenset[str] | Free | None = FREE) -> Outcome:
    """Refused with this reason; the field is free unless given."""
    return Outcome("rejected", reason, field)


def malformed(*fields: str) -> Outcome:
    """Refused by its form, naming the field, or any of several; without a name: free."""
    if not fields:
        return rejected("malformed")
    return rejected("malformed", fields[0] if len(fields) == 1 else frozenset(fields))


def known(reason: str | None = None) -> Outcome:
    """Answered before: with that answer's reason, and (looked at for every row) all it carried."""
    return Outcome("known", reason)


ACCEPTED: Final = accepted()
KNOWN: Final = known()
