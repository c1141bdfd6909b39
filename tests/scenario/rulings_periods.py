"""Rulings of the section "Which period an item belongs to"."""

from collections.abc import Iterator
from typing import Final

from .reports import line, payments, statement
from .ruling import Report, Ruling, accepted, rejected, ruling
from .world import (
    AH,
    JS,
    SH,
    close_period,
    confirm,
    confirm_all,
    corridor,
    day_row,
    deduct,
    generate,
    hold,
    manual,
    missing_at_insured,
    notices,
    provinces,
    reconciled,
    recover,
    refund,
    release,
    release_deduction,
    report_day,
    resolve,
    reverse,
    settle,
    stated,
)

_CLAIM: Final = (
    "A claim: the month of its date; if stated, the first period not stated after it, and the event"
    " keeps `original_period`."
)
_REVERSAL: Final = (
    "A reversal takes its claim's period (it is only possible while that is not stated)."
)
_DEDUCTION: Final = (
    "A deduction, or its release: the claim's period while that is not stated; else the month of"
    " its own date; else the first period not stated after that."
)
_REFUND: Final = (
    "A refund or recovery: the month of its own date; else the first period not stated after that."
)
_HELD: Final = (
    "A held claim is in no period, and what is booked to its own period goes and comes with it"
)
_RELEASED: Final = "on release: the first period not stated, not before the claim's own month"
_BREAK: Final = (
    "`GenerateStatements` first holds every claim of that period, not reversed, that has an"
    " unresolved break (`OPEN_BREAK`)"
)
_EVERY: Final = (
    "`GenerateStatements` states *every* corridor of the scheme that has a pool or ever had a"
    " claim, also one without items"
)
_BEHIND: Final = (
    "a corridor whose first claim comes later is behind, and generating the old period again, then"
    " confirming and noticing it, concerns that corridor alone"
)
_CLOSED: Final = (
    "A closed period counts as stated for every corridor of the scheme, also for one that begins"
    " later."
)
_MARCH, _APRIL, _MAY = "202503", "202504", "202505"


def _in(period: str, **cells: object) -> Report:
    return statement(line(**cells), period=period)


def _none(period: str) -> Report:
    return statement(period=period)


def _claims() -> Iterator[Ruling]:
    world = corridor()
    yield ruling(
        "periods: a claim is in its month",
        _CLAIM,
        *(world, settle("K1"), generate(_MARCH), generate(_APRIL)),
        reports=[_in(_MARCH, visits=1, net="100.00"), _none(_APRIL)],
    )
    yield ruling(
        "periods: the last day of the month",
        _CLAIM,
        *(world, settle("K1", on="2025-03-31"), settle("K2", on="2025-04-01"), generate(_MARCH)),
        generate(_APRIL),
        reports=[_in(_MARCH, visits=1), _in(_APRIL, visits=1)],
    )
    yield ruling(
        "periods: a late claim is in the next period",
        _CLAIM,
        *(world, settle("K1"), generate(_MARCH), settle("K2"), generate(_APRIL)),
        reports=[_in(_MARCH, visits=1), _in(_APRIL, visits=1)],
    )
    yield ruling(
        "periods: a late claim skips every stated period",
        _CLAIM,
        *(world, generate(_MARCH), generate(_APRIL), settle("K1"), generate(_MAY)),
        reports=[_none(_MARCH), _none(_APRIL), _in(_MAY, visits=1)],
    )
    yield ruling(
        "periods: a zero line is stated, a claim of its month comes after",
        _EVERY,
        *(world, generate(_MARCH), settle("K1"), generate(_APRIL)),
        reports=[_none(_MARCH), _in(_APRIL, visits=1)],
    )
    yield ruling(
        "periods: a late claim of December is in January",
        _CLAIM,
        *(corridor(2024), generate("202412"), settle("K1", on="2024-12-31"), generate("202501")),
        reports=[_none("202412"), _in("202501", visits=1)],
    )
    yield ruling(
        "periods: an old month that is not stated is still the claim's",
        _CLAIM,
        *(world, generate(_MARCH), settle("K1", on="2025-02-10"), generate("202502")),
        reports=[_in("202502", visits=1), _none(_MARCH)],
    )
    yield ruling(
        "periods: a late claim never goes to a period before its month",
        _CLAIM,
        *(world, generate(_MARCH), settle("K1"), generate("202502"), generate(_APRIL)),
        reports=[_none("202502"), _in(_APRIL, visits=1)],
    )
    yield ruling(
        "periods: another corridor's statement does not make a claim late",
        '"Stated" = the corridor has a statement for that period.',
        *(world, generate(_MARCH), settle("K1", JS, SH), generate(_MARCH)),
        reports=statement(line(JS, SH, visits=1), period=_MARCH),
    )
    yield ruling(
        "periods: a reversal takes its claim's month",
        _REVERSAL,
        *(world, settle("K1"), reverse("K1", on="2025-04-03"), generate(_MARCH), generate(_APRIL)),
        reports=[_in(_MARCH, visits=0, net="0.00"), _none(_APRIL)],
    )
    yield ruling(
        "periods: a reversal takes a late claim's period",
        _REVERSAL,
        *(world, generate(_MARCH), settle("K1"), reverse("K1", on="2025-05-05"), generate(_APRIL)),
        generate(_MAY),
        reports=[_in(_APRIL, visits=0, net="0.00"), _none(_MAY)],
    )
    yield ruling(
        "periods: a reversal is possible while the claim's period is not stated",
        _REVERSAL,
        *(world, generate(_MARCH), settle("K1"), generate(_APRIL), reverse("K1", on="2025-05-22")),
        expect=rejected("already_stated"),
    )


def _deductions() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    yield ruling(
        "periods: a deduction is in its claim's period while that is not stated",
        _DEDUCTION,
        *(world, deduct("K1", "30.00", on="2025-04-16"), generate(_MARCH), generate(_APRIL)),
        reports=[_in(_MARCH, net="70.00", deduction="30.00"), _none(_APRIL)],
    )
    yield ruling(
        "periods: then in the month of its own date",
        _DEDUCTION,
        *(world, generate(_MARCH), deduct("K1", "30.00", on="2025-05-16"), generate(_APRIL)),
        generate(_MAY),
        reports=[
            _in(_MARCH, net="100.00", deduction="0.00"),
            _none(_APRIL),
            _in(_MAY, net="-30.00", deduction="30.00", visits=0),
        ],
    )
    yield ruling(
        "periods: then in the first period not stated after that",
        _DEDUCTION,
        *(world, generate(_MARCH), generate(_APRIL), deduct("K1", "30.00", on="2025-04-16")),
        generate(_MAY),
        reports=_in(_MAY, net="-30.00", deduction="30.00"),
    )
    yield ruling(
        "periods: dated in its claim's month, which is stated",
        _DEDUCTION,
        *(world, generate(_MARCH), deduct("K1", "30.00", on="2025-03-20"), generate(_APRIL)),
        reports=[_in(_MARCH, net="100.00"), _in(_APRIL, net="-30.00")],
    )
    yield ruling(
        "periods: dated in an older month that is not stated",
        _DEDUCTION,
        *(world, generate(_MARCH), deduct("K1", "30.00", on="2025-02-20"), generate("202502")),
        reports=_in("202502", net="-30.00", deduction="30.00"),
    )
    yield ruling(
        "periods: of a late claim, in the period that the claim has",
        _DEDUCTION,
        *(corridor(), generate(_MARCH), settle("K1"), deduct("K1", "30.00", on="2025-05-16")),
        *(generate(_APRIL), generate(_MAY)),
        reports=[_in(_APRIL, net="70.00", deduction="30.00"), _none(_MAY)],
    )
    taken = deduct("K1", "30.00", command_id="D1")
    yield ruling(
        "periods: a release is in its claim's period while that is not stated",
        _DEDUCTION,
        *(world, taken, release_deduction("K1", "D1", "10.00", on="2025-04-16"), generate(_MARCH)),
        reports=_in(_MARCH, net="80.00", deduction="20.00"),
    )
    yield ruling(
        "periods: a release after the statement is in the month of its own date",
        _DEDUCTION,
        *(world, taken, generate(_MARCH), release_deduction("K1", "D1", "10.00", on="2025-04-25")),
        generate(_APRIL),
        reports=[
            _in(_MARCH, net="70.00", deduction="30.00"),
            _in(_APRIL, net="10.00", deduction="-10.00"),
        ],
    )
    yield ruling(
        "periods: a release whose own month is stated",
        _DEDUCTION,
        *(world, taken, generate(_MARCH), generate(_APRIL)),
        *(release_deduction("K1", "D1", "10.00", on="2025-04-25"), generate(_MAY)),
        reports=_in(_MAY, net="10.00", deduction="-10.00"),
    )


def _refunds() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    for made, word in ((refund, "refund"), (recover, "recovery")):
        yield ruling(
            f"periods: a {word} is in the month of its own date, its claim's stated or not",
            _REFUND,
            *(world, made("K1", "40.00", on="2025-04-10"), generate(_MARCH), generate(_APRIL)),
            reports=[
                _in(_MARCH, net="100.00", deduction="0.00", visits=1),
                _in(_APRIL, net="-40.00", deduction="0.00", visits=0),
            ],
        )
        yield ruling(
            f"periods: a {word} within its claim's month",
            _REFUND,
            *(world, made("K1", "40.00", on="2025-03-20"), generate(_MARCH)),
            reports=_in(_MARCH, net="60.00", deduction="0.00", visits=1, medfee_sumamt="100.00"),
        )
        yield ruling(
            f"periods: a {word} whose own month is stated",
            _REFUND,
            *(world, generate(_MARCH), made("K1", "40.00", on="2025-03-20"), generate(_APRIL)),
            reports=[_in(_MARCH, net="100.00"), _in(_APRIL, net="-40.00")],
        )
        yield ruling(
            f"periods: a {word} whose own month and the next are stated",
            _REFUND,
            *(world, generate(_MARCH), generate(_APRIL), made("K1", "40.00", on="2025-03-20")),
            generate(_MAY),
            reports=_in(_MAY, net="-40.00"),
        )
        yield ruling(
            f"periods: a {word} dated before its claim",
            _REFUND,
            *(world, made("K1", "40.00", on="2025-02-20"), generate("202502"), generate(_MARCH)),
            reports=[_in("202502", net="-40.00", visits=0), _in(_MARCH, net="100.00")],
        )


def _holding() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    yield ruling(
        "periods: a held claim is in no period",
        _HELD,
        *(world, hold("K1"), generate(_MARCH), generate(_APRIL)),
        reports=[_none(_MARCH), _none(_APRIL)],
    )
    yield ruling(
        "periods: released before its statement it is in its month",
        _RELEASED,
        *(world, hold("K1"), release("K1", on="2025-04-10"), generate(_MARCH)),
        reports=_in(_MARCH, visits=1, net="100.00"),
    )
    yield ruling(
        "periods: released after a statement it is in the next period",
        _RELEASED,
        *(world, hold("K1"), generate(_MARCH), release("K1"), generate(_APRIL)),
        reports=[_none(_MARCH), _in(_APRIL, visits=1, net="100.00", medfee_sumamt="100.00")],
    )
    yield ruling(
        "periods: released after two statements",
        _RELEASED,
        *(world, hold("K1"), generate(_MARCH), generate(_APRIL), release("K1", on="2025-05-22")),
        generate(_MAY),
        reports=_in(_MAY, visits=1),
    )
    yield ruling(
        "periods: released it is not before its month",
        _RELEASED,
        *(world, hold("K1"), release("K1", on="2025-01-10"), generate("202501")),
        *(generate("202502"), generate(_MARCH)),
        reports=[_none("202501"), _none("202502"), _in(_MARCH, visits=1)],
    )
    yield ruling(
        "periods: released it is not in the month of the release",
        _RELEASED,
        *(world, hold("K1"), generate(_MARCH), release("K1", on="2025-06-05"), generate(_APRIL)),
        reports=_in(_APRIL, visits=1),
    )
    yield ruling(
        "periods: a deduction goes and comes with its claim",
        _HELD,
        *(world, deduct("K1", "30.00"), hold("K1"), generate(_MARCH), release("K1")),
        generate(_APRIL),
        reports=[_none(_MARCH), _in(_APRIL, visits=1, net="70.00", deduction="30.00")],
    )
    yield ruling(
        "periods: a refund within the claim's period goes and comes with it",
        _HELD,
        *(world, refund("K1", "40.00", on="2025-03-20"), hold("K1"), generate(_MARCH)),
        *(release("K1"), generate(_APRIL)),
        reports=[_none(_MARCH), _in(_APRIL, visits=1, net="60.00")],
    )
    yield ruling(
        "periods: a refund of another period stays there",
        "what is booked to its own period goes and comes with it",
        *(world, refund("K1", "40.00", on="2025-04-05"), hold("K1", on="2025-04-06")),
        *(generate(_MARCH), generate(_APRIL), release("K1", on="2025-05-22"), generate(_MAY)),
        reports=[
            _none(_MARCH),
            _in(_APRIL, visits=0, net="-40.00"),
            _in(_MAY, visits=1, net="100.00"),
        ],
    )
    yield ruling(
        "periods: held twice, it comes with all that is booked to it",
        _HELD,
        *(
            world,
            hold("K1"),
            generate(_MARCH),
            release("K1"),
            deduct("K1", "5.00", on="2025-04-23"),
        ),
        *(hold("K1", on="2025-04-25"), generate(_APRIL), release("K1", on="2025-05-22")),
        generate(_MAY),
        reports=[_none(_APRIL), _in(_MAY, visits=1, net="95.00", deduction="5.00")],
    )
    yield ruling(
        "periods: deferrals of two holdings add up",
        "Each statement missed is one deferral.",
        *(world, hold("K1"), generate(_MARCH), generate(_APRIL), release("K1", on="2025-05-22")),
        *(hold("K1", on="2025-05-23"), generate(_MAY), release("K1", on="2025-06-22")),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "periods: a statement of a month before the claim's is not missed",
        "Each statement missed is one deferral.",
        *(world, hold("K1"), generate("202412"), generate("202501"), generate("202502")),
        release("K1", on="2025-04-10"),
    )


def _breaks() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    broken = [*world, *missing_at_insured("K1")]
    held = rejected("claim_held")
    yield ruling(
        "periods: a claim with an open break is left out",
        _BREAK,
        *(broken, settle("K2"), generate(_MARCH)),
        reports=_in(_MARCH, visits=1, net="100.00"),
    )
    yield ruling(
        "periods: a claim with an open break is held by its statement",
        _BREAK,
        *(broken, generate(_MARCH), deduct("K1", "1.00", on="2025-04-22")),
        expect=held,
    )
    yield ruling(
        "periods: it comes back by its release",
        _BREAK,
        *(broken, generate(_MARCH), resolve("MISSING_AT_INSURED:K1", on="2025-05-08")),
        *(release("K1", on="2025-05-08"), generate(_APRIL)),
        reports=_in(_APRIL, visits=1, net="100.00"),
    )
    yield ruling(
        "periods: a claim whose break is resolved is in its statement",
        _BREAK,
        *(broken, resolve("MISSING_AT_INSURED:K1"), generate(_MARCH)),
        reports=_in(_MARCH, visits=1),
    )
    yield ruling(
        "periods: the statement that holds a claim is its first deferral",
        "Each statement missed is one deferral.",
        *(broken, generate(_MARCH), generate(_APRIL), generate(_MAY)),
        *(resolve("MISSING_AT_INSURED:K1", on="2025-06-22"), release("K1", on="2025-06-22")),
        expect=rejected("not_escalated"),
    )
    yield ruling(
        "periods: a reversed claim is not held",
        "not reversed, that has an unresolved break",
        *(broken, reverse("K1"), generate(_MARCH), hold("K1", on="2025-04-22")),
        expect=rejected("claim_reversed"),
        reports=_in(_MARCH, visits=0, net="0.00"),
    )
    yield ruling(
        "periods: a claim of a later period is not held",
        "every claim of that period",
        *(corridor(), settle("K1", on="2025-04-10"), missing_at_insured("K1", date="2025-04-10")),
        *(generate(_MARCH), deduct("K1", "1.00", on="2025-04-22")),
    )
    yield ruling(
        "periods: a duplicate is a break like any other",
        _BREAK,
        *(corridor(), settle("K1", mdtrt_id="V1"), manual(mdtrt_id="V1"), generate(_MARCH)),
        deduct("K1", "1.00", on="2025-04-22"),
        expect=held,
        reports=_none(_MARCH),
    )
    row = [day_row("K1")]
    yield ruling(
        "periods: a break of another corridor's run holds the claim",
        _BREAK,
        *(world, reconciled([], row, [], i=JS, t=SH), generate(_MARCH)),
        deduct("K1", "1.00", on="2025-04-22"),
        expect=held,
        reports=_none(_MARCH),
    )
    yield ruling(
        "periods: a report without a run opens no break",
        "compares the parties' views with each other and with the ledger; opens breaks",
        *(world, report_day("insured"), generate(_MARCH)),
        reports=_in(_MARCH, visits=1),
    )
    yield ruling(
        "periods: a statement that is refused holds no claim",
        _BREAK,
        *(broken, generate(_MARCH, on="2025-04-20"), deduct("K1", "1.00")),
        expect=[rejected("too_early"), accepted()],
    )
    yield ruling(
        "periods: a break that opens after the statement does not change it",
        "from then on never",
        *(world, generate(_MARCH), missing_at_insured("K1")),
        reports=_in(_MARCH, visits=1, net="100.00"),
    )


def _behind() -> Iterator[Ruling]:
    late = [*corridor(), settle("K1"), *stated(_MARCH), notices(_MARCH), settle("K9", JS, SH)]
    both = [line(AH, SH, visits=1, status="NOTICED"), line(JS, SH, visits=1, status="GENERATED")]
    yield ruling(
        "periods: a corridor that begins later is stated by generating again",
        _BEHIND,
        *(late, generate(_MARCH)),
        reports=statement(*both, period=_MARCH),
    )
    done = [generate(_MARCH), *confirm_all(_MARCH, (JS, SH)), notices(_MARCH, on="2025-05-02")]
    yield ruling(
        "periods: it is confirmed and noticed alone",
        _BEHIND,
        *(late, done),
        expect=accepted("notices_issued"),
        reports=payments(
            "2025-05-02",
            line(AH, SH, submit_due="2025-05-12"),
            line(JS, SH, submit_due="2025-05-12"),
        ),
    )
    yield ruling(
        "periods: without its statement of the old period the next is missing",
        "where the corridor's log holds anything for an earlier period not stated"
        " `statement_missing`",
        *(late, generate(_APRIL)),
        expect=accepted(JS, SH, "statement_missing"),
    )
    yield ruling(
        "periods: a corridor with a pool alone is stated",
        _EVERY,
        *(corridor(), generate(_MARCH), confirm(_MARCH, AH), confirm(_MARCH, AH)),
        expect=rejected("statement_confirmed"),
    )
    yield ruling(
        "periods: a corridor whose only claim was reversed is stated",
        _EVERY,
        *(provinces(), settle("K1"), reverse("K1"), generate(_APRIL), generate(_APRIL)),
        expect=[rejected("statement_missing"), rejected("statement_missing")],
    )
    yield ruling(
        "periods: an item that was taken back is still an item",
        "where the corridor's log holds anything for an earlier period",
        *(provinces(), settle("K1"), reverse("K1"), generate(_MARCH)),
        reports=_in(_MARCH, visits=0, net="0.00"),
    )
    yield ruling(
        "periods: a held claim keeps no earlier period open",
        "A held claim is in no period",
        *(corridor(), settle("K1"), hold("K1"), generate(_APRIL)),
    )


def _closed() -> Iterator[Ruling]:
    closed = [*corridor(), *stated(_MARCH), close_period(_MARCH)]
    yield ruling(
        "periods: a claim of a closed period is in the next, in a new corridor too",
        _CLOSED,
        *(closed, settle("K9", JS, SH), generate(_APRIL)),
        reports=statement(line(JS, SH, visits=1), period=_APRIL),
    )
    yield ruling(
        "periods: a new corridor is not behind with a closed period",
        _CLOSED,
        *(closed, settle("K9", JS, SH), generate(_MARCH)),
        expect=rejected("period_closed"),
        reports=_none(_MARCH),
    )
    yield ruling(
        "periods: a refund dated in a closed period, in a new corridor",
        _CLOSED,
        *(closed, settle("K9", JS, SH, on="2025-04-05"), refund("K9", "40.00", on="2025-03-20")),
        generate(_APRIL),
        reports=statement(line(JS, SH, visits=1, net="60.00"), period=_APRIL),
    )
    yield ruling(
        "periods: a held claim of a new corridor is released after a closed period",
        _RELEASED,
        *(corridor(), stated(_MARCH), settle("K9", JS, SH), hold("K9"), generate(_MARCH)),
        *(confirm_all(_MARCH, (JS, SH)), close_period(_MARCH), release("K9"), generate(_APRIL)),
        reports=statement(line(JS, SH, visits=1), period=_APRIL),
    )


ROWS = tuple(
    row
    for part in (_claims, _deductions, _refunds, _holding, _breaks, _behind, _closed)
    for row in part()
)
