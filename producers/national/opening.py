"""What comes before the first claim: regions, calendars, parameters, accounts, books, pools."""

from datetime import date
from typing import Final

from ledger.money import yuan
from producers.national.country import Country
from producers.national.published import PAYABLE_SHARE, VISIT_YUAN
from producers.national.workdays import holidays, makeup_workdays

_PARAMETERS: Final = (
    ("warning_yellow", "0.70"),
    ("warning_red", "0.90"),
    ("sizing_months", "2"),
    ("submit_working_days", "5"),
    ("pay_working_days", "10"),
    ("feedback_working_days", "5"),
    ("emergency_window_working_days", "3"),
    ("inquiry_minimum", "30000.00"),
    ("max_deferrals", "2"),
    ("statement_day", "21"),
    ("confirm_day", "25"),
)
_COVER: Final = ((0.72, 1.7, 2.4), (0.86, 1.2, 1.35), (1.0, 0.9, 1.08))
"""Pools by lot, in months of clearing: most two months, some short of it (YELLOW), some of one."""
_POOL_LEAST_FEN: Final = 500_000
_CASH_MONTHS: Final = 30
"""Opening cash in months of what a region's hospitals and people may need."""
_CASH_LEAST_FEN: Final = 1_000_000_00


def open_all(country: Country) -> None:
    """Send everything that is opened on the first day."""
    plan = country.plan
    for member in plan.members:
        country.send(
            "RegisterRegion",
            code=member.code,
            name_zh=member.name_zh,
            name_en=member.name_en,
            level="province",
        )
    for year in range(plan.start.year, plan.end.year + 2):
        country.send(
            "PublishWorkCalendar",
            year=year,
            holidays=_iso(holidays(year)),
            makeup_workdays=_iso(makeup_workdays(year)),
        )
    for name, value in _PARAMETERS:
        dated = plan.start.isoformat()
        country.send("SetPolicyParameter", name=name, value=value, effective_from=dated)
    for member in plan.members:
        country.send(
            "RegisterFiscalAccount",
            region=member.code,
            account_name=f"{member.name_zh}社会保障基金财政专户",
            bank="国家金库",
            account_number=f"{member.code}0000000001",
        )
    _open_books(country)
    _open_pools(country)


def _iso(days: list[date]) -> list[str]:
    return [day.isoformat() for day in days]


def monthly_fen(country: Country, ends: tuple[int, int]) -> int:
    """Return what a corridor is expected to clear in a month."""
    plan = country.plan
    claims = plan.claims * country.flows[ends] / plan.months
    return int(100 * claims * VISIT_YUAN * PAYABLE_SHARE)


def _open_books(country: Country) -> None:
    for number, member in enumerate(country.plan.members):
        turnover = sum(monthly_fen(country, ends) for ends in country.flows if number in ends)
        cash = max(_CASH_LEAST_FEN, _CASH_MONTHS * turnover // 100_000 * 100_000)
        country.send("OpenBook", region=member.code, cash=yuan(cash))
        country.move(number, "CASH", "FUND.OPENING", cash)


def _open_pools(country: Country) -> None:
    for corridor in country.corridors:
        lot = country.random.random()
        low, high = next((low, high) for share, low, high in _COVER if lot < share)
        months = low + (high - low) * country.random.random()
        expected = monthly_fen(country, (corridor.i, corridor.t))
        principal = max(_POOL_LEAST_FEN, int(months * expected) // 10_000 * 10_000)
        country.send("OpenPool", **corridor.fields, principal=yuan(principal))
        corridor.quota = corridor.principal = principal
        country.move(corridor.i, "ADV.PREPAID", "FUND.OPENING", principal)
        country.move(corridor.t, "FUND.OPENING", "ADV.POOL", principal)
