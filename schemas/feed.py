"""The balance feed: what finance systems are told, a message for each account and position.

A message is a CloudEvent, built like a record of the log. Its key is the account, so a compacted
topic keeps the last one of each.
"""

from functools import lru_cache
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias
from zlib import crc32

import msgspec

from ledger.errors import ContractError
from ledger.journal import Account, dimensions
from ledger.money import yuan
from ledger.vocabulary import ClearingClass, Family, Item, Scheme
from schemas.envelope import SOURCE, Recorded

PARTITIONS: Final = 4
"""Partitions of the topic; another number would part an account's messages."""
VERSION: Final = 1
_ACCOUNTS_KEPT: Final = 65_536

Money: TypeAlias = Annotated[
    str,
    msgspec.Meta(pattern=r"^-?[0-9]+\.[0-9]{2}$", description="Yuan with two decimals."),
]
Region: TypeAlias = Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]


class Cause(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The event that moved the balance; `claim_id` where it is about one claim."""

    event_id: str
    type: str
    command_id: str
    claim_id: str | None


class Balance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account: what was moved, and what it holds then; debit positive.

    Accounts and dimensions are those of `clearing balances`; a dimension that the family has not
    is null. `scheme` and `period` are there where the cause has one; a correction has no cause.
    """

    region: Annotated[Region, msgspec.Meta(description="Whose book it is.")]
    account: Annotated[str, msgspec.Meta(description="Family and dimensions, joined by a colon.")]
    family: Family
    counterparty: Region | None
    clearing_class: ClearingClass | None
    item: Item | None
    institution: str | None
    scheme: Scheme | None
    period: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")] | None
    on: Annotated[str, msgspec.Meta(description="The booking date, ISO 8601.")] | None
    moved: Money
    balance: Money
    cause: Cause | None


class Message(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A balance as it is after a position of the log; a correction says that it was wrong before.

    Keep, for each account, the message with the largest (generation, position) and ignore others:
    some are sent twice.
    """

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[str, msgspec.Meta(description="The same when it is sent again.")]
    source: Literal["/clearing"] = SOURCE
    type: Literal["BalanceChanged", "BalanceCorrected"]
    subject: Annotated[str, msgspec.Meta(description="Region and account: the message's key.")]
    time: Annotated[str, msgspec.Meta(description="Receipt of the command, or the correction.")]
    schemaversion: Literal[1] = VERSION
    generation: Count
    position: Count
    data: Balance


class Place(NamedTuple):
    """Where a message stands; what a reader compares."""

    generation: int
    position: int


class _Placed(msgspec.Struct):
    generation: int
    position: int


_PLACE: Final = msgspec.json.Decoder(_Placed).decode
_ENCODE: Final = msgspec.json.Encoder().encode


def changed(recorded: Recorded, code: Account, moved: int, after: int, generation: int) -> bytes:
    """Return the message of a change; amounts in fen."""
    event = recorded.event
    cause = Cause(
        event_id=recorded.event_id,
        type=recorded.type,
        command_id=recorded.command_id,
        claim_id=getattr(event, "claim_id", None),
    )
    return _message(
        "BalanceChanged",
        code,
        Place(generation, recorded.position),
        recorded.received_at,
        scheme=getattr(event, "scheme", None),
        period=getattr(event, "period", None),
        on=event.on.isoformat(),
        moved=yuan(moved),
        balance=yuan(after),
        cause=cause,
    )


def corrected(code: Account, moved: int, after: int, place: Place, time: str) -> bytes:
    """Return the message of a balance that was wrong and was replaced; amounts in fen."""
    return _message(
        "BalanceCorrected",
        code,
        place,
        time,
        scheme=None,
        period=None,
        on=None,
        moved=yuan(moved),
        balance=yuan(after),
        cause=None,
    )


def _message(
    kind: Literal["BalanceChanged", "BalanceCorrected"],
    code: Account,
    place: Place,
    time: str,
    **data: Any,  # noqa: ANN401 -- the rest of Balance
) -> bytes:
    subject = subject_of(code)
    return _ENCODE(
        Message(
            id=f"{place.generation}/{place.position}/{subject}",
            type=kind,
            subject=subject,
            time=time,
            generation=place.generation,
            position=place.position,
            data=Balance(**_of_account(code), **data),
        )
    )


@lru_cache(_ACCOUNTS_KEPT)
def subject_of(code: Account) -> str:
    """Return an account's name to the world: region, family and the dimensions that it has."""
    return ":".join(filter(None, dimensions(code)))


@lru_cache(_ACCOUNTS_KEPT)
def _of_account(code: Account) -> dict[str, Any]:
    region, family, counterparty, clearing_class, item, institution = dimensions(code)
    return {
        "region": region,
        "account": subject_of(code).partition(":")[2],
        "family": family,
        "counterparty": counterparty or None,
        "clearing_class": clearing_class or None,
        "item": item or None,
        "institution": institution or None,
    }


def partition_of(subject: str) -> int:
    """Return the partition of an account: always the same one."""
    return crc32(subject.encode()) % PARTITIONS


def place_of(value: bytes) -> Place:
    """Return where a message stands. Raises: ContractError for foreign bytes."""
    try:
        found = _PLACE(value)
    except (msgspec.DecodeError, ValueError) as fault:
        raise ContractError(f"not a message of the balance feed: {fault}") from fault
    return Place(found.generation, found.position)
