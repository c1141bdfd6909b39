"""Money between a treatment region and its institutions. Source: domain.md 3.4, F18."""

from typing import Any

from ledger.commands import PayHospital, RecoverFromHospital
from ledger.errors import refuse
from ledger.events import Fact, HospitalPaid, HospitalRecovered
from ledger.rules.registers import need_books
from ledger.state import State


def _check(command: PayHospital | RecoverFromHospital, state: State) -> dict[str, Any]:
    for line in command.lines:
        state.corridor(line.insured_region, command.treatment_region, None)
    need_books(state, command.treatment_region)
    if not all(line.amount for line in command.lines):
        refuse("zero_amount", "a line of 0.00 moves nothing", "lines")
    return {
        "on": command.on,
        "treatment_region": command.treatment_region,
        "institution": command.institution,
        "lines": command.lines,
        "bank_serial": command.bank_serial,
    }


def pay_hospital(command: PayHospital, state: State) -> tuple[Fact, ...]:
    """Pay an institution; it does not wait for the insured region's money."""
    return (HospitalPaid(**_check(command, state)),)


def recover_from_hospital(command: RecoverFromHospital, state: State) -> tuple[Fact, ...]:
    """Take money back from an institution."""
    return (HospitalRecovered(**_check(command, state)),)
