"""Disagreements: how a break is opened and how its life goes on. Source: domain.md 3.5."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from ledger.commands import AssignBreak, EscalateBreak, ResolveBreak
from ledger.errors import refuse
from ledger.events import BreakAssigned, BreakEscalated, BreakOpened, BreakResolved, Fact
from ledger.ports import Break
from ledger.state import State
from ledger.vocabulary import BreakCategory, ClaimId, Corridor

_PROVEN_BY_COMMANDS: Final = frozenset({"REVERSED", "RESETTLED", "DEDUCTED"})


def opened(  # noqa: PLR0917 -- a break has that many sides
    state: State,
    on: date,
    category: BreakCategory,
    claim_id: ClaimId,
    corridor: Corridor,
    difference: int,
) -> BreakOpened | None:
    """Return the event that opens a break, or None while one of its kind is open."""
    same = [found for found in state.store.breaks_of(claim_id) if found.category == category]
    if any(found.state != "RESOLVED" for found in same):
        return None
    name = f"{category}:{claim_id}"
    number = len(same) + 1
    break_id = name if number == 1 else f"{name}#{number}"
    while state.store.break_by_id(break_id) is not None:  # a claim whose id ends in "#2"
        number += 1
        break_id = f"{name}#{number}"
    return BreakOpened(
        on=on,
        **corridor._asdict(),
        break_id=break_id,
        category=category,
        claim_id=claim_id,
        difference=difference,
    )


def duplicate_breaks(
    state: State, doubled: Iterable[tuple[ClaimId, Corridor, int]], on: date
) -> tuple[Fact, ...]:
    """Return a DUPLICATE_MANUAL break for each direct claim that was also paid by hand."""
    found = (
        opened(state, on, "DUPLICATE_MANUAL", claim_id, corridor, payable)
        for claim_id, corridor, payable in sorted(doubled)
    )
    return tuple(event for event in found if event is not None)


def _unresolved(state: State, break_id: str) -> Break:
    found = state.store.break_by_id(break_id)
    if found is None:
        refuse("break_unknown", f"there is no break {break_id}")
    if found.state == "RESOLVED":
        refuse("break_resolved", f"break {break_id} is resolved")
    return found


def _about(found: Break) -> dict[str, Any]:
    return {
        **found.corridor._asdict(),
        "break_id": found.break_id,
        "claim_id": found.claim_id,
    }


def assign_break(command: AssignBreak, state: State) -> tuple[Fact, ...]:
    """Give a break to somebody."""
    found = _unresolved(state, command.break_id)
    return (BreakAssigned(on=command.on, **_about(found), owner=command.owner),)


def escalate_break(command: EscalateBreak, state: State) -> tuple[Fact, ...]:
    """Take a break to the national agency."""
    found = _unresolved(state, command.break_id)
    return (BreakEscalated(on=command.on, **_about(found), reason=command.reason),)


def resolve_break(command: ResolveBreak, state: State) -> tuple[Fact, ...]:
    """End a break; some resolutions need proof."""
    found = _unresolved(state, command.break_id)
    if command.resolution in _PROVEN_BY_COMMANDS and not command.corrections:
        detail = f"{command.resolution} needs the commands that put it right"
        refuse("resolution_not_proven", detail)
    if command.resolution == "WRITTEN_OFF_ROUNDING" and abs(found.difference) != 1:
        refuse("resolution_not_proven", "only a difference of exactly 0.01 is written off")
    for correction in command.corrections:
        if not state.store.accepted(correction):
            detail = f"{correction} is no accepted command"
            refuse("resolution_not_proven", detail)
    return (
        BreakResolved(
            on=command.on,
            **_about(found),
            resolution=command.resolution,
            reason=command.reason,
            corrections=command.corrections,
        ),
    )
