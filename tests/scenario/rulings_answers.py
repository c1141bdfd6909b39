"""Rulings of the section "Answers": one outcome for each command, remembered for ever."""

from collections.abc import Iterator
from typing import Final

from .reports import line, statement, trial_balance
from .ruling import ACCEPTED, KNOWN, Outcome, Ruling, accepted, known, malformed, rejected, ruling
from .shapes import SHAPES, sample
from .world import (
    AH,
    FAR_FUTURE,
    FIRST_DAY,
    HEFEI,
    INTRA,
    JS,
    NOWHERE,
    SH,
    again,
    book,
    confirm,
    confirm_all,
    corridor,
    deduct,
    generate,
    hold,
    manual,
    noticed,
    notices,
    open_inquiry,
    pay,
    pool,
    prefecture,
    provinces,
    refund,
    region,
    registry,
    release,
    settle,
    stated,
)

_KNOWN: Final = "`known` (same `command_id`, same content: nothing happens"
_CARRIED: Final = (
    "it carries what the first answer carried, so `reason`, `field` and `detail` if that was"
    " `rejected`, the events and their positions if it was `accepted`"
)
_REUSED: Final = "Same `command_id` with other content: `rejected`, `command_id_reused`."
_REMEMBERED: Final = (
    "A refused command is remembered like an accepted one (a late copy of it must not slip in"
    " after the world has changed)"
)
_BINDS: Final = "a malformed one binds no id, it never was a command; nor does `command_id_reused`"
_FUTURE: Final = "`on` later than the day the command was received is `settled_in_future`"
_FIRST: Final = "`malformed` by form alone; `known` or `command_id_reused`; `settled_in_future`"
_ONE: Final = "`accepted` if at least one corridor carried it out"
_NAMED: Final = "those that refused are named in `detail`, each with its reason"
_NONE: Final = "`rejected` if none carried it out and at least one refused"
_ORDER: Final = (
    "the reason is that of the first which refused, in the order of insured_region, then"
    " treatment_region"
)
_NOTHING: Final = "`accepted`, and nothing happens, if there is no such corridor"
_ZERO: Final = "`IssueNotices` passes over a zero line, confirmed or not"
_LIKE: Final = "`GenerateStatements` and `ConfirmStatement` take zero lines like all others."
_REUSE: Final = rejected("command_id_reused")


def _known() -> Iterator[Ruling]:
    sent = settle("K1")
    yield ruling(
        "answers: an accepted command has events and positions",
        "`accepted` (with the events and their positions)",
        *(corridor(), settle("K1")),
        expect=accepted(events=True),
    )
    yield ruling(
        "answers: a repeated command is known and carries its events",
        _CARRIED,
        *(corridor(), sent, sent),
        expect=[accepted(events=True), KNOWN],
    )
    yield ruling(
        "answers: a known command does nothing",
        _KNOWN,
        *(corridor(), sent, sent, sent),
        expect=[KNOWN, KNOWN],
        reports=trial_balance("2025-03-31", r340000={"EXP": "100.00"}),
    )
    refused = deduct("K1", "100.01")
    yield ruling(
        "answers: a known refusal repeats reason, field and detail",
        _CARRIED,
        *(corridor(), settle("K1"), refused, refused),
        expect=[rejected("exceeds_outstanding"), known("exceeds_outstanding")],
    )
    named = book(NOWHERE)
    yield ruling(
        "answers: a known refusal repeats the field that was at fault",
        _CARRIED,
        *(named, named),
        expect=[
            rejected("unknown_region", "region"),
            Outcome("known", "unknown_region", "region"),
        ],
    )
    yield ruling(
        "answers: a refusal says a sentence",
        "`rejected` (with `reason`, `field` where one is at fault, and a sentence)",
        book(NOWHERE),
        expect=Outcome("rejected", "unknown_region", "region", sentence=True),
    )
    yield ruling(
        "answers: the world may have changed, the answer is the first",
        _REMEMBERED,
        *(corridor(), (late := deduct("K1", "1.00")), settle("K1"), late),
        expect=[rejected("claim_unknown"), ACCEPTED, known("claim_unknown")],
        reports=trial_balance("2025-03-31", r340000={"EXP": "100.00"}),
    )
    future = region(AH, on=FAR_FUTURE)
    yield ruling(
        "answers: a command of the future is remembered too",
        _REMEMBERED,
        *(future, future),
        expect=[rejected("settled_in_future"), known("settled_in_future")],
    )


def _reused() -> Iterator[Ruling]:
    sent = settle("K1", command_id="X")
    other = settle("K2", command_id="X", on="2025-03-06")
    yield ruling(
        "answers: other content under the id of an accepted command",
        _REUSED,
        *(corridor(), sent, other),
        expect=_REUSE,
    )
    yield ruling(
        "answers: other content under the id of a refused command",
        _REUSED,
        *(corridor(), deduct("K9", "1.00", command_id="X"), sent),
        expect=[rejected("claim_unknown"), _REUSE],
    )
    yield ruling(
        "answers: another type under the same id",
        _REUSED,
        *(region(AH, command_id="X"), region(SH), book(AH, command_id="X")),
        expect=_REUSE,
    )
    yield ruling(
        "answers: command_id_reused binds no id",
        _BINDS,
        *(corridor(), sent, other, other, sent),
        expect=[_REUSE, _REUSE, KNOWN],
    )
    yield ruling(
        "answers: what was refused as reused may be sent under an id of its own",
        _BINDS,
        *(corridor(), sent, other, again(other, command_id="Y")),
        expect=[_REUSE, ACCEPTED],
    )
    yield ruling(
        "answers: command_id is unique over all corridors",
        "`command_id` and `claim_id` are unique over all corridors.",
        *(corridor(), sent, settle("K2", JS, SH, command_id="X")),
        expect=_REUSE,
    )
    yield ruling(
        "answers: claim_id is unique over all corridors",
        "`command_id` and `claim_id` are unique over all corridors.",
        *(corridor(), settle("K1"), settle("K1", JS, SH)),
        expect=rejected("claim_exists"),
    )


def _bound() -> Iterator[Ruling]:
    good = book(AH, command_id="X")
    yield ruling(
        "answers: a malformed command binds no id",
        _BINDS,
        *(region(AH), again(good, cash="1"), good),
        expect=[malformed("cash"), ACCEPTED],
    )
    bad = again(good, cash="1")
    yield ruling(
        "answers: a malformed command is malformed again, not known",
        _BINDS,
        *(bad, bad),
        expect=[malformed("cash"), malformed("cash")],
    )
    yield ruling(
        "answers: a malformed parent that the register shows binds no id",
        "like every malformed command binds none",
        *(registry(), prefecture("340300", parent=HEFEI, command_id="X")),
        prefecture("340300", command_id="X"),
        expect=[malformed("parent"), ACCEPTED],
    )
    yield ruling(
        "answers: malformed is answered before command_id_reused",
        _FIRST,
        *(region(AH), good, again(good, cash="1")),
        expect=malformed("cash"),
    )
    yield ruling(
        "answers: malformed is answered before settled_in_future",
        _FIRST,
        *(region(AH), book(AH, "1", on=FAR_FUTURE)),
        expect=malformed("cash"),
    )
    yield ruling(
        "answers: known is answered before settled_in_future",
        _FIRST,
        *(region(AH, on=FAR_FUTURE, command_id="X"), region(AH, on=FAR_FUTURE, command_id="X")),
        expect=[rejected("settled_in_future"), known("settled_in_future")],
    )
    yield ruling(
        "answers: command_id_reused is answered before settled_in_future",
        _FIRST,
        *(region(AH), good, again(good, on=FAR_FUTURE)),
        expect=_REUSE,
    )
    yield ruling(
        "answers: settled_in_future is answered before the checks of the type",
        _FIRST,
        book(NOWHERE, on=FAR_FUTURE),
        expect=rejected("settled_in_future"),
    )
    for kind in SHAPES:
        yield ruling(
            f"answers: {kind} of the future",
            _FUTURE,
            sample(kind, FAR_FUTURE),
            expect=rejected("settled_in_future"),
        )
    yield ruling(
        "answers: a date inside a command may lie in the future",
        "`on` later than the day the command was received",
        sample("SetPolicyParameter", effective_from=FAR_FUTURE),
    )


def _fan_out_generate() -> Iterator[Ruling]:
    behind = [*corridor(), *stated(), settle("K9", JS, SH)]
    yield ruling(
        "answers: one corridor carries out, those that refused are named",
        f"{_ONE}; {_NAMED}",
        *(behind, generate()),
        expect=accepted(AH, SH, "statement_exists"),
    )
    yield ruling(
        "answers: no corridor carries out and one refused",
        _NONE,
        *(corridor(), stated(), generate()),
        expect=rejected("statement_exists"),
    )
    early_behind = [*corridor(), generate("202502"), generate("202503")]
    yield ruling(
        "answers: the first corridor that refused gives the reason, by insured_region",
        _ORDER,
        *(early_behind, settle("K9", SH, AH, on="2025-02-05"), generate("202503")),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "answers: a later insured_region does not give the reason",
        _ORDER,
        *(provinces(), pool(SH, AH), generate("202502"), generate("202503")),
        *(settle("K9", AH, SH, on="2025-02-05"), generate("202503")),
        expect=rejected("statement_exists"),
    )
    yield ruling(
        "answers: of one insured_region the first treatment_region gives the reason",
        _ORDER,
        *(provinces(), pool(AH, JS), generate("202502"), generate("202503")),
        *(settle("K9", AH, SH, on="2025-02-05"), generate("202503")),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "answers: no corridor of the scheme, nothing to state",
        _NOTHING,
        *(corridor(), generate("202503", INTRA)),
        reports=statement(scheme=INTRA),
    )
    yield ruling(
        "answers: too_early is a corridor's refusal, so none of a scheme without corridors",
        _NOTHING,
        *(corridor(), generate("202503", INTRA, on="2025-03-01")),
    )
    yield ruling(
        "answers: a corridor that ever had a claim is stated",
        "on every corridor of the scheme that has a pool or ever had a claim",
        *(provinces(), settle("K1"), generate()),
        reports=statement(line(visits=1)),
    )
    once = generate()
    yield ruling(
        "answers: a command on many corridors is known like any other",
        _CARRIED,
        *(corridor(), settle("K1"), once, once),
        expect=KNOWN,
    )
    yield ruling(
        "answers: a refused command on many corridors is remembered",
        _REMEMBERED,
        *(corridor(), settle("K1"), (soon := generate(on="2025-04-20")), generate(), soon),
        expect=[rejected("too_early"), ACCEPTED, known("too_early")],
    )


def _fan_out_confirm() -> Iterator[Ruling]:
    two = [*provinces(), pool(AH, SH), pool(JS, SH)]
    yield ruling(
        "answers: a region confirms the lines that have it at one end",
        "`ConfirmStatement` on those of them that have `region` at one end",
        *(two, settle("K1"), settle("K2", JS, SH), generate(), confirm("202503", AH)),
        reports=statement(line(AH, SH, status="PART_CONFIRMED"), line(JS, SH, status="GENERATED")),
    )
    yield ruling(
        "answers: all of that province's lines, on both sides",
        "all of that province's lines, on both sides",
        *(provinces(), settle("K1", AH, SH), settle("K2", SH, JS), generate()),
        confirm("202503", SH),
        reports=statement(
            line(AH, SH, status="PART_CONFIRMED"), line(SH, JS, status="PART_CONFIRMED")
        ),
    )
    yield ruling(
        "answers: a region without a line confirms nothing",
        _NOTHING,
        *(corridor(), settle("K1"), generate(), confirm("202503", JS)),
        reports=statement(line(status="GENERATED")),
    )
    yield ruling(
        "answers: a region without a line need not wait for statements",
        _NOTHING,
        *(corridor(), confirm("202503", JS)),
    )
    yield ruling(
        "answers: a confirmation that some lines refuse names them",
        _NAMED,
        *(two, generate(), confirm("202503", AH), settle("K9", AH, JS), generate()),
        confirm("202503", AH),
        expect=accepted(SH, "statement_confirmed"),
    )
    yield ruling(
        "answers: a confirmation that all lines refuse",
        _NONE,
        *(corridor(), stated(), confirm("202503", AH)),
        expect=rejected("statement_confirmed"),
    )
    yield ruling(
        "answers: a confirmation of lines that are not stated",
        _NONE,
        *(corridor(), confirm("202503", AH)),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "answers: a zero line is confirmed like any other",
        _LIKE,
        *(corridor(), generate(), confirm("202503", AH), confirm("202503", AH)),
        expect=rejected("statement_confirmed"),
    )
    yield ruling(
        "answers: a zero line is stated like any other",
        _LIKE,
        *(corridor(), generate(), generate()),
        expect=rejected("statement_exists"),
    )


def _fan_out_notices() -> Iterator[Ruling]:
    two = [*provinces(), settle("K1", AH, SH), settle("K2", JS, SH), generate()]
    yield ruling(
        "answers: notices go out for the lines that are confirmed",
        f"{_ONE}; {_NAMED}",
        *(two, confirm_all("202503", (AH, SH)), notices()),
        expect=accepted(JS, "statement_not_confirmed"),
        reports=statement(line(AH, SH, status="NOTICED"), line(JS, SH, status="PART_CONFIRMED")),
    )
    yield ruling(
        "answers: the notices that are left go out later",
        _NAMED,
        *(two, confirm_all("202503", (AH, SH)), notices(), confirm("202503", JS), notices()),
        expect=accepted(AH, "notices_issued"),
        reports=statement(line(AH, SH, status="NOTICED"), line(JS, SH, status="NOTICED")),
    )
    yield ruling(
        "answers: notices that all lines refuse",
        _NONE,
        *(two, notices()),
        expect=rejected("statement_not_confirmed"),
    )
    yield ruling(
        "answers: no corridor, no notices",
        _NOTHING,
        *(corridor(), notices("202503", INTRA)),
    )
    yield ruling(
        "answers: zero lines only, confirmed",
        "also if `IssueNotices` finds zero lines only",
        *(corridor(), stated(), notices()),
    )
    yield ruling(
        "answers: zero lines only, not confirmed",
        _ZERO,
        *(corridor(), generate(), notices()),
    )
    yield ruling(
        "answers: zero lines only, again",
        _ZERO,
        *(corridor(), stated(), notices(), notices()),
    )
    yield ruling(
        "answers: a zero line does not carry out where another refuses",
        "it neither carries out nor refuses",
        *(corridor(), settle("K2", JS, SH), generate(), notices()),
        expect=rejected("statement_not_confirmed"),
    )
    yield ruling(
        "answers: a corridor without statement refuses its notices",
        "each corridor: `statement_missing`",
        *(corridor(), notices()),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "answers: a zero line is no line to pay",
        _ZERO,
        *(corridor(), noticed(), pay("1.00")),
        expect=rejected("no_line"),
    )


def _concerns() -> Iterator[Ruling]:
    quote = "Every other command concerns what it names"
    yield ruling(
        "answers: a hold concerns its claim alone",
        quote,
        *(corridor(), settle("K1"), settle("K2"), hold("K1"), generate()),
        reports=statement(line(visits=1, net="100.00")),
    )
    yield ruling(
        "answers: refused commands move nothing",
        "Nothing is ever dropped silently, and a rejected line never stops the lines after it.",
        *(corridor(), settle("K1"), deduct("K1", "100.01"), refund("K9"), manual(i=NOWHERE)),
        *(open_inquiry("K1"), release("K1"), confirm("202503", NOWHERE)),
        expect=[
            rejected("exceeds_outstanding"),
            rejected("claim_unknown"),
            rejected("unknown_region", "insured_region"),
            rejected("inquiry_not_allowed"),
            rejected("claim_not_held"),
            rejected("unknown_region", "region"),
        ],
        reports=trial_balance(
            "2025-12-31",
            r340000={"EXP": "100.00", "PAY.ACCRUED": "-100.00", "CASH": "1000000.00"},
            r310000={"ADV.CARE": "100.00", "PAY.HOSP": "-100.00", "CASH": "1000000.00"},
        ),
    )
    yield ruling(
        "answers: the scheme of a fan-out is its own",
        "on every corridor of the scheme that has a pool or ever had a claim",
        *(registry(), prefecture("340300"), [book(c) for c in (AH, SH, HEFEI, "340300")]),
        *(settle("K1"), settle("K2", HEFEI, "340300"), generate("202503", INTRA)),
        reports=[
            statement(),
            statement(line(HEFEI, "340300", visits=1), scheme=INTRA),
        ],
    )
    yield ruling(
        "answers: a day of opening is a day like any other",
        "`on` (ISO date, the business date in Asia/Shanghai)",
        region(AH, on=FIRST_DAY),
    )


ROWS = tuple(
    row
    for part in (
        *(_known, _reused, _bound, _fan_out_generate, _fan_out_confirm, _fan_out_notices),
        _concerns,
    )
    for row in part()
)
