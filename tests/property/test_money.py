"""Laws of money and of days: nothing is lost in dividing, one rounding, working days counted."""

import random
from datetime import date, timedelta
from fractions import Fraction
from hashlib import sha256
from math import ceil, floor

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ledger.calendar import (
    CalendarMissing,
    WorkCalendar,
    add_working_days,
    is_working_day,
    working_days_after,
)
from ledger.digest import MemberDigest
from ledger.money import fen, half_up, hundredths, round_up, spread, yuan
from ledger.vocabulary import ITEMS, Fen, Item, Year

from .strategies import SAFE

AMOUNTS = st.integers(min_value=0, max_value=10**15 - 1)
OPEN_ITEMS = st.dictionaries(st.sampled_from(ITEMS), AMOUNTS, min_size=1).map(
    lambda drawn: {item: drawn[item] for item in ITEMS if item in drawn}
)


# -- dividing ----------------------------------------------------------------------------------


@given(open_items=OPEN_ITEMS, share=st.fractions(min_value=0, max_value=1))
@example(open_items={"hifp_pay": 1, "maf_pay": 1, "acct_pay": 1}, share=Fraction(1, 3))
@example(open_items={"hifp_pay": 0, "maf_pay": 7}, share=Fraction(1))
def test_an_amount_is_spread_whole_and_beyond_no_item(
    open_items: dict[Item, int], share: Fraction
) -> None:
    """The parts sum to the amount, none is more than what is open, none is 0, each is a fen near."""
    whole = sum(open_items.values())
    amount = ceil(whole * share)
    assume(amount)
    parts = spread(amount, open_items)
    assert sum(parts.values()) == amount
    assert all(0 < part <= open_items[item] for item, part in parts.items())
    for item, left in open_items.items():
        assert abs(parts.get(item, 0) - Fraction(amount * left, whole)) < 1
    assert list(parts) == [item for item in ITEMS if item in parts]


@given(open_items=OPEN_ITEMS, amount=st.integers(min_value=1, max_value=10**6))
def test_the_largest_remainders_get_the_spare_fen(open_items: dict[Item, int], amount: int) -> None:
    """Who got a fen more had a remainder no smaller, and of equals he stands first in the list."""
    whole = sum(open_items.values())
    assume(whole >= amount)
    parts = spread(amount, open_items)
    exact = {item: Fraction(amount * left, whole) for item, left in open_items.items()}
    rest = {item: share - floor(share) for item, share in exact.items()}
    more = {item for item in exact if parts.get(item, 0) > floor(exact[item])}
    for lucky in more:
        for other in exact.keys() - more:
            assert (-rest[lucky], ITEMS.index(lucky)) < (-rest[other], ITEMS.index(other))


@given(numerator=st.integers(0, SAFE), denominator=st.integers(1, SAFE))
@example(numerator=1, denominator=2)
@example(numerator=3, denominator=2)
def test_a_quotient_is_rounded_half_up_once(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    assert half_up(numerator, denominator) == floor(exact + Fraction(1, 2))
    assert round_up(numerator, denominator) == ceil(exact)


@given(st.integers(min_value=0, max_value=SAFE))
def test_fen_written_as_yuan_are_read_as_the_same_fen(amount: int) -> None:
    assert fen(yuan(amount)) == amount
    assert hundredths(yuan(amount)) == amount
    assert hundredths(str(amount)) == 100 * amount
    assert yuan(-amount) == ("-" if amount else "") + yuan(amount)


# -- days --------------------------------------------------------------------------------------


DAYS = st.dates(min_value=date(2024, 1, 1), max_value=date(2026, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> dict[Year, WorkCalendar]:
    """Two or three years; no day is off and made up for at once."""
    off = draw(st.sets(DAYS, max_size=60))
    made_up = draw(st.sets(DAYS, max_size=60)) - off
    years = draw(st.sampled_from([(2024, 2025), (2024, 2025, 2026), (2025,)]))
    return {
        Year(year): WorkCalendar(
            holidays=tuple(sorted(day for day in off if day.year == year)),
            makeup_workdays=tuple(sorted(day for day in made_up if day.year == year)),
        )
        for year in years
    }


def naive_workdays(known: dict[Year, WorkCalendar]) -> list[date]:
    """List every working day of the years that have a calendar."""
    found = []
    for year, calendar in known.items():
        day = date(year, 1, 1)
        while day.year == year:
            weekend = day.isoweekday() in (6, 7)
            if day in calendar.makeup_workdays or not (weekend or day in calendar.holidays):
                found.append(day)
            day += timedelta(days=1)
    return sorted(found)


@given(known=calendars(), start=DAYS, count=st.integers(min_value=1, max_value=40))
@example(
    known={Year(2025): WorkCalendar(holidays=(), makeup_workdays=())},
    start=date(2024, 12, 31),
    count=1,
)
def test_deadlines_are_counted_day_by_day(
    known: dict[Year, WorkCalendar], start: date, count: int
) -> None:
    """The n-th of all working days after the start; without a calendar on the way there is none."""
    later = [day for day in naive_workdays(known) if day > start]
    first_day = start + timedelta(days=1)
    missing = next(year for year in range(first_day.year, 2029) if Year(year) not in known)
    reached = later[count - 1] if len(later) >= count else date.max
    if reached.year >= missing:
        with pytest.raises(CalendarMissing, match=str(missing)):
            add_working_days(known, start, count)
    else:
        assert add_working_days(known, start, count) == reached
        assert is_working_day(known, reached)
        assert working_days_after(known, start, reached) == count


@given(known=calendars(), start=DAYS, end=DAYS)
def test_lateness_is_counted_day_by_day(
    known: dict[Year, WorkCalendar], start: date, end: date
) -> None:
    """The working days after the start up to and with the end; unknown where a year is unknown."""
    walked = {(start + timedelta(days=1)).year, end.year} if start < end else set()
    between = {Year(y) for y in range(min(walked), max(walked) + 1)} if walked else set()
    expected = [day for day in naive_workdays(known) if start < day <= end]
    found = working_days_after(known, start, end)
    assert found == (len(expected) if between <= known.keys() else None)


@given(known=calendars(), start=DAYS)
def test_no_working_day_later_is_the_day_itself(
    known: dict[Year, WorkCalendar], start: date
) -> None:
    assert add_working_days(known, start, 0) == start


# -- fingerprints ------------------------------------------------------------------------------


LINES = st.lists(st.text(max_size=8), max_size=12)


def digest_of(lines: list[str]) -> MemberDigest:
    digest = MemberDigest()
    for line in lines:
        digest.add(line)
    return digest


@given(lines=LINES, seed=st.integers(0, 99))
def test_a_digest_does_not_see_the_order(lines: list[str], seed: int) -> None:
    shuffled = random.Random(seed).sample(lines, len(lines))
    assert digest_of(shuffled) == digest_of(lines)


@given(kept=LINES, gone=LINES)
def test_what_is_taken_out_leaves_no_trace(kept: list[str], gone: list[str]) -> None:
    """By line, or all at once; a copy lives on its own."""
    both = digest_of(kept + gone)
    rest = both.copy()
    for line in gone:
        rest.add(line, -1)
    assert rest == digest_of(kept)
    assert both.less(digest_of(gone)) == digest_of(kept)
    assert both == digest_of(gone + kept)


@given(lines=LINES)
def test_a_digest_is_written_and_read(lines: list[str]) -> None:
    """64 digits, also where the number is small; the sum of the lines' SHA-256."""
    digest = digest_of(lines)
    assert MemberDigest.from_hex(digest.hex()) == digest
    assert len(digest.hex()) == 64
    numbers = [int(sha256(line.encode()).hexdigest(), 16) for line in lines]
    assert int(digest.hex(), 16) == sum(numbers) % 2**256


@given(lines=LINES, other=st.text(min_size=1, max_size=8))
def test_one_line_more_is_another_digest(lines: list[str], other: str) -> None:
    digest = digest_of(lines)
    assert digest_of([*lines, other]) != digest
    assert digest != digest.hex()


def test_fen_is_an_int() -> None:
    """Nothing of the money is ever anything else."""
    assert type(fen("0.01")) is int
    assert {
        type(part) for part in spread(Fen(5), {"hifp_pay": Fen(3), "acct_pay": Fen(9)}).values()
    } == {int}
