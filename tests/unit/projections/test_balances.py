from typing import Any

from ledger.money import yuan
from tests.property.memory import MemoryLedger
from tests.scenario import world
from tests.scenario.world import AH, JS, SH


def books(*lines: Any) -> MemoryLedger:
    ledger = MemoryLedger()
    outcomes = ledger.submit(list(lines))
    assert {each["outcome"] for each in outcomes} == {"accepted"}
    ledger.flush()
    return ledger


def test_a_book_of_nothing_is_a_book() -> None:
    """Opened with 0.00 it posts nothing; its column of the trial balance is all zeros."""
    ledger = books(
        *(world.region(code) for code in (AH, SH)),
        world.book(AH, "0.00", on="2025-02-01"),
        world.book(SH, "5.00", on="2025-03-01"),
    )
    found = ledger.report("trial-balance", as_of="2025-02-15")["books"]
    assert found.keys() == {AH}
    assert set(found[AH].values()) == {"0.00"}
    assert ledger.report("trial-balance", as_of="2025-01-31")["books"] == {}
    later = ledger.report("trial-balance", as_of="2025-03-01")["books"]
    assert later[SH]["CASH"] == "5.00"
    assert ledger.report("balances", as_of="2025-02-15")["rows"] == []
    ledger.close()


def test_accounts_keep_their_numbers_over_restarts() -> None:
    """In the order in which the log meets them; a restart reads them again."""
    lines = [*world.three_provinces(), world.pay_hospital([(AH, "5.00"), (JS, "6.00")])]
    once = books(*lines)
    often = MemoryLedger()
    for line in lines:
        often.submit([line])
        often.restart()
    assert often.tables()["accounts"] == once.tables()["accounts"]
    numbers = [row[0] for row in once.tables()["accounts"]]
    assert numbers == list(range(1, len(numbers) + 1))
    once.close()
    often.close()


def test_a_deduction_and_its_release_leave_a_row_of_nothing() -> None:
    """Care is summed by day: what was taken and given back on one day is 0, and is still there."""
    ledger = books(
        *world.corridor(),
        world.settle("K1"),
        (taken := world.deduct("K1", "7.00")),
        world.release_deduction("K1", str(taken["command_id"]), "7.00", on="2025-03-20"),
    )
    rows = [row for row in ledger.tables()["care_days"] if row[0] == "2025-03-20"]
    assert len(rows) == 1
    assert set(rows[0][5:]) == {0}
    assert ledger.report("balances", as_of="2025-03-20") == {
        **ledger.report("balances", as_of="2025-03-19"),
        "as_of": "2025-03-20",
    }
    ledger.close()


def test_every_day_of_a_month_is_the_sum_of_the_days_up_to_it() -> None:
    """The report adds days, or takes them away from the month: each day here moves another sum."""
    days = [f"2025-03-{day:02d}" for day in range(1, 32)]
    ledger = books(
        *world.corridor(),
        *(
            world.settle(f"K{n}", on=day, hifp_pay=f"{n}.00", medfee_sumamt=f"{n}.00")
            for n, day in enumerate(days, 1)
        ),
        *(world.pay_hospital([(AH, f"0.{n:02d}")], on=day) for n, day in enumerate(days, 1)),
    )
    for n, day in enumerate([*days, "2025-04-01"], 1):
        last = min(n, 31)
        care, paid = 100 * last * (last + 1) // 2, last * (last + 1) // 2
        rows = ledger.report("balances", as_of=day)["rows"]
        found = {(row["book"], row["family"]): row["amount"] for row in rows}
        assert found[AH, "EXP"] == yuan(care), day
        assert found[SH, "ADV.CARE"] == yuan(care), day
        assert found[SH, "PAY.HOSP"] == yuan(paid - care), day
    ledger.close()
