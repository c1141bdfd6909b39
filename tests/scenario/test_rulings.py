"""Every ruling of the contract, one row at a time, against any ledger that can be asked."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

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
from .ruling import ACCEPTED, Line, Ruling

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


class Ledger(Protocol):
    """What a row needs of an implementation."""

    def submit(self, lines: Sequence[Line]) -> Sequence[Mapping[str, object]]:
        """One outcome for each line that is not blank."""

    def report(self, name: str, **args: str) -> Mapping[str, Any]:
        """The answer of a report, as `--format json` gives it."""


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_ruling(row: Ruling, new_ledger: Callable[[], Ledger]) -> None:
    """The commands of the row get the outcomes, and the reports the cells, that it names."""
    ledger = new_ledger()
    lines = copy.deepcopy(list(row.commands))
    answers = list(ledger.submit(lines))
    faults = list(_answer_faults(row, answers))
    assert not faults, _told(row, faults)
    for report in row.reports:
        answer = ledger.report(report.name, **report.args)
        faults += cell_faults(report.cells, answer, f"{report.name} {dict(report.args)}")
    assert not faults, _told(row, faults)


def test_every_row_has_a_name_of_its_own() -> None:
    """A name stands for one row, so that a failing one can be found and run alone."""
    names = [row.name for row in ROWS]
    assert {name for name in names if names.count(name) > 1} == set()


def _answer_faults(row: Ruling, answers: Sequence[Mapping[str, object]]) -> Iterator[str]:
    lines = [line for line in row.commands if not _is_blank(line)]
    if len(answers) != len(lines):
        yield f"{len(answers)} outcomes for {len(lines)} lines"
        return
    setup = len(lines) - len(row.expect)
    expected = (ACCEPTED,) * setup + row.expect
    for number, (wanted, answer) in enumerate(zip(expected, answers, strict=True)):
        line = lines[number]
        if isinstance(line, Mapping) and wanted.reason != "malformed":
            wanted = replace(wanted, command_id=str(line["command_id"]))
        for fault in outcome_faults(wanted, answer):
            yield f"command {number + 1}: {fault}: {_short(lines[number])} -> {answer}"
        if wanted.outcome == "known":
            first = _first(answers, answer.get("command_id"))
            yield from (
                f"command {number + 1}: {fault}" for fault in repeated_faults(first, answer)
            )


def _first(answers: Sequence[Mapping[str, object]], command_id: object) -> Mapping[str, object]:
    """The answer that bound the id: neither `malformed` nor `known` nor a reuse."""
    for answer in answers:
        binds = answer.get("reason") not in {"malformed", "command_id_reused"}
        if answer.get("command_id") == command_id and binds:
            return answer
    return {}


def _is_blank(line: Line) -> bool:
    return isinstance(line, bytes | str) and not line.strip()


def _short(line: Line) -> str:
    return str(line)[:300]


def _told(row: Ruling, faults: Sequence[str]) -> str:
    return "\n".join([f"ruling: {row.quote}", *faults])
