"""`malformed` by form alone: what can be said of one line without any knowledge of the ledger."""

import json
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from . import codes

Check = Callable[[Any], bool]
Command = dict[str, Any]


class Malformed(Exception):
    """The line is no command; `field` is the top-level field at fault, if there is one."""

    def __init__(self, field: str | None, command_id: str | None = None) -> None:
        super().__init__(field)
        self.field = field
        self.command_id = command_id


class Doubled(dict[str, Any]):
    """A JSON object in which a key stood twice: one of the values would be lost."""

    key = ""


# -- values ---------------------------------------------------------------------------------


def text(value: Any) -> bool:
    return isinstance(value, str)


def pattern(expression: str) -> Check:
    compiled = re.compile(expression)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def one_of(values: Iterable[str]) -> Check:
    known = frozenset(values)
    return lambda value: isinstance(value, str) and value in known


def list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(each) for each in value)


money = pattern(r"[0-9]+\.[0-9]{2}")
region = pattern(r"[0-9]{6}")
number = pattern(r"[0-9]+(\.[0-9]{2})?")
_day_form = pattern(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_period_form = pattern(r"[0-9]{4}(0[1-9]|1[0-2])")


def day(value: Any) -> bool:
    if not _day_form(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def period(value: Any) -> bool:
    # The year 0000 is no year of the calendar, so 000001 is no period.
    return _period_form(value) and value[:4] != "0000"


def whole_year(value: Any) -> bool:
    return type(value) is int and 1000 <= value <= 9999


def flag(value: Any) -> bool:
    return isinstance(value, bool)


def identifier(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= 64


def three_amounts(value: Any) -> bool:
    return list_of(money)(value) and len(value) == 3


def item_amounts(value: Any) -> bool:
    return isinstance(value, dict) and all(
        key in codes.ITEMS and money(amount) for key, amount in value.items()
    )


def exactly(fields: dict[str, Check]) -> Check:
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == fields.keys()
        and all(check(value[name]) for name, check in fields.items())
    )


_row = exactly(
    {
        "claim_id": text,
        "medfee_sumamt": money,
        "fund_pay_sumamt": money,
        "acct_pay": money,
        "psn_cash_pay": money,
        "status": one_of(codes.ROW_STATUSES),
    }
)
_line = exactly({"insured_region": region, "amount": money})


def _unique(rows: list[dict[str, Any]], key: str) -> bool:
    return len({row[key] for row in rows}) == len(rows)


def daily_rows(value: Any) -> bool:
    return list_of(_row)(value) and _unique(value, "claim_id")


def hospital_lines(value: Any) -> bool:
    return list_of(_line)(value) and len(value) > 0 and _unique(value, "insured_region")


# -- commands: a name that ends in "?" is optional -------------------------------------------

scheme = one_of(codes.SCHEMES)
COMMON: dict[str, Check] = {
    "type": text,
    "command_id": identifier,
    "on": day,
    "actor?": text,
    "correlation_id?": text,
}
PAIR: dict[str, Check] = {"insured_region": region, "treatment_region": region}
CORRIDOR: dict[str, Check] = {"scheme?": scheme, **PAIR}
BANK: dict[str, Check] = {"amount": money, "bank_serial": text}
PART: dict[str, Check] = {"amount": money, "reason_code": text, "items?": item_amounts}
HOSPITAL: dict[str, Check] = {
    "treatment_region": region,
    "institution": text,
    "lines": hospital_lines,
    "bank_serial": text,
}
SCHEME_PERIOD: dict[str, Check] = {"scheme": scheme, "period": period}
ONE_CLAIM: dict[str, Check] = {"claim_id": text}
ONE_BREAK: dict[str, Check] = {"break_id": text}
CLEARING: dict[str, Check] = {**CORRIDOR, "period": period, **BANK}

FIELDS: dict[str, dict[str, Check]] = {
    "RegisterRegion": {
        "code": region,
        "name_zh": text,
        "name_en": text,
        "level": one_of(codes.LEVELS),
        "parent?": region,
        "single_pool?": flag,
    },
    "PublishWorkCalendar": {
        "year": whole_year,
        "holidays": list_of(day),
        "makeup_workdays": list_of(day),
    },
    "SetPolicyParameter": {
        "name": one_of(codes.PARAMETERS),
        "value": number,
        "effective_from": day,
    },
    "RegisterFiscalAccount": {
        "region": region,
        "account_name": text,
        "bank": text,
        "account_number": text,
    },
    "OpenBook": {"region": region, "cash": money},
    "OpenPool": {**CORRIDOR, "principal": money},
    "SettleClaim": {
        **ONE_CLAIM,
        **CORRIDOR,
        "institution": text,
        "insutype": one_of(codes.CLASS_OF_INSUTYPE),
        "med_type": one_of(codes.MED_TYPES),
        "person_category?": one_of(codes.PERSON_CATEGORIES),
        "medfee_sumamt": money,
        "hifp_pay": money,
        **{f"{item}?": money for item in codes.FUND_ITEMS[1:]},
        "acct_pay?": money,
        "acct_mulaid_pay?": money,
        "psn_cash_pay": money,
        "hosp_part_amt?": money,
        "dise_codg?": text,
        "admitted_on?": day,
        "mdtrt_id?": text,
        "person_token?": text,
    },
    "ReverseClaim": {**ONE_CLAIM, "cause": one_of(codes.REVERSAL_CAUSES)},
    "DeductClaim": {**ONE_CLAIM, **PART},
    "ReleaseDeduction": {**ONE_CLAIM, "deduction": text, "amount": money},
    "RefundClaim": {
        **ONE_CLAIM,
        "cause": one_of(codes.REFUND_CAUSES),
        "amount?": money,
        "items?": item_amounts,
    },
    "RecoverClaim": {**ONE_CLAIM, **PART},
    "HoldClaim": {**ONE_CLAIM, "reason": text},
    "ReleaseClaim": ONE_CLAIM,
    "RecordManualReimbursement": {
        "claim_ref": text,
        **PAIR,
        "institution": text,
        "person_token": text,
        "admitted_on?": day,
        "amount": money,
        "mdtrt_id?": text,
    },
    "OpenInquiry": {**ONE_CLAIM, "question": text},
    "AnswerInquiry": {**ONE_CLAIM, "result": one_of(codes.INQUIRY_RESULTS), "reason?": text},
    "ConfirmInquiry": ONE_CLAIM,
    "SizeAdvance": {**CORRIDOR, "year": whole_year, "q4?": three_amounts},
    "PayAdvance": {**CORRIDOR, **BANK, "request?": text},
    "ConfirmAdvanceReceipt": {**CORRIDOR, **BANK, "request?": text},
    "PayAdvanceReturn": {**CORRIDOR, **BANK},
    "ConfirmAdvanceReturnReceipt": {**CORRIDOR, **BANK},
    "RequestEmergencyIncrease": {**CORRIDOR, "period": period, "amount?": money},
    "DecideEmergencyIncrease": {**CORRIDOR, "request": text, "approved_amount": money},
    "CreditPoolInterest": {"region": region, **BANK},
    "GenerateStatements": SCHEME_PERIOD,
    "ConfirmStatement": {**SCHEME_PERIOD, "region": region},
    "DisputeStatementLine": {**CORRIDOR, "period": period, **ONE_CLAIM, "reason": text},
    "IssueNotices": SCHEME_PERIOD,
    "SubmitToFinance": {**CORRIDOR, "period": period},
    "PayClearing": CLEARING,
    "ConfirmClearingReceipt": CLEARING,
    "PayReturn": CLEARING,
    "ConfirmReturnReceipt": CLEARING,
    "PayHospital": HOSPITAL,
    "RecoverFromHospital": HOSPITAL,
    "ClosePeriod": SCHEME_PERIOD,
    "CloseYear": {"scheme": scheme, "year": whole_year},
    "ReportDailyClaims": {
        "party": one_of(codes.PARTIES),
        **CORRIDOR,
        "date": day,
        "rows": daily_rows,
    },
    "ReconcileDay": {**CORRIDOR, "date": day},
    "AssignBreak": {**ONE_BREAK, "owner": text},
    "EscalateBreak": {**ONE_BREAK, "reason": text},
    "ResolveBreak": {
        **ONE_BREAK,
        "resolution": one_of(codes.RESOLUTIONS),
        "reason?": text,
        "corrections?": list_of(text),
    },
}


# -- lines -----------------------------------------------------------------------------------


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            doubled = Doubled(pairs)
            doubled.key = key
            return doubled
    return dict(pairs)


def _no_number(name: str) -> Any:
    raise ValueError(name)  # NaN and the infinities are not JSON


def _holds_doubled(value: Any) -> bool:
    inside = [value]
    while inside:
        each = inside.pop()
        if isinstance(each, Doubled):
            return True
        if isinstance(each, dict | list):
            inside += each.values() if isinstance(each, dict) else each
    return False


def _refuse_doubled(command: Command, command_id: str | None) -> None:
    # Of a key that stands twice neither value is the one meant: a wrong form, not a last word.
    if isinstance(command, Doubled):
        raise Malformed(command.key, command_id)
    for name, value in command.items():
        if _holds_doubled(value):
            raise Malformed(name, command_id)


def parse(line: bytes) -> Any:
    """The JSON value of one line, or `Malformed`."""
    if len(line.rstrip(b"\r\n")) > codes.LARGEST_LINE:
        raise Malformed(None)
    try:
        return json.loads(line.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Malformed(None) from None


def _wrong_field(command: Command, fields: dict[str, Check]) -> str | None:
    names = {name.rstrip("?") for name in fields}
    for name in command:
        if name not in names:
            return name
    for name, check in fields.items():
        plain = name.rstrip("?")
        if plain not in command:
            if not name.endswith("?"):
                return plain
        elif not check(command[plain]):
            return plain
    return None


def _wrong_together(command: Command) -> str | None:
    """What the form fixes between two fields of one command."""
    if command["type"] == "RegisterRegion":
        province = command["level"] == "province"
        return "parent" if province == ("parent" in command) else None
    if command["type"] == "AnswerInquiry":
        # A text may be empty, so an empty reason is one.
        told = command["result"] != "ISSUE" or "reason" in command
        return None if told else "reason"
    return None


def command_of(value: Any) -> Command:
    """The command that a parsed value is, or `Malformed`."""
    if not isinstance(value, dict):
        raise Malformed(None)
    named = value.get("command_id")
    command_id = named if isinstance(named, str) else None
    _refuse_doubled(value, command_id)
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        raise Malformed("type", command_id)
    wrong = _wrong_field(value, {**COMMON, **FIELDS[kind]}) or _wrong_together(value)
    if wrong is not None:
        raise Malformed(wrong, command_id)
    return value
