"""What goes wrong, and who has to act.

Refusal            a value: the command's answer, kept in the log
LedgerError
 |- ContractError  bytes that are not understood
 |- ConcurrencyError
 |   |- PositionConflict   the log has moved on
 |   |- WriterFenced       another writer holds the log
 |   `- CheckpointMoved    another one has folded this projection
 |- TransientError  the world: the log or the database cannot be reached
 |- IntegrityError  a broken invariant: halt, keep the evidence
 `- ConfigurationError     refuse to start
"""

from typing import Final, Literal, NoReturn, TypeAlias, get_args

from ledger.record import record

Reason: TypeAlias = Literal[
    "malformed",
    "command_id_reused",
    "unknown_region",
    "not_cross_region",
    "scheme_mismatch",
    "total_mismatch",
    "zero_amount",
    "item_not_allowed",
    "settled_in_future",
    "claim_exists",
    "claim_unknown",
    "claim_reversed",
    "already_stated",
    "exceeds_outstanding",
    "claim_held",
    "claim_not_held",
    "book_unknown",
    "book_open",
    "pool_unknown",
    "pool_open",
    "quota_exists",
    "no_line",
    "amount_exceeds_due",
    "amount_exceeds_transit",
    "pool_not_red",
    "emergency_window_closed",
    "emergency_open",
    "request_unknown",
    "request_decided",
    "statement_exists",
    "statement_missing",
    "statement_confirmed",
    "statement_not_confirmed",
    "notices_missing",
    "period_closed",
    "calendar_missing",
    "inquiry_not_allowed",
    "inquiry_unknown",
    "break_unknown",
    "break_resolved",
    "report_missing",
    "region_exists",
    "deduction_unknown",
    "break_open",
    "not_escalated",
    "inquiry_open",
    "line_open",
    "too_early",
    "notices_issued",
    "period_open",
    "resolution_not_proven",
    "decider_fault",
]
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""Append-only: none is renamed or reused."""
UNBOUND: Final = frozenset({"malformed", "command_id_reused", "decider_fault"})
"""Refusals that bind no command id: the same id may be sent again."""


@record
class Refusal:
    """Why a command was not carried out, in a word and in a sentence."""

    reason: Reason
    detail: str
    field: str | None = None


class Refused(Exception):
    """Carries a refusal out of the checks; `decide` turns it into a value."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep the refusal."""
        super().__init__(refusal.detail)
        self.refusal = refusal


def refuse(reason: Reason, detail: str, field: str | None = None) -> NoReturn:
    """End the checks of a command with the first fault. Raises: Refused, inside `decide` only."""
    raise Refused(Refusal(reason=reason, detail=detail, field=field))


class LedgerError(Exception):
    """The root of all errors of this project."""


class ContractError(LedgerError):
    """Bytes that are not a record of this ledger, or of a version that is not known."""


class ConcurrencyError(LedgerError):
    """The race for the log is lost: forget what is in memory and start again from the log."""


class PositionConflict(ConcurrencyError):
    """The log does not end where the writer believed."""


class WriterFenced(ConcurrencyError):
    """Another writer holds the log."""


class CheckpointMoved(ConcurrencyError):
    """A projection is not where it was left: another one folds it, and this one must stop."""


class TransientError(LedgerError):
    """The log or the database cannot be reached; the same call may work later."""


class IntegrityError(LedgerError):
    """A broken invariant: a gap, a changed byte, books that do not balance."""


class ConfigurationError(LedgerError):
    """A setting that the program does not run with."""


def require(condition: bool, detail: str) -> None:  # noqa: FBT001 -- reads as `assert`
    """Halt on a broken invariant. Raises: IntegrityError; unlike `assert` also under -O."""
    if not condition:
        raise IntegrityError(detail)
