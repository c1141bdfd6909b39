"""The auditor against the golden files, and against itself on streams.

What it answers here the real ledger is later held against; so every outcome and every cell that
the golden files fix must be met to the last fen, and the invariants of the domain must hold
whatever is sent.
"""

import json
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from . import codes, compare, form, golden
from .auditor import RULES, Auditor
from .facts import FEN, ZERO, Corridor, Facts, Line, total
from .streams import TODAY, stream

SEEDS = range(12)

# -- golden -----------------------------------------------------------------------------------


@cache
def audited(name: str) -> tuple[Auditor, list[dict[str, Any]]]:
    auditor = Auditor(TODAY)
    history = golden.three_provinces() if name == "three-provinces" else golden.history(name)
    return auditor, auditor.submit(history.lines)


def cells_differ(auditor: Auditor, reports: list[dict[str, Any]]) -> list[str]:
    return [
        f"{each['report']} {each['args']}: {difference}"
        for each in reports
        for difference in compare.differences(auditor.report(each["report"], **each["args"]), each)
    ]


@pytest.mark.parametrize("name", golden.HISTORIES)
def test_history_gets_every_outcome(name):
    _, outcomes = audited(name)
    assert compare.outcomes_differ(outcomes, golden.history(name).outcomes) == []


@pytest.mark.parametrize("name", golden.HISTORIES)
def test_history_gets_every_cell(name):
    auditor, _ = audited(name)
    assert cells_differ(auditor, golden.history(name).reports) == []


def test_three_provinces_get_every_outcome_and_cell():
    auditor, outcomes = audited("three-provinces")
    example = golden.three_provinces()
    assert compare.outcomes_differ(outcomes, example.outcomes) == []
    assert cells_differ(auditor, example.reports) == []


def test_three_provinces_have_returns_in_transit():
    auditor, _ = audited("three-provinces")
    for expected in golden.three_provinces().returns_in_transit:
        rows = auditor.report("payments", scheme="CROSS_PROVINCE", as_of=expected["as_of"])["rows"]
        moved = [
            Decimal(row["paid"]) - Decimal(row["received"])
            for row in rows
            if row["direction"] == "return"
            if row["insured_region"] == expected["insured_region"]
            if row["treatment_region"] == expected["treatment_region"]
        ]
        assert sum(moved, ZERO) == Decimal(expected["amount"])


def test_three_provinces_refuse_what_must_be_refused():
    auditor = Auditor(TODAY)
    example = golden.three_provinces()
    auditor.submit(example.lines)
    for refusal in example.refusals:
        answer = auditor.submit([refusal["command"]])[0]
        expected = {"line": 1, **refusal["expect"]}
        assert compare.outcomes_differ([answer], [expected]) == [], refusal["command"]


def test_comparison_finds_a_fen():
    """A wrong cell, a missing row and a row too many are each told."""
    expected = {"report": "pools", "answer": {"rows": [_pool("1", "5.00"), _pool("2", "0.00")]}}
    assert compare.differences({"rows": [_pool("1", "5.01"), _pool("3", "0.01")]}, expected) == [
        "pools ('1', '9') quota: '5.01', expected '5.00'",
        "pools ('2', '9'): missing",
        "pools ('3', '9'): not expected",
    ]


def _pool(insured: str, quota: str) -> dict[str, Any]:
    return {"insured_region": insured, "treatment_region": "9", "quota": quota}


# -- form -------------------------------------------------------------------------------------

PARAMETER: dict[str, Any] = {
    "type": "SetPolicyParameter",
    "command_id": "p",
    "on": "2025-01-01",
    "name": "warning_red",
    "value": "0.95",
    "effective_from": "2025-02-01",
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"colour": "red", "value": None}, "colour"),
        ({"value": None}, "value"),
        ({"value": "0.9"}, "value"),
        ({"value": 1}, "value"),
        ({"name": "gravity"}, "name"),
        ({"on": "2025-02-29"}, "on"),
        ({"on": "20250101"}, "on"),
        ({"command_id": ""}, "command_id"),
        ({"command_id": "x" * 65}, "command_id"),
        ({"command_id": ["p"]}, "command_id"),
        ({"type": "Nonsense"}, "type"),
        ({"actor": None}, "actor"),
    ],
)
def test_one_fault_of_form_is_named(change, field):
    answer = Auditor(TODAY).submit([PARAMETER | change])[0]
    assert (answer["reason"], answer["field"]) == ("malformed", field)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"17",
        b"cut",
        b'{"type": NaN}',
        b"\xff",
        b'{"a": ' * 5000,
        json.dumps(PARAMETER).encode() + b" " * codes.LARGEST_LINE,
        json.dumps(PARAMETER).encode("utf-16"),
    ],
    ids=["list", "number", "cut", "nan", "bytes", "deep", "long", "utf-16"],
)
def test_what_is_no_command_is_malformed(line):
    answer = Auditor(TODAY).submit([line])[0]
    assert (answer["outcome"], answer["reason"]) == ("rejected", "malformed")
    assert answer["field"] in (None, "type")


def test_malformed_binds_no_id():
    auditor = Auditor(TODAY)
    lines: list[Any] = [
        PARAMETER | {"value": ""},
        PARAMETER,
        b" ",
        PARAMETER,
        PARAMETER | {"value": "0.96"},
    ]
    answers = [(each["line"], each["outcome"], each["reason"]) for each in auditor.submit(lines)]
    assert answers == [
        (1, "rejected", "malformed"),
        (2, "accepted", None),
        (4, "known", None),
        (5, "rejected", "command_id_reused"),
    ]


# -- streams ----------------------------------------------------------------------------------


@cache
def streamed(seed: int) -> tuple[Auditor, list[dict[str, Any]]]:
    auditor = Auditor(TODAY)
    return auditor, auditor.submit(stream(seed))


def test_stream_is_the_same_for_a_seed():
    assert stream(1, commands=150) == stream(1, commands=150)
    assert stream(1, commands=150) != stream(2, commands=150)


def test_streams_reach_every_type_and_reason():
    taken: set[str] = set()
    reasons: set[str | None] = set()
    for seed in SEEDS:
        auditor, outcomes = streamed(seed)
        taken |= {auditor.answers[each][0]["type"] for each in auditor.facts.accepted}
        reasons |= {each["reason"] for each in outcomes}
    assert taken == set(form.FIELDS) == set(RULES)
    assert reasons - {None} == set(codes.REASONS) - {"decider_fault"}


@pytest.mark.parametrize("seed", SEEDS)
def test_stream_is_mostly_accepted(seed):
    _, outcomes = streamed(seed)
    accepted = [each for each in outcomes if each["outcome"] == "accepted"]
    assert len(accepted) > 0.6 * len(outcomes)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_report_can_be_made_after_a_stream(seed):
    auditor, _ = streamed(seed)
    for as_of in ("1999-01-01", "2023-11-30", "2024-02-10", None):
        for name in ("trial-balance", "balances", "pools", "breaks"):
            assert auditor.report(name, as_of=as_of)
        for scheme in codes.SCHEMES:
            assert "rows" in auditor.report("payments", scheme=scheme, as_of=as_of)
            for period in ("202211", "202312", "202410"):
                assert auditor.report("statement", scheme=scheme, period=period, as_of=as_of)
                assert auditor.report("notices", scheme=scheme, period=period, as_of=as_of)


@pytest.mark.parametrize("seed", SEEDS)
def test_books_balance_on_every_day(seed):
    """I1, I2: every book is in balance day by day; no posting of 0.00, all in whole fen."""
    facts = streamed(seed)[0].facts
    sums: dict[tuple[str, Any], Decimal] = {}
    for posting in facts.postings:
        key = (posting.book, posting.on)
        sums[key] = sums.get(key, ZERO) + posting.amount
        assert posting.amount != 0
        assert posting.amount % FEN == 0
    assert set(sums.values()) <= {ZERO}


def ways(facts: Facts) -> set[tuple[str, str]]:
    """Every ordered pair of regions between which anything was posted."""
    return {
        (posting.book, posting.account.counterparty)
        for posting in facts.postings
        if posting.account.counterparty
    }


def moving(lines: list[Line | None]) -> Decimal:
    return sum((total(line.paid) - total(line.received) for line in lines if line), ZERO)


def clearing_lines(facts: Facts, insured: str, treatment: str, returns: bool) -> list[Line | None]:
    return [
        made.line
        for made in facts.statements
        if made.corridor[1:] == (insured, treatment) and made.line and made.line.returns == returns
    ]


def advance_lines(facts: Facts, insured: str, treatment: str) -> list[Line | None]:
    pools = [pool for corridor, pool in facts.pools.items() if corridor[1:] == (insured, treatment)]
    requests = [request.line for pool in pools for request in pool.requests.values()]
    return [*requests, *(pool.line for pool in pools)]


@pytest.mark.parametrize("seed", SEEDS)
def test_mirror_accounts_differ_by_what_is_in_transit(seed):
    """I3 to I6: what one book has against another, that other has against it."""
    facts = streamed(seed)[0].facts
    for insured, treatment in ways(facts):
        mirrors: tuple[tuple[str, str, list[Line | None]], ...] = (
            ("ADV.PREPAID", "ADV.POOL", advance_lines(facts, insured, treatment)),
            ("PAY.ACCRUED", "ADV.CARE", []),
            ("PAY.CLEAR", "RECV.CLEAR", clearing_lines(facts, insured, treatment, False)),
            ("RECV.RETURN", "PAY.RETURN", clearing_lines(facts, insured, treatment, True)),
        )
        for ours, theirs, lines in mirrors:
            one = facts.balance(insured, ours, treatment)
            other = facts.balance(treatment, theirs, insured)
            assert one + other == moving(lines) >= 0, (insured, treatment, ours)


@pytest.mark.parametrize("seed", SEEDS)
def test_cash_is_kept(seed):
    """I7: cash, cash in transit and cash at the hospitals are what came in."""
    facts = streamed(seed)[0].facts
    cash = sum((facts.balance(book, "CASH") for book in facts.books), ZERO)
    lines = [made.line for made in facts.statements]
    for corridor in facts.pools:
        lines += advance_lines(facts, corridor.insured, corridor.treatment)
    hospitals = total(money for _, money in facts.hospital)
    interest = -sum((facts.balance(book, "INC.INTEREST") for book in facts.books), ZERO)
    opening = -sum((facts.balance(book, "FUND.OPENING") for book in facts.books), ZERO)
    assert cash + moving(lines) + hospitals == opening + interest


@pytest.mark.parametrize("seed", SEEDS)
def test_claim_never_gives_back_more_than_was_payable(seed):
    """I9, item by item."""
    facts = streamed(seed)[0].facts
    for claim in facts.claims.values():
        left = claim.outstanding()
        assert all(0 <= left[item] <= claim.parts[item] for item in left), claim.claim_id


@pytest.mark.parametrize("seed", SEEDS)
def test_expense_is_what_is_booked_and_what_is_accrued(seed):
    """I11: the expense of a corridor is its booked lines and what is not booked yet."""
    facts = streamed(seed)[0].facts
    for corridor in {claim.corridor for claim in facts.claims.values()}:
        expense = facts.balance(corridor.insured, "EXP", corridor.treatment)
        accrued = -facts.balance(corridor.insured, "PAY.ACCRUED", corridor.treatment)
        assert expense == booked(facts, corridor) + accrued


def booked(facts: Facts, corridor: Corridor) -> Decimal:
    return sum(
        (
            made.net()
            for made in facts.statements
            if made.corridor == corridor and made.both_confirmed()
        ),
        ZERO,
    )
