"""What spoils a plausible command: one twist each, so that the contract's checks are met."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from . import codes
from .facts import ZERO, Claim, next_period
from .stream_commands import BUILDERS
from .stream_maker import SINGLE_POOL, WITHOUT_BOOK, Fields, Maker, text

Twist = Callable[[Maker, Fields], None]
UNKNOWN_REGION = "999999"

# -- one field of a plausible command ---------------------------------------------------------


def twist_end(maker: Maker, fields: Fields, name: str) -> None:
    """An unknown region, the other end, one of another level, without book, of the same pool."""
    ends = [fields[each] for each in ("insured_region", "treatment_region") if each in fields]
    registered = list(maker.facts.regions)
    choices = (UNKNOWN_REGION, ends[0], maker.rng.choice(registered), WITHOUT_BOOK[0], SINGLE_POOL)
    fields[name] = maker.rng.choice(choices)
    if maker.chance(0.2) and "lines" not in fields:
        fields |= {"insured_region": "460100", "treatment_region": "460200"}
    if maker.chance(0.2) and "lines" not in fields:
        fields |= {"insured_region": "340101", "treatment_region": WITHOUT_BOOK[0]}
    if maker.chance(0.7):
        fields.pop("scheme", None)


def twist_scheme(maker: Maker, fields: Fields) -> None:
    fields["scheme"] = maker.scheme()


def twist_claim(maker: Maker, fields: Fields) -> None:
    """A claim that is unknown, reversed, held, stated, used up, or any."""

    def stated(claim: Claim) -> bool:
        return claim.period is not None and maker.facts.stated(claim.corridor, claim.period)

    wanted: tuple[Callable[[Claim], bool], ...] = (
        lambda claim: claim.reversed,
        lambda claim: claim.held,
        stated,
        lambda claim: not any(claim.outstanding().values()),
        lambda claim: len(claim.items) > 1,
        lambda claim: claim.inquiry is not None,
        lambda claim: True,
    )
    claim = maker.claim(maker.rng.choice(wanted))
    unknown = claim is None or maker.chance(0.1)
    fields["claim_id"] = "K-nobody" if unknown or claim is None else claim.claim_id


def twist_amount(maker: Maker, fields: Fields) -> None:
    amount = Decimal(fields["amount"])
    more = (ZERO, amount + Decimal("0.01"), amount * 2, Decimal("987654321.00"))
    fields["amount"] = text(maker.rng.choice(more))


def twist_period(maker: Maker, fields: Fields) -> None:
    first = f"{maker.start.year}09"
    for _ in range(maker.rng.randint(0, 8)):
        first = next_period(first)
    fields["period"] = first


def twist_items(maker: Maker, fields: Fields) -> None:
    """Items that do not sum up, hold a zero, are not the claim's, or are beyond what is left."""
    amount = Decimal(fields.get("amount", "10.00"))
    choices: tuple[dict[str, str], ...] = (
        {},
        {"hifp_pay": text(amount)},
        {"hifmi_pay": text(amount)},
        {"maf_pay": text(amount)},
        {"acct_pay": text(amount)},
        {"hifp_pay": text(amount), "oth_pay": "0.00"},
        {"hifp_pay": text(amount + 1)},
    )
    fields["items"] = maker.rng.choice(choices)


def twist_request(maker: Maker, fields: Fields) -> None:
    requests = [each for pool in maker.facts.pools.values() for each in pool.requests]
    fields["request"] = maker.rng.choice(["no-request", *requests, *requests])


def twist_deduction(maker: Maker, fields: Fields) -> None:
    fields["deduction"] = maker.rng.choice(("no-deduction", *sorted(maker.facts.accepted)[:3]))


def twist_break(maker: Maker, fields: Fields) -> None:
    breaks = [each.break_id for each in maker.facts.breaks.values() if each.resolved()]
    fields["break_id"] = maker.rng.choice(["AMOUNT_MISMATCH:nobody", *breaks, *breaks])


def twist_resolution(maker: Maker, fields: Fields) -> None:
    fields["resolution"] = maker.rng.choice(("DEDUCTED", "WRITTEN_OFF_ROUNDING", "REVERSED"))
    fields["corrections"] = maker.rng.choice(([], ["no-command"]))
    if maker.chance(0.3):
        del fields["corrections"]


def twist_region(maker: Maker, fields: Fields) -> None:
    choices = (UNKNOWN_REGION, *WITHOUT_BOOK, *maker.members)
    fields["region"] = maker.rng.choice(choices)


def twist_parent(maker: Maker, fields: Fields) -> None:
    """An unknown parent, one of a wrong level, or another one than before."""
    if "parent" in fields:
        fields["parent"] = maker.rng.choice((UNKNOWN_REGION, "340101", "340000", "340200"))
    elif maker.chance(0.5):
        fields |= {"level": "prefecture", "parent": maker.members[0]}


def twist_year(maker: Maker, fields: Fields) -> None:
    fields["year"] = maker.start.year + maker.rng.randint(-1, 2)


def twist_quarter(maker: Maker, fields: Fields) -> None:
    fields.pop("q4", None)
    fields["year"] = maker.start.year + maker.rng.randint(1, 2)


def twist_lines(maker: Maker, fields: Fields) -> None:
    lines = [dict(line) for line in fields["lines"]]
    line = maker.rng.choice(lines)
    if maker.chance(0.5):
        line["amount"] = "0.00"
    else:
        others = (UNKNOWN_REGION, fields["treatment_region"], "340100", "460100")
        line["insured_region"] = maker.rng.choice(others)
    fields["lines"] = lines


def twist_settlement(maker: Maker, fields: Fields) -> None:
    """Parts that do not fit: the class, the sum, the family part; nothing payable; a known id."""
    choice = maker.rng.randint(0, 5)
    if choice == 0:
        resident = codes.CLASS_OF_INSUTYPE[fields["insutype"]] == "RESIDENT"
        foreign = maker.rng.choice(("hifob_pay", "acct_pay") if resident else ("hifmi_pay",))
        fields[foreign] = "1.00"
    elif choice == 1:
        fields["medfee_sumamt"] = text(Decimal(fields["medfee_sumamt"]) + Decimal("0.01"))
    elif choice == 2:
        fields["insutype"] = "310"
        fields["acct_mulaid_pay"] = text(Decimal(fields.get("acct_pay", "0.00")) + 1)
    elif choice == 3:
        for item in (*codes.ITEMS[1:], "acct_mulaid_pay", "hosp_part_amt"):
            fields.pop(item, None)
        fields |= {"hifp_pay": "0.00", "psn_cash_pay": fields["medfee_sumamt"]}
    else:
        known = maker.pick(maker.facts.claims)
        fields["claim_id"] = known or fields["claim_id"]


BY_FIELD: dict[str, Twist] = {
    "insured_region": lambda maker, fields: twist_end(maker, fields, "insured_region"),
    "treatment_region": lambda maker, fields: twist_end(maker, fields, "treatment_region"),
    "scheme": twist_scheme,
    "claim_id": twist_claim,
    "amount": twist_amount,
    "period": twist_period,
    "items": twist_items,
    "reason_code": twist_items,
    "request": twist_request,
    "deduction": twist_deduction,
    "break_id": twist_break,
    "resolution": twist_resolution,
    "region": twist_region,
    "level": twist_parent,
    "year": twist_year,
    "q4": twist_quarter,
    "lines": twist_lines,
    "medfee_sumamt": twist_settlement,
}


def twisted(maker: Maker, kind: str) -> dict[str, Any] | None:
    """A plausible command of that type with one twist, sometimes of its date instead."""
    fields = BUILDERS[kind](maker)
    if fields is None:
        return None
    if kind in ("PayAdvance", "ConfirmAdvanceReceipt"):
        fields.setdefault("request", "no-request")
        if maker.chance(0.4):
            del fields["request"]
    on = None
    names = [name for name in BY_FIELD if name in fields]
    if not names or maker.chance(0.1):
        days = maker.rng.choice((-60, -25, -3, 2, 9000))
        on = max(maker.start, maker.day + timedelta(days=days))
    else:
        name = maker.rng.choice(names)
        if name != "claim_id" or kind != "SettleClaim":
            BY_FIELD[name](maker, fields)
    return maker.command(kind, fields, on)


def earlier(maker: Maker) -> dict[str, Any] | None:
    """Any command that the auditor has answered under its id."""
    return maker.pick(command for command, _ in maker.auditor.answers.values())


def mutant(maker: Maker) -> dict[str, Any] | None:
    """An earlier command again, under a new id and with the date of today or the old one."""
    command = earlier(maker)
    if command is None:
        return None
    on = maker.rng.choice((command["on"], maker.day.isoformat()))
    made = {**command, "command_id": maker.name(command["type"]), "on": on}
    names = [name for name in BY_FIELD if name in made]
    if names and maker.chance(0.4):
        BY_FIELD[maker.rng.choice(names)](maker, made)
    return made


# -- repetitions and lines that are no command ------------------------------------------------


def repeated(maker: Maker) -> dict[str, Any] | bytes | None:
    """An earlier command once more: the same object, in another order of keys, or as text."""
    command = earlier(maker)
    if command is None or maker.chance(0.4):
        return command
    names = list(command)
    maker.rng.shuffle(names)
    shuffled = {name: command[name] for name in names}
    if maker.chance(0.5):
        return shuffled
    return json.dumps(shuffled, ensure_ascii=maker.chance(0.5), indent=None).encode()


def reused(maker: Maker) -> dict[str, Any] | None:
    """The id of an earlier command with other content."""
    command = earlier(maker)
    if command is None:
        return None
    return {**command, "correlation_id": maker.name("other")}


NO_COMMAND = (
    b"not a command",
    b"[]",
    b"17",
    b"null",
    b'"SettleClaim"',
    b'{"type": "SettleClaim", "command_id": "cut',
    b'{"type": "ReleaseClaim", "command_id": "\xff\xfe", "on": "2023-10-01", "claim_id": "K"}',
    b'{"type": "OpenBook", "command_id": "nan", "on": "2023-10-01", "region": NaN}',
)
BAD_VALUES: dict[str, tuple[Any, ...]] = {
    "type": ("Nonsense", 7, None),
    "command_id": ("", "x" * 65, 5, None),
    "on": ("2023-02-30", "20231001", "2023-1-1", "２０２３-10-01", None),
    "insured_region": ("34000", "３40000", "34000a", 340000, None),
    "region": ("34000", " 340000", None),
    "scheme": ("CROSS", "", None),
    "amount": ("1", "1.0", "-1.00", "1,000.00", "1.000", "１.00", "", 1, 1.5, True, None, ["1.00"]),
    "medfee_sumamt": (98.5, "98.5", "+98.50", None),
    "period": ("2024-01", "202413", "202400", 202401, None),
    "insutype": ("340", "410", "399", 310, None),
    "med_type": ("9901", "", 21),
    "person_category": ("ALIEN", "referral"),
    "cause": ("OOPS", "ADVANCE_RETURN", None),
    "claim_id": (None, 12, {}),
    "items": ({"psn_cash_pay": "1.00"}, {"hifp_pay": 1}, {"hifp_pay": "-1.00"}, [], None),
    "name": ("gravity", None),
    "value": ("0.9", "-1", ".70", 0.7, "1e2"),
    "year": (2025.0, "2025", True, 999, 10000, None),
    "holidays": (["2024-02-30"], "2024-01-01", [20240101], None),
    "q4": (["1.00", "1.00"], ["1.00"] * 4, [1, 2, 3], {}, None),
    "rows": ({}, [{}], [[]], ["K1"], None),
    "lines": ([], {}, [{}], [{"insured_region": "340000"}], None),
    "party": ("hospital", None),
    "resolution": ("FORGOTTEN", "issue", None),
    "corrections": ("one", [1], None),
    "level": ("county", None),
    "single_pool": ("true", 1, None),
    "result": ("MAYBE", None),
    "institution": (None, 5),
    "approved_amount": ("-1.00", "0"),
    "date": ("2024-13-01", None),
}


def malformed(maker: Maker) -> dict[str, Any] | bytes | None:
    """A line with one fault of form."""
    if maker.chance(0.25):
        return maker.rng.choice(NO_COMMAND)
    kind = maker.rng.choice(list(BUILDERS))
    fields = BUILDERS[kind](maker)
    if fields is None:
        return None
    return maker.rng.choice(FORM_FAULTS)(maker, maker.command(kind, fields))


def unknown_field(maker: Maker, command: dict[str, Any]) -> dict[str, Any]:
    return {**command, "colour": "red"}


def field_missing(maker: Maker, command: dict[str, Any]) -> dict[str, Any]:
    always = {"command_id", "on", "claim_id", "period", "medfee_sumamt", "psn_cash_pay", "break_id"}
    name = maker.rng.choice([name for name in command if name in always])
    return {key: value for key, value in command.items() if key != name}


def wrong_value(maker: Maker, command: dict[str, Any]) -> dict[str, Any]:
    name = maker.rng.choice([name for name in command if name in BAD_VALUES])
    return {**command, name: maker.rng.choice(BAD_VALUES[name])}


def doubled_key(maker: Maker, command: dict[str, Any]) -> bytes:
    name = maker.rng.choice(list(command))
    again = json.dumps({name: command[name]})[1:]
    return (json.dumps(command)[:-1] + ", " + again).encode()


def doubled_row(maker: Maker, command: dict[str, Any]) -> dict[str, Any]:
    """What the form fixes beyond single fields, else an unknown field."""
    kind = command["type"]
    for name in ("rows", "lines"):
        if command.get(name):
            return {**command, name: [*command[name], command[name][0]]}
    if kind == "AnswerInquiry":
        return {key: command[key] for key in command if key != "reason"} | {"result": "ISSUE"}
    if kind == "RegisterRegion" and "parent" in command:
        return {key: value for key, value in command.items() if key != "parent"}
    if kind == "RegisterRegion":
        return {**command, "parent": "340000"}
    return unknown_field(maker, command)


FORM_FAULTS = (unknown_field, field_missing, wrong_value, wrong_value, doubled_key, doubled_row)
