from dataclasses import replace

import pytest

from ledger.claim import Contribution, contribution, settled
from ledger.corridor import (
    CorridorState,
    EmergencyRequest,
    MoneyLine,
    Totals,
    figures_of,
    level_of,
    name_of,
    with_paid,
    with_received,
)
from ledger.vocabulary import ClearingClass, Fen, Period
from tests.unit.ledger.given import AH_SH
from tests.unit.ledger.given import settled as settlement

MARCH, APRIL = Period("202503"), Period("202504")


@pytest.mark.parametrize(
    ("net", "principal", "level"),
    [
        (699_999, 1_000_000, "NORMAL"),  # 69.9999 %
        (700_000, 1_000_000, "YELLOW"),
        (899_999, 1_000_000, "YELLOW"),
        (900_000, 1_000_000, "RED"),
        (2_000_000, 1_000_000, "RED"),
        (-2_000_000, 1_000_000, "NORMAL"),
        (0, 1_000_000, "NORMAL"),
        (1, 0, "RED"),
        (0, 0, "NORMAL"),
        (-1, 0, "NORMAL"),
        (9 * 10**14, 10**15, "RED"),
        (9 * 10**14 - 1, 10**15, "YELLOW"),
    ],
)
def test_the_level_of_a_pool_is_compared_exactly(net: int, principal: int, level: str) -> None:
    assert level_of(net, principal, 70, 90) == level


def test_red_comes_first_where_it_lies_below_yellow() -> None:
    assert level_of(50, 100, yellow=90, red=40) == "RED"
    assert level_of(30, 100, yellow=20, red=20) == "RED"


def test_a_claim_brings_itself_into_its_period_and_into_no_other() -> None:
    claim = settled(settlement())
    brought = contribution(claim, MARCH)
    assert brought == Contribution(
        visits=1,
        medfee_sumamt=10_500,
        amount=10_000,
        deduction=0,
        items=1,
        line="K1|EMPLOYEE|10000|0|1",
    )
    assert contribution(claim, APRIL) is None


def test_totals_without_a_claim_leave_the_totals_alone() -> None:
    totals = Totals()
    part = contribution(settled(settlement()), MARCH)
    totals.add("EMPLOYEE", part)
    rest = totals.without("EMPLOYEE", part)
    assert (rest.visits, rest.net, rest.items, rest.digest) == (0, 0, 0, Totals().digest)
    assert (totals.visits, totals.net, totals.items) == (1, 10_000, 1)
    assert totals.digest != rest.digest


def test_classes_are_counted_apart_and_nothing_counts_for_nothing() -> None:
    totals = Totals()
    part = contribution(settled(settlement()), MARCH)
    totals.add("RESIDENT", part)
    totals.add("RESIDENT", None)
    assert (totals.employee, totals.resident, totals.net) == (0, 10_000, 10_000)
    figures = figures_of(totals, Fen(5), "RED")
    assert (figures.employee, figures.resident, figures.net) == (0, 10_000, 10_000)
    assert figures.digest == totals.digest.hex()


def test_only_an_earlier_period_with_items_holds_the_next_one_up() -> None:
    known = CorridorState()
    assert not known.unstated_before(APRIL, closed=())
    known.total_to_change(MARCH)
    assert not known.unstated_before(APRIL, closed=())
    known.total_to_change(MARCH).items = 1
    assert known.unstated_before(APRIL, closed=())
    assert not known.unstated_before(MARCH, closed=())
    assert not known.unstated_before(APRIL, closed={MARCH})


def test_a_line_knows_what_is_due_and_what_is_on_its_way() -> None:
    line = with_received(with_paid(MoneyLine(amount=10), 7), 4)
    assert (line.due, line.transit, line.complete) == (3, 3, False)
    line = with_received(with_paid(line, 3), 6)
    assert (line.due, line.transit, line.complete) == (0, 0, True)


def test_a_request_runs_until_its_money_has_arrived() -> None:
    """Unpaid holds a further request up, running holds the next sizing up."""
    asked, refused = EmergencyRequest(), EmergencyRequest(decided=True)
    paid = EmergencyRequest(decided=True, line=MoneyLine(amount=5, paid=5))
    done = EmergencyRequest(decided=True, line=MoneyLine(amount=5, paid=5, received=5))
    assert [each.unpaid for each in (asked, refused, paid, done)] == [True, False, False, False]
    assert [each.running for each in (asked, refused, paid, done)] == [True, False, True, False]


def test_a_corridor_is_named_for_people_and_for_streams() -> None:
    assert name_of(AH_SH) == "340000 to 310000 (CROSS_PROVINCE)"
    assert str(AH_SH) == "CROSS_PROVINCE/340000/310000"


@pytest.mark.parametrize("cls", ["EMPLOYEE", "RESIDENT"])
def test_a_new_claim_adds_what_it_contributes(cls: ClearingClass) -> None:
    """The short way of new claims and the one of all others give the same sums and digest."""
    event = replace(settlement(), clearing_class=cls)
    short, general = Totals(), Totals()
    short.add_new(event.claim_id, cls, event.medfee_sumamt, event.items.values())
    general.add(cls, contribution(settled(event), event.period))
    assert short == general
