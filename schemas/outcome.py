"""The answer to a command, as the contract words it."""

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

import msgspec

from ledger.events import CommandHadNoEffect, CommandRefused
from ledger.record import record
from schemas.door import Malformed
from schemas.envelope import Recorded

Verdict: TypeAlias = Literal["accepted", "known", "rejected", "unknown"]
"""`unknown`: sent, and not answered in time; to be asked for again."""


@record
class EventPlace:
    """An event of an accepted command, and where it stands in the log."""

    event_id: str
    type: str
    position: int


@record
class Outcome:
    """What became of one command; `records` are those of its first answer, `told` its events.

    Source: commands.md, "Answers".
    """

    outcome: Verdict
    command_id: str | None = None
    reason: str | None = None
    field: str | None = None
    detail: str | None = None
    records: Sequence[Recorded] = ()
    told: tuple[EventPlace, ...] = ()

    @property
    def events(self) -> tuple[EventPlace, ...]:
        """Return the events of an accepted command; made when asked for, since few ask."""
        return self.told or tuple(
            EventPlace(event_id=r.event_id, type=type(r.event).__name__, position=r.position)
            for r in self.records
            if not isinstance(r.event, CommandHadNoEffect | CommandRefused)
        )

    def document(self) -> dict[str, Any]:
        """Return the outcome as `submit --outcomes` and `outcome` write it."""
        return {
            "command_id": self.command_id,
            "outcome": self.outcome,
            "reason": self.reason,
            "field": self.field,
            "detail": self.detail,
            "events": [
                {"event_id": event.event_id, "type": event.type, "position": event.position}
                for event in self.events
            ],
        }


class _Document(msgspec.Struct):
    command_id: str | None
    outcome: Verdict
    reason: str | None
    field: str | None
    detail: str | None
    events: tuple[EventPlace, ...]


_DOCUMENT: Final = msgspec.json.Decoder(_Document).decode


def told(document: str) -> Outcome:
    """Return the outcome that the `document` of another process holds."""
    said = _DOCUMENT(document)
    return Outcome(
        outcome=said.outcome,
        command_id=said.command_id,
        reason=said.reason,
        field=said.field,
        detail=said.detail,
        told=said.events,
    )


def not_understood(arrival: Malformed) -> Outcome:
    """Return the answer to bytes that are no command; no record keeps it."""
    return Outcome(
        outcome="rejected",
        command_id=arrival.command_id,
        reason="malformed",
        field=arrival.field,
        detail=arrival.detail,
    )


def outcome_of(records: Sequence[Recorded], verdict: Verdict | None = None) -> Outcome:
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
            records=records,
        )
    return Outcome(
        outcome=verdict or "accepted",
        command_id=last.command_id,
        detail=last.detail,
        records=records,
    )
