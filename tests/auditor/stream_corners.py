"""Commands that meet a check which plain twists seldom reach: each looks for its own corner."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from .facts import Claim, Corridor, Pool, Statement, total
from .stream_claims import claim_fields, twin
from .stream_commands import BUILDERS
from .stream_maker import Fields, Maker

Command = dict[str, Any]
Corner = Callable[[Maker], Command | None]

ON_A_LINE = (
    "PayClearing",
    "ConfirmClearingReceipt",
    "PayReturn",
    "ConfirmReturnReceipt",
)
ON_AN_ADVANCE = ("PayAdvance", "ConfirmAdvanceReceipt")
ON_A_RETURN = ("PayAdvanceReturn", "ConfirmAdvanceReturnReceipt")


def on_statement(
    maker: Maker, kind: str, holds: Callable[[Statement], bool], amount: str = "1.00"
) -> Command | None:
    """A command about a clearing line for which something holds."""
    made = maker.pick(each for each in maker.facts.statements if holds(each))
    if made is None:
        return None
    fields = {**maker.ends(made.corridor), "period": made.period}
    if kind != "SubmitToFinance":
        fields |= {"amount": amount, **maker.serial_of_bank()}
    return maker.command(kind, fields)


def any_line_command(maker: Maker) -> str:
    return maker.rng.choice((*ON_A_LINE, "SubmitToFinance"))


def late_claim_of_closed_year(maker: Maker) -> Command | None:
    scheme, year = maker.pick(maker.facts.closed_years) or ("", 0)
    corridor = maker.pick(maker.facts.corridors(scheme))
    if corridor is None:
        return None
    on = date(year, maker.rng.randint(1, 12), 15)
    return maker.command("SettleClaim", claim_fields(maker, corridor), on)


def line_of_closed_period(maker: Maker) -> Command | None:
    def closed(made: Statement) -> bool:
        return maker.facts.closed(made.corridor, made.period)

    return on_statement(maker, any_line_command(maker), closed)


def zero_line(maker: Maker) -> Command | None:
    def zero(made: Statement) -> bool:
        return made.net() == 0 and made.both_confirmed()

    return on_statement(maker, any_line_command(maker), zero)


def line_not_noticed(maker: Maker) -> Command | None:
    def unnoticed(made: Statement) -> bool:
        return made.net() != 0 and made.both_confirmed() and made.notice is None

    return on_statement(maker, any_line_command(maker), unnoticed)


def line_not_confirmed(maker: Maker) -> Command | None:
    return on_statement(maker, any_line_command(maker), lambda made: not made.both_confirmed())


def line_of_other_direction(maker: Maker) -> Command | None:
    kind = maker.rng.choice(ON_A_LINE)

    def other(made: Statement) -> bool:
        return made.line is not None and made.line.returns != ("Return" in kind)

    return on_statement(maker, kind, other)


def line_paid_in_full(maker: Maker) -> Command | None:
    """One fen more, nothing at all, or a second submission."""
    kind = any_line_command(maker)

    def paid(made: Statement) -> bool:
        right = made.line is not None and made.line.returns == ("Return" in kind)
        return right and made.line is not None and total(made.line.paid) > 0

    return on_statement(maker, kind, paid, maker.rng.choice(("0.00", "0.01", "99999999.00")))


def pool_where(maker: Maker, holds: Callable[[Corridor, Pool], bool]) -> Corridor | None:
    pools = maker.facts.pools.items()
    return maker.pick(corridor for corridor, pool in pools if holds(corridor, pool))


def advance_without_line(maker: Maker) -> Command | None:
    kind = maker.rng.choice((*ON_AN_ADVANCE, *ON_A_RETURN))

    def without(_: Corridor, pool: Pool) -> bool:
        return pool.line is None or pool.line.returns != (kind in ON_A_RETURN)

    corridor = pool_where(maker, without)
    if corridor is None:
        return None
    fields = {**maker.ends(corridor), "amount": "1.00", **maker.serial_of_bank()}
    return maker.command(kind, fields)


def advance_on_request(maker: Maker) -> Command | None:
    """On a request that is undecided, refused, paid, or of another corridor."""
    kind = maker.rng.choice(ON_AN_ADVANCE)
    requests = [
        (corridor, request)
        for corridor, pool in maker.facts.pools.items()
        for request in pool.requests
    ]
    chosen = maker.pick(requests)
    if chosen is None:
        return None
    corridor = maker.pick(maker.facts.pools) if maker.chance(0.2) else chosen[0]
    assert corridor is not None
    amount = maker.rng.choice(("0.00", "0.01", "99999999.00"))
    fields = {**maker.ends(corridor), "amount": amount, **maker.serial_of_bank()}
    return maker.command(kind, {**fields, "request": chosen[1]})


def sizing_before_confirmation(maker: Maker) -> Command | None:
    year = maker.start.year + 1

    def stated(corridor: Corridor, _: Pool) -> bool:
        quarter = [maker.facts.statement(corridor, f"{year - 1}{month}") for month in (10, 11, 12)]
        return all(quarter)

    corridor = pool_where(maker, stated)
    return (
        None
        if corridor is None
        else maker.command("SizeAdvance", {**maker.ends(corridor), "year": year})
    )


def request_of_nothing(maker: Maker) -> Command | None:
    fields = BUILDERS["RequestEmergencyIncrease"](maker)
    return (
        None
        if fields is None
        else maker.command("RequestEmergencyIncrease", {**fields, "amount": "0.00"})
    )


def request_where(maker: Maker) -> Command | None:
    """A request for any statement of a pool: not red, not confirmed, too late."""
    made = maker.pick(each for each in maker.facts.statements if each.corridor in maker.facts.pools)
    if made is None:
        return None
    fields = {**maker.ends(made.corridor), "period": made.period, "amount": "1.00"}
    return maker.command("RequestEmergencyIncrease", fields)


def hospital_without_book(maker: Maker) -> Command:
    return maker.command(
        maker.rng.choice(("PayHospital", "RecoverFromHospital")),
        {
            "treatment_region": "340202",
            "institution": "H340202-1",
            "lines": [{"insured_region": "340101", "amount": "1.00"}],
            **maker.serial_of_bank(),
        },
    )


def foreign_item(maker: Maker) -> Command:
    """An item of the other class, above 0.00 or not."""
    fields = claim_fields(maker, maker.pair())
    insutype, items = maker.rng.choice(
        (("390", ("hifob_pay", "acct_pay", "cvlserv_pay", "hifdm_pay")), ("310", ("hifmi_pay",)))
    )
    kept = {name: value for name, value in fields.items() if not twin(name, insutype)}
    foreign = {maker.rng.choice(items): maker.rng.choice(("0.01", "1.00", "0.00"))}
    return maker.command("SettleClaim", {**kept, "insutype": insutype, **foreign})


def claim_where(
    maker: Maker, kind: str, holds: Callable[[Claim], bool], fields: Callable[[Claim], Fields]
) -> Command | None:
    claim = maker.pick(each for each in maker.facts.claims.values() if holds(each))
    if claim is None:
        return None
    return maker.command(kind, {"claim_id": claim.claim_id, **fields(claim)})


def release_without_escalation(maker: Maker) -> Command | None:
    most = maker.facts.parameter("max_deferrals", maker.day)

    def overdue(claim: Claim) -> bool:
        breaks = maker.facts.breaks_of(claim.claim_id)
        free = all(each.resolved() and not each.escalated() for each in breaks)
        return claim.held and claim.deferrals > most and free

    return claim_where(maker, "ReleaseClaim", overdue, lambda _: {})


def reversal_of_changed_claim(maker: Maker) -> Command | None:
    """Deducted in part (refused), or released again in full (allowed)."""

    def changed(claim: Claim) -> bool:
        return len(claim.items) > 1 and not claim.reversed

    cause = {"cause": "TIMEOUT_REVERSAL"}
    return claim_where(maker, "ReverseClaim", changed, lambda _: cause)


def release_on_closed_claim(maker: Maker) -> Command | None:
    """A deduction of a claim that is reversed or held, or one released already."""

    def fits(claim: Claim) -> bool:
        return any(item.kind == "deduct" for item in claim.items)

    def fields(claim: Claim) -> Fields:
        deduction = next(item for item in claim.items if item.kind == "deduct")
        amount = f"{-deduction.total():.2f}"
        return {"deduction": deduction.command_id, "amount": amount}

    return claim_where(maker, "ReleaseDeduction", fits, fields)


def second_inquiry(maker: Maker) -> Command | None:
    def asked(claim: Claim) -> bool:
        return claim.inquiry is not None and not claim.reversed

    return claim_where(maker, "OpenInquiry", asked, lambda _: {"question": ""})


def deduction_of_another(maker: Maker) -> Command | None:
    def fields(_: Claim) -> Fields:
        deductions = [
            item.command_id
            for other in maker.facts.claims.values()
            for item in other.items
            if item.kind in ("deduct", "recover", "settle")
        ]
        return {"deduction": maker.rng.choice(deductions), "amount": "0.01"}

    return claim_where(maker, "ReleaseDeduction", lambda _: True, fields)


def break_of_nobody(maker: Maker) -> Command | None:
    kind = maker.rng.choice(("AssignBreak", "EscalateBreak", "ResolveBreak"))
    fields = BUILDERS[kind](maker) or {"owner": "x"}
    known = maker.facts.breaks
    number = f"{maker.pick(known) or 'STATUS_MISMATCH:nobody'}#9"
    return maker.command(kind, {**fields, "break_id": number}) if known else None


def region_elsewhere(maker: Maker) -> Command:
    """A registered region with another level or parent than before."""
    code, level, parent = maker.rng.choice(
        (
            ("340101", "pool", "340200"),
            ("340101", "prefecture", "340000"),
            ("340200", "prefecture", maker.members[-1]),
            ("340201", "pool", "340101"),
        )
    )
    names = {"name_zh": "", "name_en": "Elsewhere"}
    fields = {"code": code, **names, "level": level, "parent": parent}
    return maker.command("RegisterRegion", fields)


def sizing_without_calendar(maker: Maker) -> Command | None:
    """Dated in a year that has no calendar: a fault only if there is a difference to move."""
    corridor = maker.pick(maker.facts.pools)
    if corridor is None:
        return None
    year = maker.start.year + maker.rng.randint(2, 5)
    quota = {"q4": [maker.rng.choice(("0.00", "1000.01"))] * 3}
    fields = {**maker.ends(corridor), "year": year, **quota}
    return maker.command("SizeAdvance", fields, date(maker.start.year - 1, 6, 1))


def statement_of_closed_period(maker: Maker) -> Command | None:
    """For a corridor that began after the period was closed."""
    for scheme, period in maker.facts.closed_periods:
        corridors = maker.facts.corridors(scheme)
        if any(maker.facts.statement(each, period) is None for each in corridors):
            return maker.command("GenerateStatements", {"scheme": scheme, "period": period})
    return None


def dispute_where(maker: Maker) -> Command | None:
    """Any claim of an unconfirmed statement's corridor: reversed, held, of another period."""
    made = maker.pick(each for each in maker.facts.statements if not each.confirmed)
    claim = maker.pick(maker.facts.claims_of(made.corridor)) if made else None
    if made is None or claim is None:
        return None
    fields = {**maker.ends(made.corridor), "period": made.period, "claim_id": claim.claim_id}
    return maker.command("DisputeStatementLine", {**fields, "reason": ""})


def not_proven(maker: Maker) -> Command | None:
    found = maker.pick(each for each in maker.facts.breaks.values() if not each.resolved())
    if found is None:
        return None
    resolution: Fields = maker.rng.choice(
        (
            {"resolution": "REVERSED"},
            {"resolution": "RESETTLED", "corrections": []},
            {"resolution": "NO_ISSUE", "corrections": ["no-command"]},
            {"resolution": "WRITTEN_OFF_ROUNDING"},
        )
    )
    return maker.command("ResolveBreak", {"break_id": found.break_id, **resolution})


def notices_now(maker: Maker) -> Command | None:
    """Notices for the last statements made: mostly not confirmed yet, or issued."""
    made = maker.pick(maker.facts.statements[-6:])
    if made is None:
        return None
    fields = {"scheme": made.corridor.scheme, "period": made.period}
    return maker.command(maker.rng.choice(("IssueNotices", "GenerateStatements")), fields)


CORNERS: tuple[Corner, ...] = (
    late_claim_of_closed_year,
    line_of_closed_period,
    zero_line,
    line_not_noticed,
    line_not_confirmed,
    line_of_other_direction,
    line_paid_in_full,
    advance_without_line,
    advance_on_request,
    sizing_before_confirmation,
    request_of_nothing,
    request_where,
    hospital_without_book,
    foreign_item,
    release_without_escalation,
    reversal_of_changed_claim,
    release_on_closed_claim,
    dispute_where,
    not_proven,
    notices_now,
    second_inquiry,
    deduction_of_another,
    break_of_nobody,
    region_elsewhere,
    sizing_without_calendar,
    statement_of_closed_period,
)


def corner(maker: Maker) -> Command | None:
    """A command from one of the corners that this history has."""

    def tried() -> Iterator[Command | None]:
        for each in maker.rng.sample(CORNERS, len(CORNERS)):
            yield each(maker)

    return next((command for command in tried() if command is not None), None)
