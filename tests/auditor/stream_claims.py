"""Plausible commands about reference data and claims."""

from datetime import date, timedelta
from decimal import Decimal

from . import codes
from .facts import ZERO, Claim, Corridor
from .stream_maker import (
    BELOW,
    SINGLE_POOL,
    VALUES,
    WITHOUT_BOOK,
    Fields,
    Maker,
    free,
    live,
    owing,
    text,
)

# -- reference --------------------------------------------------------------------------------


def region_fields(maker: Maker, code: str) -> Fields:
    parent = BELOW.get(code)
    fields: Fields = {"code": code, "name_zh": f"地区{code}", "name_en": f"Region {code}"}
    if parent is None:
        single = {"single_pool": True} if code == SINGLE_POOL else {}
        return {**fields, "level": "province", **single}
    level = "prefecture" if code.endswith("00") else "pool"
    flag = {"single_pool": False} if maker.chance(0.2) else {}
    return {**fields, "level": level, "parent": parent, **flag}


def register_region(maker: Maker) -> Fields:
    fields = region_fields(maker, maker.rng.choice([*maker.members, *BELOW]))
    return {**fields, "name_en": "Renamed"}


def calendar_fields(maker: Maker, year: int) -> Fields:
    """Spring festival, May and October weeks at made-up days, and some week-end work."""
    festival = date(year, 1, 20) + timedelta(days=maker.rng.randint(0, 15))
    weeks = [date(year, 1, 1), date(year, 5, 1), date(year, 10, 1), festival]
    off = [start + timedelta(days=count) for start in weeks for count in range(5)]
    week_end = [day + timedelta(days=8) for day in off if (day + timedelta(days=8)).weekday() == 6]
    return {
        "year": year,
        "holidays": sorted({day.isoformat() for day in off}),
        "makeup_workdays": sorted({day.isoformat() for day in week_end if day not in off}),
    }


def publish_work_calendar(maker: Maker) -> Fields:
    published = [calendar["year"] for _, calendar in maker.facts.calendars]
    return calendar_fields(maker, maker.rng.choice([*published, maker.start.year]))


def set_policy_parameter(maker: Maker) -> Fields:
    name = maker.rng.choice(list(VALUES))
    effective = maker.day + timedelta(days=maker.rng.choice((-30, 0, 0, 5, 20)))
    value = maker.rng.choice(VALUES[name])
    return {"name": name, "value": value, "effective_from": effective.isoformat()}


def register_fiscal_account(maker: Maker) -> Fields:
    region = maker.rng.choice(list(maker.facts.regions))
    return {
        "region": region,
        "account_name": f"财政专户 {region}",
        "bank": "ICBC",
        "account_number": maker.name("62"),
    }


def open_book(maker: Maker) -> Fields | None:
    closed = [code for code in maker.facts.regions if code not in maker.facts.books]
    region = maker.pick(code for code in closed if code not in WITHOUT_BOOK)
    region = region or maker.pick(maker.facts.books)
    cash = ZERO if maker.chance(0.1) else maker.fen(100_000, 9_000_000)
    return None if region is None else {"region": region, "cash": text(cash)}


def open_pool(maker: Maker) -> Fields:
    corridor = maker.pair()
    for insured, treatment in maker.pairs:
        if Corridor(corridor.scheme, insured, treatment) not in maker.facts.pools:
            corridor = maker.facts.corridor(insured, treatment, None)
    most = maker.rng.choice((0, 20_000, 60_000, 400_000))
    return {**maker.ends(corridor), "principal": text(maker.fen(0, most))}


# -- claims -----------------------------------------------------------------------------------


def settle_claim(maker: Maker) -> Fields:
    if maker.pending and maker.chance(0.3):
        return maker.pending.pop()
    return claim_fields(maker, maker.pair())


def claim_fields(maker: Maker, corridor: Corridor) -> Fields:
    insutype = maker.rng.choice(("310", "310", "390", "390", *codes.CLASS_OF_INSUTYPE))
    med_type = maker.rng.choice(codes.MED_TYPES)
    total_fee = fee(maker, med_type in codes.INPATIENT)
    items = item_fields(maker, codes.CLASS_OF_INSUTYPE[insutype], total_fee)
    fields = {
        "claim_id": maker.name("K"),
        **maker.ends(corridor),
        "institution": f"H{corridor.treatment}-{maker.rng.randint(1, 2)}",
        "insutype": insutype,
        "med_type": med_type,
        "medfee_sumamt": text(total_fee),
        **items,
    }
    return {**fields, **visit_fields(maker)}


def fee(maker: Maker, inpatient: bool) -> Decimal:
    if not inpatient:
        return maker.fen(5, 3_000)
    border = (Decimal("29999.99"), Decimal("30000.00"), Decimal("35000.00"))
    return maker.rng.choice(border) if maker.chance(0.3) else maker.fen(4_000, 120_000)


def item_fields(maker: Maker, clearing_class: str, whole: Decimal) -> Fields:
    """Fund items of the class, account, cash and the hospital's share; they sum to the fee."""
    fields: Fields = {"hifp_pay": text(maker.fen(whole * 40 / 100, whole * 70 / 100))}
    others = [
        item
        for item in codes.FUND_ITEMS[1:]
        if codes.ONLY_CLASS.get(item, clearing_class) == clearing_class
    ]
    for item in maker.rng.sample(others, maker.rng.randint(0, 2)):
        fields[item] = text(maker.fen(0, whole / 20))
    if clearing_class == "EMPLOYEE" and maker.chance(0.7):
        account = maker.fen(0, whole / 10)
        fields["acct_pay"] = text(account)
        if maker.chance(0.3):
            fields["acct_mulaid_pay"] = text(maker.part(account) if account else ZERO)
    elif maker.chance(0.3):
        fields["acct_pay"] = "0.00"
    if maker.chance(0.1):
        fields["hosp_part_amt"] = text(maker.fen(0, whole / 20))
    known = sum((Decimal(fields[name]) for name in fields if name != "acct_mulaid_pay"), ZERO)
    return {**fields, "psn_cash_pay": text(whole - known)}


def twin(name: str, insutype: str) -> bool:
    """Whether a field is one that only the other class may have."""
    own = codes.CLASS_OF_INSUTYPE[insutype]
    return codes.ONLY_CLASS.get(name, own) != own


def visit_fields(maker: Maker) -> Fields:
    fields: Fields = {}
    if maker.chance(0.7):
        fields["person_category"] = maker.rng.choice(codes.PERSON_CATEGORIES)
    if maker.chance(0.5):
        fields |= {"mdtrt_id": maker.name("V"), "person_token": maker.name("P")}
    if maker.chance(0.3):
        fields["admitted_on"] = (maker.day - timedelta(days=maker.rng.randint(0, 9))).isoformat()
    if maker.chance(0.1):
        fields["dise_codg"] = "M05300"
    return fields


def reverse_claim(maker: Maker) -> Fields | None:
    def fresh(claim: Claim) -> bool:
        open_period = claim.period and not maker.facts.stated(claim.corridor, claim.period)
        return free(claim) and bool(open_period) and claim.outstanding() == claim.parts

    claim = maker.claim(fresh)
    return (
        None
        if claim is None
        else {
            "claim_id": claim.claim_id,
            "cause": maker.rng.choice(codes.REVERSAL_CAUSES),
        }
    )


def negative_fields(maker: Maker, claim: Claim) -> Fields:
    left = {name: amount for name, amount in claim.outstanding().items() if amount > 0}
    if not left:
        return {"amount": "0.01"}
    if maker.chance(0.3):
        chosen = maker.rng.sample(sorted(left), maker.rng.randint(1, len(left)))
        items = {name: maker.part(left[name]) for name in chosen}
        sent = {name: text(amount) for name, amount in items.items()}
        return {"amount": text(sum(items.values(), ZERO)), "items": sent}
    whole = sum(left.values(), ZERO)
    return {"amount": text(maker.part(maker.rng.choice((whole, whole / 4, whole / 9))))}


def take_part(maker: Maker) -> Fields | None:
    claim = maker.claim(owing)
    if claim is None:
        return None
    reason = maker.rng.choice(("NON_COMPLIANT_CHARGE", "REPEATED_SCAN", ""))
    return {
        "claim_id": claim.claim_id,
        **negative_fields(maker, claim),
        "reason_code": reason,
    }


def refund_claim(maker: Maker) -> Fields | None:
    claim = maker.claim(owing)
    if claim is None:
        return None
    fields: Fields = {} if maker.chance(0.5) else negative_fields(maker, claim)
    if not fields and maker.chance(0.3):
        left = claim.outstanding()
        fields = {"items": {name: text(amount) for name, amount in left.items() if amount}}
    return {
        "claim_id": claim.claim_id,
        "cause": maker.rng.choice(codes.REFUND_CAUSES),
        **fields,
    }


def release_deduction(maker: Maker) -> Fields | None:
    def deducted(claim: Claim) -> bool:
        return any(item.kind == "deduct" for item in claim.items)

    claim = maker.claim(free, deducted) if maker.chance(0.9) else maker.claim(deducted)
    deductions = [item for item in claim.items if item.kind == "deduct"] if claim else []
    item = maker.pick(deductions)
    if claim is None or item is None:
        return None
    released = [each.total() for each in claim.items if each.deduction == item.command_id]
    left = -item.total() - sum(released, ZERO)
    return {
        "claim_id": claim.claim_id,
        "deduction": item.command_id,
        "amount": text(maker.part(left) if left else Decimal("0.01")),
    }


def hold_claim(maker: Maker) -> Fields | None:
    def unstated(claim: Claim) -> bool:
        return bool(claim.period) and not maker.facts.stated(claim.corridor, claim.period or "")

    claim = maker.claim(free, unstated)
    return None if claim is None else {"claim_id": claim.claim_id, "reason": "under review"}


def release_claim(maker: Maker) -> Fields | None:
    claim = maker.claim(lambda claim: claim.held)
    return None if claim is None else {"claim_id": claim.claim_id}


def record_manual_reimbursement(maker: Maker) -> Fields:
    """The same visit as a claim, or nearly, or that of a claim still to come."""
    claim = maker.claim(lambda claim: "person_token" in claim.sent)
    sent = claim.sent if claim else {}
    if not sent or maker.chance(0.2):
        sent = {**claim_fields(maker, maker.pair()), "person_token": maker.name("P")}
        maker.pending.append(sent)
    corridor = maker.pair()
    fields: Fields = {
        "claim_ref": maker.name("M"),
        "insured_region": corridor.insured,
        "treatment_region": corridor.treatment,
        "institution": sent["institution"],
        "person_token": sent.get("person_token", "nobody"),
        "amount": sent["medfee_sumamt"],
    }
    if "admitted_on" in sent and maker.chance(0.9):
        fields["admitted_on"] = sent["admitted_on"]
    if maker.chance(0.4):
        fields |= {"mdtrt_id": sent.get("mdtrt_id", "V-none"), "amount": "0.00"}
    return fields


def open_inquiry(maker: Maker) -> Fields | None:
    def allowed(claim: Claim) -> bool:
        large = claim.medfee >= 30_000 and claim.sent["med_type"] in codes.INPATIENT
        return large and claim.corridor.scheme == "CROSS_PROVINCE"

    claim = maker.claim(live, allowed, lambda claim: claim.inquiry is None)
    return (
        None
        if claim is None
        else {"claim_id": claim.claim_id, "question": "Was the stay referred?"}
    )


def answer_inquiry(maker: Maker) -> Fields | None:
    claim = maker.claim(live, lambda claim: claim.inquiry == "opened")
    result = maker.rng.choice(codes.INQUIRY_RESULTS)
    told = {"reason": "核查有误"} if result == "ISSUE" or maker.chance(0.2) else {}
    return None if claim is None else {"claim_id": claim.claim_id, "result": result, **told}


def confirm_inquiry(maker: Maker) -> Fields | None:
    claim = maker.claim(live, lambda claim: claim.inquiry == "answered")
    return None if claim is None else {"claim_id": claim.claim_id}
