"""What is asked of the generator."""

from calendar import monthrange
from datetime import date
from typing import Final

from ledger.errors import ConfigurationError
from ledger.period import next_period
from ledger.record import record
from ledger.vocabulary import Period
from producers.national.provinces import PROVINCES, Province

REGIONS_MAX: Final = len(PROVINCES)
MONTHS_MAX: Final = 36
CLAIMS_MAX: Final = 10**9
YEARS: Final = range(2000, 2091)
_TAIL_MONTHS: Final = 2
"""After the last month of claims: its statement and its notices, then its payments."""


@record
class Plan:
    """Regions, months of claims, claims, seed and first month; months are counted from that as 0.

    Raises: ConfigurationError, in a sentence that names the option.
    """

    regions: int
    months: int
    claims: int
    seed: int
    first: str

    def __post_init__(self) -> None:
        """Check every value."""
        _check("--regions", self.regions, 2, REGIONS_MAX)
        _check("--months", self.months, 1, MONTHS_MAX)
        _check("--claims", self.claims, 1, CLAIMS_MAX)
        _check("--seed", self.seed, 0, 2**63 - 1)
        _check("--from, its year", int(self.first[:4]), YEARS[0], YEARS[-1])

    @property
    def members(self) -> tuple[Province, ...]:
        """Return the regions that take part."""
        return PROVINCES[: self.regions]

    @property
    def all_months(self) -> int:
        """Return the months that the file runs through, those after the last claims included."""
        return self.months + _TAIL_MONTHS

    def period(self, month: int) -> Period:
        """Return a month's code."""
        return next_period(Period(self.first), month)

    def day(self, month: int, day: int) -> date:
        """Return a day of a month; one after its end is its last."""
        period = self.period(month)
        year, number = int(period[:4]), int(period[4:])
        return date(year, number, min(day, monthrange(year, number)[1]))

    @property
    def start(self) -> date:
        """Return the day on which everything is opened."""
        return self.day(0, 1)

    @property
    def end(self) -> date:
        """Return the last day of the file."""
        return self.day(self.all_months - 1, 31)


def _check(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ConfigurationError(f"{option} is {value}; it goes from {least} to {most}")
