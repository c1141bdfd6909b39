"""The answers of the calls that look after the ledger: history, verify, rebuild, doctor."""

from typing import Any, TypedDict

from reports.shapes import Day, Position, Region, Yuan


class PostingRow(TypedDict):
    """A move inside one book; accounts as family and dimensions, joined by colons."""

    book: Region
    debit: str
    credit: str
    amount: Yuan


class EventRow(TypedDict):
    """An event of a claim, its data with money in yuan, and its postings."""

    position: Position
    type: str
    on: Day
    data: dict[str, Any]
    postings: list[PostingRow]


class History(TypedDict):
    """The ordered events of one claim."""

    claim_id: str
    position: Position
    events: list[EventRow]


class Verified(TypedDict):
    """What is wrong with log or books, a sentence each; empty if all is well."""

    position: Position
    findings: list[str]


class DifferenceRow(TypedDict):
    """The first row in which a copy folded again differs from the live one."""

    projection: str
    table: str
    key: str
    live: str | None
    again: str | None


class RebuiltRow(TypedDict):
    """What became of one projection."""

    projection: str
    position: Position
    difference: DifferenceRow | None
    switched: bool


class Rebuild(TypedDict):
    """What became of each projection."""

    position: Position
    projections: list[RebuiltRow]


class CheckRow(TypedDict):
    """One thing that was looked at; `unsafe`: what was answered may be lost."""

    name: str
    well: bool
    detail: str
    unsafe: bool


class Doctor(TypedDict):
    """What was looked at; `position` is the end of the log, 0 where there is none."""

    position: Position
    checks: list[CheckRow]
