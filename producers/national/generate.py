"""The run from the first day to the last, and the two files that it leaves."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from ledger.record import record
from producers.national.advances import Advances
from producers.national.answers import Report, at_the_end, end_of_month
from producers.national.claims import Claims
from producers.national.clearing import Clearing
from producers.national.corrections import Corrections
from producers.national.country import Country
from producers.national.opening import open_all
from producers.national.plan import Plan
from producers.national.reconciliation import Reconciliation

COMMANDS: Final = "commands.jsonl"
ANSWERS: Final = "answers.json"
_DAY: Final = timedelta(days=1)


@record
class Generated:
    """What was written: commands and claims, and how many breaks they open."""

    commands: int
    claims: int
    breaks: int


def generate(plan: Plan, folder: Path, show: Callable[[int], None] = lambda _: None) -> Generated:
    """Write the commands of a plan and the answers to them into a folder; `show` counts claims.

    Either both files are there at the end, complete, or neither was changed.
    """
    with _both(folder) as (commands, answers):
        country = Country(plan)
        corrections = Corrections(country)
        reconciliation = Reconciliation(country, corrections)
        clearing = Clearing(country, corrections, reconciliation, Advances(country))
        claims = Claims(country, corrections, reconciliation)
        answers.write(_head(plan))
        open_all(country)
        reports = 0
        while country.today <= country.end:
            for count in _day(country, claims):
                _write(country, commands)
                show(count)
            tomorrow = country.today + _DAY
            if tomorrow.day == 1:
                _add(answers, end_of_month(country), first=reports == 0)
                reports += 1
            country.begin(tomorrow)
        for report in at_the_end(country, clearing, reconciliation):
            _add(answers, report, first=False)
        outcomes = {"accepted": country.sent, "known": 0, "rejected": 0}
        answers.write(f'\n],\n"outcomes": {json.dumps(outcomes)}\n}}\n')
        return Generated(
            commands=country.sent, claims=plan.claims, breaks=len(reconciliation.breaks)
        )


def _day(country: Country, claims: Claims) -> Iterator[int]:
    """Do a day: what is due, then its claims, then what they made due; yield counts of claims."""
    country.do_what_is_due()
    yield from claims.day()
    country.do_what_is_due()
    yield 0


def _write(country: Country, stream: IO[str]) -> None:
    if country.lines:
        stream.write("\n".join(country.lines))
        stream.write("\n")
        country.lines.clear()


def _head(plan: Plan) -> str:
    asked = {
        "regions": plan.regions,
        "months": plan.months,
        "claims": plan.claims,
        "seed": plan.seed,
        "from": plan.first,
    }
    return f'{{\n"plan": {json.dumps(asked)},\n"reports": [\n'


def _add(stream: IO[str], report: Report, *, first: bool) -> None:
    stream.write("" if first else ",\n")
    stream.write(json.dumps(report, ensure_ascii=False))


@contextmanager
def _both(folder: Path) -> Iterator[tuple[IO[str], IO[str]]]:
    """Lend the two files under other names; give them theirs when both are complete."""
    folder.mkdir(parents=True, exist_ok=True)
    final = (folder / COMMANDS, folder / ANSWERS)
    parts = [path.with_name(f"{path.name}.part") for path in final]
    try:
        with (
            parts[0].open("w", encoding="utf-8", newline="\n") as commands,
            parts[1].open("w", encoding="utf-8", newline="\n") as answers,
        ):
            yield commands, answers
        for part, path in zip(parts, final, strict=True):
            part.replace(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
