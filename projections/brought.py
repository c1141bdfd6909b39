"""What settlements bring to sums: added up once, for all projections that keep sums of them."""

from collections.abc import Iterable
from datetime import date
from operator import attrgetter
from typing import Final, TypeAlias

from ledger.claim import new_line
from ledger.vocabulary import ITEMS, ClearingClass, Period, RegionCode, Scheme
from schemas.settled import SettledRecord

COLUMN: Final = {item: column for column, item in enumerate(ITEMS)}
"""The place of each item where sums of items are a list."""


class Brought:
    """What some settlements bring: a sum for each item, their cost, a line for a digest of each."""

    __slots__ = ("items", "lines", "medfee_sumamt")

    def __init__(self) -> None:
        """Start with nothing."""
        self.items = [0] * len(ITEMS)
        self.medfee_sumamt = 0
        self.lines: list[str] = []


Whose: TypeAlias = tuple[date, RegionCode, RegionCode, ClearingClass, str, Scheme, Period]
"""Day, insured and treatment region, class, institution, scheme, period."""
SettledSums: TypeAlias = dict[Whose, Brought]
_WHOSE: Final = attrgetter(
    "on",
    "insured_region",
    "treatment_region",
    "clearing_class",
    "institution",
    "scheme",
    "period",
)


def add_up(sums: SettledSums, records: Iterable[SettledRecord]) -> None:
    """Add settlements to sums."""
    for record in records:
        event = record.event
        whose = _WHOSE(event)
        brought = sums.get(whose)
        if brought is None:
            brought = sums[whose] = Brought()
        items, amount = brought.items, 0
        for item, fen in event.items.items():
            items[COLUMN[item]] += fen
            amount += fen
        brought.medfee_sumamt += event.medfee_sumamt
        brought.lines.append(new_line(event.claim_id, event.clearing_class, amount))
