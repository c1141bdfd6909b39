"""Every ruling of the contract, one row at a time, against any ledger that can be asked."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import pytest

from . import (
    rulings_accounts,
    rulings_advances,
    rulings_answers,
    rulings_claims,
    rulings_clearing,
    rulings_dates,
    rulings_form,
    rulings_order_of_checks,
    rulings_periods,
    rulings_reconciliation,
    rulings_reference,
    rulings_reports,
)
from .compare import cell_faults, outcome_faults, repeated_faults
from .ruling import Ruling
from .worlds import Answer, Answered, Ledger, Played, Worlds, alone

MODULES = (
    rulings_form,
    rulings_answers,
    rulings_reference,
    rulings_claims,
    rulings_periods,
    rulings_advances,
    rulings_clearing,
    rulings_dates,
    rulings_accounts,
    rulings_reconciliation,
    rulings_order_of_checks,
    rulings_reports,
)
ROWS = tuple(row for module in MODULES for row in module.ROWS)


WORLDS = Worlds(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_ruling(row: Ruling, new_ledger: Callable[[], Ledger]) -> None:
    """The commands of the row get the outcomes, and the reports the cells, that it names."""
    played = WORLDS.play(row, new_ledger)
    faults = list(faults_of(row, played))
    if faults and not played.alone:
        faults = list(faults_of(row, alone(row, new_ledger)))
    assert not faults, "\n".join([f"ruling: {row.quote}", *faults])


def test_every_row_has_a_name_of_its_own() -> None:
    """A name stands for one row, so that a failing one can be found and run alone."""
    names = [row.name for row in ROWS]
    assert {name for name in names if names.count(name) > 1} == set()


def faults_of(row: Ruling, played: Played) -> Iterator[str]:
    """Where outcomes, or else reports, are not as the row says."""
    faults = list(_answer_faults(played.answered))
    yield from faults
    for report in () if faults else row.reports:
        answer = played.ledger.report(report.name, **report.args)
        yield from cell_faults(report.cells, answer, f"{report.name} {dict(report.args)}")


def _answer_faults(answered: Sequence[Answered]) -> Iterator[str]:
    for number, (line, wanted, answer) in enumerate(answered, start=1):
        faults = list(outcome_faults(wanted, answer))
        if isinstance(line, Mapping) and wanted.reason != "malformed":
            named = answer.get("command_id")
            faults += [f"command_id is {named!r}"] if named != line["command_id"] else []
        if wanted.outcome == "known":
            faults += repeated_faults(_first(answered, answer), answer)
        yield from (f"command {number}: {fault}: {line!r:.300} -> {answer}" for fault in faults)


def _first(answered: Sequence[Answered], again: Answer) -> Answer:
    """The answer that bound the id: neither `malformed` nor `known` nor a reuse."""
    for _, wanted, answer in answered:
        binds = wanted.reason not in {"malformed", "command_id_reused"}
        if answer.get("command_id") == again.get("command_id") and binds:
            return answer
    return {}
