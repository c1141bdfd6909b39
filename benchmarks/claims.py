"""A file of claims over every corridor of 32 provinces, the same for the same number."""

import json
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from ledger.money import yuan

_CODES = (
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 "
    "42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 66"
)
PROVINCES = tuple(f"{code}0000" for code in _CODES.split())
FIRST = date(2025, 3, 1)


def write_file(path: Path, claims: int, *, first: date = FIRST, before: int = 0) -> int:
    """Write registers, books, pools and claims of one month; return the number of lines.

    Of a later month, after so many claims `before`, the claims alone.
    """
    lines = 0
    with path.open("w", encoding="utf-8") as out:
        for command in commands(claims, first=first, before=before):
            out.write(json.dumps(command, ensure_ascii=False) + "\n")
            lines += 1
    return lines


def write_statements(folder: Path, month: date) -> Path:
    """Write the command that states a month, and return its file."""
    period = f"{month:%Y%m}"
    command = {
        "type": "GenerateStatements",
        "command_id": f"statements-{period}",
        "on": next_month(month).replace(day=21).isoformat(),
        "scheme": "CROSS_PROVINCE",
        "period": period,
    }
    file = folder / "statements.jsonl"
    file.write_text(json.dumps(command) + "\n", encoding="utf-8")
    return file


def next_month(month: date) -> date:
    """Return the first day of the month after one."""
    return (month + timedelta(days=31)).replace(day=1)


def commands(claims: int, *, first: date = FIRST, before: int = 0) -> Iterator[dict[str, Any]]:
    """Return the commands: what claims need, then the claims by date."""
    if not before:
        yield from _opening()
    random = Random(claims)
    pairs = [(i, t) for i in PROVINCES for t in PROVINCES if i != t]
    running = list(accumulate(random.paretovariate(1.2) for _ in pairs))
    days = monthrange(first.year, first.month)[1]
    for number in range(claims):
        (pair,) = random.choices(pairs, cum_weights=running)
        yield _claim(random, before + number, pair, first + timedelta(number * days // claims))


def _opening() -> Iterator[dict[str, Any]]:
    on = "2025-01-01"
    for code in PROVINCES:
        yield {
            "type": "RegisterRegion",
            "command_id": f"region-{code}",
            "on": on,
            "code": code,
            "name_zh": "省",
            "name_en": "Province",
            "level": "province",
        }
        yield {
            "type": "OpenBook",
            "command_id": f"book-{code}",
            "on": on,
            "region": code,
            "cash": "1000000000.00",
        }
    yield {
        "type": "PublishWorkCalendar",
        "command_id": "calendar-2025",
        "on": on,
        "year": 2025,
        "holidays": [],
        "makeup_workdays": [],
    }
    for i in PROVINCES:
        for t in PROVINCES:
            if i != t:
                yield {
                    "type": "OpenPool",
                    "command_id": f"pool-{i}-{t}",
                    "on": on,
                    "insured_region": i,
                    "treatment_region": t,
                    "principal": "1000000.00",
                }


def _claim(random: Random, number: int, pair: tuple[str, str], day: date) -> dict[str, Any]:
    """Return a claim: 66 % employees, one in ten a stay in hospital."""
    insured, treatment = pair
    employee = random.random() < 0.66
    inpatient = random.random() < 0.1
    total = random.randint(500_000, 9_000_000) if inpatient else random.randint(3_000, 200_000)
    fund = total * 6 // 10
    account = total // 10 if employee else 0
    return {
        "type": "SettleClaim",
        "command_id": f"settle-{number:09d}",
        "on": day.isoformat(),
        "claim_id": f"K-{number:012d}",
        "insured_region": insured,
        "treatment_region": treatment,
        "institution": f"H{treatment}-{random.randint(1, 6)}",
        "insutype": "310" if employee else "390",
        "med_type": "21" if inpatient else "11",
        "person_category": "REFERRAL",
        "medfee_sumamt": yuan(total),
        "hifp_pay": yuan(fund - fund // 8),
        "hifob_pay" if employee else "hifmi_pay": yuan(fund // 8),
        "acct_pay": yuan(account),
        "psn_cash_pay": yuan(total - fund - account),
    }
