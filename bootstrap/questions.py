"""What is asked of one claim or one command."""

from typing import TYPE_CHECKING, Any

from bootstrap.stores import check_position

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from eventlog.port import EventLog


def history(
    log: "EventLog", engine: "Engine", claim_id: str, at: int | None = None
) -> dict[str, Any]:
    """Return the document of one claim's life, up to a position if one is given."""
    from projections.database import snapshot
    from projections.fold import checkpoints_of
    from projections.histories import positions_of
    from reports.history import history as document
    from schemas.envelope import unseal

    with snapshot(engine) as connection:
        positions = positions_of(connection, claim_id)
        position = min(head.position for head in checkpoints_of(connection).values())
    if at is not None:
        check_position(log, at)
        position = at
        positions = [place for place in positions if place <= at]
    stored = log.read_at(positions)
    events = [(place, unseal(stored[place]).event) for place in positions]
    return document(claim_id, events, position)


def answer(log: "EventLog", engine: "Engine", command_id: str) -> dict[str, Any] | None:
    """Return the answer that a command got, or None."""
    from consumers.decider import first_answer
    from ledger.vocabulary import CommandId
    from projections.commands import CommandIds
    from projections.tables import live

    ids = CommandIds(live("commands"), engine.connect)
    bound = ids.bound(CommandId(command_id))
    if bound is None:
        return None
    return first_answer(log, bound.position).document()
