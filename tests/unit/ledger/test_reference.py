from datetime import date
from itertools import product
from typing import Any

import pytest

from ledger.errors import Refused
from ledger.events import PolicyParameterChanged, RegionRegistered
from ledger.reference import DEFAULTS, Reference
from ledger.vocabulary import RegionCode
from tests.auditor import codes
from tests.auditor.facts import Facts
from tests.auditor.facts import Refused as AuditorRefused

REGISTER = {
    "340000": ("province", None),
    "310000": ("province", None),
    "340100": ("prefecture", "340000"),
    "340200": ("prefecture", "340000"),
    "310100": ("prefecture", "310000"),
    "340101": ("pool", "340100"),
    "340102": ("pool", "340100"),
    "340201": ("pool", "340200"),
    "310101": ("pool", "310100"),
}


def registered(code: str, *, single_pool: bool) -> RegionRegistered:
    level, parent = REGISTER[code]
    fields: dict[str, Any] = {"code": code, "level": level, "parent": parent}
    return RegionRegistered(
        on=date(2025, 1, 1), name_zh="", name_en="", single_pool=single_pool, **fields
    )


@pytest.mark.parametrize(
    "single", [(), ("340000",), ("340100",), ("310100", "340000"), ("340101",)]
)
@pytest.mark.parametrize("scheme", [None, *codes.SCHEMES])
def test_every_pair_of_a_register_gives_the_auditors_corridor(
    single: tuple[str, ...], scheme: Any
) -> None:
    """81 ordered pairs, and one end that nobody knows; wherever the single pools are."""
    reference, facts = Reference(), Facts()
    for code, (level, parent) in REGISTER.items():
        reference.evolve_region(registered(code, single_pool=code in single))
        facts.regions[code] = {"level": level, "parent": parent, "single_pool": code in single}
    for insured, treatment in product([*REGISTER, "999999"], repeat=2):
        ends = (RegionCode(insured), RegionCode(treatment))
        assert found(reference, *ends, scheme) == expected(facts, insured, treatment, scheme)


def found(reference: Reference, insured: RegionCode, treatment: RegionCode, scheme: Any) -> Any:
    try:
        return tuple(reference.corridor(insured, treatment, scheme))
    except Refused as refused:
        return refused.refusal.reason, refused.refusal.field


def expected(facts: Facts, insured: str, treatment: str, scheme: Any) -> Any:
    try:
        return tuple(facts.corridor(insured, treatment, scheme))
    except AuditorRefused as refused:
        return refused.reason, refused.field


def changed(value: str, since: date) -> PolicyParameterChanged:
    return PolicyParameterChanged(
        on=date(2025, 1, 1), name="max_deferrals", value=value, effective_from=since
    )


def test_a_parameter_is_the_latest_that_has_begun_and_of_one_day_the_last_sent() -> None:
    reference = Reference()
    for value, since in (("4", date(2025, 3, 1)), ("3", date(2025, 2, 1)), ("5", date(2025, 3, 1))):
        reference.evolve_parameter(changed(value, since))
    days = [date(2025, 1, 31), date(2025, 2, 1), date(2025, 2, 28), date(2025, 3, 1)]
    assert [reference.whole("max_deferrals", day) for day in days] == [2, 3, 3, 5]


def test_a_parameter_of_days_is_cut_and_one_of_money_is_not() -> None:
    reference = Reference()
    reference.evolve_parameter(changed("2.90", date(2025, 1, 1)))
    assert reference.whole("max_deferrals", date(2025, 1, 1)) == 2
    assert reference.parameter("max_deferrals", date(2025, 1, 1)) == 290
    assert reference.parameter("inquiry_minimum", date(2025, 1, 1)) == 3_000_000


def test_defaults_are_those_of_the_contract() -> None:
    assert {name: str(value) for name, value in codes.PARAMETERS.items()} == DEFAULTS
