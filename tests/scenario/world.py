"""The language of the rows: commands with fresh ids and plain defaults, and a standard world.

Anhui's people are treated in Shanghai, a claim pays 100.00 from the pooled fund, the month is
March 2025; a row says only where it differs. Any field may be given by name, `command_id` too.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final

Command = dict[str, object]

AH, SH, JS = "340000", "310000", "320000"
HEFEI, WUHU, NANJING = "340100", "340200", "320100"
HEFEI_1, HEFEI_2, WUHU_1, NANJING_1 = "340101", "340102", "340201", "320101"
HAINAN, HAIKOU, SANYA, HAIKOU_1, SANYA_1 = "460000", "460100", "460200", "460101", "460201"
NOWHERE: Final = "999999"

CROSS, INTRA, LOCAL = "CROSS_PROVINCE", "INTRA_PROVINCE", "INTRA_PREFECTURE"
SCHEMES: Final = (CROSS, INTRA, LOCAL)

FUND_ITEMS: Final = (
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "hifdm_pay",
    "maf_pay",
    "oth_pay",
)
PARTS: Final = (*FUND_ITEMS, "acct_pay", "psn_cash_pay", "hosp_part_amt")
FIRST_DAY: Final = "2025-01-02"
FAR_FUTURE: Final = "2999-12-31"
HOLIDAYS: Final = {
    2024: (
        *("2024-01-01", "2024-04-04", "2024-04-05", "2024-05-01", "2024-05-02", "2024-05-03"),
        *("2024-06-10", "2024-09-16", "2024-09-17", "2024-10-01", "2024-10-02", "2024-10-03"),
        *("2024-10-04", "2024-10-07"),
    ),
    2025: (
        *("2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31", "2025-02-01"),
        *("2025-02-02", "2025-02-03", "2025-02-04", "2025-04-04", "2025-04-05", "2025-04-06"),
        *("2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04", "2025-05-05"),
        *("2025-05-31", "2025-06-01", "2025-06-02"),
    ),
}
MAKEUP_WORKDAYS: Final = {2025: ("2025-01-26", "2025-02-08", "2025-04-27")}

_numbers = count(1)


def command(kind: str, on: str, **fields: object) -> Command:
    """A command with a fresh id; fields that are None are left out."""
    head: Command = {"type": kind, "command_id": f"{kind}-{next(_numbers):05d}", "on": on}
    return head | {name: value for name, value in fields.items() if value is not None}


def without(sent: Mapping[str, object], *names: str) -> Command:
    """The command less some of its fields."""
    return {name: value for name, value in sent.items() if name not in names}


def again(sent: Mapping[str, object], **changes: object) -> Command:
    """The command under the same id with other content."""
    return {**sent, **changes}


# -- dates ----------------------------------------------------------------------------------------


def month_after(period: str, months: int, day: int) -> str:
    """A day of a later month, "2025-04-21" for ("202503", 1, 21); the last day at most."""
    index = int(period[:4]) * 12 + int(period[4:]) - 1 + months
    year, month = divmod(index, 12)
    last = monthrange(year, month + 1)[1]
    return f"{year:04d}-{month + 1:02d}-{min(day, last):02d}"


# -- reference ------------------------------------------------------------------------------------


def region(code: str, level: str = "province", *, on: str = FIRST_DAY, **more: Any) -> Command:
    fields = {"name_zh": "区", "name_en": "Region", **more}
    return command("RegisterRegion", on, code=code, level=level, **fields)


def prefecture(code: str, **more: Any) -> Command:
    return region(code, "prefecture", **{"parent": f"{code[:2]}0000", **more})


def pool_area(code: str, **more: Any) -> Command:
    return region(code, "pool", **{"parent": f"{code[:4]}00", **more})


def calendar(year: int = 2025, *, on: str = FIRST_DAY, **more: Any) -> Command:
    fields = {
        "holidays": list(HOLIDAYS.get(year, ())),
        "makeup_workdays": list(MAKEUP_WORKDAYS.get(year, ())),
        **more,
    }
    return command("PublishWorkCalendar", on, year=year, **fields)


def parameter(
    name: str, value: str, effective_from: str = FIRST_DAY, *, on: str = FIRST_DAY, **more: Any
) -> Command:
    fields = {"name": name, "value": value, "effective_from": effective_from, **more}
    return command("SetPolicyParameter", on, **fields)


def fiscal_account(region: str = AH, *, on: str = FIRST_DAY, **more: Any) -> Command:
    fields = {"account_name": "财政专户", "bank": "ICBC", "account_number": "62", **more}
    return command("RegisterFiscalAccount", on, region=region, **fields)


def book(region: str, cash: str = "1000000.00", *, on: str = FIRST_DAY, **more: Any) -> Command:
    return command("OpenBook", on, region=region, cash=cash, **more)


def pool(
    i: str = AH, t: str = SH, principal: str = "100000.00", *, on: str = FIRST_DAY, **more: Any
) -> Command:
    return command(
        "OpenPool", on, insured_region=i, treatment_region=t, principal=principal, **more
    )


# -- worlds ---------------------------------------------------------------------------------------


def provinces(*calendars: int) -> list[Command]:
    """Anhui, Shanghai and Jiangsu with books of 1000000.00; calendars of 2025 and those given."""
    regions = [region(code) for code in (AH, SH, JS)]
    years = [calendar(year) for year in (2025, *calendars)]
    return [*regions, *years, *(book(code) for code in (AH, SH, JS))]


def uncalendared() -> list[Command]:
    """The three provinces with their books, and Anhui's pool at Shanghai, without a calendar."""
    regions = [region(code) for code in (AH, SH, JS)]
    return [*regions, *(book(code) for code in (AH, SH, JS)), pool()]


def corridor(*calendars: int, principal: str = "100000.00") -> list[Command]:
    """The three provinces, and one pool: Anhui's at Shanghai."""
    return [*provinces(*calendars), pool(principal=principal)]


def three_provinces() -> list[Command]:
    """The three provinces with a pool of 100000.00 for each of the six corridors."""
    pairs = [(i, t) for i in (AH, SH, JS) for t in (AH, SH, JS) if i != t]
    return [*provinces(), *(pool(i, t) for i, t in pairs)]


def registry() -> list[Command]:
    """Provinces, prefectures and pools, without books."""
    return [
        *(region(code) for code in (AH, SH, JS)),
        *(prefecture(code) for code in (HEFEI, WUHU, NANJING)),
        *(pool_area(code) for code in (HEFEI_1, HEFEI_2, WUHU_1, NANJING_1)),
    ]


def hainan(**more: Any) -> list[Command]:
    """A province that is one pool, with two prefectures and a pool in each."""
    return [
        region(HAINAN, **{"single_pool": True, **more}),
        *(prefecture(code) for code in (HAIKOU, SANYA)),
        *(pool_area(code) for code in (HAIKOU_1, SANYA_1)),
    ]


# -- claims ---------------------------------------------------------------------------------------


def settle(claim: str, i: str = AH, t: str = SH, *, on: str = "2025-03-05", **more: Any) -> Command:
    """An employee's visit of 100.00 from the pooled fund; the total is that of the parts."""
    values: dict[str, object] = {
        "institution": "H1",
        "insutype": "310",
        "med_type": "11",
        "hifp_pay": "100.00",
        "psn_cash_pay": "0.00",
        **more,
    }
    values.setdefault("medfee_sumamt", total(values))
    return command(
        "SettleClaim", on, claim_id=claim, insured_region=i, treatment_region=t, **values
    )


def resident(
    claim: str, i: str = AH, t: str = SH, *, on: str = "2025-03-05", **more: Any
) -> Command:
    return settle(claim, i, t, on=on, **{"insutype": "390", **more})


def total(values: Mapping[str, object]) -> str:
    """The sum of the parts of a claim, in yuan."""
    fen = sum(int(str(values[name]).replace(".", "")) for name in PARTS if values.get(name))
    return f"{fen // 100}.{fen % 100:02d}"


def reverse(claim: str, *, on: str = "2025-03-06", **more: Any) -> Command:
    return command("ReverseClaim", on, claim_id=claim, **{"cause": "CANCEL_SAME_DAY", **more})


def deduct(claim: str, amount: str, *, on: str = "2025-03-20", **more: Any) -> Command:
    fields = {"amount": amount, "reason_code": "NON_COMPLIANT_CHARGE", **more}
    return command("DeductClaim", on, claim_id=claim, **fields)


def release_deduction(
    claim: str, deduction: str, amount: str, *, on: str = "2025-03-25", **more: Any
) -> Command:
    fields = {"deduction": deduction, "amount": amount, **more}
    return command("ReleaseDeduction", on, claim_id=claim, **fields)


def refund(
    claim: str, amount: str | None = None, *, on: str = "2025-03-20", **more: Any
) -> Command:
    fields = {"cause": "REFUND_NON_CONSECUTIVE", "amount": amount, **more}
    return command("RefundClaim", on, claim_id=claim, **fields)


def recover(claim: str, amount: str, *, on: str = "2025-03-20", **more: Any) -> Command:
    fields = {"amount": amount, "reason_code": "VIOLATION", **more}
    return command("RecoverClaim", on, claim_id=claim, **fields)


def hold(claim: str, *, on: str = "2025-04-01", **more: Any) -> Command:
    return command("HoldClaim", on, claim_id=claim, **{"reason": "to be looked at", **more})


def release(claim: str, *, on: str = "2025-04-22", **more: Any) -> Command:
    return command("ReleaseClaim", on, claim_id=claim, **more)


def manual(
    reference: str = "M1", i: str = AH, t: str = SH, *, on: str = "2025-03-10", **more: Any
) -> Command:
    """A manual reimbursement of 100.00 that matches no claim."""
    fields = {
        "claim_ref": reference,
        "insured_region": i,
        "treatment_region": t,
        "institution": "H1",
        "person_token": "nobody",
        "amount": "100.00",
        **more,
    }
    return command("RecordManualReimbursement", on, **fields)


def open_inquiry(claim: str, *, on: str = "2025-04-01", **more: Any) -> Command:
    return command("OpenInquiry", on, claim_id=claim, **{"question": "Referred?", **more})


def answer_inquiry(
    claim: str, result: str = "NO_ISSUE", *, on: str = "2025-04-10", **more: Any
) -> Command:
    return command("AnswerInquiry", on, claim_id=claim, result=result, **more)


def confirm_inquiry(claim: str, *, on: str = "2025-04-15", **more: Any) -> Command:
    return command("ConfirmInquiry", on, claim_id=claim, **more)


# -- advances -------------------------------------------------------------------------------------


def _at_corridor(kind: str, i: str, t: str, on: str, **fields: object) -> Command:
    return command(kind, on, insured_region=i, treatment_region=t, **fields)


def size(
    quota: str | None = None,
    i: str = AH,
    t: str = SH,
    *,
    year: int = 2025,
    on: str = "2025-01-24",
    **more: Any,
) -> Command:
    """The annual sizing to a quota: each month of the quarter is half of it (own Q4: None)."""
    fields: dict[str, object] = {"year": year}
    if quota is not None:
        fen = int(quota.replace(".", "")) // 2
        fields["q4"] = [f"{fen // 100}.{fen % 100:02d}"] * 3
    return _at_corridor("SizeAdvance", i, t, on, **{**fields, **more})


def pay_advance(
    amount: str, i: str = AH, t: str = SH, *, on: str = "2025-02-14", **more: Any
) -> Command:
    fields = {"amount": amount, "bank_serial": "B1"}
    return _at_corridor("PayAdvance", i, t, on, **{**fields, **more})


def receive_advance(
    amount: str, i: str = AH, t: str = SH, *, on: str = "2025-02-17", **more: Any
) -> Command:
    fields = {"amount": amount, "bank_serial": "B1"}
    return _at_corridor("ConfirmAdvanceReceipt", i, t, on, **{**fields, **more})


def return_advance(
    amount: str, i: str = AH, t: str = SH, *, on: str = "2025-02-14", **more: Any
) -> Command:
    fields = {"amount": amount, "bank_serial": "B1"}
    return _at_corridor("PayAdvanceReturn", i, t, on, **{**fields, **more})


def receive_advance_return(
    amount: str, i: str = AH, t: str = SH, *, on: str = "2025-02-17", **more: Any
) -> Command:
    fields = {"amount": amount, "bank_serial": "B1"}
    return _at_corridor("ConfirmAdvanceReturnReceipt", i, t, on, **{**fields, **more})


def ask_increase(
    period: str = "202503", i: str = AH, t: str = SH, *, on: str = "2025-04-25", **more: Any
) -> Command:
    return _at_corridor("RequestEmergencyIncrease", i, t, on, **{"period": period, **more})


def decide_increase(
    request: str,
    approved: str,
    i: str = AH,
    t: str = SH,
    *,
    on: str = "2025-04-29",
    **more: Any,
) -> Command:
    fields = {"request": request, "approved_amount": approved}
    return _at_corridor("DecideEmergencyIncrease", i, t, on, **{**fields, **more})


def interest(
    region: str = SH, amount: str = "50.00", *, on: str = "2025-03-21", **more: Any
) -> Command:
    fields = {"amount": amount, "bank_serial": "B1", **more}
    return command("CreditPoolInterest", on, region=region, **fields)


# -- clearing -------------------------------------------------------------------------------------


def generate(
    period: str = "202503", scheme: str = CROSS, *, on: str | None = None, **more: Any
) -> Command:
    day = on or month_after(period, 1, 21)
    return command("GenerateStatements", day, scheme=scheme, period=period, **more)


def confirm(
    period: str, region: str, scheme: str = CROSS, *, on: str | None = None, **more: Any
) -> Command:
    day = on or month_after(period, 1, 24)
    return command("ConfirmStatement", day, scheme=scheme, period=period, region=region, **more)


def confirm_all(
    period: str = "202503",
    regions: Iterable[str] = (AH, SH),
    scheme: str = CROSS,
    *,
    on: str | None = None,
) -> list[Command]:
    return [confirm(period, region, scheme, on=on) for region in regions]


def dispute(
    claim: str,
    period: str = "202503",
    i: str = AH,
    t: str = SH,
    *,
    on: str | None = None,
    **more: Any,
) -> Command:
    fields = {"period": period, "claim_id": claim, "reason": "not ours"}
    day = on or month_after(period, 1, 22)
    return _at_corridor("DisputeStatementLine", i, t, day, **{**fields, **more})


def notices(
    period: str = "202503", scheme: str = CROSS, *, on: str | None = None, **more: Any
) -> Command:
    day = on or month_after(period, 1, 31)
    return command("IssueNotices", day, scheme=scheme, period=period, **more)


def stated(period: str = "202503", regions: Iterable[str] = (AH, SH)) -> list[Command]:
    """Statements of the period, confirmed by the regions."""
    return [generate(period), *confirm_all(period, regions)]


def noticed(period: str = "202503", regions: Iterable[str] = (AH, SH)) -> list[Command]:
    """Statements of the period, confirmed by the regions, with their notices."""
    return [*stated(period, regions), notices(period)]


def _payment(
    kind: str, corridor: tuple[str, str], period: str, on: str | None, **fields: Any
) -> Command:
    day = on or month_after(period, 2, 15)
    return _at_corridor(kind, *corridor, day, **{"period": period, "bank_serial": "B1", **fields})


def submit_to_finance(
    period: str = "202503", i: str = AH, t: str = SH, *, on: str | None = None, **more: Any
) -> Command:
    day = on or month_after(period, 2, 6)
    return _at_corridor("SubmitToFinance", i, t, day, **{"period": period, **more})


def pay(
    amount: str,
    period: str = "202503",
    i: str = AH,
    t: str = SH,
    *,
    on: str | None = None,
    **more: Any,
) -> Command:
    return _payment("PayClearing", (i, t), period, on, **{"amount": amount, **more})


def receive(
    amount: str,
    period: str = "202503",
    i: str = AH,
    t: str = SH,
    *,
    on: str | None = None,
    **more: Any,
) -> Command:
    return _payment("ConfirmClearingReceipt", (i, t), period, on, **{"amount": amount, **more})


def pay_return(
    amount: str,
    period: str = "202504",
    i: str = AH,
    t: str = SH,
    *,
    on: str | None = None,
    **more: Any,
) -> Command:
    return _payment("PayReturn", (i, t), period, on, **{"amount": amount, **more})


def receive_return(
    amount: str,
    period: str = "202504",
    i: str = AH,
    t: str = SH,
    *,
    on: str | None = None,
    **more: Any,
) -> Command:
    return _payment("ConfirmReturnReceipt", (i, t), period, on, **{"amount": amount, **more})


def paid_and_received(amount: str, period: str = "202503") -> list[Command]:
    return [pay(amount, period), receive(amount, period)]


def return_line() -> list[Command]:
    """March: 100.00 stated. April: refunded, so -100.00 is stated and confirmed."""
    return [
        *corridor(),
        settle("K1"),
        *noticed("202503"),
        refund("K1", on="2025-04-28"),
        *stated("202504"),
    ]


def pay_hospital(
    lines: Sequence[tuple[str, str]] = ((AH, "100.00"),),
    t: str = SH,
    *,
    on: str = "2025-04-22",
    **more: Any,
) -> Command:
    fields = {"institution": "H1", "lines": hospital_lines(*lines), "bank_serial": "B1", **more}
    return command("PayHospital", on, treatment_region=t, **fields)


def recover_from_hospital(
    lines: Sequence[tuple[str, str]] = ((AH, "100.00"),),
    t: str = SH,
    *,
    on: str = "2025-04-22",
    **more: Any,
) -> Command:
    fields = {"institution": "H1", "lines": hospital_lines(*lines), "bank_serial": "B1", **more}
    return command("RecoverFromHospital", on, treatment_region=t, **fields)


def hospital_lines(*lines: tuple[str, str]) -> list[Command]:
    return [{"insured_region": i, "amount": amount} for i, amount in lines]


def close_period(
    period: str = "202503", scheme: str = CROSS, *, on: str | None = None, **more: Any
) -> Command:
    day = on or month_after(period, 3, 1)
    return command("ClosePeriod", day, scheme=scheme, period=period, **more)


def close_year(year: int, scheme: str = CROSS, *, on: str | None = None, **more: Any) -> Command:
    return command("CloseYear", on or f"{year + 1}-03-31", scheme=scheme, year=year, **more)


def closed_year(year: int = 2024) -> list[Command]:
    """The year of the corridor's scheme, closed; only its December was stated, as a zero line."""
    december = f"{year}12"
    return [*stated(december), close_period(december), close_year(year)]


# -- reconciliation -------------------------------------------------------------------------------


def day_row(
    claim: str,
    medfee: str = "100.00",
    fund: str = "100.00",
    acct: str = "0.00",
    cash: str = "0.00",
    *,
    status: str = "SETTLED",
) -> Command:
    return {
        "claim_id": claim,
        "medfee_sumamt": medfee,
        "fund_pay_sumamt": fund,
        "acct_pay": acct,
        "psn_cash_pay": cash,
        "status": status,
    }


def report_day(
    party: str,
    *rows: Mapping[str, object],
    date: str = "2025-03-05",
    i: str = AH,
    t: str = SH,
    on: str | None = None,
    **more: Any,
) -> Command:
    fields = {"party": party, "date": date, "rows": list(rows)}
    return _at_corridor("ReportDailyClaims", i, t, on or date, **{**fields, **more})


def reconcile(
    date: str = "2025-03-05", i: str = AH, t: str = SH, *, on: str | None = None, **more: Any
) -> Command:
    return _at_corridor("ReconcileDay", i, t, on or date, **{"date": date, **more})


def reconciled(
    insured: Sequence[Command],
    treatment: Sequence[Command],
    national: Sequence[Command],
    *,
    date: str = "2025-03-05",
    i: str = AH,
    t: str = SH,
    on: str | None = None,
) -> list[Command]:
    """The reports of the three parties for a day, and the run."""
    views = {"insured": insured, "treatment": treatment, "national": national}
    reports = [
        report_day(party, *rows, date=date, i=i, t=t, on=on) for party, rows in views.items()
    ]
    return [*reports, reconcile(date, i, t, on=on)]


def missing_at_insured(*claims: str, date: str = "2025-03-05") -> list[Command]:
    """A run of the day in which the insured region knows none of the claims (100.00 each)."""
    rows = [day_row(claim) for claim in claims]
    return reconciled([], rows, rows, date=date)


def assign(break_id: str, *, on: str = "2025-03-10", **more: Any) -> Command:
    return command("AssignBreak", on, break_id=break_id, **{"owner": "desk 1", **more})


def escalate(break_id: str, *, on: str = "2025-03-12", **more: Any) -> Command:
    return command("EscalateBreak", on, break_id=break_id, **{"reason": "no answer", **more})


def resolve(
    break_id: str,
    resolution: str = "INSURED_ACCEPTS",
    *,
    on: str = "2025-03-15",
    **more: Any,
) -> Command:
    return command("ResolveBreak", on, break_id=break_id, resolution=resolution, **more)
