"""What the statements of corridors say as of a day, shared by the reports that show it."""

from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, case, func, select

from ledger.corridor import level_of
from ledger.money import half_up
from projections.tables import live
from reports.reading import total
from reports.shapes import PoolLevel

Ends: TypeAlias = tuple[str, str]
"""Insured region, treatment region."""

STATEMENTS = live("clearing")["statements"]
IS_MADE = STATEMENTS.c["items"] >= 0
"""The row that made a statement; a dispute's has less than 0 items: it takes out its claim."""


class Usage(NamedTuple):
    """A statement's net against the principal of its day, in fen; levels in hundredths."""

    period: str
    net: int
    principal: int
    warning_yellow: int
    warning_red: int

    @property
    def percent(self) -> str | None:
        """Return how much of the principal is used, four decimals; None without principal (F3)."""
        return usage_percent(self.net, self.principal)

    @property
    def level(self) -> PoolLevel:
        """Return the warning level (F4)."""
        return level_of(self.net, self.principal, self.warning_yellow, self.warning_red)


def usage_percent(net: int, principal: int) -> str | None:
    """Return usage in percent with four decimals, rounded half up; None without principal (F3)."""
    if not principal:
        return None
    # percent x 10**4 = net / principal x 100 x 10**4
    scaled = half_up(max(net, 0) * 1_000_000, principal)
    return f"{scaled // 10_000}.{scaled % 10_000:04d}"


def last_usages(connection: Connection, last_day: str) -> dict[Ends, Usage]:
    """Return, by corridor, the usage of the last statement made, less what disputes took out."""
    found = connection.execute(_last_made(last_day))
    return {(row[0], row[1]): Usage(*row[2:]) for row in found}


def _last_made(last_day: str) -> Select[Any]:
    t = STATEMENTS.c
    ends = (t.insured_region, t.treatment_region)
    limits = ("principal", "warning_yellow", "warning_red")
    lines = (
        select(
            *ends,
            t.period,
            total(t.employee + t.resident).label("net"),
            *(func.max(case((IS_MADE, t[name]))).label(name) for name in limits),
            func.max(case((IS_MADE, t.position))).label("position"),
        )
        .where(t.day <= last_day)
        .group_by(t.scheme, t.period, *ends)
        .subquery()
    )
    last_first = func.row_number().over(
        partition_by=[lines.c[end.name] for end in ends], order_by=lines.c.position.desc()
    )
    made = select(lines, last_first.label("place")).where(lines.c.position.is_not(None)).subquery()
    shown = (*(end.name for end in ends), "period", "net", *limits)
    return select(*(made.c[name] for name in shown)).where(made.c.place == 1)
