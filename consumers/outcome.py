"""The answer to a command, as the contract words it."""

from typing import Literal, TypeAlias

from ledger.events import CommandHadNoEffect, CommandRefused
from ledger.record import record
from schemas.envelope import Recorded

Verdict: TypeAlias = Literal["accepted", "known", "rejected"]


@record
class EventPlace:
    """An event of an accepted command, and where it stands in the log."""

    event_id: str
    type: str
    position: int


@record
class Outcome:
    """What became of one command. Source: commands.md, "Answers"."""

    outcome: Verdict
    command_id: str | None = None
    reason: str | None = None
    field: str | None = None
    detail: str | None = None
    events: tuple[EventPlace, ...] = ()


def outcome_of(records: list[Recorded], verdict: Verdict | None = None) -> Outcome:
    """Return the answer that a command's records give; `verdict` "known" for a later copy."""
    last = records[-1]
    event = last.event
    if isinstance(event, CommandRefused):
        return Outcome(
            outcome=verdict or "rejected",
            command_id=last.command_id,
            reason=event.reason,
            field=event.field,
            detail=event.detail,
        )
    places = tuple(
        EventPlace(event_id=r.event_id, type=type(r.event).__name__, position=r.position)
        for r in records
        if not isinstance(r.event, CommandHadNoEffect)
    )
    return Outcome(
        outcome=verdict or "accepted",
        command_id=last.command_id,
        detail=last.detail,
        events=places,
    )
