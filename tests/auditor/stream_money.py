"""Plausible commands about pools, hospitals, statements, payments and breaks."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from . import codes
from .facts import ZERO, Claim, Corridor, Facts, Line, Pool, Statement, total
from .stream_maker import Fields, Maker, free, text

# -- advances ---------------------------------------------------------------------------------


def pool(maker: Maker, wanted: Callable[[Corridor, Pool], bool]) -> Corridor | None:
    pools = maker.facts.pools
    fitting = [corridor for corridor, each in pools.items() if wanted(corridor, each)]
    return maker.pick(fitting or pools)


def size_advance(maker: Maker) -> Fields | None:
    year = maker.day.year + maker.rng.choice((0, 0, 0, 1))
    corridor = pool(maker, lambda _, each: year not in each.years)
    return (
        None
        if corridor is None
        else {**maker.ends(corridor), "year": year, **quarter(maker, corridor, year)}
    )


def quarter(maker: Maker, corridor: Corridor, year: int) -> Fields:
    """The corridor's own quarter where there is one, else three amounts about its principal."""
    own = maker.facts.statement(corridor, f"{year - 1}12")
    if (own is not None and maker.chance(0.8)) or maker.chance(0.05):
        return {}
    about = maker.facts.principal(corridor) / 2
    months = [maker.fen(about * 7 / 10, about * 13 / 10 + 1) for _ in range(3)]
    return {"q4": [text(month) for month in months]}


def advance_lines(facts: Facts) -> list[tuple[Corridor, str | None, Line]]:
    found: list[tuple[Corridor, str | None, Line]] = []
    for corridor, each in facts.pools.items():
        if each.line is not None:
            found.append((corridor, None, each.line))
        for request, made in each.requests.items():
            if made.line is not None:
                found.append((corridor, request, made.line))
    return found


def on_advance(maker: Maker, returns: bool, receipt: bool) -> Fields | None:
    """The fields of a payment or receipt on an advance line with something left to move."""

    def left(line: Line) -> Decimal:
        moved = line.received if receipt else line.paid
        return (total(line.paid) if receipt else line.amount) - total(moved)

    lines = [each for each in advance_lines(maker.facts) if each[2].returns == returns]
    chosen = maker.pick([each for each in lines if left(each[2]) > 0] or lines)
    if chosen is None:
        return None
    corridor, request, line = chosen
    amount = maker.part(left(line)) if left(line) > 0 else Decimal("0.01")
    named = {} if request is None else {"request": request}
    return {
        **maker.ends(corridor),
        "amount": text(amount),
        **maker.serial_of_bank(),
        **named,
    }


def request_emergency_increase(maker: Maker) -> Fields | None:
    def red(made: Statement) -> bool:
        confirmed = made.confirmed.get(made.corridor.treatment, date.min)
        return made.level() == "RED" and confirmed >= maker.day - timedelta(days=6)

    recent = [made for made in maker.facts.statements if made.corridor in maker.facts.pools]
    inside = [each for each in recent if red(each)]
    made = maker.pick(inside or recent[-40:])
    if made is None or (not inside and maker.chance(0.8)):
        return None
    fields = {**maker.ends(made.corridor), "period": made.period}
    if not default_increase(maker, made) or maker.chance(0.5):
        fields["amount"] = text(maker.fen(1, 50_000))
    return fields


def default_increase(maker: Maker, made: Statement) -> bool:
    """Whether F10 gives more than 0.00, with the principal then and with that of now."""
    wanted = made.net() * 100 / 70
    return wanted > max(made.principal, maker.facts.principal(made.corridor))


def decide_emergency_increase(maker: Maker) -> Fields | None:
    requests = [
        (corridor, request, made)
        for corridor, each in maker.facts.pools.items()
        for request, made in each.requests.items()
    ]
    chosen = maker.pick([each for each in requests if each[2].decided is None] or requests)
    if chosen is None:
        return None
    amount = ZERO if maker.chance(0.2) else maker.fen(1, 40_000)
    return {**maker.ends(chosen[0]), "request": chosen[1], "approved_amount": text(amount)}


def credit_pool_interest(maker: Maker) -> Fields | None:
    region = maker.pick(sorted({corridor.treatment for corridor in maker.facts.pools}))
    amount = text(maker.fen(Decimal("0.01"), 900))
    return (
        None if region is None else {"region": region, "amount": amount, **maker.serial_of_bank()}
    )


# -- clearing ---------------------------------------------------------------------------------


def hospital_owed(facts: Facts) -> dict[tuple[str, str], dict[str, Decimal]]:
    """What each book owes to each institution, by insured region; less than 0.00 is owed back."""
    owed: dict[tuple[str, str], dict[str, Decimal]] = {}
    for posting in facts.postings:
        account = posting.account
        if account.family == "PAY.HOSP" and account.institution and account.counterparty:
            lines = owed.setdefault((posting.book, account.institution), {})
            other = account.counterparty
            lines[other] = lines.get(other, ZERO) - posting.amount
    return owed


def hospital_fields(maker: Maker, sign: int) -> Fields | None:
    choices = []
    for (book, institution), lines in hospital_owed(maker.facts).items():
        due = {region: sign * amount for region, amount in lines.items() if sign * amount > 0}
        if due:
            choices.append((book, institution, due))
    chosen = maker.pick(choices)
    if chosen is None:
        return None
    book, institution, due = chosen
    regions = maker.rng.sample(sorted(due), maker.rng.randint(1, len(due)))
    sent = [{"insured_region": each, "amount": text(maker.part(due[each]))} for each in regions]
    return {
        "treatment_region": book,
        "institution": institution,
        "lines": sent,
        **maker.serial_of_bank(),
    }


def scheme_period(maker: Maker) -> Fields:
    return {"scheme": maker.scheme(), "period": maker.period()}


def confirm_statement(maker: Maker) -> Fields | None:
    made = maker.pick(each for each in maker.facts.statements if len(each.confirmed) < 2)
    if made is None:
        return None
    region = maker.rng.choice(made.corridor[1:])
    return {"scheme": made.corridor.scheme, "period": made.period, "region": region}


def dispute_statement_line(maker: Maker) -> Fields | None:
    def disputable(claim: Claim) -> bool:
        made = claim.period and maker.facts.statement(claim.corridor, claim.period)
        return bool(made) and isinstance(made, Statement) and not made.confirmed

    claim = maker.claim(free, disputable)
    return (
        None
        if claim is None
        else {
            **maker.ends(claim.corridor),
            "period": claim.period or maker.period(),
            "claim_id": claim.claim_id,
            "reason": "not ours",
        }
    )


def submit_to_finance(maker: Maker) -> Fields | None:
    def unsubmitted(made: Statement) -> bool:
        return made.line is not None and not made.line.paid and not made.submitted

    statements = maker.facts.statements
    made = maker.pick([each for each in statements if unsubmitted(each)] or statements)
    return None if made is None else {**maker.ends(made.corridor), "period": made.period}


def on_clearing(maker: Maker, returns: bool, receipt: bool) -> Fields | None:
    def left(made: Statement) -> Decimal:
        if made.line is None or made.line.returns != returns:
            return ZERO
        due = total(made.line.paid) if receipt else made.line.amount
        return due - total(made.line.received if receipt else made.line.paid)

    statements = maker.facts.statements
    made = maker.pick([each for each in statements if left(each) > 0] or statements[-30:])
    return (
        None
        if made is None
        else {
            **maker.ends(made.corridor),
            "period": made.period,
            "amount": text(maker.part(left(made)) if left(made) > 0 else Decimal("0.01")),
            **maker.serial_of_bank(),
        }
    )


def close_year(maker: Maker) -> Fields:
    return {"scheme": maker.scheme(), "year": maker.start.year}


# -- reconciliation ---------------------------------------------------------------------------


def ledger_row(claim: Claim) -> Fields:
    account = claim.parts.get("acct_pay", ZERO)
    return {
        "claim_id": claim.claim_id,
        "medfee_sumamt": claim.sent["medfee_sumamt"],
        "fund_pay_sumamt": text(claim.payable - account),
        "acct_pay": text(account),
        "psn_cash_pay": claim.sent["psn_cash_pay"],
        "status": "REVERSED" if claim.reversed else "SETTLED",
    }


def day_rows(maker: Maker, corridor: Corridor, on: date, wrong: float) -> list[Fields]:
    """One party's view of a day: what the ledger has, with a share of differences."""
    rows = []
    for claim in maker.facts.claims_of(corridor):
        if claim.on == on:
            row = ledger_row(claim)
            if not maker.chance(wrong):
                rows.append(row)
            elif not maker.chance(0.3):
                rows.append(differing(maker, row))
    if maker.chance(wrong / 3):
        rows.append(stranger(maker, {row["claim_id"] for row in rows}))
    maker.rng.shuffle(rows)
    return rows


def differing(maker: Maker, row: Fields) -> Fields:
    cell = maker.rng.choice(("medfee_sumamt", "fund_pay_sumamt", "psn_cash_pay", "status", "all"))
    if cell == "status":
        return {**row, "status": "SETTLED" if row["status"] == "REVERSED" else "REVERSED"}
    more = maker.rng.choice((Decimal("0.01"), maker.fen(1, 90)))
    cells = ("medfee_sumamt", "fund_pay_sumamt") if cell == "all" else (cell,)
    return {**row, **{each: text(Decimal(row[each]) + more) for each in cells}}


def stranger(maker: Maker, taken: set[str]) -> Fields:
    """A claim of another day or corridor, or one that nobody has."""
    claim = maker.claim(lambda claim: claim.claim_id not in taken)
    if claim is not None and claim.claim_id not in taken and maker.chance(0.6):
        row = ledger_row(claim)
        return {**row, "status": maker.rng.choice((*codes.ROW_STATUSES, row["status"]))}
    return {
        "claim_id": maker.name("GHOST"),
        "medfee_sumamt": "10.00",
        "fund_pay_sumamt": "6.00",
        "acct_pay": "1.00",
        "psn_cash_pay": "3.00",
        "status": maker.rng.choice((*codes.ROW_STATUSES, "SETTLED")),
    }


def run_of_day(maker: Maker) -> tuple[Corridor, date]:
    """A corridor and a day on which it has claims."""
    claim = maker.claim()
    return (claim.corridor, claim.on) if claim else (maker.pair(), maker.day)


def report_daily_claims(maker: Maker) -> Fields:
    corridor, on = run_of_day(maker)
    return {
        "party": maker.rng.choice(codes.PARTIES),
        **maker.ends(corridor),
        "date": on.isoformat(),
        "rows": day_rows(maker, corridor, on, 0.4),
    }


def reconcile_day(maker: Maker) -> Fields:
    known = sorted({(corridor, on) for corridor, on, _ in maker.facts.reported})
    corridor, on = maker.pick(known) or (maker.pair(), maker.day.isoformat())
    return {**maker.ends(corridor), "date": on}


def break_id(maker: Maker) -> str | None:
    breaks = maker.facts.breaks.values()
    found = maker.pick(each.break_id for each in breaks if not each.resolved())
    return found or maker.pick(each.break_id for each in breaks)


def assign_break(maker: Maker) -> Fields | None:
    found = break_id(maker)
    return (
        None
        if found is None
        else {"break_id": found, "owner": maker.rng.choice(("desk 1", "desk 2", ""))}
    )


def escalate_break(maker: Maker) -> Fields | None:
    found = break_id(maker)
    return None if found is None else {"break_id": found, "reason": "no answer"}


def resolve_break(maker: Maker) -> Fields | None:
    found = break_id(maker)
    if found is None:
        return None
    fields: Fields = {"break_id": found, "resolution": maker.rng.choice(codes.RESOLUTIONS)}
    if fields["resolution"] == "WRITTEN_OFF_ROUNDING":
        cent = abs(maker.facts.breaks[found].difference) == Decimal("0.01")
        fields["resolution"] = "WRITTEN_OFF_ROUNDING" if cent else "NO_ISSUE"
    if fields["resolution"] in codes.PROVEN_BY_COMMANDS or maker.chance(0.1):
        accepted = sorted(maker.facts.accepted)
        fields["corrections"] = maker.rng.sample(accepted, min(2, len(accepted)))
    if maker.chance(0.3):
        fields["reason"] = "agreed by telephone"
    return fields
