"""A claim's life: its events in the order of the log, each with its postings."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import date
from typing import Any

from ledger.events import Event, StatementFigures
from ledger.journal import Account, dimensions, postings
from ledger.money import yuan
from ledger.vocabulary import Fen


def history(claim_id: str, events: Iterable[tuple[int, Event]], position: int) -> dict[str, Any]:
    """Return the document of `clearing history`; money as yuan."""
    return {
        "claim_id": claim_id,
        "position": position,
        "events": [_event(place, event) for place, event in events],
    }


def _event(position: int, event: Event) -> dict[str, Any]:
    return {
        "position": position,
        "type": type(event).__name__,
        "on": event.on.isoformat(),
        "data": {item.name: _value(event, item.name) for item in fields(event)},
        "postings": [
            {
                "book": dimensions(move.debit)[0],
                "debit": account_name(move.debit),
                "credit": account_name(move.credit),
                "amount": yuan(move.amount),
            }
            for move in postings(event)
        ],
    }


_MONEY = frozenset(
    {"medfee_sumamt", "psn_cash_pay", "acct_mulaid_pay", "hosp_part_amt", "difference", "items"}
)
"""The fields of a claim's events that hold fen."""


def _value(event: Event, name: str) -> Any:  # noqa: ANN401 -- what JSON knows
    value = getattr(event, name)
    if isinstance(value, StatementFigures):
        return {"net": yuan(value.net), "visits": value.visits, "digest": value.digest}
    if name == "items":
        return {item: yuan(amount) for item, amount in value.items()}
    if name in _MONEY:
        return yuan(Fen(value))
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def account_name(code: Account) -> str:
    """Return an account as people write it: family, then the dimensions that it has."""
    _, family, counterparty, clearing_class, item, institution = dimensions(code)
    rest = [part for part in (institution, counterparty, clearing_class, item) if part]
    return ":".join([family, *rest])
