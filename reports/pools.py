"""The pool monitor: what each pool should hold, holds, and is used for."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple, TypedDict

from sqlalchemy import Connection, select

from ledger.money import yuan
from projections.tables import live
from reports.reading import position, total, until
from reports.shapes import Day, Month, Percent, PoolLevel, Position, Region, Yuan
from reports.statements import Ends, Usage, last_usages


class Measures(NamedTuple):
    """A pool's sums, in fen."""

    quota: int
    principal: int
    in_transit: int
    in_use: int


class PoolRow(TypedDict):
    """One corridor; before its first statement nothing is said of clearing, usage and level."""

    insured_region: Region
    treatment_region: Region
    quota: Yuan
    principal: Yuan
    unfunded: Yuan
    in_transit: Yuan
    clearing_period: Month | None
    clearing_amount: Yuan | None
    usage_percent: Percent | None
    level: PoolLevel | None
    in_use: Yuan
    free: Yuan


class Liquidity(TypedDict):
    """All pools that one region holds: it may use them for each other (F18)."""

    treatment_region: Region
    principal: Yuan
    in_use: Yuan
    free: Yuan


class Pools(TypedDict):
    """Every corridor that has a pool or ever had a claim, and each region's liquidity."""

    as_of: Day
    position: Position
    rows: list[PoolRow]
    liquidity: list[Liquidity]


def pools(connection: Connection, as_of: date) -> Pools:
    """Return the pools on a day."""
    measures = rows(connection, as_of)
    usages = last_usages(connection, until(as_of))
    return {
        "as_of": as_of.isoformat(),
        "position": position(connection, "pools", "clearing"),
        "rows": document(measures, usages),
        "liquidity": liquidity(measures),
    }


def rows(connection: Connection, as_of: date) -> dict[Ends, Measures]:
    """Return the measures of each pool, and of each corridor that has none, up to a day."""
    tables, last_day = live("pools"), until(as_of)
    quotas = _quotas(connection, last_day)
    t = tables["pool_days"].c
    query = (
        select(t.insured_region, t.treatment_region, t.measure, total(t.amount))
        .where(t.day <= last_day)
        .group_by(t.insured_region, t.treatment_region, t.measure)
    )
    sums = {(i, t_, measure): amount for i, t_, measure, amount in connection.execute(query)}
    c = tables["corridors"].c
    begun = select(c.insured_region, c.treatment_region).where(c.since <= last_day)
    ends: set[Ends] = {(i, t_) for i, t_ in connection.execute(begun)}
    ends |= quotas.keys() | {key[:2] for key in sums}
    return {
        (i, t_): Measures(
            quotas.get((i, t_), 0),
            *(sums.get((i, t_, measure), 0) for measure in Measures._fields[1:]),
        )
        for i, t_ in sorted(ends)
    }


def _quotas(connection: Connection, last_day: str) -> dict[Ends, int]:
    """Return the quotas: set by opening and sizing, increased by emergency decisions."""
    t = live("pools")["quotas"].c
    query = (
        select(t.insured_region, t.treatment_region, t.sized, t.amount)
        .where(t.day <= last_day)
        .order_by(t.position)
    )
    quotas: dict[Ends, int] = {}
    for i, t_, sized, amount in connection.execute(query):
        quotas[i, t_] = amount if sized else quotas.get((i, t_), 0) + amount
    return quotas


def document(measures: Mapping[Ends, Measures], usages: Mapping[Ends, Usage]) -> list[PoolRow]:
    """Return the rows, in the order of the regions."""
    return [_row(ends, pool, usages.get(ends)) for ends, pool in measures.items()]


def _row(ends: Ends, pool: Measures, usage: Usage | None) -> PoolRow:
    return {
        "insured_region": ends[0],
        "treatment_region": ends[1],
        "quota": yuan(pool.quota),
        "principal": yuan(pool.principal),
        "unfunded": yuan(pool.quota - pool.principal),
        "in_transit": yuan(pool.in_transit),
        "clearing_period": usage and usage.period,
        "clearing_amount": usage and yuan(usage.net),
        "usage_percent": usage and usage.percent,
        "level": usage and usage.level,
        "in_use": yuan(pool.in_use),
        "free": yuan(pool.principal - pool.in_use),
    }


def liquidity(measures: Mapping[Ends, Measures]) -> list[Liquidity]:
    """Return what each treatment region holds, uses and has left over all its pools."""
    held: dict[str, list[Measures]] = defaultdict(list)
    for (_, treatment), pool in measures.items():
        held[treatment].append(pool)
    return [_held(region, each) for region, each in sorted(held.items())]


def _held(region: str, each: Iterable[Measures]) -> Liquidity:
    pairs = [(pool.principal, pool.in_use) for pool in each]
    principal, in_use = (sum(column) for column in zip(*pairs, strict=True))
    return {
        "treatment_region": region,
        "principal": yuan(principal),
        "in_use": yuan(in_use),
        "free": yuan(principal - in_use),
    }
