"""Rulings on reference data: regions, calendars, parameters, books and pools, code lists."""

from collections.abc import Iterator
from typing import Final

from .reports import line, payments, pools, statement, trial_balance
from .ruling import ACCEPTED, Outcome, Ruling, malformed, rejected, ruling
from .world import (
    AH,
    CROSS,
    HAIKOU,
    HAIKOU_1,
    HAINAN,
    HEFEI,
    HEFEI_1,
    HEFEI_2,
    HOLIDAYS,
    INTRA,
    JS,
    LOCAL,
    NANJING,
    NANJING_1,
    NOWHERE,
    SANYA,
    SANYA_1,
    SCHEMES,
    SH,
    WUHU,
    WUHU_1,
    Command,
    again,
    ask_increase,
    book,
    calendar,
    confirm,
    corridor,
    decide_increase,
    deduct,
    fiscal_account,
    generate,
    hainan,
    hold,
    interest,
    manual,
    noticed,
    notices,
    open_inquiry,
    paid_and_received,
    parameter,
    pay,
    pay_advance,
    pay_hospital,
    pay_return,
    pool,
    pool_area,
    prefecture,
    provinces,
    receive,
    receive_advance,
    receive_advance_return,
    receive_return,
    recover,
    recover_from_hospital,
    refund,
    region,
    registry,
    release,
    release_deduction,
    report_day,
    resident,
    return_advance,
    return_line,
    settle,
    size,
    stated,
    uncalendared,
)

EMPLOYEE_ONLY: Final = (
    "cvlserv_pay",
    "hifes_pay",
    "hifob_pay",
    "hifdm_pay",
    "acct_pay",
    "acct_mulaid_pay",
)
BOTH_CLASSES: Final = ("hifp_pay", "maf_pay", "oth_pay")
FAMILIES: Final = (
    *("CASH", "ADV.PREPAID", "ADV.POOL", "ADV.CARE", "PAY.ACCRUED", "RECV.CLEAR", "PAY.CLEAR"),
    *("RECV.RETURN", "PAY.RETURN", "PAY.HOSP", "EXP", "INC.INTEREST", "SUSPENSE", "FUND.OPENING"),
)
NOTHING: Final = dict.fromkeys(FAMILIES, "0.00")

_REPLACED: Final = (
    "A second `RegisterRegion` of a code, or `PublishWorkCalendar` of a year, replaces names,"
    " flags or days for what is decided afterwards"
)
_KEPT: Final = "`level` and `parent` may not change (`region_exists`)"
_PARENT: Final = "A province has no parent, the others need one (else `malformed`, field `parent`)."
_ABOVE: Final = (
    "one that is not of the level directly above is `malformed`, both with field `parent`"
)
_PAIRS: Final = (
    "Two provinces make a corridor of `CROSS_PROVINCE`; two prefectures of one province, or two"
    " pools of two prefectures of one province, of `INTRA_PROVINCE`; two pools of one prefecture"
    " of `INTRA_PREFECTURE`."
)
_NO_PAIR: Final = "Any other two are `scheme_mismatch`, without `field`"
_GIVEN: Final = "so is a given `scheme` that is not the derived one, with field `scheme`"
_SELF: Final = "A region with itself is `not_cross_region`"
_SINGLE: Final = (
    "a `single_pool` region and all regions below it are one pool (`not_cross_region` too)"
)
_ZERO: Final = "An `amount` of 0.00 is `zero_amount`, field `amount`"
_ZERO_RIGHT: Final = (
    "Accepted are 0.00 in `cash`, `principal`, `q4`, `approved_amount` (a refusal), `rows`, the"
    " parts of a claim, and `RecordManualReimbursement`."
)
_CALENDAR: Final = "Only commands that store a deadline need a calendar"
_VALUE: Final = (
    "A parameter's value is the one with the latest `effective_from` not after the `on` of the"
    " command that decides (of several from one day the last sent)"
)


# -- regions --------------------------------------------------------------------------------------


def _regions() -> Iterator[Ruling]:
    yield ruling(
        "reference: names are replaced", _REPLACED, region(AH), region(AH, name_en="New name")
    )
    towns = [*registry(), book(HEFEI), book(WUHU)]
    yield ruling(
        "reference: a flag that is set later decides what comes later",
        _REPLACED,
        *(towns, settle("K1", HEFEI, WUHU), region(AH, single_pool=True)),
        settle("K2", HEFEI, WUHU),
        expect=[ACCEPTED, rejected("not_cross_region")],
    )
    yield ruling(
        "reference: a flag that is taken back",
        _REPLACED,
        *(towns, region(AH, single_pool=True), region(AH, single_pool=False)),
        settle("K1", HEFEI, WUHU),
    )
    yield ruling(
        "reference: a flag that is left out the second time is taken back",
        _REPLACED,
        *(towns, region(AH, single_pool=True), region(AH), settle("K1", HEFEI, WUHU)),
    )
    changes: dict[str, Command] = {
        "the level of a prefecture": region(HEFEI, "pool", parent=WUHU),
        "the level of a province": region(JS, "prefecture", parent=AH),
        "the level of a pool": region(HEFEI_1, "prefecture", parent=AH),
        "the parent of a prefecture": prefecture(HEFEI, parent=JS),
        "the parent of a pool": pool_area(HEFEI_1, parent=WUHU),
        "a prefecture into a province": region(HEFEI),
    }
    for name, sent in changes.items():
        yield ruling(
            f"reference: {name} may not change",
            _KEPT,
            registry(),
            sent,
            expect=rejected("region_exists"),
        )
    parents: dict[str, tuple[str, Command, Outcome]] = {
        "a province with a parent": (_PARENT, region(HAINAN, parent=AH), malformed("parent")),
        "a prefecture without": (_PARENT, region("340300", "prefecture"), malformed("parent")),
        "a pool without": (_PARENT, region("340103", "pool"), malformed("parent")),
        "a parent that is not registered": (
            "A parent that is not registered is `unknown_region`",
            prefecture("340300", parent=NOWHERE),
            rejected("unknown_region", "parent"),
        ),
        "a prefecture below a prefecture": (
            _ABOVE,
            prefecture("340300", parent=HEFEI),
            malformed("parent"),
        ),
        "a prefecture below a pool": (
            _ABOVE,
            prefecture("340300", parent=HEFEI_1),
            malformed("parent"),
        ),
        "a prefecture below itself": (_ABOVE, prefecture(HEFEI, parent=HEFEI), malformed("parent")),
        "a pool below a province": (_ABOVE, pool_area("340103", parent=AH), malformed("parent")),
        "a pool below a pool": (_ABOVE, pool_area("340103", parent=HEFEI_1), malformed("parent")),
    }
    for name, (quote, sent, outcome) in parents.items():
        yield ruling(f"reference: {name}", quote, registry(), sent, expect=outcome)
    yield ruling(
        "reference: a wrong parent is seen after the id",
        "the latter takes the register to see, so it comes after the id",
        *(registry(), prefecture("340300", command_id="X")),
        prefecture("340300", parent=HEFEI, command_id="X"),
        expect=rejected("command_id_reused"),
    )


# -- corridors ------------------------------------------------------------------------------------


def _corridors() -> Iterator[Ruling]:
    pairs = {
        "two provinces": (AH, JS, CROSS),
        "two prefectures of a province": (HEFEI, WUHU, INTRA),
        "two pools of two prefectures": (HEFEI_1, WUHU_1, INTRA),
        "two pools of a prefecture": (HEFEI_1, HEFEI_2, LOCAL),
    }
    for name, (i, t, derived) in pairs.items():
        yield ruling(
            f"reference: {name} make a corridor",
            _PAIRS,
            *(registry(), book(i), book(t), settle("K1", i, t), generate("202503", derived)),
            reports=statement(line(i, t, visits=1), scheme=derived),
        )
        yield ruling(
            f"reference: {name}, the scheme given",
            _PAIRS,
            registry(),
            report_day("insured", i=i, t=t, scheme=derived),
        )
        for scheme in SCHEMES:
            if scheme != derived:
                yield ruling(
                    f"reference: {name} are not {scheme}",
                    _GIVEN,
                    *(registry(), report_day("insured", i=i, t=t, scheme=scheme)),
                    expect=rejected("scheme_mismatch", "scheme"),
                )
    others = {
        "a province and its prefecture": (AH, HEFEI),
        "a prefecture and its province": (HEFEI, AH),
        "a province and its pool": (AH, HEFEI_1),
        "a province and another's prefecture": (AH, NANJING),
        "a prefecture and its pool": (HEFEI, HEFEI_1),
        "a prefecture and another's pool": (HEFEI, WUHU_1),
        "prefectures of two provinces": (HEFEI, NANJING),
        "pools of two provinces": (HEFEI_1, NANJING_1),
    }
    for name, (i, t) in others.items():
        yield ruling(
            f"reference: {name} make no corridor",
            _NO_PAIR,
            registry(),
            manual(i=i, t=t),
            expect=rejected("scheme_mismatch", None),
        )
    for name, code in {"province": AH, "prefecture": HEFEI, "pool": HEFEI_1}.items():
        yield ruling(
            f"reference: a {name} with itself",
            _SELF,
            registry(),
            manual(i=code, t=code),
            expect=rejected("not_cross_region"),
        )


def _single_pools() -> Iterator[Ruling]:
    one_pool = {
        "its prefectures": (HAIKOU, SANYA),
        "it and its prefecture": (HAINAN, HAIKOU),
        "a pool and it": (HAIKOU_1, HAINAN),
        "pools of its prefectures": (HAIKOU_1, SANYA_1),
        "a prefecture and another's pool": (HAIKOU, SANYA_1),
    }
    for name, (i, t) in one_pool.items():
        yield ruling(
            f"reference: a single-pool province, {name}",
            _SINGLE,
            hainan(),
            manual(i=i, t=t),
            expect=rejected("not_cross_region"),
        )
    yield ruling(
        "reference: a single-pool province and another province",
        _SINGLE,
        *(registry(), hainan(), report_day("insured", i=HAINAN, t=AH, scheme=CROSS)),
    )
    yield ruling(
        "reference: two single-pool provinces",
        _SINGLE,
        *(region(AH, single_pool=True), region(SH, single_pool=True), manual()),
    )
    hefei = [*registry(), prefecture(HEFEI, single_pool=True)]
    yield ruling(
        "reference: a single-pool prefecture, its pools",
        _SINGLE,
        hefei,
        manual(i=HEFEI_1, t=HEFEI_2),
        expect=rejected("not_cross_region"),
    )
    yield ruling(
        "reference: a single-pool prefecture and its pool",
        _SINGLE,
        hefei,
        manual(i=HEFEI, t=HEFEI_1),
        expect=rejected("not_cross_region"),
    )
    yield ruling(
        "reference: a single-pool prefecture and another prefecture",
        _SINGLE,
        hefei,
        report_day("insured", i=HEFEI, t=WUHU, scheme=INTRA),
    )
    yield ruling(
        "reference: a single-pool prefecture's pool and another's",
        _SINGLE,
        hefei,
        report_day("insured", i=HEFEI_1, t=WUHU_1, scheme=INTRA),
    )


# -- code lists -----------------------------------------------------------------------------------


def _code_lists() -> Iterator[Ruling]:
    types = "`310`, `320`, `330`, `370`, `510` clear as EMPLOYEE, `380`, `390`, `391`, `392` as RESIDENT"
    for insutype in ("310", "320", "330", "370", "510", "380", "390", "391", "392"):
        employee = insutype in {"310", "320", "330", "370", "510"}
        yield ruling(
            f"reference: insutype {insutype} clears in its class",
            types,
            *(corridor(), settle("K1", insutype=insutype), generate()),
            reports=statement(
                line(
                    employee="100.00" if employee else "0.00",
                    resident="0.00" if employee else "100.00",
                )
            ),
        )
    others = "any other, `340`, `350`, `360`, `399`, `410` too, is `malformed`"
    for insutype in ("340", "350", "360", "399", "410", "31", ""):
        yield ruling(
            f"reference: insutype {insutype!r} clears nowhere",
            others,
            settle("K1", insutype=insutype),
            expect=malformed("insutype"),
        )
    visits = "`med_type`: `11`, `12`, `13`, `14`, `19`, `21`, `23`, `24`, `41`, `51`, `52`, `53`"
    for code in ("11", "12", "13", "14", "19", "21", "23", "24", "41", "51", "52", "53"):
        yield ruling(f"reference: med_type {code}", visits, corridor(), settle("K1", med_type=code))
    for code in ("2101", "9902", "22", "15", "1", ""):
        yield ruling(
            f"reference: med_type {code!r} is not known",
            "any other, a local four-digit code too, is `malformed`",
            settle("K1", med_type=code),
            expect=malformed("med_type"),
        )
    categories = (
        *("RESETTLED_RETIREE", "LONG_TERM_RESIDENT", "STATIONED_WORKER"),
        *("REFERRAL", "EMERGENCY", "OTHER_TEMPORARY"),
    )
    for code in categories:
        yield ruling(
            f"reference: person_category {code}",
            "`person_category`: the six codes of domain 2.3.",
            *(corridor(), settle("K1", person_category=code)),
        )


def _items() -> Iterator[Ruling]:
    both = "`hifp_pay`, `maf_pay`, `oth_pay` serve both classes"
    wrong = "Above 0.00 in the other class: `item_not_allowed`, naming the item"
    zero = '`"0.00"` is allowed everywhere'
    for item in BOTH_CLASSES:
        for made in (settle, resident):
            parts = {"hifp_pay": "0.00", item: "100.00"}
            yield ruling(
                f"reference: {item} of {made('K1')['insutype']}",
                both,
                corridor(),
                made("K1", **parts),
                generate(),
                reports=statement(line(net="100.00")),
            )
    for item in EMPLOYEE_ONLY:
        parts = {"hifp_pay": "100.00", item: "10.00"}
        account = {"acct_pay": "10.00"} if item == "acct_mulaid_pay" else {}
        yield ruling(
            f"reference: {item} of an employee",
            f"`{item}`",
            *(corridor(), settle("K1", **parts, **account)),
        )
        yield ruling(
            f"reference: {item} of a resident",
            wrong,
            corridor(),
            resident("K1", **parts),
            expect=rejected("item_not_allowed", item),
        )
        yield ruling(
            f"reference: {item} of a resident, 0.00",
            zero,
            corridor(),
            resident("K1", **{item: "0.00"}),
        )
    yield ruling(
        "reference: hifmi_pay of a resident",
        "`hifmi_pay` RESIDENT only",
        corridor(),
        resident("K1", hifmi_pay="10.00"),
    )
    yield ruling(
        "reference: hifmi_pay of an employee",
        wrong,
        corridor(),
        settle("K1", hifmi_pay="0.01"),
        expect=rejected("item_not_allowed", "hifmi_pay"),
    )
    yield ruling(
        "reference: hifmi_pay of an employee, 0.00",
        zero,
        corridor(),
        settle("K1", hifmi_pay="0.00"),
    )


# -- books, pools and zeros -----------------------------------------------------------------------


def _books() -> Iterator[Ruling]:
    regions = [region(code) for code in (AH, SH)]
    without = "`OpenBook` and `OpenPool` of 0.00 are accepted without posting."
    yield ruling(
        "reference: a book of 0.00",
        without,
        *(regions, book(AH, "0.00"), book(SH, "500.00"), pool(principal="70.00")),
        reports=trial_balance(
            "2025-12-31",
            r340000={**NOTHING, "ADV.PREPAID": "70.00", "FUND.OPENING": "-70.00"},
        ),
    )
    books = [*regions, book(AH, "1000.00"), book(SH, "500.00")]
    yield ruling(
        "reference: a pool of 0.00",
        without,
        *(books, pool(principal="0.00")),
        reports=trial_balance(
            "2025-12-31",
            r340000={**NOTHING, "CASH": "1000.00", "FUND.OPENING": "-1000.00"},
            r310000={**NOTHING, "CASH": "500.00", "FUND.OPENING": "-500.00"},
        ),
    )
    yield ruling(
        "reference: a book opens with its cash",
        "(opening cash; counter-entry `FUND.OPENING`)",
        *(regions, book(AH, "1000.00")),
        reports=trial_balance(
            "2025-12-31", r340000={**NOTHING, "CASH": "1000.00", "FUND.OPENING": "-1000.00"}
        ),
    )
    yield ruling(
        "reference: a pool opens in both books",
        "(opening principal in both books; counter-entry `FUND.OPENING`)",
        *(books, pool(principal="70.00")),
        reports=trial_balance(
            "2025-12-31",
            r340000={
                **NOTHING,
                "CASH": "1000.00",
                "ADV.PREPAID": "70.00",
                "FUND.OPENING": "-1070.00",
            },
            r310000={**NOTHING, "CASH": "500.00", "ADV.POOL": "-70.00", "FUND.OPENING": "-430.00"},
        ),
    )
    yield ruling(
        "reference: a second book",
        "`book_open`",
        books,
        book(AH, "0.00"),
        expect=rejected("book_open"),
    )
    yield ruling(
        "reference: a second pool of a corridor",
        "`pool_open`",
        books,
        pool(),
        pool(principal="0.00"),
        expect=rejected("pool_open"),
    )
    yield ruling(
        "reference: the other direction has a pool of its own",
        "A *corridor* is (scheme, insured_region, treatment_region)",
        *(books, pool(AH, SH), pool(SH, AH)),
    )
    for region_, other in ((AH, SH), (SH, AH)):
        yield ruling(
            f"reference: a pool without the book of {region_}",
            "`book_unknown`",
            regions,
            book(other),
            pool(),
            expect=rejected("book_unknown"),
        )
        yield ruling(
            f"reference: a claim without the book of {region_}",
            "`SettleClaim` needs both books (`book_unknown`) but no pool",
            *(regions, book(other), settle("K1")),
            expect=rejected("book_unknown"),
        )
    yield ruling(
        "reference: a claim needs no pool",
        "`SettleClaim` needs both books (`book_unknown`) but no pool",
        *(books, settle("K1")),
    )
    yield ruling(
        "reference: a fiscal account needs its region alone",
        "`RegisterFiscalAccount` | `unknown_region` (region)",
        *(region(AH), fiscal_account(AH), fiscal_account(AH, bank="BOC")),
    )
    yield ruling(
        "reference: a fiscal account of no region",
        "`unknown_region` (region)",
        fiscal_account(NOWHERE),
        expect=rejected("unknown_region", "region"),
    )


def _pool_commands() -> Iterator[Ruling]:
    quote = "every advance command needs the pool (`pool_unknown`, checked first)"
    commands = (
        *(size("1000.00"), pay_advance("0.00"), receive_advance("0.00"), return_advance("0.00")),
        *(
            receive_advance_return("0.00"),
            ask_increase(amount="0.00"),
            decide_increase("x", "1.00"),
        ),
    )
    for sent in commands:
        yield ruling(
            f"reference: {sent['type']} without pool",
            quote,
            provinces(),
            sent,
            expect=rejected("pool_unknown"),
        )
    yield ruling(
        "reference: interest of a region that holds no pool",
        "`CreditPoolInterest` for a region that holds no pool as the treatment side is"
        " `pool_unknown`",
        *(corridor(), interest(JS)),
        expect=rejected("pool_unknown"),
    )
    yield ruling(
        "reference: interest of a region that only pays into pools",
        "holds no pool as the treatment side",
        *(corridor(), interest(AH)),
        expect=rejected("pool_unknown"),
    )
    yield ruling(
        "reference: interest of a region that treats people without a pool",
        "holds no pool as the treatment side",
        *(provinces(), settle("K1"), interest(SH)),
        expect=rejected("pool_unknown"),
    )
    yield ruling(
        "reference: interest belongs to the treatment region",
        "(belongs to the treatment region)",
        *(corridor(), interest(SH, "50.00")),
        reports=trial_balance(
            "2025-12-31",
            r310000={"CASH": "1000050.00", "INC.INTEREST": "-50.00"},
            r340000={"CASH": "1000000.00", "INC.INTEREST": "0.00"},
        ),
    )
    for made in (pay_hospital, recover_from_hospital):
        yield ruling(
            f"reference: {made()['type']} of a region without book",
            "`PayHospital` for one without a book `book_unknown`",
            *(region(AH), region(SH), book(AH), made()),
            expect=rejected("book_unknown"),
        )
        yield ruling(
            f"reference: {made()['type']} needs no book of the insured region",
            "`PayHospital` for one without a book `book_unknown`",
            *(region(AH), region(SH), book(SH), made()),
        )


def _zero_amounts() -> Iterator[Ruling]:
    claims = [*corridor(), settle("K1"), deduct("K1", "10.00", command_id="D1")]
    line_up = [*corridor(), size("120000.00")]
    line_down = [*corridor(), size("80000.00")]
    due = [*corridor(), settle("K1", hifp_pay="95000.00"), *noticed()]
    back = [*return_line(), notices("202504")]
    refused = {
        "a deduction": (claims, deduct("K1", "0.00")),
        "a release": (claims, release_deduction("K1", "D1", "0.00")),
        "a refund": (claims, refund("K1", "0.00")),
        "a recovery": (claims, recover("K1", "0.00")),
        "an advance": (line_up, pay_advance("0.00")),
        "an advance received": ([*line_up, pay_advance("1.00")], receive_advance("0.00")),
        "an advance returned": (line_down, return_advance("0.00")),
        "a return received": (
            [*line_down, return_advance("1.00")],
            receive_advance_return("0.00"),
        ),
        "an emergency request": (due, ask_increase(amount="0.00")),
        "interest": (corridor(), interest(SH, "0.00")),
        "a clearing payment": (due, pay("0.00")),
        "a clearing receipt": ([*due, pay("1.00")], receive("0.00")),
        "a payment back": (back, pay_return("0.00")),
        "a receipt back": ([*back, pay_return("1.00")], receive_return("0.00")),
    }
    for name, (world, sent) in refused.items():
        yield ruling(
            f"reference: 0.00 in {name}",
            _ZERO,
            world,
            sent,
            expect=rejected("zero_amount", "amount"),
        )
    for made in (pay_hospital, recover_from_hospital):
        yield ruling(
            f"reference: 0.00 in a line of {made()['type']}",
            "in `lines` of a hospital command it is `zero_amount`, field `lines`",
            *(corridor(), made([(AH, "1.00"), (JS, "0.00")])),
            expect=rejected("zero_amount", "lines"),
        )
    asked = [*due, ask_increase(command_id="E1")]
    right = {
        "q4": (corridor(), size(q4=["0.00", "0.00", "0.00"])),
        "approved_amount": (asked, decide_increase("E1", "0.00")),
        "the parts of a claim": (corridor(), settle("K1", hifob_pay="0.00", acct_pay="0.00")),
        "a manual reimbursement": (corridor(), manual(amount="0.00")),
    }
    for name, (world, sent) in right.items():
        yield ruling(f"reference: 0.00 is right in {name}", _ZERO_RIGHT, world, sent)


# -- calendars ------------------------------------------------------------------------------------


def _calendars() -> Iterator[Ruling]:
    missing = rejected("calendar_missing")
    bare = uncalendared()
    red = [*bare, settle("K1", hifp_pay="95000.00"), *stated()]
    yield ruling(
        "reference: notices need a calendar",
        _CALENDAR,
        bare,
        settle("K1"),
        stated(),
        notices(),
        expect=missing,
    )
    yield ruling(
        "reference: a sizing with a line needs a calendar",
        _CALENDAR,
        bare,
        size("120000.00"),
        expect=missing,
    )
    yield ruling(
        "reference: a sizing without a line needs none",
        "`SizeAdvance` with a line",
        bare,
        size("100000.00"),
    )
    yield ruling(
        "reference: the emergency window needs a calendar",
        "and the emergency window",
        red,
        ask_increase(),
        expect=missing,
    )
    asked = [
        *corridor(),
        settle("K1", hifp_pay="95000.00"),
        *stated(),
        ask_increase(command_id="E1"),
    ]
    early = {"on": "2023-05-05"}
    yield ruling(
        "reference: an approved increase needs a calendar",
        "`DecideEmergencyIncrease` with an amount",
        *(asked, decide_increase("E1", "1.00", **early)),
        expect=missing,
    )
    yield ruling(
        "reference: a refused increase needs none",
        "`DecideEmergencyIncrease` with an amount",
        *(asked, decide_increase("E1", "0.00", **early)),
    )
    yield ruling(
        "reference: notices at the year's end need the next year's calendar",
        _CALENDAR,
        *(bare, calendar(2025), settle("K1", on="2025-11-05"), stated("202511")),
        notices("202511"),
        expect=missing,
    )
    yield ruling(
        "reference: notices at the year's end with both calendars",
        _CALENDAR,
        *(bare, calendar(2025), calendar(2026), settle("K1", on="2025-11-05"), stated("202511")),
        notices("202511"),
    )
    yield ruling(
        "reference: statements, confirmations and claims need no calendar",
        _CALENDAR,
        *(bare, settle("K1"), stated(), hold("K1")),
        expect=[ACCEPTED, rejected("already_stated")],
    )
    yield ruling(
        "reference: days replaced decide what comes later",
        _REPLACED,
        *(corridor(), settle("K1"), stated()),
        calendar(2025, holidays=[*HOLIDAYS[2025], "2025-05-12"]),
        notices(),
        reports=payments("2025-05-01", line(submit_due="2025-05-13", pay_due="2025-05-27")),
    )
    yield ruling(
        "reference: days replaced do not move a deadline that stands",
        _REPLACED,
        *(corridor(), settle("K1"), noticed()),
        calendar(2025, holidays=[*HOLIDAYS[2025], "2025-05-12"]),
        reports=payments("2025-05-01", line(submit_due="2025-05-12", pay_due="2025-05-26")),
    )
    yield ruling(
        "reference: days replaced are gone",
        _REPLACED,
        *(corridor(), settle("K1"), stated(), calendar(2025, holidays=[], makeup_workdays=[])),
        notices(),
        reports=payments("2025-05-01", line(submit_due="2025-05-07", pay_due="2025-05-21")),
    )


# -- parameters -----------------------------------------------------------------------------------


def _parameter_values() -> Iterator[Ruling]:
    half = [*corridor(), settle("K1", hifp_pay="55000.00")]
    cases = {
        "from the day of the command on": ([("0.50", "2025-04-21")], "YELLOW"),
        "from the day after": ([("0.50", "2025-04-22")], "NORMAL"),
        "the latest day, though sent first": (
            [("0.50", "2025-04-10"), ("0.95", "2025-04-01")],
            "YELLOW",
        ),
        "the latest day that is not after it": (
            [("0.50", "2025-04-10"), ("0.95", "2025-05-01")],
            "YELLOW",
        ),
        "of one day the last sent": ([("0.95", "2025-04-10"), ("0.50", "2025-04-10")], "YELLOW"),
        "of one day not the first sent": (
            [("0.50", "2025-04-10"), ("0.95", "2025-04-10")],
            "NORMAL",
        ),
        "sent with a later date of its own": ([("0.50", "2025-04-10")], "YELLOW"),
    }
    for name, (values, level) in cases.items():
        sent = [parameter("warning_yellow", text, day, on="2025-05-09") for text, day in values]
        yield ruling(
            f"reference: a parameter {name}",
            _VALUE,
            half,
            sent,
            generate(),
            reports=statement(line(usage_percent="55.0000", level=level)),
        )
    yield ruling(
        "reference: a statement keeps the levels of its making",
        "a statement keeps the levels of its making",
        *(half, generate(), parameter("warning_yellow", "0.50"), confirm("202503", AH)),
        reports=[
            statement(line(level="NORMAL", status="PART_CONFIRMED")),
            pools("2025-12-31", line(level="NORMAL", clearing_period="202503")),
        ],
    )


def _parameters() -> Iterator[Ruling]:
    quote = "Policy parameters (strings; anything else is `malformed`)"
    yield ruling(
        "reference: warning_red",
        quote,
        *(corridor(), parameter("warning_red", "0.80"), settle("K1", hifp_pay="80000.00")),
        generate(),
        reports=statement(line(level="RED")),
    )
    yield ruling(
        "reference: warning_red opens the emergency window",
        quote,
        *(corridor(), parameter("warning_red", "0.80"), settle("K1", hifp_pay="80000.00")),
        *(stated(), ask_increase()),
    )
    yield ruling(
        "reference: sizing_months",
        quote,
        *(corridor(), parameter("sizing_months", "3"), size("100000.00")),
        reports=pools("2025-12-31", line(quota="150000.00")),
    )
    yield ruling(
        "reference: a quota is rounded once, half up",
        "Round ONCE at the end, half up",
        *(corridor(), parameter("sizing_months", "1.50"), size(q4=["0.01", "0.00", "0.00"])),
        reports=pools("2025-12-31", line(quota="0.01")),
    )
    due = [*corridor(), settle("K1"), *stated()]
    yield ruling(
        "reference: submit_working_days",
        quote,
        *(due, parameter("submit_working_days", "3"), notices()),
        reports=payments("2025-05-01", line(submit_due="2025-05-08", pay_due="2025-05-22")),
    )
    yield ruling(
        "reference: pay_working_days",
        quote,
        *(due, parameter("pay_working_days", "2"), notices()),
        reports=payments("2025-05-01", line(submit_due="2025-05-12", pay_due="2025-05-14")),
    )
    red = [*corridor(), settle("K1", hifp_pay="95000.00"), *stated()]
    window = parameter("emergency_window_working_days", "1")
    yield ruling(
        "reference: emergency_window_working_days, the last day",
        quote,
        *(red, window, ask_increase(on="2025-04-25")),
    )
    yield ruling(
        "reference: emergency_window_working_days, the day after",
        quote,
        *(red, window, ask_increase(on="2025-04-26")),
        expect=rejected("emergency_window_closed"),
    )
    least = [*corridor(), parameter("inquiry_minimum", "100.00")]
    yield ruling(
        "reference: inquiry_minimum", quote, least, settle("K1", med_type="21"), open_inquiry("K1")
    )
    yield ruling(
        "reference: below inquiry_minimum",
        quote,
        *(least, settle("K1", med_type="21", hifp_pay="99.99"), open_inquiry("K1")),
        expect=rejected("inquiry_not_allowed"),
    )
    yield ruling(
        "reference: max_deferrals",
        quote,
        *(corridor(), parameter("max_deferrals", "0"), settle("K1"), hold("K1"), generate()),
        release("K1"),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "reference: statement_day, the day",
        quote,
        *(corridor(), parameter("statement_day", "10"), generate(on="2025-04-10")),
    )
    yield ruling(
        "reference: statement_day, the day before",
        quote,
        *(corridor(), parameter("statement_day", "25"), generate(on="2025-04-24")),
        expect=rejected("too_early"),
    )
    nothing = (
        "`confirm_day` and `feedback_working_days` are kept and shown; no check and no figure"
        " follows from them."
    )
    kept = [parameter("confirm_day", "1"), parameter("feedback_working_days", "0")]
    yield ruling(
        "reference: confirm_day and feedback_working_days decide nothing",
        nothing,
        *(corridor(), kept, settle("K1"), noticed(), paid_and_received("100.00")),
        reports=payments(
            "2025-06-30", line(submit_due="2025-05-12", pay_due="2025-05-26", state="RECEIVED")
        ),
    )
    names = (
        *("warning_yellow", "warning_red", "sizing_months", "submit_working_days"),
        *("pay_working_days", "feedback_working_days", "emergency_window_working_days"),
        *("inquiry_minimum", "max_deferrals", "statement_day", "confirm_day"),
    )
    yield ruling(
        "reference: every parameter may be set",
        quote,
        [parameter(name, "5") for name in names],
        expect=[ACCEPTED] * len(names),
    )
    yield ruling(
        "reference: a parameter may be set again under another id",
        "`SetPolicyParameter` | nothing more",
        *((first := parameter("statement_day", "22")), again(first, command_id="another")),
    )


ROWS = tuple(
    row
    for part in (
        *(_regions, _corridors, _single_pools, _code_lists, _items, _books, _pool_commands),
        *(_zero_amounts, _calendars, _parameter_values, _parameters),
    )
    for row in part()
)
