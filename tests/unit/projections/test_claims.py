"""A claim's row holds the claim, and its corridor's day is its own."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.claim import Booked, Claim, settled
from ledger.vocabulary import RegionCode
from projections.claims import claim_of, corridor_day, row_of, settled_columns
from tests.unit.ledger import given as world

COLUMNS = ("position", "claim_id", "corridor_day", "claim", "life")
CODES = st.from_regex(r"[0-9]{6}", fullmatch=True).map(RegionCode)
DAYS = st.tuples(CODES, CODES, st.dates())
LIVES = [
    {},
    {"period": None, "deferrals": 2},
    {"booked": {"202504": Booked(entries=1, negative=700, deduction=700)}},
    {"deductions": {"D1": {"hifp_pay": 700}}, "inquiry": "OPENED"},
    {"reversed": True, "outstanding": {"hifp_pay": 0, "acct_pay": 0}},
    {"period": None, "aside": Booked(entries=1, negative=5, deduction=0), "deferrals": 1},
]


def stored(claim: Claim) -> Claim:
    """Write a claim into a row, and read it again."""
    row = row_of(7, claim)
    return claim_of(SimpleNamespace(**dict(zip(COLUMNS, row, strict=True))))


@pytest.mark.parametrize("life", LIVES, ids=lambda life: " ".join(life) or "untouched")
def test_a_row_holds_a_claim_and_its_life(life: dict[str, Any]) -> None:
    claim = replace(settled(world.settled('K"1\\ \n一')), **life)
    assert stored(claim) == claim


def test_a_new_claim_is_the_same_row_as_one_that_nothing_happened_to() -> None:
    event = world.settled()
    ((at, *row),) = zip(*settled_columns([7], [event]), strict=True)
    assert row_of(7, settled(event)) == (at, *row, None)


def test_a_row_that_holds_no_claim_is_told() -> None:
    row = SimpleNamespace(claim_id="K1", claim='["CROSS_PROVINCE","H1"]', life=None)
    with pytest.raises(msgspec.DecodeError, match="length"):
        claim_of(row)


@given(DAYS, DAYS)
def test_no_two_days_of_corridors_share_a_number(
    one: tuple[RegionCode, RegionCode, date], other: tuple[RegionCode, RegionCode, date]
) -> None:
    numbers = corridor_day(*one), corridor_day(*other)
    assert (numbers[0] == numbers[1]) == (one == other)
    assert max(numbers) < 2**63
