"""What no command of a usual month reaches."""

from collections.abc import Callable
from datetime import date

import pytest

from ledger.calendar import CalendarMissing, WorkCalendar, add_working_days
from ledger.errors import IntegrityError, require
from ledger.events import StatementFigures
from ledger.vocabulary import Fen, Year
from schemas.door import LINE_BYTES_MAX, Malformed, admit
from tests.scenario import world
from tests.support import BlackBox


def test_a_count_of_working_days_ends_with_the_calendar_of_all_years() -> None:
    last = {Year(9999): WorkCalendar(holidays=(), makeup_workdays=())}
    with pytest.raises(CalendarMissing, match="10000"):
        add_working_days(last, date.max, 1)


def test_a_broken_invariant_halts() -> None:
    with pytest.raises(IntegrityError, match="two and two"):
        require(condition=False, detail="two and two")


@pytest.mark.parametrize(
    ("line", "field", "says"),
    [
        (b"{" + b" " * LINE_BYTES_MAX + b"}", None, "8 MiB"),
        (b"\xff\xfe{}", None, "JSON"),
        (b"[" * 100_000, None, "JSON"),
        (b'{"type": "OpenBook", "cash": "1.00", "cash": "1.00"}', "cash", "twice"),
        (b'{"type": "HoldClaim", "command_id": "a\\u0000"}', "command_id", "U+0000"),
        (b'{"type": "HoldClaim", "rows": [{"x": ["\\u0000"]}]}', "rows", "U+0000"),
        (b'{"type": "HoldClaim", "reason": "\\\\u0000", "on": 1}', "command_id", "missing"),
        (b'{"type": 7}', "type", "7"),
        (b"{}", "type", "missing"),
    ],
)
def test_what_is_no_command_is_told_why(line: bytes, field: str | None, says: str) -> None:
    answer = admit(line)
    assert isinstance(answer, Malformed)
    assert answer.field == field
    assert says in answer.detail


def test_no_level_is_yellow_at_zero_so_no_amount_is_suggested(
    new_ledger: Callable[[], BlackBox],
) -> None:
    """F10 divides by `warning_yellow`; at 0.00 nothing can be suggested: `zero_amount`."""
    outcomes = new_ledger().submit(
        [
            *world.three_provinces(),
            world.settle("K1", hifp_pay="9000000.00"),
            world.generate("202503"),
            *world.confirm_all("202503"),
            world.parameter("warning_yellow", "0.00", "2025-04-01"),
            world.ask_increase("202503"),
        ]
    )
    assert (outcomes[-1]["reason"], outcomes[-1]["field"]) == ("zero_amount", "amount")


def test_a_break_takes_the_next_free_name(new_ledger: Callable[[], BlackBox]) -> None:
    """A claim may be called as the second break of another one would be."""
    ledger = new_ledger()
    twice = [
        world.manual("M1", mdtrt_id="V1"),
        world.resolve("DUPLICATE_MANUAL:K1"),
        world.manual("M2", mdtrt_id="V2"),
        world.manual("M3", mdtrt_id="V1"),
    ]
    outcomes = ledger.submit(
        [
            *world.three_provinces(),
            world.settle("K1", mdtrt_id="V1"),
            world.settle("K1#2", mdtrt_id="V2"),
            *twice,
        ]
    )
    assert {each["outcome"] for each in outcomes} == {"accepted"}
    rows = ledger.report("breaks", as_of="2025-12-31")["rows"]
    assert sorted(row["break_id"] for row in rows) == [
        "DUPLICATE_MANUAL:K1",
        "DUPLICATE_MANUAL:K1#2",
        "DUPLICATE_MANUAL:K1#3",
    ]


def test_the_net_of_a_statement_is_both_classes() -> None:
    figures = StatementFigures(
        visits=1,
        medfee_sumamt=Fen(900),
        employee=700,
        resident=-200,
        deduction=0,
        items=2,
        digest="0" * 64,
        principal=Fen(0),
        level="RED",
    )
    assert figures.net == 500
