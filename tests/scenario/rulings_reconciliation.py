"""Rulings on daily reconciliation and the life of a break."""

from collections.abc import Iterator, Sequence
from typing import Final

from .reports import breaks, line
from .ruling import Cells, Ruling, accepted, rejected, ruling
from .world import (
    AH,
    JS,
    SH,
    Command,
    assign,
    corridor,
    day_row,
    deduct,
    escalate,
    generate,
    manual,
    missing_at_insured,
    reconcile,
    reconciled,
    refund,
    report_day,
    resolve,
    reverse,
    settle,
)

_LAST: Final = "A party's last report before a run counts."
_MISSING: Final = (
    "`ReconcileDay` before each of the three parties has reported this corridor and `date`:"
    " `report_missing`; a report with empty `rows` is a report."
)
_MEASURE: Final = (
    "The ledger's row is the measure; each party that differs gives one break, the first of"
    " `MISSING_AT_x`, `STATUS_MISMATCH`, `AMOUNT_MISMATCH` (total), `FUND_ITEM_MISMATCH`; one that"
    " is open is not opened again."
)
_FIRST: Final = (
    "Where the parties differ in one category, that is one break, and the first of insured,"
    " treatment, national gives the difference."
)
_UNKNOWN: Final = "A reported claim that the ledger has not is `MISSING_AT_NATIONAL`"
_ELSEWHERE: Final = (
    "one that the ledger has on another day or corridor is `PERIOD_MISMATCH`, with the corridor of"
    " the run and the difference to the claim's payable"
)
_NO_BREAK: Final = "(reversed there and reported `REVERSED`: no break)"
_REVERSED: Final = (
    "A reversed claim may be absent or `REVERSED`, whatever its amounts (its payable in the ledger"
    " is then 0.00); refunds and deductions do not change the row."
)
_OPENED: Final = (
    "`opened_on` = `on` of the command that opened the break (the run; for `DUPLICATE_MANUAL`"
    " whichever of the two came second)."
)
_DIFFERENCE: Final = (
    "Difference = the party's payable (fund + account; 0.00 if absent or reversed) minus the"
    " ledger's."
)
_LIFE: Final = (
    "Assign and escalate are possible until resolved; an escalated break stays ESCALATED."
)
_PROOF: Final = (
    "`REVERSED`, `RESETTLED`, `DEDUCTED` need `corrections` naming accepted commands,"
    " `WRITTEN_OFF_ROUNDING` a difference of exactly 0.01 either way; whatever the resolution, every"
    " id in `corrections` is that of an accepted command; else `resolution_not_proven`."
)
_AGE: Final = (
    "Age = calendar days from `opened_on` to the as-of date, to the resolution's `on` once"
    " resolved."
)
_BUCKET: Final = "`bucket` is `0-3`, `4-10`, `11-30`, `31-60` or `>60`."
_AGAIN: Final = "with `#2`, `#3` for a break of the same kind opened again"
_DAY: Final = "2025-03-05"
_END: Final = "2025-12-31"
_FOUND: Final = "MISSING_AT_INSURED:K1"
_RIGHT: Final = (day_row("K1"),)


def _break(category: str, difference: str, claim: str = "K1", /, **cells: object) -> Cells:
    fields = {"break_id": f"{category}:{claim}", "category": category, "claim_id": claim}
    return line(**{**fields, "difference": difference, **cells})


def _run(
    name: str,
    quote: str,
    views: Sequence[Sequence[Command]],
    *found: Cells,
    world: Sequence[Command] = (),
) -> Ruling:
    """A run of the day with three views of K1 (100.00), and the breaks that it opens."""
    claims = [*corridor(), *(world or [settle("K1")])]
    return ruling(
        f"reconciliation: {name}", quote, claims, reconciled(*views), reports=breaks(_END, *found)
    )


def _reports() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    missing = rejected("report_missing")
    parties = ("insured", "treatment", "national")
    yield ruling(
        "reconciliation: a run before any report", _MISSING, world, reconcile(), expect=missing
    )
    for absent in parties:
        sent = [report_day(party, *_RIGHT) for party in parties if party != absent]
        yield ruling(
            f"reconciliation: a run before the {absent} party has reported",
            _MISSING,
            world,
            sent,
            reconcile(),
            expect=missing,
        )
    yield ruling(
        "reconciliation: reports of another day",
        _MISSING,
        *(world, reconciled(*(_RIGHT,) * 3), reconcile("2025-03-06")),
        expect=missing,
    )
    yield ruling(
        "reconciliation: reports of another corridor",
        _MISSING,
        *(world, reconciled(*(_RIGHT,) * 3), reconcile(_DAY, JS, SH)),
        expect=missing,
    )
    yield ruling(
        "reconciliation: empty reports are reports",
        "a report with empty `rows` is a report",
        *(corridor(), reconciled([], [], [])),
        reports=breaks(_END),
    )
    yield ruling(
        "reconciliation: a corridor that nobody knows is reconciled",
        "`ReconcileDay` | *corridor*, `report_missing`",
        *(corridor(), reconciled([], [], [], i=JS, t=AH)),
        reports=breaks(_END),
    )
    yield ruling(
        "reconciliation: the last report counts",
        _LAST,
        *(world, report_day("insured"), reconciled(*(_RIGHT,) * 3)),
        reports=breaks(_END),
    )
    yield ruling(
        "reconciliation: an earlier report that was right does not count",
        _LAST,
        *(world, report_day("insured", *_RIGHT), reconciled([], _RIGHT, _RIGHT)),
        reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00")),
    )
    yield ruling(
        "reconciliation: the last report is that of the log, not of the date",
        _LAST,
        *(world, report_day("insured", on="2025-03-09"), reconciled(*(_RIGHT,) * 3)),
        reports=breaks(_END),
    )
    yield ruling(
        "reconciliation: a report after the run waits for the next",
        "A party's last report before a run counts.",
        *(world, reconciled(*(_RIGHT,) * 3), report_day("insured")),
        reports=breaks(_END),
    )
    yield ruling(
        "reconciliation: a run may be held again",
        _LAST,
        *(world, reconciled(*(_RIGHT,) * 3), report_day("insured"), reconcile(on="2025-03-07")),
        reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00", opened_on="2025-03-07")),
    )


def _categories() -> Iterator[Ruling]:
    right = _RIGHT
    yield _run("three views that agree", _MEASURE, (right, right, right))
    for party, views in {
        "INSURED": ([], right, right),
        "TREATMENT": (right, [], right),
        "NATIONAL": (right, right, []),
    }.items():
        category = f"MISSING_AT_{party}"
        yield _run(f"{category}", _MEASURE, views, _break(category, "-100.00"))
    yield _run(
        "missing at all three is three breaks",
        _MEASURE,
        ([], [], []),
        *(
            _break(f"MISSING_AT_{party}", "-100.00")
            for party in ("INSURED", "TREATMENT", "NATIONAL")
        ),
    )
    reversed_ = [day_row("K1", status="REVERSED")]
    yield _run(
        "STATUS_MISMATCH", _MEASURE, (right, reversed_, right), _break("STATUS_MISMATCH", "-100.00")
    )
    larger = [day_row("K1", "150.00", "100.00", cash="50.00")]
    yield _run(
        "AMOUNT_MISMATCH of the patient's part",
        _MEASURE,
        (larger, right, right),
        _break("AMOUNT_MISMATCH", "0.00"),
    )
    paid = [day_row("K1", "130.00", "120.00", acct="10.00")]
    yield _run(
        "AMOUNT_MISMATCH of what is payable",
        _DIFFERENCE,
        (right, right, paid),
        _break("AMOUNT_MISMATCH", "30.00"),
    )
    split = [day_row("K1", "100.00", "60.00", acct="25.00", cash="15.00")]
    yield _run(
        "FUND_ITEM_MISMATCH of the fund's part",
        _MEASURE,
        (right, split, right),
        _break("FUND_ITEM_MISMATCH", "-15.00"),
    )
    account = [day_row("K1", "100.00", "90.00", acct="10.00")]
    yield _run(
        "FUND_ITEM_MISMATCH of the same payable",
        _MEASURE,
        (account, right, right),
        _break("FUND_ITEM_MISMATCH", "0.00"),
    )
    both = [day_row("K1", "150.00", "150.00", status="REVERSED")]
    yield _run(
        "the first category of a party that differs twice",
        _MEASURE,
        (both, right, right),
        _break("STATUS_MISMATCH", "-100.00"),
    )
    yield _run(
        "the total before the fund's part",
        _MEASURE,
        ([day_row("K1", "150.00", "140.00", cash="10.00")], right, right),
        _break("AMOUNT_MISMATCH", "40.00"),
    )
    yield _run(
        "parties that differ in two categories",
        "each party that differs gives one break",
        (larger, reversed_, []),
        _break("AMOUNT_MISMATCH", "0.00"),
        _break("STATUS_MISMATCH", "-100.00"),
        _break("MISSING_AT_NATIONAL", "-100.00"),
    )
    yield _run(
        "two parties that differ in one category, the insured first",
        _FIRST,
        ([day_row("K1", "110.00", "110.00")], [day_row("K1", "120.00", "120.00")], right),
        _break("AMOUNT_MISMATCH", "10.00"),
    )
    yield _run(
        "two parties that differ in one category, the treatment first",
        _FIRST,
        (right, [day_row("K1", "120.00", "120.00")], [day_row("K1", "90.00", "90.00")]),
        _break("AMOUNT_MISMATCH", "20.00"),
    )
    yield _run(
        "two claims are two breaks",
        _MEASURE,
        ([], [day_row("K1"), day_row("K2")], [day_row("K1"), day_row("K2")]),
        _break("MISSING_AT_INSURED", "-100.00"),
        _break("MISSING_AT_INSURED", "-100.00", "K2"),
        world=[settle("K1"), settle("K2")],
    )
    full = settle("K1", acct_pay="20.00", psn_cash_pay="5.00", hosp_part_amt="1.00", maf_pay="4.00")
    same = [day_row("K1", "130.00", "104.00", "20.00", "5.00")]
    yield _run("fund items are one sum in a row", _MEASURE, (same, same, same), world=[full])
    yield _run(
        "the difference of a claim with an account's part",
        _DIFFERENCE,
        ([], same, same),
        _break("MISSING_AT_INSURED", "-124.00"),
        world=[full],
    )


def _unknown_and_elsewhere() -> Iterator[Ruling]:
    right = _RIGHT
    other = [*_RIGHT, day_row("K9", "70.00", "60.00", "4.00", "6.00")]
    yield _run(
        "a claim that the ledger has not",
        _UNKNOWN,
        (right, other, right),
        _break("MISSING_AT_NATIONAL", "64.00", "K9"),
    )
    more = [*_RIGHT, day_row("K9", "80.00", "80.00")]
    yield _run(
        "a claim that the ledger has not, reported by two",
        _FIRST,
        (other, more, right),
        _break("MISSING_AT_NATIONAL", "64.00", "K9"),
    )
    yield _run(
        "a claim that the ledger has not, reported by national",
        _UNKNOWN,
        (right, right, other),
        _break("MISSING_AT_NATIONAL", "64.00", "K9"),
    )
    two = [day_row("K1"), day_row("K2", "70.00", "60.00", "4.00", "6.00")]
    yield _run(
        "a claim of another day",
        _ELSEWHERE,
        (right, two, right),
        _break("PERIOD_MISMATCH", "-36.00", "K2"),
        world=[settle("K1"), settle("K2", on="2025-03-06")],
    )
    yield _run(
        "a claim of another corridor",
        _ELSEWHERE,
        (right, two, right),
        _break("PERIOD_MISMATCH", "-36.00", "K2"),
        world=[settle("K1"), settle("K2", JS, SH)],
    )
    yield _run(
        "a claim of another day, reported by two",
        _FIRST,
        (two, [day_row("K1"), day_row("K2")], right),
        _break("PERIOD_MISMATCH", "-36.00", "K2"),
        world=[settle("K1"), settle("K2", on="2025-03-06")],
    )
    reversed_ = [day_row("K1"), day_row("K2", status="REVERSED")]
    yield _run(
        "a claim of another day, reversed there and reported so",
        _NO_BREAK,
        (right, reversed_, right),
        world=[settle("K1"), settle("K2", on="2025-03-06"), reverse("K2", on="2025-03-06")],
    )
    yield _run(
        "a claim of another day, reversed there and reported as settled",
        _ELSEWHERE,
        (right, two, right),
        _break("PERIOD_MISMATCH", "64.00", "K2"),
        world=[settle("K1"), settle("K2", on="2025-03-06"), reverse("K2", on="2025-03-06")],
    )
    yield _run(
        "a claim of another day, settled there and reported as reversed",
        _ELSEWHERE,
        (right, reversed_, right),
        _break("PERIOD_MISMATCH", "-100.00", "K2"),
        world=[settle("K1"), settle("K2", on="2025-03-06")],
    )


def _reversed_claims() -> Iterator[Ruling]:
    gone = [settle("K1"), reverse("K1")]
    as_reversed = [day_row("K1", status="REVERSED")]
    yield _run("a reversed claim, absent at all", _REVERSED, ([], [], []), world=gone)
    yield _run("a reversed claim, reported so", _REVERSED, (as_reversed,) * 3, world=gone)
    yield _run(
        "a reversed claim, absent or reported so", _REVERSED, ([], as_reversed, []), world=gone
    )
    yield _run(
        "a reversed claim, reported with other amounts",
        "whatever its amounts",
        ([day_row("K1", "7.00", "7.00", status="REVERSED")], as_reversed, []),
        world=gone,
    )
    yield _run(
        "a reversed claim, reported as settled",
        "(its payable in the ledger is then 0.00)",
        (_RIGHT, [], []),
        _break("STATUS_MISMATCH", "100.00"),
        world=gone,
    )
    yield _run(
        "a refund does not change the row",
        "refunds and deductions do not change the row",
        (_RIGHT,) * 3,
        world=[settle("K1"), refund("K1", "40.00", on=_DAY)],
    )
    yield _run(
        "a deduction does not change the row",
        "refunds and deductions do not change the row",
        (_RIGHT,) * 3,
        world=[settle("K1"), deduct("K1", "40.00", on=_DAY)],
    )
    yield _run(
        "a deduction does not change the difference",
        "refunds and deductions do not change the row",
        ([], _RIGHT, _RIGHT),
        _break("MISSING_AT_INSURED", "-100.00"),
        world=[settle("K1"), deduct("K1", "40.00", on=_DAY)],
    )


def _openings() -> Iterator[Ruling]:
    world = [*corridor(), settle("K1")]
    late = reconciled([], _RIGHT, _RIGHT, on="2025-03-08")
    yield ruling(
        "reconciliation: a break opens on the day of the run",
        _OPENED,
        *(world, late),
        reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00", opened_on="2025-03-08")),
    )
    broken = [*world, *missing_at_insured("K1")]
    yield ruling(
        "reconciliation: an open break is not opened again",
        _MEASURE,
        *(broken, late),
        reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00", opened_on=_DAY)),
    )
    yield ruling(
        "reconciliation: an escalated break is not opened again",
        _MEASURE,
        *(broken, escalate(_FOUND), late),
        reports=breaks(
            _END, _break("MISSING_AT_INSURED", "-100.00", opened_on=_DAY, state="ESCALATED")
        ),
    )
    resolved = resolve(_FOUND, on="2025-03-06")
    first = _break("MISSING_AT_INSURED", "-100.00", opened_on=_DAY, state="RESOLVED")
    second = _break("MISSING_AT_INSURED", "-100.00", break_id=f"{_FOUND}#2", opened_on="2025-03-08")
    yield ruling(
        "reconciliation: a resolved break is opened again as #2",
        _AGAIN,
        *(broken, resolved, late),
        reports=breaks(_END, first, {**second, "state": "OPEN"}),
    )
    third = {**second, "break_id": f"{_FOUND}#3", "opened_on": "2025-03-10", "state": "OPEN"}
    yield ruling(
        "reconciliation: and again as #3",
        _AGAIN,
        *(broken, resolved, late, resolve(f"{_FOUND}#2", on="2025-03-09")),
        reconciled([], _RIGHT, _RIGHT, on="2025-03-10"),
        reports=breaks(_END, first, {**second, "state": "RESOLVED"}, third),
    )
    yield ruling(
        "reconciliation: the first break stays resolved",
        _AGAIN,
        *(broken, resolved, late, resolve(_FOUND)),
        expect=rejected("break_resolved"),
    )
    yield ruling(
        "reconciliation: a break of another kind is a first one",
        _AGAIN,
        *(broken, resolved, reconciled(_RIGHT, [], _RIGHT, on="2025-03-08")),
        reports=breaks(_END, first, _break("MISSING_AT_TREATMENT", "-100.00")),
    )
    yield ruling(
        "reconciliation: a duplicate is opened again as #2",
        _AGAIN,
        *(corridor(), settle("K1", mdtrt_id="V1"), manual(mdtrt_id="V1")),
        *(resolve("DUPLICATE_MANUAL:K1"), manual("M2", mdtrt_id="V1", on="2025-03-20")),
        reports=breaks(
            _END,
            _break("DUPLICATE_MANUAL", "100.00", state="RESOLVED"),
            _break(
                "DUPLICATE_MANUAL",
                "100.00",
                break_id="DUPLICATE_MANUAL:K1#2",
                opened_on="2025-03-20",
            ),
        ),
    )
    yield ruling(
        "reconciliation: a run that agrees resolves nothing",
        "A break never changes money by itself.",
        *(broken, reconciled(_RIGHT, _RIGHT, _RIGHT, on="2025-03-08")),
        reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00", state="OPEN")),
    )


def _life() -> Iterator[Ruling]:
    broken = [*corridor(), settle("K1"), *missing_at_insured("K1")]
    steps: dict[str, tuple[list[Command], dict[str, object]]] = {
        "opened": ([], {"state": "OPEN", "owner": None}),
        "assigned": ([assign(_FOUND)], {"state": "ASSIGNED", "owner": "desk 1"}),
        "assigned again": (
            [assign(_FOUND), assign(_FOUND, owner="desk 2")],
            {"state": "ASSIGNED", "owner": "desk 2"},
        ),
        "escalated": ([escalate(_FOUND)], {"state": "ESCALATED", "owner": None}),
        "escalated again": ([escalate(_FOUND), escalate(_FOUND)], {"state": "ESCALATED"}),
        "assigned and escalated": (
            [assign(_FOUND), escalate(_FOUND)],
            {"state": "ESCALATED", "owner": "desk 1"},
        ),
        "escalated and assigned": (
            [escalate(_FOUND), assign(_FOUND)],
            {"state": "ESCALATED", "owner": "desk 1"},
        ),
        "resolved": (
            [resolve(_FOUND)],
            {
                "state": "RESOLVED",
                "resolved_on": "2025-03-15",
                "resolution": "INSURED_ACCEPTS",
            },
        ),
    }
    for name, (done, cells) in steps.items():
        yield ruling(
            f"reconciliation: a break that is {name}",
            _LIFE,
            broken,
            done,
            reports=breaks(_END, _break("MISSING_AT_INSURED", "-100.00", **cells)),
        )
    for sent in (assign(_FOUND), escalate(_FOUND), resolve(_FOUND)):
        yield ruling(
            f"reconciliation: {sent['type']} of a resolved break",
            "Assign and escalate are possible until resolved",
            *(broken, resolve(_FOUND), {**sent, "command_id": "last"}),
            expect=rejected("break_resolved"),
        )
        yield ruling(
            f"reconciliation: {sent['type']} of no break",
            "`break_unknown`",
            *(corridor(), settle("K1"), sent),
            expect=rejected("break_unknown"),
        )


def _proofs() -> Iterator[Ruling]:
    broken = [*corridor(), settle("K1", command_id="S1"), *missing_at_insured("K1")]
    not_proven = rejected("resolution_not_proven")
    needy = ("REVERSED", "RESETTLED", "DEDUCTED")
    free = ("INSURED_ACCEPTS", "TREATMENT_ACCEPTS", "NO_ISSUE")
    for resolution in needy:
        yield ruling(
            f"reconciliation: {resolution} without corrections",
            _PROOF,
            broken,
            resolve(_FOUND, resolution),
            expect=not_proven,
        )
        yield ruling(
            f"reconciliation: {resolution} with an empty list of corrections",
            _PROOF,
            broken,
            resolve(_FOUND, resolution, corrections=[]),
            expect=not_proven,
        )
        yield ruling(
            f"reconciliation: {resolution} with an accepted correction",
            _PROOF,
            *(broken, deduct("K1", "1.00", command_id="D1")),
            resolve(_FOUND, resolution, corrections=["D1"]),
        )
        yield ruling(
            f"reconciliation: {resolution} with a refused correction",
            _PROOF,
            *(broken, deduct("K1", "100.01", command_id="D1")),
            resolve(_FOUND, resolution, corrections=["D1"]),
            expect=[rejected("exceeds_outstanding"), not_proven],
        )
        yield ruling(
            f"reconciliation: {resolution} with a correction that never came",
            _PROOF,
            broken,
            resolve(_FOUND, resolution, corrections=["D1"]),
            expect=not_proven,
        )
        yield ruling(
            f"reconciliation: {resolution} with one correction of two",
            "every id in `corrections` is that of an accepted command",
            *(broken, resolve(_FOUND, resolution, corrections=["S1", "D1"])),
            expect=not_proven,
        )
    for resolution in free:
        yield ruling(
            f"reconciliation: {resolution} needs no corrections",
            _PROOF,
            broken,
            resolve(_FOUND, resolution),
        )
        yield ruling(
            f"reconciliation: {resolution} with a correction that never came",
            "whatever the resolution, every id in `corrections` is that of an accepted command",
            *(broken, resolve(_FOUND, resolution, corrections=["D1"])),
            expect=not_proven,
        )
        yield ruling(
            f"reconciliation: {resolution} with an accepted correction",
            _PROOF,
            broken,
            resolve(_FOUND, resolution, corrections=["S1"]),
        )
    for name, fund, outcome in (
        ("0.01 more", "100.01", accepted()),
        ("0.01 less", "99.99", accepted()),
        ("0.02 more", "100.02", not_proven),
        ("0.02 less", "99.98", not_proven),
    ):
        views = ([day_row("K1", fund, fund)], _RIGHT, _RIGHT)
        yield ruling(
            f"reconciliation: written off as rounding, {name}",
            "`WRITTEN_OFF_ROUNDING` a difference of exactly 0.01 either way",
            *(corridor(), settle("K1"), reconciled(*views)),
            resolve("AMOUNT_MISMATCH:K1", "WRITTEN_OFF_ROUNDING"),
            expect=outcome,
        )
    same = ([day_row("K1", "100.01", "100.00", cash="0.01")], _RIGHT, _RIGHT)
    yield ruling(
        "reconciliation: written off as rounding, no difference",
        "`WRITTEN_OFF_ROUNDING` a difference of exactly 0.01 either way",
        *(corridor(), settle("K1"), reconciled(*same)),
        resolve("AMOUNT_MISMATCH:K1", "WRITTEN_OFF_ROUNDING"),
        expect=not_proven,
    )
    fen = ([day_row("K1", "100.01", "100.01")], _RIGHT, _RIGHT)
    yield ruling(
        "reconciliation: written off as rounding, with a correction that never came",
        "whatever the resolution, every id in `corrections` is that of an accepted command",
        *(corridor(), settle("K1"), reconciled(*fen)),
        resolve("AMOUNT_MISMATCH:K1", "WRITTEN_OFF_ROUNDING", corrections=["D1"]),
        expect=not_proven,
    )
    yield ruling(
        "reconciliation: a refused resolution leaves the break open",
        _PROOF,
        *(broken, resolve(_FOUND, "REVERSED"), resolve(_FOUND)),
        expect=[not_proven, accepted()],
    )


def _ages() -> Iterator[Ruling]:
    broken = [*corridor(), settle("K1"), *missing_at_insured("K1")]
    days = {
        "2025-03-05": (0, "0-3"),
        "2025-03-08": (3, "0-3"),
        "2025-03-09": (4, "4-10"),
        "2025-03-15": (10, "4-10"),
        "2025-03-16": (11, "11-30"),
        "2025-04-04": (30, "11-30"),
        "2025-04-05": (31, "31-60"),
        "2025-05-04": (60, "31-60"),
        "2025-05-05": (61, ">60"),
    }
    for day, (age, bucket) in days.items():
        yield ruling(
            f"reconciliation: a break of {age} days",
            _BUCKET,
            broken,
            reports=breaks(
                day, _break("MISSING_AT_INSURED", "-100.00", age_days=age, bucket=bucket)
            ),
        )
    done = [*broken, assign(_FOUND), escalate(_FOUND), resolve(_FOUND, on="2025-03-25")]
    yield ruling(
        "reconciliation: a resolved break grows no older",
        _AGE,
        done,
        reports=breaks(
            _END,
            _break("MISSING_AT_INSURED", "-100.00", age_days=20, bucket="11-30", state="RESOLVED"),
        ),
    )
    life = "`breaks` takes the life of a break up to it"
    stages: dict[str, dict[str, object]] = {
        "2025-03-09": {"state": "OPEN", "owner": None},
        "2025-03-10": {"state": "ASSIGNED", "owner": "desk 1"},
        "2025-03-12": {"state": "ESCALATED", "owner": "desk 1"},
        "2025-03-24": {
            "state": "ESCALATED",
            "resolved_on": None,
            "resolution": None,
            "age_days": 19,
        },
        "2025-03-25": {"state": "RESOLVED", "resolved_on": "2025-03-25", "age_days": 20},
    }
    for day, cells in stages.items():
        yield ruling(
            f"reconciliation: a break as of {day}",
            life,
            done,
            reports=breaks(day, _break("MISSING_AT_INSURED", "-100.00", **cells)),
        )
    yield ruling(
        "reconciliation: a break as of the day before it opened",
        life,
        done,
        reports=breaks("2025-03-04"),
    )
    yield ruling(
        "reconciliation: a run in the past opens a break in the past",
        _OPENED,
        *(corridor(), settle("K1"), generate(), missing_at_insured("K1")),
        reports=breaks("2025-03-05", _break("MISSING_AT_INSURED", "-100.00", age_days=0)),
    )
    yield ruling(
        "reconciliation: a corridor in the row is that of the claim",
        "with the corridor of the run",
        *(corridor(), settle("K1", SH, AH), reconciled([], _RIGHT, _RIGHT, i=SH, t=AH)),
        reports=breaks(
            _END,
            {
                "break_id": _FOUND,
                "insured_region": SH,
                "treatment_region": AH,
                "difference": "-100.00",
            },
        ),
    )


ROWS = tuple(
    row
    for part in (
        *(_reports, _categories, _unknown_and_elsewhere, _reversed_claims, _openings, _life),
        *(_proofs, _ages),
    )
    for row in part()
)
