from typing import Any

import pytest

from ledger.errors import IntegrityError
from ledger.events import (
    AdvancePaid,
    BreakAssigned,
    BreakEscalated,
    BreakOpened,
    BreakResolved,
    ClaimHeld,
    ClaimInquiryOpened,
    ClaimReleased,
    ClearingPaid,
    ClearingStatementGenerated,
    Event,
    StatementFigures,
)
from ledger.vocabulary import Fen
from tests.unit.ledger.given import AH, AH_SH, DAY, SH, Given, provinces, region, settled

MONEY = {"amount": Fen(1), "bank_serial": "B1"}
BREAK = {"break_id": "STATUS_MISMATCH:K1", "claim_id": "K1"}


def of_corridor(cls: Any, **fields: Any) -> Event:
    event: Event = cls(on=DAY, **AH_SH._asdict(), **fields)
    return event


def statement(period: str) -> Event:
    figures = StatementFigures(
        visits=0,
        medfee_sumamt=Fen(0),
        employee=0,
        resident=0,
        deduction=0,
        items=0,
        digest="0" * 64,
        principal=Fen(0),
        level="NORMAL",
    )
    limits = {"warning_yellow": 70, "warning_red": 90}
    return of_corridor(ClearingStatementGenerated, period=period, figures=figures, **limits)


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (of_corridor(ClaimHeld, claim_id="K9", period="202503", reason=""), "claim K9"),
        (of_corridor(ClaimInquiryOpened, claim_id="K9", question=""), "claim K9"),
        (of_corridor(BreakAssigned, break_id="X", claim_id="K1", owner=""), "break X"),
        (of_corridor(AdvancePaid, **MONEY), "without a line"),
    ],
)
def test_an_event_about_what_never_was_stops_the_fold(law: Given, event: Event, says: str) -> None:
    law.given(*provinces(), settled())
    with pytest.raises(IntegrityError, match=says):
        law.given(event)


def test_money_of_a_pool_that_was_never_opened_stops_the_fold(law: Given) -> None:
    with pytest.raises(IntegrityError, match="never opened"):
        law.given(region(AH), region(SH), of_corridor(AdvancePaid, **MONEY))


def test_money_on_a_line_without_notice_stops_the_fold(law: Given) -> None:
    law.given(*provinces(), settled(), statement("202503"))
    with pytest.raises(IntegrityError, match="without notice"):
        law.given(of_corridor(ClearingPaid, period="202503", **MONEY))


def test_a_held_claim_misses_each_statement_of_its_period_and_later(law: Given) -> None:
    hold = of_corridor(ClaimHeld, claim_id="K1", period="202503", reason="")
    law.given(*provinces(), settled(), statement("202502"), hold)
    known = law.state.corridors[AH_SH]
    missed = []
    for period in ("202501", "202503", "202504"):
        law.given(statement(period))
        missed.append(known.held["K1"].deferrals)  # type: ignore[index]
    assert missed == [0, 1, 2]
    law.given(of_corridor(ClaimReleased, claim_id="K1", period="202505", deferrals=2))
    assert known.held == {}
    assert known.total("202505").visits == 1  # type: ignore[arg-type]


def test_what_a_hold_takes_out_of_a_period_a_release_brings_back(law: Given) -> None:
    law.given(*provinces(), settled(), settled("K2"))
    totals = law.state.corridors[AH_SH].total("202503")  # type: ignore[arg-type]
    before = (totals.visits, totals.net, totals.items, totals.digest.hex())
    law.given(of_corridor(ClaimHeld, claim_id="K1", period="202503", reason=""))
    assert (totals.visits, totals.net, totals.items) == (1, 10_000, 1)
    law.given(of_corridor(ClaimReleased, claim_id="K1", period="202503", deferrals=0))
    assert (totals.visits, totals.net, totals.items, totals.digest.hex()) == before


def test_a_break_that_was_escalated_stays_so_whoever_gets_it(law: Given) -> None:
    opened = of_corridor(BreakOpened, **BREAK, category="STATUS_MISMATCH", difference=-1)
    steps = [
        of_corridor(BreakAssigned, **BREAK, owner="a"),
        of_corridor(BreakEscalated, **BREAK, reason=""),
        of_corridor(BreakAssigned, **BREAK, owner="b"),
        of_corridor(BreakResolved, **BREAK, resolution="NO_ISSUE", reason=None, corrections=()),
    ]
    law.given(*provinces(), settled(), opened)
    states = []
    for step in steps:
        law.given(step)
        found = law.state.store.break_by_id(BREAK["break_id"])
        assert found is not None
        states.append((found.state, found.escalated))
    assert states == [
        ("ASSIGNED", False),
        ("ESCALATED", True),
        ("ESCALATED", True),
        ("RESOLVED", True),
    ]


def test_a_region_that_changes_is_looked_up_anew(law: Given) -> None:
    law.given(*provinces())
    assert law.state.corridor(AH, SH, None) == AH_SH
    assert law.state.routes
    law.given(region(AH, single_pool=True))
    assert not law.state.routes
