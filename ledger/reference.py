"""Regions, calendars, policy numbers: what every rule looks up. Source: domain.md 2.2, 4."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.calendar import WorkCalendar
from ledger.errors import refuse
from ledger.events import PolicyParameterChanged, RegionRegistered, WorkCalendarPublished
from ledger.money import hundredths
from ledger.record import record
from ledger.vocabulary import (
    Corridor,
    Hundredths,
    Level,
    ParameterName,
    RegionCode,
    Scheme,
    Year,
)

DEFAULTS: Final[Mapping[ParameterName, str]] = {
    "warning_yellow": "0.70",
    "warning_red": "0.90",
    "sizing_months": "2",
    "submit_working_days": "5",
    "pay_working_days": "10",
    "feedback_working_days": "5",
    "emergency_window_working_days": "3",
    "inquiry_minimum": "30000.00",
    "max_deferrals": "2",
    "statement_day": "21",
    "confirm_day": "25",
}
"""Policy numbers until a parameter says otherwise. Source: [R22] by way of commands.md."""
PARENT_LEVEL: Final[Mapping[Level, Level]] = {"prefecture": "province", "pool": "prefecture"}


@record
class Region:
    """A member of the register."""

    level: Level
    parent: RegionCode | None
    single_pool: bool
    name_zh: str
    name_en: str


@dataclass(slots=True, kw_only=True)
class Reference:
    """The registers, as folded from the log."""

    regions: dict[RegionCode, Region] = field(default_factory=dict)
    calendars: dict[Year, WorkCalendar] = field(default_factory=dict)
    parameters: dict[ParameterName, list[tuple[date, str]]] = field(default_factory=dict)

    def parameter(self, name: ParameterName, on: date) -> Hundredths:
        """Return the value in force on a date: the latest `effective_from`, the last sent."""
        best: tuple[date, str] | None = None
        for entry in self.parameters.get(name, ()):
            if entry[0] <= on and (best is None or entry[0] >= best[0]):
                best = entry
        return hundredths(best[1] if best else DEFAULTS[name])

    def whole(self, name: ParameterName, on: date) -> int:
        """Return a parameter that counts days or times."""
        return self.parameter(name, on) // 100

    def known(self, code: RegionCode, name: str) -> Region:
        """Return a region. Refuses: unknown_region, naming the field."""
        region = self.regions.get(code)
        if region is None:
            refuse("unknown_region", f"region {code} is not registered", name)
        return region

    def corridor(
        self, insured: RegionCode, treatment: RegionCode, scheme: Scheme | None
    ) -> Corridor:
        """Return the corridor between two regions, in the fixed order of checks."""
        a = self.known(insured, "insured_region")
        b = self.known(treatment, "treatment_region")
        if insured == treatment or self._pool(insured) == self._pool(treatment):
            refuse("not_cross_region", f"{insured} and {treatment} are one pool")
        derived = self._scheme(a, b)
        if derived is None:
            refuse("scheme_mismatch", f"there is no corridor between {insured} and {treatment}")
        if scheme is not None and scheme != derived:
            detail = f"{insured} to {treatment} is {derived}, not {scheme}"
            refuse("scheme_mismatch", detail, "scheme")
        return Corridor(derived, insured, treatment)

    def _pool(self, code: RegionCode) -> RegionCode:
        """Return the highest single pool that a region lies in, else the region itself."""
        pool = code
        above: RegionCode | None = code
        while above is not None:
            region = self.regions[above]
            if region.single_pool:
                pool = above
            above = region.parent
        return pool

    def _scheme(self, a: Region, b: Region) -> Scheme | None:
        if a.level != b.level:
            return None
        if a.level == "province":
            return "CROSS_PROVINCE"
        if a.parent == b.parent:
            return "INTRA_PROVINCE" if a.level == "prefecture" else "INTRA_PREFECTURE"
        if a.level == "pool" and self._province(a) == self._province(b):
            return "INTRA_PROVINCE"
        return None

    def _province(self, pool: Region) -> RegionCode | None:
        return self.regions[pool.parent].parent if pool.parent else None

    def evolve_region(self, event: RegionRegistered) -> None:
        """Enter or replace a region."""
        self.regions[event.code] = Region(
            level=event.level,
            parent=event.parent,
            single_pool=event.single_pool,
            name_zh=event.name_zh,
            name_en=event.name_en,
        )

    def evolve_calendar(self, event: WorkCalendarPublished) -> None:
        """Enter or replace a year's working days."""
        self.calendars[event.year] = WorkCalendar(
            holidays=event.holidays, makeup_workdays=event.makeup_workdays
        )

    def evolve_parameter(self, event: PolicyParameterChanged) -> None:
        """Add a value; earlier ones stay for what is dated before."""
        self.parameters.setdefault(event.name, []).append((event.effective_from, event.value))
