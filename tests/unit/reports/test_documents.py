from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from ledger.corridor import Statement as StatementState
from ledger.rules import advances
from ledger.vocabulary import FAMILIES, Hundredths
from reports import balances, breaks, notices, pools, statement, trial_balance
from reports.statements import Usage, usage_percent

DAY = date(2025, 6, 15)


def test_a_trial_balance_names_every_family_and_sums_to_zero():
    sums = {("340000", "CASH"): 5, ("340000", "FUND.OPENING"): -5, ("310000", "CASH"): 0}
    document = trial_balance.document(sums, DAY, 7)
    assert list(document["books"]) == ["310000", "340000"]
    assert list(document["books"]["310000"]) == list(FAMILIES)
    assert document["books"]["340000"]["CASH"] == "0.05"
    assert document["sums"] == {"310000": "0.00", "340000": "0.00"}
    assert document["position"] == 7


def test_a_balance_has_each_dimension_in_a_field_and_leaves_out_nothings():
    account = balances.Account("310000", "PAY.HOSP", "340000", institution="HB1")
    cash = balances.Account("310000", "CASH")
    document = balances.document({account: -100, cash: 0}, DAY, 1)
    assert document["rows"] == [
        {
            "book": "310000",
            "account": "PAY.HOSP:340000:HB1",
            "family": "PAY.HOSP",
            "counterparty": "340000",
            "clearing_class": None,
            "item": None,
            "institution": "HB1",
            "amount": "-1.00",
        }
    ]


@pytest.mark.parametrize("net", [-1, 0, 1, 69_99_99, 70_00_00, 1_00_00_00, 10**15])
@pytest.mark.parametrize("principal", [0, 1, 3, 7_77, 1_00_00_00])
def test_usage_is_that_of_the_ledger(net, principal):
    state = StatementState(
        generated_on=DAY,
        principal=principal,
        warning_yellow=Hundredths(70),
        warning_red=Hundredths(90),
        level="NORMAL",
    )
    assert usage_percent(net, principal) == advances.usage_percent(net, state)


@pytest.mark.parametrize(
    ("net", "principal", "percent", "level"),
    [
        (6_999_99, 10_000_00, "69.9999", "NORMAL"),
        (7_000_00, 10_000_00, "70.0000", "YELLOW"),
        (9_000_00, 10_000_00, "90.0000", "RED"),
        (8_999_999_99, 10_000_000_00, "90.0000", "YELLOW"),  # compared exactly, shown rounded
        (-1, 10_000_00, "0.0000", "NORMAL"),
        (1, 0, None, "RED"),
        (0, 0, None, "NORMAL"),
    ],
)
def test_levels_compare_exactly(net, principal, percent, level):
    usage = Usage("202503", net, principal, 70, 90)
    assert (usage.percent, usage.level) == (percent, level)


def figures(visits, employee, items, digest):
    return SimpleNamespace(
        insured_region="340000",
        treatment_region="310000",
        period="202503",
        visits=visits,
        medfee_sumamt=200,
        employee=employee,
        resident=0,
        deduction=0,
        items=items,
        digest=f"{digest:064x}",
        principal=1000,
        warning_yellow=70,
        warning_red=90,
    )


def test_a_dispute_is_taken_out_of_figures_and_digest():
    made, removed = figures(3, 900, 4, 5), figures(-1, -500, -2, 7)
    stated = statement._stated(made, [removed], "GENERATED")
    assert (stated.visits, stated.employee, stated.items) == (2, 400, 2)
    assert stated.digest == f"{(5 - 7) % 2**256:064x}"
    assert stated.usage.level == "NORMAL"


def test_a_statement_without_items_has_no_row():
    empty = statement._stated(figures(0, 0, 0, 0), [], "CONFIRMED")
    document = statement.document([empty], "CROSS_PROVINCE", "202503", None, 1)
    assert document["rows"] == []
    assert document["totals"]["net"] == "0.00"


@pytest.mark.parametrize(
    ("steps", "closed", "status"),
    [
        (set(), False, "GENERATED"),
        ({"treatment_signed"}, False, "PART_CONFIRMED"),
        ({"insured_signed", "treatment_signed"}, False, "CONFIRMED"),
        ({"insured_signed", "treatment_signed", "noticed"}, False, "NOTICED"),
        ({"noticed"}, False, "NOTICED"),  # a notice may be dated before the confirmations
        ({"noticed"}, True, "CLOSED"),
    ],
)
def test_status(steps, closed, status):
    assert statement._status(steps, closed=closed) == status


def test_a_return_stands_marked_on_the_payers_and_the_receivers_notice():
    lines = [
        notices.NoticedLine("310000", "320000", -1_300_00, 0),
        notices.NoticedLine("320000", "310000", 55_000_00, 24_000_00),
    ]
    document = notices.document(lines, None)
    assert document["320000"]["payment"] == [
        notice("310000", "55000.00", "24000.00", "79000.00", marked=False),
        notice("310000", "1300.00", "-0.00", "1300.00", marked=True),
    ]
    assert document["310000"]["payment"] == []
    assert [line["counterparty"] for line in document["310000"]["receipt"]] == ["320000"] * 2


def notice(counterparty, employee, resident, amount, *, marked):
    return {
        "counterparty": counterparty,
        "marked": marked,
        "employee": employee,
        "resident": resident,
        "amount": amount,
    }


def test_notices_of_one_region_are_its_own():
    lines = [notices.NoticedLine("310000", "320000", 1, 0)]
    assert list(notices.document(lines, "320000")) == ["320000"]


def test_a_pool_without_statement_says_nothing_of_usage():
    measures = {("340000", "310000"): pools.Measures(200, 150, 10, 160)}
    (row,) = pools.document(measures, {})
    assert (row["unfunded"], row["free"], row["in_transit"]) == ("0.50", "-0.10", "0.10")
    assert row["level"] is row["usage_percent"] is row["clearing_period"] is None


def test_pools_of_a_region_stand_in_for_each_other():
    measures = {
        ("320000", "310000"): pools.Measures(0, 100, 0, 250),
        ("340000", "310000"): pools.Measures(0, 200, 0, 10),
    }
    assert pools.liquidity(measures) == [
        {"treatment_region": "310000", "principal": "3.00", "in_use": "2.60", "free": "0.40"}
    ]


@pytest.mark.parametrize(
    ("age", "bucket"),
    [
        (-1, "0-3"), (0, "0-3"), (3, "0-3"), (4, "4-10"), (10, "4-10"), (11, "11-30"),
        (30, "11-30"), (31, "31-60"), (60, "31-60"), (61, ">60"),
    ],
)  # fmt: skip
def test_buckets(age, bucket):
    assert breaks.bucket_of(age) == bucket


HEAD: Any = SimpleNamespace(
    break_id="X:K1",
    category="AMOUNT_MISMATCH",
    insured_region="340000",
    treatment_region="310000",
    claim_id="K1",
    difference=-1,
    opened_on="2025-03-25",
)


@pytest.mark.parametrize(
    ("steps", "state", "owner", "age"),
    [
        ([], "OPEN", None, 82),
        ([("2025-03-26", "ASSIGNED", "a"), ("2025-03-27", "ASSIGNED", "b")], "ASSIGNED", "b", 82),
        ([("2025-03-26", "ESCALATED", "r"), ("2025-03-27", "ASSIGNED", "b")], "ESCALATED", "b", 82),
        ([("2025-05-08", "RESOLVED", "NO_ISSUE")], "RESOLVED", None, 44),
        ([("2025-03-20", "RESOLVED", "NO_ISSUE")], "RESOLVED", None, -5),
    ],
)
def test_a_break_ages_until_it_is_resolved(steps, state, owner, age):
    (row,) = breaks.document([breaks.Life(HEAD, steps)], DAY, 1)["rows"]
    assert (row["state"], row["owner"], row["age_days"]) == (state, owner, age)
    assert (row["resolved_on"] is None) == (state != "RESOLVED")
