"""Every invariant can fail: one change of the books for each, and its number is told."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from projections.database import snapshot
from projections.invariants import INVARIANTS, broken
from projections.statements import wrong_statements
from tests.property.memory import MemoryLedger
from tests.scenario import world

STATED = "scheme = 'CROSS_PROVINCE' AND insured_region = '340000' AND treatment_region = '310000'"
ACCOUNT = "SELECT account FROM accounts WHERE family = '{family}' LIMIT 1"


@pytest.fixture
def books() -> Iterator[MemoryLedger]:
    """A month from its claims to half its payment, and an advance that is on its way."""
    made = MemoryLedger()
    outcomes = made.submit(
        [
            *world.corridor(),
            world.size("120000.00"),
            world.pay_advance("15000.00"),
            world.receive_advance("9000.00"),
            world.settle("K1", acct_pay="30.00"),
            world.resident("K2", hifmi_pay="20.00"),
            world.deduct("K1", "7.00"),
            world.generate(),
            *world.confirm_all(),
            world.notices(),
            world.pay("200.00"),
            world.receive("50.00"),
            world.pay_hospital([(world.AH, "90.00")]),
        ]
    )
    assert {each["outcome"] for each in outcomes} == {"accepted"}, outcomes
    made.flush()
    yield made
    made.close()


def change(books: MemoryLedger, statement: str) -> None:
    if books.engine.dialect.name == "postgresql":
        statement = statement.replace(" AS BLOB)", " AS BYTEA)")
    with books.engine.begin() as connection:
        changed = connection.execute(text(statement))
        assert changed.rowcount >= 1, statement


def findings(books: MemoryLedger) -> list[str]:
    with snapshot(books.engine) as connection:
        return [*broken(connection), *wrong_statements(connection)]


def test_untouched_books_are_whole(books: MemoryLedger) -> None:
    assert findings(books) == []


def of_family(family: str, amount: int) -> str:
    account = ACCOUNT.format(family=family)
    return f"UPDATE account_months SET amount = amount + {amount} WHERE account = ({account})"


DAMAGE = {
    "every book balances on every day": (
        "UPDATE book_days SET amount = amount + 1 WHERE family = 'CASH' AND book = '310000'"
    ),
    "ADV.PREPAID less ADV.POOL is the advance money on the way": of_family("ADV.PREPAID", 1),
    "advance money on the way is never below 0": (
        "UPDATE pool_days SET amount = amount - 1000001 WHERE measure = 'in_transit' "
        "AND day = (SELECT min(day) FROM pool_days WHERE measure = 'in_transit')"
    ),
    "PAY.ACCRUED and ADV.CARE mirror each other, class by class": of_family("PAY.ACCRUED", 1),
    "RECV.CLEAR less PAY.CLEAR is the clearing money on the way": of_family("RECV.CLEAR", -1),
    "RECV.RETURN less PAY.RETURN is the returned money on the way": (
        "UPDATE statement_steps SET amount = -amount WHERE step = 'noticed'"
    ),
    "money on the way is never below 0": (
        "UPDATE statement_steps SET amount = 20001 WHERE step = 'received'"
    ),
    "cash, money on the way and payments to hospitals are what came in": of_family("CASH", 1),
    "a notice says what its statement says, and only one is issued": (
        "UPDATE statement_steps SET amount = amount + 1 WHERE step = 'noticed'"
    ),
    "a statement does not change once a side has signed": (
        "UPDATE statements SET position = position + 2 "
        f"WHERE {STATED} AND position = (SELECT max(position) FROM statements)"
    ),
    "EXP is what was stated and signed, and PAY.ACCRUED the rest": (
        "UPDATE statements SET resident = resident + 1"
    ),
    "no item of employees is booked for residents": (
        "UPDATE care_days SET acct_pay = 1 WHERE clearing_class = 'RESIDENT'"
    ),
    "no item of residents is booked for employees": (
        "UPDATE care_days SET hifmi_pay = 1 WHERE clearing_class = 'EMPLOYEE'"
    ),
    "a pool's principal is what ADV.POOL holds": (
        "UPDATE pool_days SET amount = amount + 1 WHERE measure = 'principal' "
        "AND day = (SELECT max(day) FROM pool_days WHERE measure = 'principal')"
    ),
    "no corridor leads from a region to itself": (
        "UPDATE corridors SET treatment_region = insured_region"
    ),
}


def test_there_is_a_change_for_every_invariant() -> None:
    assert [each.rule for each in INVARIANTS] == list(DAMAGE)


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda each: f"{each.number} {each.rule}")
def test_books_that_break_a_rule_are_told_by_its_number(books: MemoryLedger, invariant) -> None:
    change(books, DAMAGE[invariant.rule])
    sentence = f"{invariant.number}: {invariant.rule}; not so: "
    assert any(each.startswith(sentence) for each in findings(books)), findings(books)


CLAIM = "UPDATE claims SET claim ="


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE statements SET visits = visits + 1", "I8: statement 202503"),
        ("UPDATE statements SET employee = employee + 1", "I8: statement 202503"),
        ("UPDATE statements SET deduction = 0", "I8: statement 202503"),
        (f"UPDATE statements SET digest = '{'0' * 64}'", "its digest is not that of its claims"),
        (
            f"{CLAIM} replace(claim, '202503', '202504') WHERE claim_id = 'K2'",
            "I8: statement 202503",
        ),
        ("DELETE FROM claims WHERE claim_id = 'K2'", "I8: statement 202503"),
        (
            f"{CLAIM} replace(claim, '10000', '1') WHERE claim_id = 'K1'",
            "I9: claim K1 has more taken off than it had",
        ),
    ],
)
def test_a_statement_is_made_again_from_its_claims(
    books: MemoryLedger, statement: str, says: str
) -> None:
    change(books, statement)
    assert any(says in each for each in findings(books)), findings(books)


def test_what_a_dispute_took_out_is_taken_out_of_the_digest() -> None:
    ledger = MemoryLedger()
    ledger.submit(
        [
            *world.corridor(),
            world.settle("K1"),
            world.settle("K2"),
            world.settle("K3"),
            world.generate(),
            world.dispute("K1"),
            world.dispute("K3"),
        ]
    )
    ledger.flush()
    assert findings(ledger) == []
    with snapshot(ledger.engine) as connection:
        rows = connection.execute(text("SELECT visits FROM statements ORDER BY position")).all()
    assert [row.visits for row in rows] == [3, -1, -1]
    ledger.close()
