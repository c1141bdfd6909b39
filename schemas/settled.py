"""A settlement's record as folds read it: what they ask of it, at two thirds of the cost.

Nearly all records are settlements. Only for bytes that a chain proves: what is left out here was
checked when it was written; a verification checks it again. Source: ADR 0014.
"""

from datetime import date
from typing import Final, TypeAlias

import msgspec

from ledger.events import ClaimSettled
from ledger.vocabulary import (
    ClaimId,
    ClearingClass,
    Fen,
    Item,
    MedType,
    Period,
    RegionCode,
    Scheme,
)
from schemas.envelope import (
    RENAMED,
    SCHEMA_VERSION,
    UNREADABLE,
    Recorded,
    unseal,
)


class Settled(msgspec.Struct, gc=False):
    """What folds ask of a `ClaimSettled`, by the names that it has there."""

    on: date
    scheme: Scheme
    insured_region: RegionCode
    treatment_region: RegionCode
    claim_id: ClaimId
    institution: str
    clearing_class: ClearingClass
    med_type: MedType
    medfee_sumamt: Fen
    items: dict[Item, Fen]
    psn_cash_pay: Fen
    period: Period
    admitted_on: date | None
    mdtrt_id: str | None
    person_token: str | None


class SettledRecord(
    msgspec.Struct, gc=False, rename=RENAMED, tag_field="type", tag=ClaimSettled.__name__
):
    """What folds ask of its record, by the names that it has in `Record`; no other event's."""

    schemaversion: int
    position: int
    command_id: str
    digest: str
    step: int
    last: bool
    previous: str
    event: Settled


Read: TypeAlias = SettledRecord | Recorded
_DECODE: Final = msgspec.json.Decoder(SettledRecord).decode


def read_settled(value: bytes) -> Read:
    """Read a record: a settlement of this version as far as folds ask, any other as a whole.

    Raises: ContractError where the bytes are no record of this ledger or of a later version.
    """
    try:
        settled = _DECODE(value)
    except UNREADABLE:
        return unseal(value)  # of another event; or it says what is wrong
    return settled if settled.schemaversion == SCHEMA_VERSION else unseal(value)


def read_checked(value: bytes) -> Read:
    """Read the same after all of the record was understood: for those who trust nothing."""
    whole = unseal(value)
    return read_settled(value) if isinstance(whole.event, ClaimSettled) else whole
