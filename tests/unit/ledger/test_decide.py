from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from ledger.commands import OpenBook, RequestEmergencyIncrease, SettleClaim, SizeAdvance
from ledger.decide import _ON_MANY, _RULES, Accepted, decide
from ledger.digest import MemberDigest
from ledger.errors import Refusal
from ledger.events import (
    BookOpened,
    ClearingStatementConfirmed,
    ClearingStatementGenerated,
    PolicyParameterChanged,
    StatementFigures,
    WorkCalendarPublished,
)
from ledger.state import State
from ledger.vocabulary import Fen
from schemas.door import Admitted, admit
from schemas.forms import COMMANDS
from tests.auditor.golden import three_provinces
from tests.unit.ledger.given import AH, AH_SH, DAY, JS, SH, Given, provinces, region

OPEN = OpenBook(command_id="C1", on=DAY, region=JS, cash=Fen(700))  # type: ignore[arg-type]


def reason(answer: Accepted | Refusal) -> str:
    return answer.reason if isinstance(answer, Refusal) else "accepted"


def test_every_command_has_one_rule() -> None:
    assert {*_RULES, *_ON_MANY} == {*COMMANDS.values()}
    assert not _RULES.keys() & _ON_MANY.keys()


def test_a_command_gives_events_and_says_nothing_more(law: Given) -> None:
    answer = law.given(*provinces(), region(JS)).when(OPEN)
    assert answer == Accepted(events=(BookOpened(on=DAY, region=JS, cash=Fen(700)),), detail=None)


@pytest.mark.parametrize(("days", "expected"), [(-1, "settled_in_future"), (0, "accepted")])
def test_the_day_of_receipt_is_not_the_future(law: Given, days: int, expected: str) -> None:
    law.given(*provinces(), region(JS))
    assert reason(law.when(OPEN, received_on=DAY + timedelta(days=days))) == expected


def test_the_future_is_told_before_anything_else(law: Given) -> None:
    """Even of regions that nobody knows."""
    answer = law.when(OPEN, received_on=date(2025, 1, 1))
    assert answer == Refusal(
        reason="settled_in_future", detail="dated 2025-03-05, received on 2025-01-01"
    )


def test_deciding_changes_nothing() -> None:
    """The state is the same to the last byte before and after each command of the example."""
    law = Given()
    for line in three_provinces().lines:
        arrival = admit(line) if line else None
        if isinstance(arrival, Admitted):
            before = written(law.state)
            answer = decide(arrival.command, law.state, received_on=date(2025, 12, 31))
            assert written(law.state) == before
            assert isinstance(answer, Accepted)
            law.given(*answer.events)
    law.engine.dispose()


def written(state: State) -> bytes:
    parts = (state.reference, state.books, state.schemes, list(state.corridors.items()))
    return msgspec.json.encode(parts, enc_hook=digest)


def digest(value: Any) -> str:
    assert isinstance(value, MemberDigest)
    return value.hex()


def months() -> Iterator[Any]:
    """March stated RED for an amount that no purse holds, and signed on 25 April."""
    net = 10**15 - 1
    figures = StatementFigures(
        visits=1,
        medfee_sumamt=Fen(net),
        employee=net,
        resident=0,
        deduction=0,
        items=1,
        digest="0" * 64,
        principal=Fen(100_000),
        level="RED",
    )
    common = {**AH_SH._asdict(), "period": "202503"}
    signed = date(2025, 4, 25)
    yield WorkCalendarPublished(on=DAY, year=2025, holidays=(), makeup_workdays=())  # type: ignore[arg-type]
    yield ClearingStatementGenerated(
        on=signed, **common, figures=figures, warning_yellow=70, warning_red=90
    )
    yield ClearingStatementConfirmed(
        on=signed, **common, region=SH, booked=False, employee=net, resident=0
    )


def parameter(name: str, value: str) -> PolicyParameterChanged:
    return PolicyParameterChanged(on=DAY, name=name, value=value, effective_from=DAY)  # type: ignore[arg-type]


def test_a_quota_beyond_all_amounts_is_a_fault_of_the_program(law: Given) -> None:
    """The books hold 64 bits; what a parameter multiplies beyond that must not reach the log."""
    law.given(*provinces(), *months(), parameter("sizing_months", "999999999999999"))
    size = SizeAdvance(
        command_id="C1",  # type: ignore[arg-type]
        on=DAY,
        insured_region=AH,
        treatment_region=SH,
        year=2025,  # type: ignore[arg-type]
        q4=(Fen(10**15 - 1),) * 3,
    )
    with pytest.raises(OverflowError, match="more than the books can hold"):
        law.when(size)
    assert reason(law.when(replace(size, q4=(Fen(0),) * 3))) == "accepted"


def test_a_suggested_amount_beyond_all_amounts_is_a_fault_of_the_program(law: Given) -> None:
    law.given(*provinces(), parameter("warning_yellow", "0.01"), *months())
    known = law.state.corridors[AH_SH]
    known.total_to_change("202503").employee = 10**15 - 1  # type: ignore[arg-type]
    ask = RequestEmergencyIncrease(
        command_id="C1",  # type: ignore[arg-type]
        on=date(2025, 4, 25),
        insured_region=AH,
        treatment_region=SH,
        period="202503",  # type: ignore[arg-type]
    )
    with pytest.raises(OverflowError, match="more than the books can hold"):
        law.when(ask)
    assert reason(law.when(replace(ask, amount=Fen(1)))) == "accepted"


def test_a_claim_gets_the_period_that_is_fixed_in_its_event(law: Given) -> None:
    """A replay does not look again which periods are stated."""
    law.given(*provinces(), *months())
    claim = SettleClaim(
        command_id="C1",  # type: ignore[arg-type]
        on=DAY,
        insured_region=AH,
        treatment_region=SH,
        claim_id="K1",  # type: ignore[arg-type]
        institution="H1",
        insutype="310",
        med_type="11",
        medfee_sumamt=Fen(100),
        hifp_pay=Fen(100),
        psn_cash_pay=Fen(0),
    )
    answer = law.when(claim)
    assert isinstance(answer, Accepted)
    (event,) = answer.events
    assert (event.period, event.original_period) == ("202504", "202503")  # type: ignore[union-attr]
