"""Rulings on claims: their parts, what is taken off them, holding, duplicates, inquiries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from .reports import balances, breaks, line, statement, trial_balance
from .ruling import ACCEPTED, Cells, Report, Ruling, Step, malformed, rejected, ruling
from .world import (
    AH,
    HEFEI,
    INTRA,
    JS,
    SH,
    WUHU,
    Command,
    answer_inquiry,
    book,
    closed_year,
    confirm_inquiry,
    corridor,
    deduct,
    dispute,
    escalate,
    generate,
    hold,
    manual,
    missing_at_insured,
    noticed,
    open_inquiry,
    parameter,
    recover,
    refund,
    registry,
    release,
    release_deduction,
    resident,
    resolve,
    reverse,
    settle,
    stated,
)

_MULAID: Final = "`acct_mulaid_pay` above `acct_pay`: `total_mismatch`, field `acct_mulaid_pay`"
_F11: Final = "parts that do not sum to the total (F11): `total_mismatch`, field `medfee_sumamt`"
_NOTHING: Final = "Nothing payable between the regions: `zero_amount`, field `medfee_sumamt`."
_ITEMS: Final = (
    "`items` that do not sum to `amount`, hold a zero or an item that the claim has not:"
    " `total_mismatch`, field `items`"
)
_ITEM_LEFT: Final = "an item beyond what is left of it: `exceeds_outstanding`"
_HELD: Final = (
    "On a held claim: deduct, refund, recover, reverse, release a deduction are `claim_held`, and"
    " so is holding it again"
)
_REVERSED: Final = "on a reversed claim all of these are `claim_reversed`"
_STATED: Final = "`HoldClaim` of a claim whose period is stated: `already_stated`."
_EXCEEDS: Final = (
    "Reversing a claim deducted or refunded in part (a deduction fully released again no longer"
    " counts), refunding where nothing is outstanding, releasing beyond the deduction:"
    " `exceeds_outstanding`."
)
_SPREAD: Final = (
    "A negative item without `items` is spread over the claim's outstanding items pro rata in fen,"
    " largest remainder first, ties in the order of the field list (fund items, then `acct_pay`)."
)
_OWN_ITEMS: Final = "a release is spread over that deduction's own open items"
_UNKNOWN_DEDUCTION: Final = "An unknown deduction: `deduction_unknown`"
_CAUSES: Final = (
    "`RefundClaim` causes: `REFUND_NON_CONSECUTIVE`, `REFUND_CROSS_YEAR`, `REFUND_AFTER_CLEARING`,"
    " `RECLASSIFY_CHRONIC`, `DUPLICATE_MANUAL`"
)
_STATE: Final = "the cause is not checked against the state; recovery is possible at any time"
_BREAK_OPEN: Final = "`ReleaseClaim` while a break of the claim is unresolved: `break_open`"
_ESCALATED: Final = (
    "after more than `max_deferrals` it needs a break of that claim that was ever escalated:"
    " `not_escalated`"
)
_DOUBLE: Final = (
    "Equal `mdtrt_id`, or equal (`person_token`, `institution`, `admitted_on`, amount ="
    " `medfee_sumamt`), of a direct and a manual claim opens the break `DUPLICATE_MANUAL`"
)
_ONE_INQUIRY: Final = (
    "A claim has one inquiry in its life: a second `OpenInquiry` is `inquiry_open`"
)
_STEPS: Final = (
    "`AnswerInquiry` follows `OpenInquiry` and `ConfirmInquiry` follows `AnswerInquiry`, each once;"
    " any other step is `inquiry_unknown`"
)
_INQUIRY: Final = (
    "Opening is `inquiry_not_allowed`, after these, unless the claim is `CROSS_PROVINCE`, inpatient"
    " (med_type 21, 23, 24, 52) and has a `medfee_sumamt` of at least `inquiry_minimum`."
)
_UNKNOWN: Final = "A claim_id that does not exist is always `claim_unknown`."
_EXCEEDED: Final = rejected("exceeds_outstanding")
_TAKEN: Final = (deduct, refund, recover)


def _expense(items: Mapping[str, str], employee: bool = True) -> Report:
    """What is left of the claim of Anhui, item by item."""
    kind = "EMPLOYEE" if employee else "RESIDENT"
    accounts: dict[tuple[str, ...], str] = {
        (SH, kind, item): amount for item, amount in items.items()
    }
    return balances("2025-12-31", {(AH, "EXP"): accounts})


def _payable(amount: str) -> Report:
    return trial_balance("2025-12-31", r340000={"EXP": amount}, r310000={"PAY.HOSP": f"-{amount}"})


# -- parts ----------------------------------------------------------------------------------------


def _parts() -> Iterator[Ruling]:
    world = corridor()
    yield ruling(
        "claims: the family's part is above the account's",
        _MULAID,
        *(world, settle("K1", acct_pay="10.00", acct_mulaid_pay="10.01")),
        expect=rejected("total_mismatch", "acct_mulaid_pay"),
    )
    yield ruling(
        "claims: the family's part is all of the account's",
        _MULAID,
        *(world, settle("K1", acct_pay="10.00", acct_mulaid_pay="10.00")),
        reports=_payable("110.00"),
    )
    yield ruling(
        "claims: the family's part without an account's",
        _MULAID,
        *(world, settle("K1", acct_mulaid_pay="0.01")),
        expect=rejected("total_mismatch", "acct_mulaid_pay"),
    )
    for name, total in {"above": "100.01", "below": "99.99"}.items():
        yield ruling(
            f"claims: the total is {name} its parts",
            _F11,
            *(world, settle("K1", medfee_sumamt=total)),
            expect=rejected("total_mismatch", "medfee_sumamt"),
        )
    yield ruling(
        "claims: the total is that of all parts",
        "medfee_sumamt = fund_pay_sumamt + acct_pay + psn_cash_pay + hosp_part_amt",
        *(world, settle("K1", acct_pay="20.00", psn_cash_pay="30.00", hosp_part_amt="5.00")),
        reports=_payable("120.00"),
    )
    yield ruling(
        "claims: a claim that the patient pays alone",
        _NOTHING,
        *(world, settle("K1", hifp_pay="0.00", psn_cash_pay="100.00")),
        expect=rejected("zero_amount", "medfee_sumamt"),
    )
    yield ruling(
        "claims: a claim of nothing at all",
        _NOTHING,
        *(world, settle("K1", hifp_pay="0.00")),
        expect=rejected("zero_amount", "medfee_sumamt"),
    )
    yield ruling(
        "claims: a claim that the account pays alone",
        "payable(i→t) = fund_pay_sumamt + acct_pay",
        *(world, settle("K1", hifp_pay="0.00", acct_pay="0.01")),
        reports=_payable("0.01"),
    )
    yield ruling(
        "claims: a reversed claim leaves nothing",
        "whole claim, only before its statement",
        *(world, settle("K1", acct_pay="20.00"), reverse("K1")),
        reports=trial_balance(
            "2025-12-31",
            r340000={"EXP": "0.00", "PAY.ACCRUED": "0.00"},
            r310000={"ADV.CARE": "0.00", "PAY.HOSP": "0.00"},
        ),
    )
    for cause in ("CANCEL_SAME_DAY", "TIMEOUT_REVERSAL"):
        yield ruling(
            f"claims: reversed on a later day as {cause}",
            "`cause` (`CANCEL_SAME_DAY`/`TIMEOUT_REVERSAL`)",
            *(world, settle("K1"), reverse("K1", cause=cause, on="2025-04-03")),
        )
    yield ruling(
        "claims: a claim_id is never free again",
        "`claim_id` is unique for ever",
        *(world, settle("K1"), reverse("K1"), settle("K1", on="2025-03-07")),
        expect=rejected("claim_exists"),
    )


# -- items ----------------------------------------------------------------------------------------


def _items() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1", acct_pay="50.00")]
    for made in _TAKEN:
        kind = made("K1", "1.00")["type"]
        wrong: dict[str, dict[str, str]] = {
            "sum to less": {"hifp_pay": "9.99"},
            "sum to more": {"hifp_pay": "5.00", "acct_pay": "5.01"},
            "hold a zero": {"hifp_pay": "10.00", "acct_pay": "0.00"},
            "hold an item that the claim has not": {"hifp_pay": "5.00", "hifob_pay": "5.00"},
            "hold nothing": {},
        }
        for name, items in wrong.items():
            yield ruling(
                f"claims: {kind} items that {name}",
                _ITEMS,
                world,
                made("K1", "10.00", items=items),
                expect=rejected("total_mismatch", "items"),
            )
        yield ruling(
            f"claims: {kind} items of 0.00 in the claim",
            "an item that the claim has not",
            *(corridor(), settle("K1", hifob_pay="0.00")),
            made("K1", "10.00", items={"hifob_pay": "10.00"}),
            expect=rejected("total_mismatch", "items"),
        )
        yield ruling(
            f"claims: {kind} an item beyond the claim's",
            _ITEM_LEFT,
            world,
            made("K1", "50.01", items={"acct_pay": "50.01"}),
            expect=_EXCEEDED,
        )
        yield ruling(
            f"claims: {kind} an item beyond what is left of it",
            _ITEM_LEFT,
            *(world, deduct("K1", "20.00", items={"acct_pay": "20.00"})),
            made("K1", "30.01", items={"acct_pay": "30.01"}),
            expect=_EXCEEDED,
        )
        yield ruling(
            f"claims: {kind} the items that are named",
            "`items?` {fund item: amount}",
            *(world, made("K1", "40.00", items={"hifp_pay": "10.00", "acct_pay": "30.00"})),
            reports=_expense({"hifp_pay": "90.00", "acct_pay": "20.00"}),
        )
        yield ruling(
            f"claims: {kind} beyond the claim",
            "`exceeds_outstanding` of the claim",
            world,
            made("K1", "150.01"),
            expect=_EXCEEDED,
        )
        yield ruling(
            f"claims: {kind} all of the claim",
            "cumulative negatives <= payable",
            world,
            made("K1", "150.00"),
            reports=_expense({}),
        )
    yield ruling(
        "claims: what is taken adds up",
        "cumulative negatives <= payable",
        *(world, deduct("K1", "50.00"), refund("K1", "50.00"), recover("K1", "50.01")),
        expect=_EXCEEDED,
    )


def _spread() -> Iterator[Ruling]:
    def row(
        name: str, parts: Mapping[str, str], taken: list[Command], left: Mapping[str, str]
    ) -> Ruling:
        sent = settle("K1", **parts)
        return ruling(f"claims: {name}", _SPREAD, corridor(), sent, taken, reports=_expense(left))

    three = {"hifp_pay": "1.00", "hifob_pay": "1.00", "acct_pay": "1.00"}
    last = ("hifob_pay", "hifdm_pay", "maf_pay", "oth_pay", "acct_pay")
    yield row(
        "spread pro rata",
        {"hifp_pay": "60.00", "acct_pay": "40.00"},
        [deduct("K1", "10.00")],
        {"hifp_pay": "54.00", "acct_pay": "36.00"},
    )
    yield row(
        "a fen that ties goes to the first item",
        three,
        [deduct("K1", "0.01")],
        {"hifp_pay": "0.99", "hifob_pay": "1.00", "acct_pay": "1.00"},
    )
    yield row(
        "two fen that tie go to the first two items",
        three,
        [deduct("K1", "0.02")],
        {"hifp_pay": "0.99", "hifob_pay": "0.99", "acct_pay": "1.00"},
    )
    yield row(
        "a fen goes to the largest remainder",
        {"hifp_pay": "1.00", "acct_pay": "2.00"},
        [deduct("K1", "0.01")],
        {"hifp_pay": "1.00", "acct_pay": "1.99"},
    )
    yield row(
        "remainders decide, not shares",
        {"hifp_pay": "4.00", "hifob_pay": "3.00"},
        [deduct("K1", "0.03")],
        # 0.03 x 4/7 = 1.71 fen, 0.03 x 3/7 = 1.29 fen
        {"hifp_pay": "3.98", "hifob_pay": "2.99"},
    )
    yield row(
        "the field list is the contract's, not the alphabet's",
        {"hifp_pay": "0.00", "hifob_pay": "1.00", "hifes_pay": "1.00", "cvlserv_pay": "1.00"},
        [deduct("K1", "0.01")],
        {"cvlserv_pay": "0.99", "hifes_pay": "1.00", "hifob_pay": "1.00"},
    )
    yield row(
        "hifob before hifdm before maf before oth before the account",
        {"hifp_pay": "0.00", **dict.fromkeys(last, "1.00")},
        [deduct("K1", "0.04")],
        {**dict.fromkeys(last[:-1], "0.99"), "acct_pay": "1.00"},
    )
    yield row(
        "spread over what is outstanding, not over the claim",
        {"hifp_pay": "60.00", "acct_pay": "40.00"},
        [deduct("K1", "40.00", items={"acct_pay": "40.00"}), deduct("K1", "10.00")],
        {"hifp_pay": "50.00"},
    )
    yield row(
        "a refund of part is spread",
        {"hifp_pay": "60.00", "acct_pay": "40.00"},
        [refund("K1", "0.05")],
        {"hifp_pay": "59.97", "acct_pay": "39.98"},
    )
    yield row(
        "a recovery is spread",
        {"hifp_pay": "60.00", "acct_pay": "40.00"},
        [recover("K1", "5.00")],
        {"hifp_pay": "57.00", "acct_pay": "38.00"},
    )
    yield row(
        "a family's part is no item of its own",
        {"hifp_pay": "60.00", "acct_pay": "40.00", "acct_mulaid_pay": "40.00"},
        [deduct("K1", "10.00")],
        {"hifp_pay": "54.00", "acct_pay": "36.00"},
    )
    yield ruling(
        "claims: a resident's deduction is spread",
        _SPREAD,
        *(corridor(), resident("K1", hifp_pay="1.00", hifmi_pay="1.00", maf_pay="1.00")),
        deduct("K1", "0.02"),
        reports=_expense({"hifp_pay": "0.99", "hifmi_pay": "0.99", "maf_pay": "1.00"}, False),
    )


# -- taking off and giving back -------------------------------------------------------------------


def _releases() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1", acct_pay="50.00")]
    taken = deduct("K1", "30.00", command_id="D1", items={"acct_pay": "30.00"})
    yield ruling(
        "claims: a release goes to the deduction's items",
        _OWN_ITEMS,
        *(world, taken, release_deduction("K1", "D1", "10.00")),
        reports=_expense({"hifp_pay": "100.00", "acct_pay": "30.00"}),
    )
    both = deduct("K1", "30.00", command_id="D1", items={"hifp_pay": "10.00", "acct_pay": "20.00"})
    yield ruling(
        "claims: a release is spread over the deduction's items",
        _OWN_ITEMS,
        *(world, both, release_deduction("K1", "D1", "0.01")),
        reports=_expense({"hifp_pay": "90.00", "acct_pay": "30.01"}),
    )
    yield ruling(
        "claims: a second release is spread over what is open of the deduction",
        _OWN_ITEMS,
        *(world, both, release_deduction("K1", "D1", "15.00")),
        release_deduction("K1", "D1", "15.00"),
        reports=_expense({"hifp_pay": "100.00", "acct_pay": "50.00"}),
    )
    yield ruling(
        "claims: a release beyond the deduction",
        _EXCEEDS,
        *(world, taken, release_deduction("K1", "D1", "30.01")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: releases beyond the deduction",
        _EXCEEDS,
        *(world, taken, release_deduction("K1", "D1", "20.00")),
        release_deduction("K1", "D1", "10.01"),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: another deduction does not make room for a release",
        _EXCEEDS,
        *(world, taken, deduct("K1", "30.00"), release_deduction("K1", "D1", "30.01")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a release makes room for a further deduction",
        "cumulative negatives <= payable",
        *(world, deduct("K1", "150.00", command_id="D1"), release_deduction("K1", "D1", "1.00")),
        deduct("K1", "1.00"),
        reports=_expense({}),
    )
    unknown = rejected("deduction_unknown")
    yield ruling(
        "claims: a release of no deduction",
        _UNKNOWN_DEDUCTION,
        *(world, release_deduction("K1", "D1", "1.00")),
        expect=unknown,
    )
    yield ruling(
        "claims: a release of another claim's deduction",
        _UNKNOWN_DEDUCTION,
        *(world, settle("K2"), taken, release_deduction("K2", "D1", "1.00")),
        expect=unknown,
    )
    for made in (refund, recover):
        sent = made("K1", "30.00", command_id="D1")
        yield ruling(
            f"claims: a release of a {sent['type']}",
            "`deduction` (command_id of the deduction)",
            *(world, sent, release_deduction("K1", "D1", "1.00")),
            expect=unknown,
        )
    yield ruling(
        "claims: a release of a deduction that was refused",
        _UNKNOWN_DEDUCTION,
        *(world, deduct("K1", "999.00", command_id="D1"), release_deduction("K1", "D1", "1.00")),
        expect=[_EXCEEDED, unknown],
    )


def _reversals_and_refunds() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    taken = deduct("K1", "30.00", command_id="D1")
    yield ruling(
        "claims: a claim deducted in part is not reversed",
        _EXCEEDS,
        *(world, taken, reverse("K1")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a claim refunded in part is not reversed",
        _EXCEEDS,
        *(world, refund("K1", "30.00"), reverse("K1")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a deduction released in part still counts",
        _EXCEEDS,
        *(world, taken, release_deduction("K1", "D1", "29.99"), reverse("K1")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a deduction fully released no longer counts",
        _EXCEEDS,
        *(world, taken, release_deduction("K1", "D1", "30.00"), reverse("K1")),
        reports=_expense({}),
    )
    yield ruling(
        "claims: a stated claim is not reversed",
        "only before its statement",
        *(world, generate(), reverse("K1", on="2025-04-22")),
        expect=rejected("already_stated"),
    )
    yield ruling(
        "claims: a refund without amount is all that is outstanding",
        "`amount?` (absent: all that is outstanding)",
        *(world, taken, refund("K1")),
        reports=_expense({}),
    )
    yield ruling(
        "claims: a refund without amount where nothing is outstanding",
        _EXCEEDS,
        *(world, deduct("K1", "100.00"), refund("K1")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a second refund",
        _EXCEEDS,
        *(world, refund("K1"), refund("K1", "0.01")),
        expect=_EXCEEDED,
    )
    yield ruling(
        "claims: a second refund without amount",
        _EXCEEDS,
        *(world, refund("K1"), refund("K1")),
        expect=_EXCEEDED,
    )
    whole = "without `amount`, `items` must sum to all that is outstanding"
    yield ruling(
        "claims: a refund without amount, items of less",
        whole,
        *(world, taken, refund("K1", items={"hifp_pay": "69.99"})),
        expect=rejected("total_mismatch", "items"),
    )
    yield ruling(
        "claims: a refund without amount, items of all",
        whole,
        *(world, taken, refund("K1", items={"hifp_pay": "70.00"})),
        reports=_expense({}),
    )
    for cause in (
        *("REFUND_NON_CONSECUTIVE", "REFUND_CROSS_YEAR", "REFUND_AFTER_CLEARING"),
        *("RECLASSIFY_CHRONIC", "DUPLICATE_MANUAL"),
    ):
        yield ruling(f"claims: a refund as {cause}", _CAUSES, world, refund("K1", cause=cause))
    yield ruling(
        "claims: a refund after clearing of what is not cleared",
        _STATE,
        *(world, refund("K1", "1.00", cause="REFUND_AFTER_CLEARING")),
    )
    yield ruling(
        "claims: a refund across the year within it",
        _STATE,
        *(world, stated(), refund("K1", "1.00", cause="REFUND_CROSS_YEAR", on="2025-04-28")),
    )
    yield ruling("claims: a recovery before the statement", _STATE, world, recover("K1", "1.00"))
    yield ruling(
        "claims: a recovery after the statement",
        _STATE,
        *(world, noticed(), recover("K1", "1.00", on="2025-05-10")),
    )


def _states() -> Iterator[Ruling]:
    taken = [deduct("K1", "30.00", command_id="D1")]
    actions: dict[str, Callable[[], Command]] = {
        "DeductClaim": lambda: deduct("K1", "1.00"),
        "RefundClaim": lambda: refund("K1", "1.00"),
        "RecoverClaim": lambda: recover("K1", "1.00"),
        "ReverseClaim": lambda: reverse("K1"),
        "ReleaseDeduction": lambda: release_deduction("K1", "D1", "1.00"),
        "HoldClaim": lambda: hold("K1"),
    }
    for name, made in actions.items():
        yield ruling(
            f"claims: {name} of a held claim",
            _HELD,
            *(corridor(), settle("K1"), taken, hold("K1"), made()),
            expect=rejected("claim_held"),
        )
        yield ruling(
            f"claims: {name} of a reversed claim",
            _REVERSED,
            *(corridor(), settle("K1"), taken, release_deduction("K1", "D1", "30.00")),
            *(reverse("K1"), made()),
            expect=rejected("claim_reversed"),
        )
        yield ruling(
            f"claims: {name} of a released claim",
            _HELD,
            *(corridor(), settle("K1"), hold("K1"), release("K1", on="2025-04-02")),
            *([taken] if name == "ReleaseDeduction" else []),
            made(),
        )
    yield ruling(
        "claims: a stated claim is not held",
        _STATED,
        *(corridor(), settle("K1"), generate(), hold("K1")),
        expect=rejected("already_stated"),
    )
    yield ruling(
        "claims: a late claim is held, its period is not stated",
        _STATED,
        *(corridor(), generate(), settle("K1"), hold("K1", on="2025-04-25")),
    )
    yield ruling(
        "claims: a late claim is not held once its own period is stated",
        _STATED,
        *(corridor(), generate(), settle("K1"), generate("202504"), hold("K1", on="2025-05-25")),
        expect=rejected("already_stated"),
    )
    yield ruling(
        "claims: a claim that was never held is not released",
        "`claim_not_held`",
        *(corridor(), settle("K1"), release("K1")),
        expect=rejected("claim_not_held"),
    )


def _released() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    broken = [*world, *missing_at_insured("K1")]
    mismatch = "MISSING_AT_INSURED:K1"
    yield ruling(
        "claims: a claim with an open break is not released",
        _BREAK_OPEN,
        *(broken, hold("K1"), release("K1", on="2025-04-02")),
        expect=rejected("break_open"),
    )
    yield ruling(
        "claims: a claim with an escalated break is not released",
        _BREAK_OPEN,
        *(broken, escalate(mismatch), hold("K1"), release("K1", on="2025-04-02")),
        expect=rejected("break_open"),
    )
    yield ruling(
        "claims: a claim whose break is resolved is released",
        _BREAK_OPEN,
        *(broken, hold("K1"), resolve(mismatch), release("K1", on="2025-04-02")),
    )
    yield ruling(
        "claims: one break of two is resolved",
        _BREAK_OPEN,
        *(corridor(), settle("K1", mdtrt_id="V1"), missing_at_insured("K1")),
        *(manual(mdtrt_id="V1"), hold("K1"), resolve(mismatch), release("K1", on="2025-04-02")),
        expect=rejected("break_open"),
    )
    missed = [generate("202503"), generate("202504")]
    yield ruling(
        "claims: after two deferrals a claim is released",
        _ESCALATED,
        *(world, hold("K1"), missed, release("K1", on="2025-05-22")),
    )
    thrice = [*missed, generate("202505")]
    yield ruling(
        "claims: after three deferrals a claim without break is not released",
        _ESCALATED,
        *(world, hold("K1"), thrice, release("K1", on="2025-06-22")),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "claims: after three deferrals a resolved break is not enough",
        _ESCALATED,
        *(broken, hold("K1"), resolve(mismatch), thrice, release("K1", on="2025-06-22")),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "claims: after three deferrals a break that was escalated is enough",
        _ESCALATED,
        *(broken, hold("K1"), escalate(mismatch), resolve(mismatch), thrice),
        release("K1", on="2025-06-22"),
    )
    yield ruling(
        "claims: another claim's escalation does not count",
        "a break of that claim that was ever escalated",
        *(world, settle("K2"), missing_at_insured("K1", "K2"), hold("K1")),
        *(escalate("MISSING_AT_INSURED:K2"), resolve(mismatch), thrice),
        release("K1", on="2025-06-22"),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "claims: the limit is that of the release's day",
        "A parameter's value is the one with the latest `effective_from` not after the `on`",
        *(world, hold("K1"), thrice, parameter("max_deferrals", "3", "2025-06-22")),
        release("K1", on="2025-06-22"),
    )


# -- duplicates -----------------------------------------------------------------------------------


def _duplicates() -> Iterator[Ruling]:
    key = {"person_token": "P1", "admitted_on": "2025-03-01"}
    found = {"break_id": "DUPLICATE_MANUAL:K1", "category": "DUPLICATE_MANUAL", "claim_id": "K1"}
    one = line(**found, difference="100.00", opened_on="2025-03-10", state="OPEN")

    def row(name: str, *sent: Step, found: Sequence[Cells], quote: str = _DOUBLE) -> Ruling:
        return ruling(
            f"claims: {name}", quote, corridor(), *sent, reports=breaks("2025-12-31", *found)
        )

    yield row("an equal mdtrt_id", settle("K1", mdtrt_id="V1"), manual(mdtrt_id="V1"), found=[one])
    yield row(
        "an equal mdtrt_id of other amounts and persons",
        settle("K1", mdtrt_id="V1", person_token="P1"),
        manual(mdtrt_id="V1", amount="7.00", institution="H9"),
        found=[one],
    )
    yield row(
        "an equal person, place, day and amount", settle("K1", **key), manual(**key), found=[one]
    )
    yield row(
        "an equal key while mdtrt_id differs",
        settle("K1", **key, mdtrt_id="V1"),
        manual(**key, mdtrt_id="V2"),
        found=[one],
    )
    yield row(
        "both keys are one break",
        settle("K1", **key, mdtrt_id="V1"),
        manual(**key, mdtrt_id="V1"),
        found=[one],
    )
    yield row(
        "admitted_on absent on both sides",
        settle("K1", person_token="P1"),
        manual(person_token="P1"),
        found=[one],
        quote="`admitted_on` absent on both sides is equal",
    )
    yield row(
        "the amount is the total, not the payable",
        settle("K1", **key, psn_cash_pay="50.00"),
        manual(**key, amount="150.00"),
        found=[one],
        quote="amount = `medfee_sumamt`",
    )
    yield row(
        "a manual claim of another corridor",
        settle("K1", mdtrt_id="V1"),
        manual(i=JS, t=AH, mdtrt_id="V1"),
        found=[one],
        quote="the manual one's corridor does not matter",
    )
    yield row(
        "the manual claim came first",
        manual(mdtrt_id="V1", on="2025-03-02"),
        settle("K1", mdtrt_id="V1", on="2025-03-05"),
        found=[{**one, "opened_on": "2025-03-05"}],
        quote="for `DUPLICATE_MANUAL` whichever of the two came second",
    )
    yield row(
        "what came second is told by the log, not by the date",
        manual(mdtrt_id="V1", on="2025-03-10"),
        settle("K1", mdtrt_id="V1", on="2025-03-05"),
        found=[{**one, "opened_on": "2025-03-05"}],
        quote="`opened_on` = `on` of the command that opened the break",
    )
    yield row(
        "two direct claims of one visit",
        settle("K1", mdtrt_id="V1"),
        settle("K2", mdtrt_id="V1"),
        manual(mdtrt_id="V1"),
        found=[one, {**one, "break_id": "DUPLICATE_MANUAL:K2", "claim_id": "K2"}],
    )
    yield row(
        "a reversed claim is no double",
        settle("K1", mdtrt_id="V1"),
        reverse("K1"),
        manual(mdtrt_id="V1"),
        found=[],
        quote="a reversed claim is no double",
    )
    yield row(
        "two direct claims",
        settle("K1", **key, mdtrt_id="V1"),
        settle("K2", **key, mdtrt_id="V1"),
        found=[],
    )
    yield row("two manual claims", manual(**key), manual("M2", **key), found=[])
    yield row("mdtrt_id absent on both sides", settle("K1"), manual(), found=[])
    yield row("another visit", settle("K1", mdtrt_id="V1"), manual(mdtrt_id="V2"), found=[])
    yield row("mdtrt_id on the direct side alone", settle("K1", mdtrt_id="V1"), manual(), found=[])
    yield row("mdtrt_id on the manual side alone", settle("K1"), manual(mdtrt_id="V1"), found=[])
    others: dict[str, dict[str, str]] = {
        "person": {"person_token": "P2"},
        "institution": {"institution": "H2"},
        "day of admission": {"admitted_on": "2025-03-02"},
        "amount": {"amount": "100.01"},
    }
    for name, change in others.items():
        yield row(f"another {name}", settle("K1", **key), manual(**{**key, **change}), found=[])
    yield row(
        "admitted_on on the direct side alone",
        settle("K1", **key),
        manual(person_token="P1"),
        found=[],
    )
    yield row(
        "admitted_on on the manual side alone",
        settle("K1", person_token="P1"),
        manual(**key),
        found=[],
    )
    yield ruling(
        "claims: a manual reimbursement posts nothing",
        "no posting; feeds duplicate detection",
        *(corridor(), manual()),
        reports=trial_balance(
            "2025-12-31",
            r340000={"CASH": "1000000.00", "EXP": "0.00", "PAY.ACCRUED": "0.00"},
            r310000={"CASH": "1000000.00", "PAY.HOSP": "0.00"},
        ),
    )


# -- inquiries ------------------------------------------------------------------------------------


def _inquiries() -> Iterator[Ruling]:
    large = {"med_type": "21", "hifp_pay": "30000.00"}
    world = [*corridor(), settle("K1", **large)]
    for code in ("21", "23", "24", "52"):
        yield ruling(
            f"claims: an inquiry on med_type {code}",
            _INQUIRY,
            *(corridor(), settle("K1", med_type=code, hifp_pay="30000.00"), open_inquiry("K1")),
        )
    refused = rejected("inquiry_not_allowed")
    for code in ("11", "12", "13", "14", "19", "41", "51", "53"):
        yield ruling(
            f"claims: no inquiry on med_type {code}",
            _INQUIRY,
            *(corridor(), settle("K1", med_type=code, hifp_pay="30000.00"), open_inquiry("K1")),
            expect=refused,
        )
    yield ruling(
        "claims: no inquiry below the minimum",
        _INQUIRY,
        *(corridor(), settle("K1", med_type="21", hifp_pay="29999.99"), open_inquiry("K1")),
        expect=refused,
    )
    yield ruling(
        "claims: the minimum is that of the total, not of the payable",
        "has a `medfee_sumamt` of at least `inquiry_minimum`",
        *(corridor(), settle("K1", med_type="21", psn_cash_pay="29900.00"), open_inquiry("K1")),
    )
    yield ruling(
        "claims: no inquiry within a province",
        "unless the claim is `CROSS_PROVINCE`",
        *(registry(), book(HEFEI), book(WUHU), settle("K1", HEFEI, WUHU, **large)),
        open_inquiry("K1"),
        expect=refused,
    )
    opened = open_inquiry("K1")
    answered = answer_inquiry("K1")
    confirmed = confirm_inquiry("K1")
    unknown = rejected("inquiry_unknown")
    yield ruling(
        "claims: an inquiry is opened, answered and confirmed",
        _STEPS,
        world,
        opened,
        answered,
        confirmed,
    )
    yield ruling(
        "claims: an inquiry finds an issue",
        "`result` (`NO_ISSUE`/`ISSUE`)",
        *(world, opened, answer_inquiry("K1", "ISSUE", reason="double charge"), confirmed),
    )
    yield ruling(
        "claims: no issue may have a reason",
        "`reason?`",
        *(world, opened, answer_inquiry("K1", "NO_ISSUE", reason="looked at")),
    )
    yield ruling(
        "claims: an issue needs a reason",
        "`ISSUE` without `reason` is `malformed`.",
        *(world, opened, answer_inquiry("K1", "ISSUE")),
        expect=malformed("reason"),
    )
    yield ruling(
        "claims: a second inquiry",
        _ONE_INQUIRY,
        world,
        opened,
        open_inquiry("K1"),
        expect=rejected("inquiry_open"),
    )
    yield ruling(
        "claims: a second inquiry after the first has ended",
        "also after the first has ended",
        *(world, opened, answered, confirmed, open_inquiry("K1")),
        expect=rejected("inquiry_open"),
    )
    steps: dict[str, tuple[list[Command], Command]] = {
        "answered before it is opened": ([], answered),
        "confirmed before it is opened": ([], confirmed),
        "confirmed before it is answered": ([opened], confirmed),
        "answered twice": ([opened, answered], answer_inquiry("K1")),
        "answered after its end": ([opened, answered, confirmed], answer_inquiry("K1")),
        "confirmed twice": ([opened, answered, confirmed], confirm_inquiry("K1")),
    }
    for name, (done, sent) in steps.items():
        yield ruling(f"claims: an inquiry {name}", _STEPS, world, done, sent, expect=unknown)
    reversed_ = "Each of the three on a reversed claim is `claim_reversed`, before these."
    before: dict[str, tuple[list[Command], Command]] = {
        "opened": ([], opened),
        "answered": ([opened], answered),
        "confirmed": ([opened, answered], confirmed),
    }
    for name, (done, sent) in before.items():
        yield ruling(
            f"claims: an inquiry on a reversed claim {name}",
            reversed_,
            *(world, done, reverse("K1"), sent),
            expect=rejected("claim_reversed"),
        )
    yield ruling(
        "claims: an inquiry posts nothing and holds nothing",
        "An inquiry by itself has no posting",
        *(world, opened, generate()),
        reports=statement(line(visits=1, net="30000.00")),
    )


# -- closed years and unknown claims --------------------------------------------------------------


def _closed_and_unknown() -> Iterator[Ruling]:
    late = "A late claim of a closed year: `period_closed`."
    yield ruling(
        "claims: a late claim of a closed year",
        late,
        *(corridor(2024), closed_year(2024), settle("K1", on="2024-06-05")),
        expect=rejected("period_closed"),
    )
    yield ruling(
        "claims: a late claim of a closed year in another corridor",
        late,
        *(corridor(2024), closed_year(2024), settle("K1", JS, SH, on="2024-12-31")),
        expect=rejected("period_closed"),
    )
    yield ruling(
        "claims: a claim of the year after",
        late,
        *(corridor(2024), closed_year(2024), settle("K1", on="2025-01-05")),
    )
    yield ruling(
        "claims: the year of another scheme is not closed",
        late,
        *(corridor(2024), registry(), book(HEFEI), book(WUHU), closed_year(2024)),
        settle("K1", HEFEI, WUHU, on="2024-06-05", scheme=INTRA),
    )
    yield ruling(
        "claims: a refund across the year",
        "A refund or recovery: the month of its own date",
        *(corridor(2024), settle("K1", on="2024-11-05"), stated("202411"), stated("202412")),
        refund("K1", "1.00", on="2025-01-28", cause="REFUND_CROSS_YEAR"),
        *(generate("202501"),),
        reports=statement(line(net="-1.00"), period="202501"),
    )
    commands: tuple[Command, ...] = (
        *(reverse("K9"), deduct("K9", "1.00"), release_deduction("K9", "D1", "1.00")),
        *(refund("K9"), refund("K9", "1.00"), recover("K9", "1.00"), hold("K9"), release("K9")),
        *(open_inquiry("K9"), answer_inquiry("K9"), confirm_inquiry("K9"), dispute("K9")),
    )
    for number, sent in enumerate(commands):
        yield ruling(
            f"claims: {sent['type']} of no claim ({number + 1})",
            _UNKNOWN,
            corridor(),
            sent,
            expect=rejected("claim_unknown"),
        )
    yield ruling(
        "claims: a timeout reversal of no claim",
        _UNKNOWN,
        *(corridor(), reverse("K9", cause="TIMEOUT_REVERSAL")),
        expect=rejected("claim_unknown"),
    )
    yield ruling(
        "claims: a claim that was refused does not exist",
        _UNKNOWN,
        *(corridor(), settle("K1", medfee_sumamt="1.00"), reverse("K1")),
        expect=[rejected("total_mismatch", "medfee_sumamt"), rejected("claim_unknown")],
    )
    yield ruling(
        "claims: the id of a refused claim is still free",
        "A claim_id that does not exist is always `claim_unknown`.",
        *(corridor(), settle("K1", medfee_sumamt="1.00"), settle("K1", AH, SH)),
        expect=[rejected("total_mismatch", "medfee_sumamt"), ACCEPTED],
    )


ROWS = tuple(
    row
    for part in (
        *(_parts, _items, _spread, _releases, _reversals_and_refunds, _states, _released),
        *(_duplicates, _inquiries, _closed_and_unknown),
    )
    for row in part()
)
