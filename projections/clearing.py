"""Statements, signatures, notices, payments and closed periods, each with its business date."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection

from ledger.calendar import WorkCalendar
from ledger.events import (
    ClearingNoticeIssued,
    ClearingPaid,
    ClearingPeriodClosed,
    ClearingReceived,
    ClearingStatementConfirmed,
    ClearingStatementDisputed,
    ClearingStatementGenerated,
    ClearingSubmittedToFinance,
    OfClearingLine,
    ReturnPaid,
    ReturnReceived,
    StatementFigures,
    WorkCalendarPublished,
)
from projections.tables import Tables
from projections.writing import insert_rows
from schemas.envelope import Recorded

_ENCODE: Final = msgspec.json.Encoder().encode


class Clearing:
    """Keeps each step of a statement as a dated row; as-of answers add rows up."""

    name = "clearing"
    wants: tuple[type, ...] = (
        ClearingStatementGenerated,
        ClearingStatementDisputed,
        ClearingStatementConfirmed,
        ClearingNoticeIssued,
        ClearingSubmittedToFinance,
        OfClearingLine,
        ClearingPeriodClosed,
        WorkCalendarPublished,
    )

    def __init__(self, tables: Tables) -> None:
        """Start with nothing folded."""
        self._tables = tables
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in tables}

    def fold(self, recorded: Recorded) -> None:
        """Note a step."""
        event = recorded.event
        match event:
            case ClearingStatementGenerated():
                limits = (event.warning_yellow, event.warning_red)
                self._state(recorded, event, event.figures, 1, limits)
            case ClearingStatementDisputed():
                self._state(recorded, event, event.removed, -1, (0, 0))
            case ClearingStatementConfirmed():
                insured = event.region == event.insured_region
                self._step(recorded, event, "insured_signed" if insured else "treatment_signed")
            case ClearingNoticeIssued():
                due = (event.submit_due.isoformat(), event.pay_due.isoformat())
                self._step(recorded, event, "noticed", event.employee + event.resident, due)
            case ClearingSubmittedToFinance():
                self._step(recorded, event, "submitted")
            case ClearingPaid() | ReturnPaid():
                self._step(recorded, event, "paid", event.amount)
            case ClearingReceived() | ReturnReceived():
                self._step(recorded, event, "received", event.amount)
            case ClearingPeriodClosed():
                day = event.on.isoformat()
                closed = (event.scheme, event.period, day, recorded.position)
                self._rows["closed_periods"].append(closed)
            case WorkCalendarPublished():
                calendar = WorkCalendar(
                    holidays=event.holidays, makeup_workdays=event.makeup_workdays
                )
                day = event.on.isoformat()
                row = (event.year, recorded.position, day, _ENCODE(calendar))
                self._rows["calendar_days"].append(row)
            case _:
                pass

    def _state(
        self,
        recorded: Recorded,
        event: ClearingStatementGenerated | ClearingStatementDisputed,
        figures: StatementFigures,
        sign: int,
        limits: tuple[int, int],
    ) -> None:
        """Note a statement's figures, or (sign -1) what a dispute took out of them."""
        self._rows["statements"].append(
            (
                *_line_of(event),
                recorded.position,
                event.on.isoformat(),
                sign * figures.visits,
                sign * figures.medfee_sumamt,
                sign * figures.employee,
                sign * figures.resident,
                sign * figures.deduction,
                sign * figures.items,
                figures.digest,
                figures.principal,
                *limits,
            )
        )

    def _step(
        self,
        recorded: Recorded,
        event: Any,  # noqa: ANN401 -- an event with corridor and period
        step: str,
        amount: int = 0,
        due: tuple[str | None, str | None] = (None, None),
    ) -> None:
        day = event.on.isoformat()
        row = (*_line_of(event), recorded.position, day, step, amount, *due)
        self._rows["statement_steps"].append(row)

    def flush(self, connection: Connection) -> None:
        """Write the steps."""
        for name, rows in self._rows.items():
            insert_rows(connection, self._tables[name], rows)
            rows.clear()


def _line_of(event: Any) -> tuple[str, str, str, str]:  # noqa: ANN401 -- as in `_step`
    return event.scheme, event.period, event.insured_region, event.treatment_region
