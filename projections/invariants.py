"""I1-I14 of domain.md 5.4, asked of the books; each query returns the rows that break the rule."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from ledger.vocabulary import EMPLOYEE_ONLY, ITEMS, RESIDENT_ONLY

_ALL: Final = " + ".join(ITEMS)
_BALANCES: Final = f"""
    WITH care AS (
        SELECT insured_region i, treatment_region t, clearing_class class, sum({_ALL}) amount
        FROM care_months GROUP BY i, t, class
    ),
    booked AS (
        SELECT a.book, a.family, a.counterparty, a.clearing_class class, sum(m.amount) amount
        FROM account_months m JOIN accounts a ON a.account = m.account
        GROUP BY 1, 2, 3, 4
    ),
    balance AS (
        SELECT book, family, counterparty, class, sum(amount) amount FROM (
            SELECT * FROM booked
            UNION ALL SELECT i, 'PAY.ACCRUED', t, class, -amount FROM care
            UNION ALL SELECT t, 'ADV.CARE', i, class, amount FROM care
            UNION ALL SELECT i, 'EXP', t, class, amount FROM care
        ) part GROUP BY 1, 2, 3, 4
    ),
    line AS (
        SELECT scheme, period, insured_region i, treatment_region t, sum(employee) employee,
               sum(resident) resident
        FROM statements GROUP BY 1, 2, 3, 4
    ),
    step AS (
        SELECT scheme, period, insured_region i, treatment_region t,
               sum(CASE WHEN step IN ('insured_signed', 'treatment_signed') THEN 1 ELSE 0 END)
                   signed,
               sum(CASE step WHEN 'paid' THEN amount WHEN 'received' THEN -amount ELSE 0 END)
                   transit,
               sum(CASE step WHEN 'noticed' THEN amount ELSE 0 END) noticed,
               sum(CASE step WHEN 'noticed' THEN 1 ELSE 0 END) notices
        FROM statement_steps GROUP BY 1, 2, 3, 4
    )
"""  # noqa: S608 -- our own names


class Invariant(NamedTuple):
    """A rule of the books: its number, what must hold, and the query for what breaks it."""

    number: str
    rule: str
    query: str


def _mirror(mine: str, other: str, sums: str) -> str:
    """Return the query for pairs where two mirror accounts leave other than what is moving."""
    return f"""
        SELECT i, t, sum(amount) FROM (
            SELECT book i, counterparty t, amount FROM balance WHERE family = '{mine}'
            UNION ALL SELECT counterparty, book, amount FROM balance WHERE family = '{other}'
            UNION ALL {sums}
        ) part GROUP BY i, t HAVING sum(amount) != 0
    """  # noqa: S608 -- our own names


def _forbidden(cls: str, items: frozenset[str]) -> str:
    wrong = " OR ".join(f"{item} != 0" for item in ITEMS if item in items)
    return f"SELECT * FROM care_days WHERE clearing_class = '{cls}' AND ({wrong})"  # noqa: S608


INVARIANTS: Final = (
    Invariant(
        "I1",
        "every book balances on every day",
        "SELECT day, book, sum(amount) FROM book_days GROUP BY day, book HAVING sum(amount) != 0",
    ),
    Invariant(
        "I3",
        "ADV.PREPAID less ADV.POOL is the advance money on the way",
        _mirror(
            "ADV.PREPAID",
            "ADV.POOL",
            "SELECT insured_region, treatment_region, -amount FROM pool_days "
            "WHERE measure = 'in_transit'",
        ),
    ),
    Invariant(
        "I3",
        "advance money on the way is never below 0",
        "SELECT insured_region, treatment_region, sum(amount) FROM pool_days "
        "WHERE measure = 'in_transit' GROUP BY 1, 2 HAVING sum(amount) < 0",
    ),
    Invariant(
        "I4",
        "PAY.ACCRUED and ADV.CARE mirror each other, class by class",
        """
        SELECT i, t, class, sum(amount) FROM (
            SELECT book i, counterparty t, class, amount FROM balance WHERE family = 'PAY.ACCRUED'
            UNION ALL
            SELECT counterparty, book, class, amount FROM balance WHERE family = 'ADV.CARE'
        ) part GROUP BY i, t, class HAVING sum(amount) != 0
        """,
    ),
    Invariant(
        "I5",
        "RECV.CLEAR less PAY.CLEAR is the clearing money on the way",
        _mirror("PAY.CLEAR", "RECV.CLEAR", "SELECT i, t, -transit FROM step WHERE noticed > 0"),
    ),
    Invariant(
        "I6",
        "RECV.RETURN less PAY.RETURN is the returned money on the way",
        _mirror("RECV.RETURN", "PAY.RETURN", "SELECT i, t, -transit FROM step WHERE noticed < 0"),
    ),
    Invariant(
        "I5",
        "money on the way is never below 0",
        "SELECT * FROM step WHERE transit < 0",
    ),
    Invariant(
        "I7",
        "cash, money on the way and payments to hospitals are what came in",
        """
        SELECT sum(amount) FROM (
            SELECT amount FROM balance WHERE family IN ('CASH', 'FUND.OPENING', 'INC.INTEREST')
            UNION ALL SELECT amount FROM booked WHERE family = 'PAY.HOSP'
            UNION ALL SELECT transit FROM step
            UNION ALL SELECT amount FROM pool_days WHERE measure = 'in_transit'
        ) part HAVING sum(amount) != 0
        """,
    ),
    Invariant(
        "I8",
        "a notice says what its statement says, and only one is issued",
        """
        SELECT line.scheme, line.period, line.i, line.t, employee + resident, noticed
        FROM line JOIN step USING (scheme, period, i, t)
        WHERE notices > 1 OR (notices = 1 AND noticed != employee + resident)
        """,
    ),
    Invariant(
        "I10",
        "a statement does not change once a side has signed",
        """
        SELECT s.scheme, s.period, s.insured_region, s.treatment_region, s.position
        FROM statements s JOIN (
            SELECT scheme, period, insured_region, treatment_region, min(position) first
            FROM statement_steps GROUP BY 1, 2, 3, 4
        ) f USING (scheme, period, insured_region, treatment_region)
        WHERE s.position > first
        """,
    ),
    Invariant(
        "I11",
        "EXP is what was stated and signed, and PAY.ACCRUED the rest",
        """
        SELECT i, t, class, sum(amount) FROM (
            SELECT book i, counterparty t, class, amount FROM balance
            WHERE family IN ('EXP', 'PAY.ACCRUED')
            UNION ALL SELECT i, t, 'EMPLOYEE', -employee
            FROM line JOIN step USING (scheme, period, i, t)
            WHERE signed = 2 AND employee + resident != 0
            UNION ALL SELECT i, t, 'RESIDENT', -resident
            FROM line JOIN step USING (scheme, period, i, t)
            WHERE signed = 2 AND employee + resident != 0
        ) part GROUP BY i, t, class HAVING sum(amount) != 0
        """,
    ),
    Invariant(
        "I12",
        "no item of employees is booked for residents",
        _forbidden("RESIDENT", EMPLOYEE_ONLY),
    ),
    Invariant(
        "I12",
        "no item of residents is booked for employees",
        _forbidden("EMPLOYEE", RESIDENT_ONLY),
    ),
    Invariant(
        "I13",
        "a pool's principal is what ADV.POOL holds",
        """
        SELECT i, t, sum(amount) FROM (
            SELECT counterparty i, book t, amount FROM balance WHERE family = 'ADV.POOL'
            UNION ALL SELECT insured_region, treatment_region, amount FROM pool_days
            WHERE measure = 'principal'
        ) part GROUP BY i, t HAVING sum(amount) != 0
        """,
    ),
    Invariant(
        "I14",
        "no corridor leads from a region to itself",
        "SELECT * FROM corridors WHERE insured_region = treatment_region",
    ),
)


def broken(connection: Connection) -> Iterator[str]:
    """Return a sentence for each invariant that does not hold, with the first row that shows it."""
    for each in INVARIANTS:
        row = connection.execute(text(_BALANCES + each.query)).first()
        if row is not None:
            values = tuple(int(v) if isinstance(v, Decimal) else v for v in row)
            yield f"{each.number}: {each.rule}; not so: {values}"
