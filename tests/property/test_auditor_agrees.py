"""The ledger and the naive auditor, which share no code, answer every history alike.

One reading of the contract differs and is kept out of the histories: an emergency request without
`amount` for which F10 gives 0.00 is `zero_amount` to the ledger and accepted by the auditor.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import pytest

from tests.auditor import codes
from tests.auditor.auditor import Auditor
from tests.auditor.compare import differences, outcomes_differ
from tests.auditor.facts import Refused, round_up2
from tests.auditor.streams import TODAY, stream
from tests.scenario.world import (
    SH,
    ask_increase,
    confirm,
    corridor,
    generate,
    parameter,
    settle,
)

from .memory import Line, MemoryLedger, Row

NewLedger = Callable[[], MemoryLedger]
DATES = 6
"""As of how many days inside a history every report is asked for."""


class Kind(NamedTuple):
    """What a history is like."""

    seed: int
    provinces: int
    months: int
    commands: int


KINDS = (
    Kind(seed=1, provinces=5, months=3, commands=700),
    Kind(seed=2, provinces=4, months=4, commands=700),
    Kind(seed=3, provinces=4, months=6, commands=900),
    Kind(seed=4, provinces=6, months=9, commands=1_200),
    Kind(seed=5, provinces=5, months=12, commands=1_500),
    Kind(seed=6, provinces=4, months=14, commands=1_500),
)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_outcome_and_report_is_the_auditors(kind: Kind, new_memory_ledger: NewLedger) -> None:
    """Histories of 3 to 14 months over year ends, on 12 corridors and more, in the same words."""
    agree(kind, new_memory_ledger())


def test_they_agree_on_a_history_of_this_run(
    seed_of_this_run: int, new_memory_ledger: NewLedger
) -> None:
    """A history that nobody has seen yet; the seed is that of the run's order."""
    months = 3 + seed_of_this_run % 12
    kind = Kind(seed_of_this_run, 4 + seed_of_this_run % 3, months, 600 + 60 * months)
    agree(kind, new_memory_ledger())


def agree(kind: Kind, ledger: MemoryLedger) -> None:
    """Compare all outcomes, and all reports in the middle of the history and at its end."""
    lines = history(kind)
    auditor = Auditor(TODAY)
    for half in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        outcomes = ledger.submit(half)
        faults = outcomes_differ(outcomes, auditor.submit(half))
        assert not faults, told(kind, [f"{fault}: {line_of(half, fault)!r}" for fault in faults])
        ledger.flush()
        faults = [
            f"{name} {args}: {fault}"
            for name, args in questions(auditor)
            for fault in differences(
                ledger.report(name, **args),
                {"report": name, "answer": auditor.report(name, **args)},
            )
        ]
        assert not faults, told(kind, faults)
    assert len(auditor.facts.corridors("CROSS_PROVINCE")) >= 6


def history(kind: Kind) -> list[Line]:
    """Return a stream without the requests that the two read differently."""
    lines = stream(kind.seed, provinces=kind.provinces, months=kind.months, commands=kind.commands)
    auditor = Auditor(TODAY)
    for place, line in enumerate(lines):
        if asks_for_nothing(auditor, parsed(line)):
            lines[place] = b""
        auditor.submit([lines[place]])
    return lines


def parsed(line: Line) -> Row:
    if isinstance(line, dict):
        return line
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def asks_for_nothing(auditor: Auditor, command: Row) -> bool:
    """Say whether a command is a request without amount for which F10 gives 0.00."""
    if command.get("type") != "RequestEmergencyIncrease" or "amount" in command:
        return False
    facts = auditor.facts
    ends = (command.get("insured_region"), command.get("treatment_region"))
    try:
        corridor = facts.corridor(*ends, None)  # type: ignore[arg-type]  # the stream's own types
        on = date.fromisoformat(command["on"])
    except (Refused, KeyError, TypeError, ValueError):
        return False
    made = facts.statement(corridor, command.get("period", ""))
    yellow = facts.parameter("warning_yellow", on)
    if made is None or not yellow:
        return made is not None
    return round_up2(made.net() / yellow) <= facts.principal(corridor)


def questions(auditor: Auditor) -> Iterator[tuple[str, Row]]:
    """Every report on days before, in and after the history, in an order of their own."""
    facts = auditor.facts
    days = sorted({posting.on for posting in facts.postings})
    inside = [days[len(days) * part // DATES] for part in range(1, DATES)]
    picked = [inside[-1], days[0] - timedelta(days=1), *inside[:-1], TODAY]
    stated = sorted({(made.corridor.scheme, made.period) for made in facts.statements})
    for as_of in (day.isoformat() for day in picked):
        for name in ("trial-balance", "balances", "pools", "breaks"):
            yield name, {"as_of": as_of}
        for scheme in codes.SCHEMES:
            yield "payments", {"scheme": scheme, "as_of": as_of}
    for scheme, period in stated:
        of_period: dict[str, Any] = {"scheme": scheme, "period": period}
        following = date(int(period[:4]), int(period[4:]), 28) + timedelta(days=28)
        for args in (
            of_period,
            *({**of_period, "as_of": str(day)} for day in (following, inside[2])),
        ):
            yield "statement", args
            yield "notices", args
        yield "payments", {**of_period, "as_of": following.isoformat()}


def told(kind: Kind, faults: list[str]) -> str:
    return "\n".join([f"{kind}, ledger and auditor differ:", *faults[:20]])


def line_of(lines: list[Line], fault: str) -> Line:
    """Return the line that a fault ("line 12 ...") is about."""
    return lines[int(fault.split()[1].rstrip(":")) - 1]


def test_a_request_for_nothing_is_read_in_two_ways(new_memory_ledger: NewLedger) -> None:
    """What the histories leave out: RED at 60 %, so that F10 asks for less than there is."""
    low = parameter("warning_red", "0.60", on="2025-01-02")
    lines: list[Line] = [
        *corridor(principal="100.00"),
        low,
        settle("K1", hifp_pay="60.00"),
        generate(),
        confirm("202503", SH),
        ask_increase(),
    ]
    auditor = Auditor(TODAY)
    auditor.submit(lines[:-1])
    assert asks_for_nothing(auditor, parsed(lines[-1]))
    assert auditor.submit(lines[-1:])[0]["outcome"] == "accepted"
    refused = new_memory_ledger().submit(lines)[-1]
    assert (refused["outcome"], refused["reason"]) == ("rejected", "zero_amount")
