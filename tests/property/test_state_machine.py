"""Any commands in any order: the answers are the auditor's, and I1 to I14 hold after each.

Three provinces and a few pools live through some months. What is sent is mostly about things that
exist, so that claims get far; which of them, how much of it and when, Hypothesis chooses. Every
command is decided, written into the books, and followed by the questions of `clearing verify`.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from consumers.projector import fold_log
from projections.build import NAMES, folder_at
from projections.database import snapshot
from projections.invariants import broken
from projections.statements import wrong_statements
from schemas.envelope import Head
from tests.auditor import codes
from tests.auditor.auditor import Auditor
from tests.auditor.compare import differences, outcomes_differ
from tests.auditor.facts import (
    Claim,
    Corridor,
    Line,
    Statement,
    later_month,
    month_of,
    next_period,
    total,
)
from tests.auditor.streams import TODAY

from .memory import MemoryLedger, Row, empty_books, tables_of

T = TypeVar("T")

CROSS = "CROSS_PROVINCE"
PROVINCES = ("310000", "320000", "340000")
PAIRS = tuple((i, t) for i in PROVINCES for t in PROVINCES if i != t)
START = date(2024, 10, 8)
END = date(2025, 11, 30)
FEN = Decimal("0.01")
NOTHING = Decimal("0.00")
DRAW = st.data()
LAG = st.sampled_from([0, 0, 0, 5, 20])
"""How many days a business date lies behind the day."""
VISIT = st.tuples(
    st.sampled_from(PAIRS),
    st.booleans(),
    st.lists(st.integers(min_value=0, max_value=40_000), min_size=4, max_size=4),
    st.sampled_from([None, None, None, "v1", "v2"]),
)
"""Who was treated where, in which class, for how much, and by which mark he is known."""


def yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


def ends(corridor: Corridor) -> Row:
    return {"insured_region": corridor.insured, "treatment_region": corridor.treatment}


class Clearing(RuleBasedStateMachine):
    """The ledger beside the auditor; `day` only goes forward, business dates may lag behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryLedger()
        self.auditor = Auditor(TODAY)
        self.facts = self.auditor.facts
        self.day = START
        self.number = 0

    # -- sending ------------------------------------------------------------------------------

    def command(self, kind: str, **fields: Any) -> Row:
        """Make a command; `lag` is how many days its date lies behind the day."""
        self.number += 1
        on = (self.day - timedelta(days=fields.pop("lag", 0))).isoformat()
        return {"type": kind, "command_id": f"{kind}-{self.number}", "on": on, **fields}

    def send(self, kind: str, **fields: Any) -> None:
        self.send_all([self.command(kind, **fields)])

    def send_all(self, commands: list[Any]) -> None:
        """Send commands to both as one batch, and ask the books whether all is well."""
        faults = outcomes_differ(self.ledger.submit(commands), self.auditor.submit(commands))
        assert not faults, (faults, commands)
        self.ledger.flush()
        with snapshot(self.ledger.engine) as books:
            found = [*broken(books), *wrong_statements(books)]
        assert not found, (found, commands)

    # -- choosing -----------------------------------------------------------------------------

    def one(self, data: st.DataObject, things: Iterable[T], label: str) -> T:
        return data.draw(st.sampled_from(list(things)), label)

    def amount(self, data: st.DataObject, most: Decimal) -> str:
        """Mostly all or a part of what there is; sometimes a fen too much, or nothing."""
        fen = int(most * 100)
        part = st.integers(min_value=1, max_value=max(fen, 1))
        odd = st.sampled_from([0, 1, fen + 1])
        drawn = data.draw(st.one_of(st.just(fen), st.just(fen), part, part, odd), "fen")
        return yuan(Decimal(drawn) / 100)

    def claim(self, data: st.DataObject) -> Claim:
        return self.facts.claims[self.one(data, self.facts.claims, "claim")]

    def statement(self, data: st.DataObject) -> Statement:
        """A statement; the last ones stand first, and are chosen most."""
        return self.one(data, reversed(self.facts.statements), "statement")

    # -- the world ----------------------------------------------------------------------------

    @initialize(
        pools=st.dictionaries(st.sampled_from(PAIRS), st.sampled_from([0, 300, 2000]), min_size=1),
        visits=st.lists(VISIT, min_size=3, max_size=8),
    )
    def begin(self, pools: dict[tuple[str, str], int], visits: list[Any]) -> None:
        named = {"name_zh": "省", "name_en": "P", "level": "province"}
        free: Row = {"holidays": [], "makeup_workdays": []}
        self.send_all(
            [
                *(self.command("RegisterRegion", code=code, **named) for code in PROVINCES),
                *(self.command("OpenBook", region=code, cash="90000.00") for code in PROVINCES),
                *(self.command("PublishWorkCalendar", year=y, **free) for y in (2024, 2025)),
            ]
        )
        for pair, principal in pools.items():
            self.open_pool(pair, principal)
        self.settle(visits, 0)

    @rule(pair=st.sampled_from(PAIRS), principal=st.sampled_from([0, 300]))
    def open_pool(self, pair: tuple[str, str], principal: int) -> None:
        fields = {"insured_region": pair[0], "treatment_region": pair[1]}
        self.send("OpenPool", **fields, principal=yuan(Decimal(principal)))

    @rule(
        days=st.integers(min_value=1, max_value=40),
        name=st.sampled_from([None, None, "max_deferrals", "warning_red", "sizing_months"]),
        value=st.sampled_from(["0", "1", "0.50", "2"]),
    )
    def time_goes_by(self, days: int, name: str | None, value: str) -> None:
        """Some days, and perhaps a parameter that holds from the day on which they began."""
        since = self.day.isoformat()
        self.day = min(self.day + timedelta(days=days), END)
        if name is not None:
            self.send("SetPolicyParameter", name=name, value=value, effective_from=since)

    # -- claims -------------------------------------------------------------------------------

    @rule(visits=st.lists(VISIT, min_size=1, max_size=4), lag=st.sampled_from([0, 0, 1, 10, 45]))
    def settle(self, visits: list[Any], lag: int) -> None:
        self.send_all([self.settlement(lag, *visit) for visit in visits])

    def settlement(
        self, lag: int, pair: tuple[str, str], resident: bool, parts: list[int], mark: str | None
    ) -> Row:
        names = ("hifp_pay", "maf_pay", "hifmi_pay" if resident else "acct_pay", "psn_cash_pay")
        fields = {name: yuan(Decimal(fen) / 100) for name, fen in zip(names, parts, strict=True)}
        return self.command(
            "SettleClaim",
            lag=lag,
            claim_id=f"K{self.number}",
            insured_region=pair[0],
            treatment_region=pair[1],
            institution="H1",
            insutype="390" if resident else "310",
            med_type="21",
            medfee_sumamt=yuan(Decimal(sum(parts)) / 100),
            **fields,
            **({"mdtrt_id": mark} if mark else {}),
        )

    @precondition(lambda self: self.facts.claims)
    @rule(
        data=DRAW,
        kind=st.sampled_from(["DeductClaim", "RecoverClaim", "RefundClaim"]),
        lag=LAG,
        named=st.booleans(),
    )
    def take_off(self, data: st.DataObject, kind: str, lag: int, named: bool) -> None:
        claim = self.claim(data)
        left = claim.outstanding()
        fields: Row = {"claim_id": claim.claim_id}
        fields |= {"cause": "REFUND_CROSS_YEAR"} if kind == "RefundClaim" else {"reason_code": "x"}
        if named and left:
            item = self.one(data, left, "item")
            fields["amount"] = self.amount(data, left[item])
            fields["items"] = {item: fields["amount"]}
        elif kind != "RefundClaim" or data.draw(st.booleans(), "with amount"):
            fields["amount"] = self.amount(data, sum(left.values(), NOTHING))
        self.send(kind, lag=lag, **fields)

    @precondition(lambda self: any(self.deductions()))
    @rule(data=DRAW, lag=LAG)
    def release_deduction(self, data: st.DataObject, lag: int) -> None:
        claim_id, deduction, most = self.one(data, self.deductions(), "deduction")
        fields = {"claim_id": claim_id, "deduction": deduction}
        self.send("ReleaseDeduction", lag=lag, **fields, amount=self.amount(data, most))

    def deductions(self) -> Iterable[tuple[str, str, Decimal]]:
        for claim in self.facts.claims.values():
            for item in claim.items:
                if item.kind == "deduct":
                    yield claim.claim_id, item.command_id, -item.total()

    @precondition(lambda self: self.facts.claims)
    @rule(data=DRAW, kind=st.sampled_from(["ReverseClaim", "HoldClaim", "ReleaseClaim"]))
    def move_claim(self, data: st.DataObject, kind: str) -> None:
        held = [claim for claim in self.facts.claims.values() if claim.held]
        claim = (
            self.one(data, held, "held") if held and kind == "ReleaseClaim" else self.claim(data)
        )
        more = {"ReverseClaim": {"cause": "CANCEL_SAME_DAY"}, "HoldClaim": {"reason": ""}}
        self.send(kind, claim_id=claim.claim_id, **more.get(kind, {}))

    # -- pools --------------------------------------------------------------------------------

    @precondition(lambda self: self.facts.pools)
    @rule(data=DRAW, year=st.sampled_from([2024, 2025]), own=st.booleans())
    def size(self, data: st.DataObject, year: int, own: bool) -> None:
        corridor = self.one(data, self.facts.pools, "pool")
        months = [self.amount(data, Decimal(600)) for _ in range(3)]
        self.send("SizeAdvance", **ends(corridor), year=year, **({} if own else {"q4": months}))

    @precondition(lambda self: any(self.advance_lines()))
    @rule(data=DRAW)
    def move_advance(self, data: st.DataObject) -> None:
        """Pay or receive on any line of a pool, the annual one or an emergency one."""
        corridor, request, line = self.one(data, self.advance_lines(), "line")
        kinds = ("PayAdvance", "ConfirmAdvanceReceipt")
        if line.returns:
            kinds = ("PayAdvanceReturn", "ConfirmAdvanceReturnReceipt")
        self.move(data, line, kinds, {**ends(corridor), **request})

    def advance_lines(self) -> Iterable[tuple[Corridor, Row, Line]]:
        for corridor, pool in self.facts.pools.items():
            if pool.line is not None:
                yield corridor, {}, pool.line
            for name, request in pool.requests.items():
                yield corridor, {"request": name}, request.line or Line(FEN)

    def move(
        self, data: st.DataObject, line: Line, kinds: tuple[str, str], fields: Row, lag: int = 0
    ) -> None:
        """Pay what is due, receive what is on its way, or a part of it."""
        due, transit = line.amount - total(line.paid), total(line.paid) - total(line.received)
        receive = data.draw(st.booleans(), "receive") if transit else due == 0
        amount = self.amount(data, transit if receive else due)
        self.send(kinds[receive], lag=lag, **fields, amount=amount, bank_serial="")

    @precondition(lambda self: self.facts.statements and self.facts.pools)
    @rule(data=DRAW, granted=st.sampled_from(["0.00", "0.01", "250.00"]), at_once=st.booleans())
    def ask_for_more(self, data: st.DataObject, granted: str, at_once: bool) -> None:
        pooled = [m for m in reversed(self.facts.statements) if m.corridor in self.facts.pools]
        red = [made for made in pooled if made.level() == "RED"]
        made = self.one(data, red or pooled or self.facts.statements, "statement")
        fields = {**ends(made.corridor), "period": made.period}
        amount = self.amount(data, Decimal(500))
        self.send("RequestEmergencyIncrease", **fields, amount=amount)
        if at_once:
            self.decide_on_more(data, granted)

    @rule(data=DRAW, granted=st.sampled_from(["0.00", "250.00"]))
    def decide_on_more(self, data: st.DataObject, granted: str) -> None:
        pools = self.facts.pools.items()
        asked = [(key, name) for key, pool in pools for name in reversed(pool.requests)]
        if asked:
            corridor, request = self.one(data, asked, "request")
            fields = {**ends(corridor), "request": request}
            self.send("DecideEmergencyIncrease", **fields, approved_amount=granted)

    @rule(data=DRAW, pair=st.sampled_from(PAIRS), sign=st.sampled_from(["Pay", "Pay", "Recover"]))
    def move_cash_outside(self, data: st.DataObject, pair: tuple[str, str], sign: str) -> None:
        """To or from a hospital, and interest from the bank."""
        kind = "PayHospital" if sign == "Pay" else "RecoverFromHospital"
        lines = [{"insured_region": pair[0], "amount": self.amount(data, Decimal(400))}]
        fields = {"treatment_region": pair[1], "institution": "H1", "lines": lines}
        self.send(kind, **fields, bank_serial="")
        interest = self.amount(data, Decimal(9))
        self.send("CreditPoolInterest", region=pair[1], amount=interest, bank_serial="")

    # -- the month ----------------------------------------------------------------------------

    @rule(
        data=DRAW,
        signed=st.sampled_from([3, 3, 3, 2, 0]),
        then=st.sampled_from(["", "notify", "pay", "pay", "ask", "ask"]),
    )
    def state_month(self, data: st.DataObject, signed: int, then: str) -> None:
        """Wait until the next month can be stated, state it, let some provinces sign, and go on."""
        stated = [made.period for made in self.facts.statements]
        period = next_period(max(stated)) if stated else month_of(START)
        self.day = min(max(self.day, date(*later_month(period, 1), 22)), END)
        self.send("GenerateStatements", scheme=CROSS, period=period)
        for region in PROVINCES[:signed]:
            self.send("ConfirmStatement", scheme=CROSS, period=period, region=region)
        if then == "ask" and self.facts.statements:
            self.ask_for_more(data, "250.00", at_once=True)
        elif then:
            self.send("IssueNotices", scheme=CROSS, period=period)
        if then == "pay" and self.facts.statements:
            self.pay_everything_and_close()

    @precondition(lambda self: self.facts.statements)
    @rule(
        data=DRAW,
        kind=st.sampled_from(["GenerateStatements", "IssueNotices", "ClosePeriod", "CloseYear"]),
    )
    def on_a_month(self, data: st.DataObject, kind: str) -> None:
        period = self.statement(data).period
        when = {"year": int(period[:4])} if kind == "CloseYear" else {"period": period}
        self.send(kind, scheme=CROSS, **when)

    @precondition(lambda self: self.facts.statements)
    @rule(data=DRAW, region=st.sampled_from(PROVINCES), lag=LAG)
    def confirm(self, data: st.DataObject, region: str, lag: int) -> None:
        period = self.statement(data).period
        self.send("ConfirmStatement", lag=lag, scheme=CROSS, period=period, region=region)

    @precondition(lambda self: self.facts.statements)
    @rule(data=DRAW)
    def dispute(self, data: st.DataObject) -> None:
        made = self.statement(data)
        inside = sorted({member.claim_id for member in made.taken()})
        claim_id = self.one(data, inside or ["K0"], "claim")
        fields = {**ends(made.corridor), "period": made.period, "claim_id": claim_id}
        self.send("DisputeStatementLine", **fields, reason="")

    @precondition(lambda self: any(made.line for made in self.facts.statements))
    @rule(data=DRAW, submit=st.booleans(), lag=LAG)
    def move_clearing(self, data: st.DataObject, submit: bool, lag: int) -> None:
        noticed = [made for made in self.facts.statements if made.line is not None]
        made = self.one(data, noticed, "statement")
        fields = {**ends(made.corridor), "period": made.period}
        if submit:
            self.send("SubmitToFinance", **fields)
        assert made.line is not None
        self.move(data, made.line, self.kinds(made.line), fields, lag)

    def kinds(self, line: Line) -> tuple[str, str]:
        if line.returns:
            return "PayReturn", "ConfirmReturnReceipt"
        return "PayClearing", "ConfirmClearingReceipt"

    @precondition(lambda self: self.facts.statements)
    @rule()
    def pay_everything_and_close(self) -> None:
        """All that is due of the first month that is not closed, in full."""
        closed = self.facts.closed_periods
        open_ones = [m for m in self.facts.statements if (CROSS, m.period) not in closed]
        first = min((made.period for made in open_ones), default=month_of(START))
        for made in open_ones:
            if made.period == first and made.line is not None:
                self.pay_in_full(made, made.line)
        self.send("ClosePeriod", scheme=CROSS, period=first)

    def pay_in_full(self, made: Statement, line: Line) -> None:
        fields = {**ends(made.corridor), "period": made.period, "bank_serial": ""}
        pay, receive = self.kinds(line)
        if (due := line.amount - total(line.paid)) > 0:
            self.send(pay, **fields, amount=yuan(due))
        if (transit := total(line.paid) - total(line.received)) > 0:
            self.send(receive, **fields, amount=yuan(transit))

    # -- breaks -------------------------------------------------------------------------------

    @precondition(lambda self: self.facts.claims)
    @rule(data=DRAW)
    def reconcile(self, data: st.DataObject) -> None:
        """Three views of the day of a claim, each of them perhaps wrong."""
        claim = self.claim(data)
        fields = {**ends(claim.corridor), "date": claim.on.isoformat()}
        for party in codes.PARTIES:
            self.send("ReportDailyClaims", party=party, **fields, rows=self.rows(data, claim))
        self.send("ReconcileDay", **fields)

    def rows(self, data: st.DataObject, claim: Claim) -> list[Row]:
        wrong = data.draw(st.sampled_from(["", "absent", "status", "fen", "part"]), "wrong")
        account = claim.parts.get("acct_pay", NOTHING)
        parts = {
            "medfee_sumamt": claim.medfee + (FEN if wrong == "fen" else 0),
            "fund_pay_sumamt": claim.payable - account + (FEN if wrong in ("fen", "part") else 0),
            "acct_pay": account,
            "psn_cash_pay": Decimal(claim.sent["psn_cash_pay"]),
        }
        status = "REVERSED" if wrong == "status" else "SETTLED"
        amounts = {name: yuan(amount) for name, amount in parts.items()}
        row = {"claim_id": claim.claim_id, **amounts, "status": status}
        return [] if wrong == "absent" else [row]

    @precondition(lambda self: self.facts.breaks)
    @rule(
        data=DRAW,
        kind=st.sampled_from(["AssignBreak", "EscalateBreak", "ResolveBreak", "ResolveBreak"]),
        resolution=st.sampled_from(["INSURED_ACCEPTS", "DEDUCTED", "WRITTEN_OFF_ROUNDING"]),
    )
    def work_on_break(self, data: st.DataObject, kind: str, resolution: str) -> None:
        found = self.one(data, sorted(self.facts.breaks), "break")
        more: dict[str, Row] = {
            "AssignBreak": {"owner": "someone"},
            "EscalateBreak": {"reason": "late"},
            "ResolveBreak": {"resolution": resolution},
        }
        if kind == "ResolveBreak" and data.draw(st.booleans(), "proven"):
            more[kind]["corrections"] = [self.one(data, sorted(self.auditor.answers), "proof")]
        self.send(kind, break_id=found, **more[kind])

    @rule(data=DRAW, pair=st.sampled_from(PAIRS), mark=st.sampled_from(["v1", "v2"]))
    def reimburse_by_hand(self, data: st.DataObject, pair: tuple[str, str], mark: str) -> None:
        self.send(
            "RecordManualReimbursement",
            claim_ref="M",
            insured_region=pair[0],
            treatment_region=pair[1],
            institution="H1",
            person_token="nobody",
            amount=self.amount(data, Decimal(50)),
            mdtrt_id=mark,
        )

    # -- after each step, and at the end -------------------------------------------------------

    @invariant()
    def both_hold_the_same_money(self) -> None:
        self.compare("trial-balance", as_of=self.day.isoformat())

    def compare(self, name: str, **args: str) -> None:
        expected = {"report": name, "answer": self.auditor.report(name, **args)}
        faults = differences(self.ledger.report(name, **args), expected)
        assert not faults, (name, args, faults)

    def teardown(self) -> None:
        """Every report, and a fold of the log alone that gives every row again."""
        middle = START + (self.day - START) // 2
        for as_of in (middle.isoformat(), self.day.isoformat()):
            for name in ("balances", "pools", "breaks"):
                self.compare(name, as_of=as_of)
            self.compare("payments", scheme=CROSS, as_of=as_of)
            for period in sorted({made.period for made in self.facts.statements}):
                self.compare("statement", scheme=CROSS, period=period, as_of=as_of)
                self.compare("notices", scheme=CROSS, period=period, as_of=as_of)
        again = empty_books()
        fold_log(self.ledger.log, again, folder_at(again, NAMES, Head()))
        assert tables_of(again) == self.ledger.tables()
        again.dispose()
        self.ledger.close()


Clearing.TestCase.settings = settings(max_examples=20, stateful_step_count=40)
TestClearing = Clearing.TestCase
