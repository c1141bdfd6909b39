"""Registers, books and pools. Source: commands.md, "Reference"."""

from ledger.commands import (
    OpenBook,
    OpenPool,
    PublishWorkCalendar,
    RegisterFiscalAccount,
    RegisterRegion,
    SetPolicyParameter,
)
from ledger.errors import refuse
from ledger.events import (
    BookOpened,
    Fact,
    FiscalAccountChanged,
    PolicyParameterChanged,
    PoolOpened,
    RegionRegistered,
    WorkCalendarPublished,
)
from ledger.reference import PARENT_LEVEL
from ledger.state import State


def register_region(command: RegisterRegion, state: State) -> tuple[Fact, ...]:
    """Enter a region, or replace its names and flag."""
    if command.parent is not None:
        parent = state.reference.known(command.parent, "parent")
        wanted = PARENT_LEVEL[command.level]
        if parent.level != wanted:
            detail = f"the parent of a {command.level} is a {wanted}, {command.parent} is not"
            refuse("malformed", detail, "parent")
    before = state.reference.regions.get(command.code)
    if before and (before.level, before.parent) != (command.level, command.parent):
        refuse("region_exists", f"{command.code} has another level or parent already")
    return (
        RegionRegistered(
            on=command.on,
            code=command.code,
            name_zh=command.name_zh,
            name_en=command.name_en,
            level=command.level,
            parent=command.parent,
            single_pool=command.single_pool,
        ),
    )


def publish_work_calendar(command: PublishWorkCalendar, _: State) -> tuple[Fact, ...]:
    """Publish a year's working days."""
    return (
        WorkCalendarPublished(
            on=command.on,
            year=command.year,
            holidays=command.holidays,
            makeup_workdays=command.makeup_workdays,
        ),
    )


def set_policy_parameter(command: SetPolicyParameter, _: State) -> tuple[Fact, ...]:
    """Set a policy number from a date on."""
    return (
        PolicyParameterChanged(
            on=command.on,
            name=command.name,
            value=command.value,
            effective_from=command.effective_from,
        ),
    )


def register_fiscal_account(command: RegisterFiscalAccount, state: State) -> tuple[Fact, ...]:
    """Enter a bank account."""
    state.reference.known(command.region, "region")
    return (
        FiscalAccountChanged(
            on=command.on,
            region=command.region,
            account_name=command.account_name,
            bank=command.bank,
            account_number=command.account_number,
        ),
    )


def open_book(command: OpenBook, state: State) -> tuple[Fact, ...]:
    """Open a region's book."""
    state.reference.known(command.region, "region")
    if command.region in state.books:
        refuse("book_open", f"the book of {command.region} is open already")
    return (BookOpened(on=command.on, region=command.region, cash=command.cash),)


def open_pool(command: OpenPool, state: State) -> tuple[Fact, ...]:
    """Open a corridor's pool."""
    corridor = state.corridor(command.insured_region, command.treatment_region, command.scheme)
    need_books(state, command.insured_region, command.treatment_region)
    known = state.corridors.get(corridor)
    if known is not None and known.pool is not None:
        refuse("pool_open", f"the pool {corridor} is open already")
    return (PoolOpened(on=command.on, **corridor._asdict(), principal=command.principal),)


def need_books(state: State, *regions: str) -> None:
    """Go on only if every region has a book. Refuses: book_unknown."""
    for region in regions:
        if region not in state.books:
            refuse("book_unknown", f"{region} has no book; open it first")
