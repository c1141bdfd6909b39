"""What settlements bring to sums: added up once, for all projections that keep sums of them."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from typing import Final, TypeAlias

from ledger.claim import new_number
from ledger.vocabulary import ITEMS, ClearingClass, Period, RegionCode, Scheme
from schemas.settled import SettledRecord

COLUMN: Final = {item: column for column, item in enumerate(ITEMS)}
"""The place of each item where sums of items are a list."""


class Brought:
    """What some settlements bring: a sum for each item, what they cost, how many, their digest."""

    __slots__ = ("digest", "items", "medfee_sumamt", "visits")

    def __init__(self) -> None:
        """Start with nothing."""
        self.items = [0] * len(ITEMS)
        self.medfee_sumamt = 0
        self.visits = 0
        self.digest = 0


Day: TypeAlias = tuple[date, RegionCode, RegionCode, Scheme, Period]
"""A corridor's day: its date, insured and treatment region, scheme; and the period it counts in."""
Kind: TypeAlias = tuple[ClearingClass, str]
"""Class and institution."""
SettledSums: TypeAlias = dict[Day, dict[Kind, Brought]]
_DAY: Final = attrgetter("on", "insured_region", "treatment_region", "scheme", "period")
_KIND: Final = attrgetter("clearing_class", "institution")


def add_up(sums: SettledSums, records: Iterable[SettledRecord]) -> None:
    """Add settlements to sums; each while it is near, for a line put by is slow to come back to."""
    for record in records:
        event = record.event
        day = _DAY(event)
        kinds = sums.get(day)
        if kinds is None:
            kinds = sums[day] = {}
        kind = _KIND(event)
        brought = kinds.get(kind)
        if brought is None:
            brought = kinds[kind] = Brought()
        items, amount = brought.items, 0
        for item, fen in event.items.items():
            items[COLUMN[item]] += fen
            amount += fen
        brought.medfee_sumamt += event.medfee_sumamt
        brought.visits += 1
        brought.digest += new_number(event.claim_id, event.clearing_class, amount)
