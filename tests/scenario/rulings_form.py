"""Rulings of the section "Form": what is a command at all."""

import json
from collections.abc import Iterator
from typing import Final

from .reports import line, statement
from .ruling import ACCEPTED, FREE, KNOWN, Outcome, Ruling, Step, malformed, rejected, ruling
from .shapes import SHAPES, of_another_kind, optional, required, sample
from .world import (
    AH,
    HEFEI,
    SH,
    Command,
    again,
    answer_inquiry,
    assign,
    book,
    calendar,
    command,
    confirm,
    corridor,
    day_row,
    deduct,
    escalate,
    generate,
    hold,
    hospital_lines,
    manual,
    missing_at_insured,
    open_inquiry,
    parameter,
    pay_hospital,
    pool,
    prefecture,
    provinces,
    recover,
    recover_from_hospital,
    refund,
    region,
    report_day,
    resolve,
    reverse,
    settle,
    size,
    without,
)

_REFUSED: Final = (
    "An unknown field, a missing field, `null`, a number where a string belongs, a code outside"
    " its list, a wrong form or a line of more than 8 MiB is refused as `malformed`"
)
_FIELD: Final = "naming the top-level field where there is one"
_MONEY: Final = "Money is a string in yuan with exactly two decimals"
_REGION: Final = "Regions are six-digit codes."
_PERIOD: Final = 'Periods are `"202503"`.'
_DATE: Final = 'Dates are `"2025-03-05"`.'
_YEAR: Final = "`year` is a whole JSON number of four digits"
_TEXT: Final = "A text may be empty, except `command_id`."
_CONTENT: Final = (
    "Content is the parsed JSON object: key order does not count, everything else does."
)
_ID: Final = "`command_id` (1–64 characters, made by the client, unique for ever)"
_LINE_BYTES_MAX: Final = 8 * 1024 * 1024


def _wrong(name: str, quote: str, sent: Command | bytes | str, *fields: str) -> Ruling:
    """A row of one line that is refused by its form alone."""
    return ruling(f"form: {name}", quote, sent, expect=malformed(*fields))


def _right(name: str, quote: str, *sent: Step) -> Ruling:
    return ruling(f"form: {name}", quote, *sent)


# -- lines ----------------------------------------------------------------------------------------


def _padded(sent: Command, length: int) -> bytes:
    """The command as a line of so many bytes, with white space inside."""
    text = json.dumps(sent).encode()
    return text[:-1] + b" " * (length - len(text)) + b"}"


def _lines() -> Iterator[Ruling]:
    skipped = "blank lines are skipped"
    yield ruling(
        "form: blank lines are skipped",
        skipped,
        *("", region(AH), "   ", b"", b" \t ", region(SH), "\n"),
        expect=[ACCEPTED, ACCEPTED],
    )
    yield ruling(
        "form: a blank line counts as a line of the file",
        "Text that is no command: `rejected`, `malformed`, with file and line",
        *("", region(AH), "", "no command"),
        expect=[Outcome("rejected", "malformed", line=4)],
    )
    no_command = "Text that is no command: `rejected`, `malformed`"
    texts: dict[str, bytes | str] = {
        "a sentence": "this is no command",
        "a cut line": '{"type": "OpenBook", "command_id": "cut',
        "a list": "[]",
        "a number": "7",
        "a text in quotes": '"OpenBook"',
        "null": "null",
        "two objects": "{} {}",
        "bytes that are no UTF-8": b'{"type": "OpenBook", "actor": "\xff\xfe"}',
        "an empty object": "{}",
    }
    for name, text in texts.items():
        yield _wrong(f"{name} is no command", no_command, text)
    yield ruling(
        "form: a rejected line never stops the lines after it",
        "a rejected line never stops the lines after it",
        *("nonsense", region(AH), sample("OpenBook", region="9"), book(AH)),
        expect=[malformed(), ACCEPTED, malformed("region"), ACCEPTED],
    )
    yield _right(
        "a line of 8 MiB is a command",
        "a line of more than 8 MiB",
        _padded(region(AH), _LINE_BYTES_MAX),
    )
    yield _wrong(
        "a line of more than 8 MiB is refused",
        "a line of more than 8 MiB is refused as `malformed`",
        _padded(region(AH), _LINE_BYTES_MAX + 1),
    )
    yield _wrong(
        "a long text makes a line of more than 8 MiB",
        "a line of more than 8 MiB is refused as `malformed`",
        json.dumps(region(AH, name_en="x" * _LINE_BYTES_MAX)).encode(),
    )


# -- common fields --------------------------------------------------------------------------------


def _common_fields() -> Iterator[Ruling]:
    every = "Every command has: `type`; `command_id`"
    yield _wrong("a command without type", every, without(region(AH), "type"), "type")
    yield _wrong("a type outside the list", _REFUSED, again(region(AH), type="Nonsense"), "type")
    yield _wrong("a type in other letters", _REFUSED, again(region(AH), type="openbook"), "type")
    yield _wrong("type a list", _REFUSED, again(region(AH), type=["OpenBook"]), "type")
    yield _wrong("type null", _REFUSED, again(region(AH), type=None), "type")
    yield _wrong("type a number", _REFUSED, again(region(AH), type=1), "type")
    yield _wrong("no command_id", every, without(region(AH), "command_id"), "command_id")
    yield _wrong("an empty command_id", _TEXT, region(AH, command_id=""), "command_id")
    yield _wrong("command_id a number", _REFUSED, region(AH, command_id=7), "command_id")
    yield _right("a command_id of 1 character", _ID, region(AH, command_id="x"))
    yield _right("a command_id of 64 characters", _ID, region(AH, command_id="x" * 64))
    yield _right("a command_id of 64 Chinese characters", _ID, region(AH, command_id="令" * 64))
    yield _wrong(
        "a command_id of 65 characters", _ID, region(AH, command_id="x" * 65), "command_id"
    )
    yield _wrong("a command without on", "`on` (ISO date", without(region(AH), "on"), "on")
    yield _right(
        "actor and correlation_id are optional",
        "optional `actor` (who; default: the authenticated user) and `correlation_id`",
        region(AH, actor="desk 1", correlation_id="c1"),
    )
    yield _right("an empty actor", _TEXT, region(AH, actor="", correlation_id=""))
    for name in ("actor", "correlation_id"):
        yield _wrong(f"{name} a number", _REFUSED, again(region(AH), **{name: 7}), name)
        yield _wrong(f"{name} null", _REFUSED, again(region(AH), **{name: None}), name)


# -- one row for each type and fault --------------------------------------------------------------


def _shapes() -> Iterator[Ruling]:
    for kind in SHAPES:
        fields = (*required(kind), *optional(kind))
        sent = sample(kind)
        yield ruling(
            f"form: {kind} without each of its required fields",
            f"a missing field … is refused as `malformed`, {_FIELD}",
            [without(sent, name) for name in required(kind)],
            expect=[malformed(name) for name in required(kind)],
        )
        yield ruling(
            f"form: {kind} with null in each of its fields",
            f"`null` … is refused as `malformed`, {_FIELD}",
            [again(sent, **{name: None}) for name in fields],
            expect=[malformed(name) for name in fields],
        )
        yield ruling(
            f"form: {kind} with another kind of JSON value in each of its fields",
            f"a number where a string belongs, … a wrong form … {_FIELD}",
            [again(sent, **{name: of_another_kind(sent[name])}) for name in fields],
            expect=[malformed(name) for name in fields],
        )
        yield _wrong(
            f"{kind} with an unknown field", "An unknown field", again(sent, colour="red"), "colour"
        )


def _precedence() -> Iterator[Ruling]:
    before = "an unknown field before a missing or wrong one"
    any_of = "of several of one kind, any"
    lacking = without(deduct("K1", "1.00"), "amount")
    yield _wrong("unknown before missing", before, again(lacking, colour="red"), "colour")
    yield _wrong("unknown before wrong", before, deduct("K1", "1", colour="red"), "colour")
    yield _wrong("unknown before null", before, again(reverse("K1"), cause=None, hue=1), "hue")
    yield _wrong(
        "of two unknown fields any",
        any_of,
        deduct("K1", "1.00", colour="red", hue="blue"),
        *("colour", "hue"),
    )
    yield _wrong(
        "of two missing fields any",
        any_of,
        without(lacking, "reason_code"),
        *("amount", "reason_code"),
    )
    yield _wrong(
        "of two wrong fields any", any_of, deduct("K1", "1", on="today"), *("amount", "on")
    )
    yield _wrong(
        "of a missing and a wrong field any",
        "an unknown field before a missing or wrong one; of several of one kind, any",
        again(lacking, claim_id=7),
        *("amount", "claim_id"),
    )
    yield _wrong(
        "a field of another type is unknown",
        "An unknown field",
        book(AH, scheme="CROSS_PROVINCE"),
        "scheme",
    )


# -- forms of single fields -----------------------------------------------------------------------


def _money() -> Iterator[Ruling]:
    wrong = {
        "no decimals": "84000",
        "one decimal": "84000.0",
        "three decimals": "84000.000",
        "a comma": "84,000.00",
        "a minus": "-1.00",
        "a plus": "+1.00",
        "an exponent": "1e3",
        "no whole part": ".50",
        "a blank before it": " 1.00",
        "a line end after it": "1.00\n",
        "full-width digits": "１.00",
        "nothing in it": "",
        "not a number": "NaN",
        "a unit": "1.00元",
    }
    for name, text in wrong.items():
        yield _wrong(f"money with {name}", _MONEY, book(AH, text), "cash")
    never = "never a JSON number; never negative unless said"
    yield _wrong("money as a JSON number", never, book(AH, 84000.00), "cash")  # type: ignore[arg-type]
    yield _wrong("a negative amount", never, deduct("K1", "-0.01"), "amount")
    yield _wrong(
        "a negative part of a claim",
        never,
        settle("K1", psn_cash_pay="-1.00", medfee_sumamt="99.00"),
        "psn_cash_pay",
    )


def _codes_and_dates() -> Iterator[Ruling]:
    for name, code in {
        "five digits": "34000",
        "seven digits": "3400000",
        "a letter": "34000A",
        "Arabic-Indic digits": "٣٤٠٠٠٠",
        "nothing in it": "",
        "a blank": "340000 ",
    }.items():
        yield _wrong(f"a region code with {name}", _REGION, region(code), "code")
    yield _wrong(
        "insured_region of five digits", _REGION, settle("K1", i="34000"), "insured_region"
    )
    for name, day in {
        "no leading zeros": "2025-3-5",
        "no hyphens": "20250305",
        "a week": "2025-W10-3",
        "a day that is not": "2025-02-29",
        "a time": "2025-03-05T00:00:00",
        "slashes": "2025/03/05",
        "nothing in it": "",
    }.items():
        yield _wrong(f"on with {name}", _DATE, region(AH, on=day), "on")
    yield _right("on the 29th of February of a leap year", _DATE, region(AH, on="2024-02-29"))
    yield _wrong(
        "effective_from a wrong date",
        _DATE,
        parameter("warning_red", "0.90", "1.1.2025"),
        "effective_from",
    )
    yield _wrong(
        "admitted_on a wrong date", _DATE, settle("K1", admitted_on="2025-13-01"), "admitted_on"
    )
    yield _wrong("a wrong date in holidays", _DATE, calendar(holidays=["2025-5-1"]), "holidays")
    yield _wrong(
        "a number in makeup_workdays",
        _REFUSED,
        calendar(makeup_workdays=[20250427]),
        "makeup_workdays",
    )
    yield _right(
        "empty lists of days",
        "`holidays` [date], `makeup_workdays` [date]",
        calendar(holidays=[], makeup_workdays=[]),
    )
    for name, period in {
        "a hyphen": "2025-03",
        "month 13": "202513",
        "month 00": "202500",
        "five digits": "20253",
        "a day": "20250301",
        "nothing in it": "",
    }.items():
        yield _wrong(f"a period with {name}", _PERIOD, again(generate(), period=period), "period")


def _years_flags_values() -> Iterator[Ruling]:
    for name, year in {
        "text": "2025",
        "three digits": 999,
        "five digits": 10000,
        "decimals": 2025.5,
        "true": True,
        "a minus": -2025,
    }.items():
        yield _wrong(f"a year as {name}", _YEAR, again(calendar(), year=year), "year")
    for year in (1000, 9999):
        yield _right(
            f"the year {year}", _YEAR, again(calendar(holidays=[], makeup_workdays=[]), year=year)
        )
    flag = "`single_pool` is `true` or `false`"
    for name, value in {"text": "true", "a number": 1, "yes": "yes"}.items():
        yield _wrong(f"single_pool as {name}", flag, region(AH, single_pool=value), "single_pool")
    for value in (True, False):
        yield _right(f"single_pool {value}", flag, region(AH, single_pool=value))
    digits = "a parameter's `value` is digits with two decimals or none"
    for text in ("0.7", "0.700", ".70", "-5", "5.0", "5.", "five", "", "70%"):
        yield _wrong(f"a value {text!r}", digits, parameter("warning_yellow", text), "value")
    yield _wrong(
        "a value as a JSON number",
        digits,
        again(parameter("statement_day", "21"), value=21),
        "value",
    )
    yield _right("a value with two decimals", digits, parameter("warning_yellow", "0.75"))
    yield _right("a value without decimals", digits, parameter("statement_day", "22"))
    yield _wrong(
        "a parameter outside the list",
        "Policy parameters (strings; anything else is `malformed`)",
        parameter("gravity", "9.81"),
        "name",
    )


def _code_lists() -> Iterator[Ruling]:
    outside = "a code outside its list"
    commands = {
        "level": region(HEFEI, "county", parent=AH),
        "scheme": generate("202503", "REGIONAL_COMPACT"),
        "insutype": settle("K1", insutype="311"),
        "med_type": settle("K1", med_type="99"),
        "person_category": settle("K1", person_category="TOURIST"),
        "result": answer_inquiry("K1", "PERHAPS"),
        "party": report_day("hospital"),
        "resolution": resolve("MISSING_AT_INSURED:K1", "FORGOTTEN"),
    }
    for field, sent in commands.items():
        yield _wrong(f"{field} outside its list", outside, sent, field)
        in_list = again(sent, **{field: [sent[field]]})
        yield _wrong(f"{field} as a list", "a wrong form", in_list, field)
        yield _wrong(f"{field} as an object", "a wrong form", again(sent, **{field: {}}), field)
    yield _wrong("a code in other letters", outside, region(AH, "Province"), "level")
    for cause in ("OOPS", "REFUND_CROSS_YEAR", ""):
        yield _wrong(f"ReverseClaim cause {cause!r}", outside, reverse("K1", cause=cause), "cause")
    for cause in ("CANCEL_SAME_DAY", "AUDIT_DEDUCTION", "RECOVERY", "ADVANCE_RETURN"):
        yield _wrong(f"RefundClaim cause {cause}", outside, refund("K1", cause=cause), "cause")
    for scheme in ("cross_province", "", "L3"):
        yield _wrong(
            f"scheme {scheme!r}",
            "`scheme` is `CROSS_PROVINCE`, `INTRA_PROVINCE` or `INTRA_PREFECTURE`",
            pool(scheme=scheme),
            "scheme",
        )


def _lists_inside() -> Iterator[Ruling]:
    row = day_row("K1")
    twice = "A claim twice in `rows` is `malformed`."
    rows: dict[str, tuple[str, list[object]]] = {
        "an unknown field in a row": ("An unknown field", [{**row, "colour": "red"}]),
        "a missing field in a row": ("a missing field", [without(row, "acct_pay")]),
        "null in a row": ("`null`", [{**row, "acct_pay": None}]),
        "a number in a row": ("a number where a string belongs", [{**row, "acct_pay": 1}]),
        "a status outside the list": ("a code outside its list", [{**row, "status": "OPEN"}]),
        "wrong money in a row": (_MONEY, [{**row, "acct_pay": "1"}]),
        "a row that is a text": ("a wrong form", ["K1"]),
        "a claim twice, the same": (twice, [row, row]),
        "a claim twice, with other amounts": (twice, [row, day_row("K1", "1.00", "1.00")]),
    }
    for name, (quote, content) in rows.items():
        yield _wrong(f"rows with {name}", quote, again(report_day("insured"), rows=content), "rows")
    quarter = "`q4?` [three amounts"
    for name, q4 in {
        "two amounts": ["1.00"] * 2,
        "four amounts": ["1.00"] * 4,
        "no amounts": [],
        "a number": [1, 2, 3],
        "a negative month": ["1.00", "-1.00", "1.00"],
        "null in it": ["1.00", None, "1.00"],
    }.items():
        yield _wrong(f"q4 with {name}", quarter, size(q4=q4), "q4")
    items = "a key outside the fund items and `acct_pay`: `malformed`"
    for key in ("acct_mulaid_pay", "psn_cash_pay", "hosp_part_amt", "medfee_sumamt", "colour"):
        for made in (deduct, refund, recover):
            sent = made("K1", "1.00", items={key: "1.00"})
            yield _wrong(f"{sent['type']} items with {key}", items, sent, "items")
    for name, value in {"a number": 1, "null": None, "one decimal": "1.0"}.items():
        yield _wrong(
            f"items with {name}", _MONEY, deduct("K1", "1.00", items={"hifp_pay": value}), "items"
        )
    yield _wrong(
        "items a list",
        "`items?` {fund item: amount}",
        deduct("K1", "1.00", items=["hifp_pay"]),
        "items",
    )
    yield _wrong(
        "a number in corrections",
        "`corrections?` [command_id]",
        resolve("MISSING_AT_INSURED:K1", corrections=[7]),
        "corrections",
    )


def _hospital_lines() -> Iterator[Ruling]:
    double = "empty or double `lines` are `malformed`"
    one = {"insured_region": AH, "amount": "1.00"}
    contents: dict[str, list[object]] = {
        "no line": [],
        "an insured region twice": [*hospital_lines((AH, "1.00"), (AH, "2.00"))],
        "an unknown field in a line": [{**one, "colour": "red"}],
        "a missing field in a line": [without(one, "amount")],
        "a number in a line": [{**one, "amount": 1}],
        "a wrong region in a line": [{**one, "insured_region": "34"}],
        "null in a line": [{**one, "amount": None}],
    }
    for made in (pay_hospital, recover_from_hospital):
        for name, content in contents.items():
            sent = again(made(), lines=content)
            yield _wrong(f"{sent['type']} with {name}", double, sent, "lines")


# -- texts and content ----------------------------------------------------------------------------


def _texts() -> Iterator[Ruling]:
    free = "`reason`, `reason_code`, `question` and `owner` are free text, never a code list."
    held = [*corridor(), settle("K1")]
    inquired = settle("K1", med_type="21", hifp_pay="30000.00")
    broken = [*corridor(), settle("K1"), *missing_at_insured("K1")]
    found = "MISSING_AT_INSURED:K1"
    for text in ("", "any words at all, 任何文字"):
        yield _right(f"a hold's reason {text!r}", free, held, hold("K1", reason=text))
        yield _right(
            f"a deduction's reason_code {text!r}",
            free,
            held,
            deduct("K1", "1.00", reason_code=text),
        )
        yield _right(
            f"a recovery's reason_code {text!r}",
            free,
            held,
            recover("K1", "1.00", reason_code=text),
        )
        yield _right(
            f"a question {text!r}", free, corridor(), inquired, open_inquiry("K1", question=text)
        )
        yield _right(f"an owner {text!r}", free, broken, assign(found, owner=text))
        yield _right(f"an escalation's reason {text!r}", free, broken, escalate(found, reason=text))
        yield _right(f"a resolution's reason {text!r}", free, broken, resolve(found, reason=text))
    yield _right("empty names", _TEXT, region(AH, name_zh="", name_en=""))
    yield _right("an empty institution", _TEXT, corridor(), settle("K1", institution=""))
    yield _right(
        "an issue with an empty reason",
        _TEXT,
        corridor(),
        inquired,
        open_inquiry("K1"),
        answer_inquiry("K1", "ISSUE", reason=""),
    )
    yield _wrong(
        "an issue without reason",
        "`ISSUE` without `reason` is `malformed`.",
        answer_inquiry("K1", "ISSUE"),
        "reason",
    )


def _content() -> Iterator[Ruling]:
    sent = settle("K1")
    turned = dict(reversed(list(sent.items())))
    reused = rejected("command_id_reused", FREE)
    yield ruling("form: key order does not count", _CONTENT, corridor(), sent, turned, expect=KNOWN)
    yield ruling(
        "form: white space and escapes do not count",
        _CONTENT,
        region(AH, command_id="R1"),
        json.dumps(
            region(AH, command_id="R1"), ensure_ascii=True, indent=None, separators=(" , ", " : ")
        ),
        expect=KNOWN,
    )
    changes: dict[str, Command] = {
        "a scheme that was derived": {"scheme": "CROSS_PROVINCE"},
        "an item of 0.00": {"acct_pay": "0.00"},
        "an actor": {"actor": "desk 1"},
        "a correlation_id": {"correlation_id": "c1"},
        "another day": {"on": "2025-03-06"},
        "another amount": {"medfee_sumamt": "200.00", "hifp_pay": "200.00"},
    }
    for name, change in changes.items():
        yield ruling(
            f"form: {name} is other content",
            _CONTENT,
            corridor(),
            sent,
            again(sent, **change),
            expect=reused,
        )
    two = [(AH, "1.00"), ("320000", "2.00")]
    paid = pay_hospital(two)
    yield ruling(
        "form: the order of a list is content",
        _CONTENT,
        *(provinces(), pool(), paid, again(paid, lines=hospital_lines(*reversed(two)))),
        expect=reused,
    )


def _derived() -> Iterator[Ruling]:
    quote = "where left out it is derived from the two regions, where given it must agree"
    yield ruling(
        "form: a scheme left out is derived",
        quote,
        *(corridor(), settle("K1"), generate("202503")),
        reports=statement(line(visits=1)),
    )
    yield ruling(
        "form: a scheme given agrees", quote, corridor(), settle("K1", scheme="CROSS_PROVINCE")
    )
    yield ruling(
        "form: a scheme given does not agree",
        quote,
        *(corridor(), settle("K1", scheme="INTRA_PROVINCE")),
        expect=rejected("scheme_mismatch", "scheme"),
    )
    yield ruling(
        "form: a manual reimbursement has no scheme of its own",
        "`claim_ref`, `insured_region`, `treatment_region`, `institution`, `person_token`,"
        " `admitted_on?`, `amount`, `mdtrt_id?`",
        *(corridor(), manual(scheme="CROSS_PROVINCE")),
        expect=malformed("scheme"),
    )
    yield ruling(
        "form: a command that names no corridor takes no scheme to derive",
        "a missing field",
        without(generate("202503"), "scheme"),
        expect=malformed("scheme"),
    )
    yield ruling(
        "form: the same word may be text in one field and code in another",
        "never a code list",
        *(corridor(), settle("K1"), hold("K1", reason="OPEN_BREAK")),
    )
    yield ruling(
        "form: a prefecture without parent",
        "A province has no parent, the others need one (else `malformed`, field `parent`).",
        without(prefecture(HEFEI), "parent"),
        expect=malformed("parent"),
    )
    yield ruling(
        "form: confirm names one region",
        _REGION,
        confirm("202503", "34"),
        expect=malformed("region"),
    )
    yield ruling(
        "form: a body may hold any type's name only once known",
        "An unknown field",
        command("CloseYear", "2025-01-02", scheme="CROSS_PROVINCE", year=2024, period="202412"),
        expect=malformed("period"),
    )


ROWS = tuple(
    row
    for part in (
        *(_lines, _common_fields, _shapes, _precedence, _money, _codes_and_dates),
        *(_years_flags_values, _code_lists, _lists_inside, _hospital_lines, _texts, _content),
        _derived,
    )
    for row in part()
)
