"""What is folded and small enough for memory: registers, corridors, closed periods."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledger.corridor import CorridorState
from ledger.ports import Store
from ledger.reference import Reference
from ledger.vocabulary import Corridor, Pair, Period, RegionCode, Scheme, Year


@dataclass(slots=True, kw_only=True)
class SchemeState:
    """What a scheme has closed, each with its day."""

    closed_periods: dict[Period, date] = field(default_factory=dict)
    closed_years: dict[Year, date] = field(default_factory=dict)


_NOTHING_CLOSED: Final = SchemeState()


@dataclass(slots=True, kw_only=True)
class State:
    """The decider's state: memory, and a store for what memory must not hold."""

    store: Store
    reference: Reference = field(default_factory=Reference)
    books: dict[RegionCode, date] = field(default_factory=dict)
    corridors: dict[Corridor, CorridorState] = field(default_factory=dict)
    schemes: dict[Scheme, SchemeState] = field(default_factory=dict)

    routes: dict[Pair, Corridor] = field(default_factory=dict)
    """Corridors that were found in the register; forgotten when a region changes."""

    def corridor(
        self, insured: RegionCode, treatment: RegionCode, scheme: Scheme | None
    ) -> Corridor:
        """Return the corridor between two regions, in the fixed order of checks."""
        found = self.routes.get((insured, treatment))
        if found is None or (scheme is not None and scheme != found.scheme):
            found = self.reference.corridor(insured, treatment, scheme)
            self.routes[(insured, treatment)] = found
        return found

    def scheme(self, scheme: Scheme) -> SchemeState:
        """Return what a scheme has closed."""
        return self.schemes.get(scheme) or _NOTHING_CLOSED

    def members(self, scheme: Scheme) -> list[tuple[Corridor, CorridorState]]:
        """Return the corridors of a scheme that have a pool or ever had a claim, by region."""
        return sorted(
            ((key, state) for key, state in self.corridors.items() if key.scheme == scheme),
            key=lambda pair: pair[0],
        )

    def stated(self, corridor: Corridor, period: Period) -> bool:
        """Say whether a period of a corridor has its statement, or was closed."""
        state = self.corridors.get(corridor)
        if state is not None and period in state.statements:
            return True
        return period in self.scheme(corridor.scheme).closed_periods
