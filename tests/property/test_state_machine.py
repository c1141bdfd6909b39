"""Any commands in any order: the answers are the auditor's, and I1 to I14 hold after each.

Three provinces and a few pools live through some months. What is sent is mostly about things that
exist, so that claims get far; which of them, how much of it and when, Hypothesis chooses. Every
command is decided, written into the books, and followed by the questions of `clearing verify`.
"""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

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
from tests.auditor.facts import Claim, Corridor, Line, later_month, month_of, next_period, total
from tests.auditor.streams import TODAY

from .memory import MemoryLedger, Row, empty_books, tables_of

CROSS = "CROSS_PROVINCE"
PROVINCES = ("310000", "320000", "340000")
PAIRS = tuple((i, t) for i in PROVINCES for t in PROVINCES if i != t)
START = date(2024, 10, 8)
END = date(2025, 11, 30)
DRAW = st.data()
PAIR = st.sampled_from(PAIRS)
WHOLE = st.integers(min_value=0, max_value=3)
FEN = Decimal("0.01")


def yuan(amount: Decimal) -> str:
    return f"{amount:.2f}"


class Clearing(RuleBasedStateMachine):
    """The ledger beside the auditor; `day` only goes forward, business dates may lag behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryLedger()
        self.auditor = Auditor(TODAY)
        self.day = START
        self.number = 0

    # -- sending ------------------------------------------------------------------------------

    def send(self, kind: str, /, lag: int = 0, **fields: Any) -> bool:
        """Send a command to both; say whether it was accepted."""
        self.number += 1
        on = self.day - timedelta(days=lag)
        command = {"type": kind, "command_id": f"{kind}-{self.number}", "on": on.isoformat()}
        command |= fields
        answers = self.ledger.submit([command])
        expected = self.auditor.submit([command])
        assert not outcomes_differ(answers, expected), command
        self.ledger.flush()
        with snapshot(self.ledger.engine) as books:
            assert not [*broken(books), *wrong_statements(books)], command
        return bool(expected[0]["outcome"] == "accepted")

    @property
    def name(self) -> str:
        """A name that is new for whatever comes next."""
        return str(self.number)

    def amount(self, data: st.DataObject, most: Decimal) -> str:
        """Mostly all or a part of what there is; sometimes a fen too much, or nothing."""
        fen = int(most * 100)
        parts = st.integers(min_value=1, max_value=max(fen, 1))
        drawn = data.draw(st.one_of(st.just(fen), parts, st.sampled_from([0, 1, fen + 1])), "fen")
        return yuan(Decimal(drawn) / 100)

    def one(self, data: st.DataObject, things: Any, label: str) -> Any:
        return data.draw(st.sampled_from(list(things)), label)

    def claim(self, data: st.DataObject) -> Claim:
        return self.auditor.facts.claims[self.one(data, self.auditor.facts.claims, "claim")]

    def ends(self, corridor: Corridor) -> Row:
        return {"insured_region": corridor.insured, "treatment_region": corridor.treatment}

    def has(self, what: str) -> bool:
        return bool(getattr(self.auditor.facts, what))

    # -- the world ----------------------------------------------------------------------------

    @initialize(pairs=st.lists(PAIR, min_size=1, max_size=4, unique=True), data=DRAW)
    def begin(self, pairs: list[tuple[str, str]], data: st.DataObject) -> None:
        for code in PROVINCES:
            self.send("RegisterRegion", code=code, name_zh="省", name_en="P", level="province")
            self.send("OpenBook", region=code, cash="100000.00")
        for year in (2024, 2025):
            self.send("PublishWorkCalendar", year=year, holidays=[], makeup_workdays=[])
        for insured, treatment in pairs:
            self.open_pool((insured, treatment), data)

    @rule(pair=PAIR, data=DRAW)
    def open_pool(self, pair: tuple[str, str], data: st.DataObject) -> None:
        principal = self.one(data, ("0.00", "300.00", "1000.00"), "principal")
        self.send("OpenPool", insured_region=pair[0], treatment_region=pair[1], principal=principal)

    @rule(days=st.integers(min_value=1, max_value=40))
    def time_goes_by(self, days: int) -> None:
        self.day = min(self.day + timedelta(days=days), END)

    @rule(
        name=st.sampled_from(["max_deferrals", "warning_red", "statement_day", "sizing_months"]),
        value=st.sampled_from(["0", "1", "0.50", "2", "21"]),
        lag=st.integers(min_value=0, max_value=30),
    )
    def set_parameter(self, name: str, value: str, lag: int) -> None:
        since = (self.day - timedelta(days=lag)).isoformat()
        self.send("SetPolicyParameter", name=name, value=value, effective_from=since)

    # -- claims -------------------------------------------------------------------------------

    @rule(
        pair=PAIR,
        resident=st.booleans(),
        parts=st.lists(st.integers(min_value=0, max_value=40_000), min_size=4, max_size=4),
        lag=st.sampled_from([0, 0, 1, 10, 45]),
        visit=st.sampled_from([None, None, "v1", "v2"]),
    )
    def settle(
        self, pair: tuple[str, str], resident: bool, parts: list[int], lag: int, visit: str | None
    ) -> None:
        names = ("hifp_pay", "maf_pay", "hifmi_pay" if resident else "acct_pay", "psn_cash_pay")
        fields = {name: yuan(Decimal(fen) / 100) for name, fen in zip(names, parts, strict=True)}
        marks = {"mdtrt_id": visit} if visit else {}
        self.send(
            "SettleClaim",
            lag,
            claim_id=f"K{self.name}",
            insured_region=pair[0],
            treatment_region=pair[1],
            institution="H1",
            insutype="390" if resident else "310",
            med_type="21",
            medfee_sumamt=yuan(Decimal(sum(parts)) / 100),
            **fields,
            **marks,
        )

    @precondition(lambda self: self.has("claims"))
    @rule(
        data=DRAW,
        kind=st.sampled_from(["DeductClaim", "RecoverClaim", "RefundClaim"]),
        lag=st.sampled_from([0, 0, 20]),
        named=st.booleans(),
    )
    def take_off(self, data: st.DataObject, kind: str, lag: int, named: bool) -> None:
        claim = self.claim(data)
        left = claim.outstanding()
        why = {"cause": "REFUND_CROSS_YEAR"} if kind == "RefundClaim" else {"reason_code": "x"}
        fields: Row = {"claim_id": claim.claim_id, **why}
        if named:
            item = self.one(data, left, "item")
            fields["amount"] = self.amount(data, left[item])
            fields["items"] = {item: fields["amount"]}
        elif kind != "RefundClaim" or data.draw(st.booleans(), "with amount"):
            fields["amount"] = self.amount(data, sum(left.values(), Decimal(0)))
        self.send(kind, lag, **fields)

    @precondition(lambda self: self.has("claims"))
    @rule(data=DRAW, lag=st.sampled_from([0, 0, 20]))
    def release_deduction(self, data: st.DataObject, lag: int) -> None:
        claim = self.claim(data)
        taken = [item for item in claim.items if item.kind == "deduct"]
        known = [(item.command_id, -item.total()) for item in taken] or [("none", FEN)]
        deduction, most = self.one(data, known, "deduction")
        fields = {"claim_id": claim.claim_id, "deduction": deduction}
        self.send("ReleaseDeduction", lag, **fields, amount=self.amount(data, most))

    @precondition(lambda self: self.has("claims"))
    @rule(data=DRAW, kind=st.sampled_from(["ReverseClaim", "HoldClaim", "ReleaseClaim"]))
    def move_claim(self, data: st.DataObject, kind: str) -> None:
        more = {"ReverseClaim": {"cause": "CANCEL_SAME_DAY"}, "HoldClaim": {"reason": ""}}
        self.send(kind, claim_id=self.claim(data).claim_id, **more.get(kind, {}))

    @precondition(lambda self: self.has("claims"))
    @rule(data=DRAW, kind=st.sampled_from(["OpenInquiry", "AnswerInquiry", "ConfirmInquiry"]))
    def inquire(self, data: st.DataObject, kind: str) -> None:
        more = {"OpenInquiry": {"question": "?"}, "AnswerInquiry": {"result": "NO_ISSUE"}}
        self.send(kind, claim_id=self.claim(data).claim_id, **more.get(kind, {}))

    # -- pools --------------------------------------------------------------------------------

    @precondition(lambda self: self.has("pools"))
    @rule(data=DRAW, year=st.sampled_from([2024, 2025]), own=st.booleans())
    def size(self, data: st.DataObject, year: int, own: bool) -> None:
        corridor = self.one(data, self.auditor.facts.pools, "pool")
        months = [self.amount(data, Decimal(600)) for _ in range(3)]
        fields = {} if own else {"q4": months}
        self.send("SizeAdvance", **self.ends(corridor), year=year, **fields)

    @precondition(lambda self: self.has("pools"))
    @rule(data=DRAW)
    def move_advance(self, data: st.DataObject) -> None:
        """Pay or receive on any line of a pool, the annual one or an emergency one."""
        corridor = self.one(data, self.auditor.facts.pools, "pool")
        pool = self.auditor.facts.pools[corridor]
        requests = [{"request": name} for name in pool.requests]
        named = self.one(data, [{}, *requests], "request")
        line = pool.requests[named["request"]].line if named else pool.line
        kinds = ("PayAdvance", "ConfirmAdvanceReceipt")
        if line is not None and line.returns and not named:
            kinds = ("PayAdvanceReturn", "ConfirmAdvanceReturnReceipt")
        self.move(data, line or Line(FEN), kinds, {**self.ends(corridor), **named})

    def move(
        self, data: st.DataObject, line: Line, kinds: tuple[str, str], fields: Row, lag: int = 0
    ) -> None:
        """Pay on a line, or receive what is on its way."""
        receive = data.draw(st.booleans(), "receive")
        paid, received = total(line.paid), total(line.received)
        most = paid - received if receive else line.amount - paid
        amount = self.amount(data, most)
        self.send(kinds[receive], lag, **fields, amount=amount, bank_serial=self.name)

    @precondition(lambda self: self.has("statements") and self.has("pools"))
    @rule(data=DRAW)
    def ask_for_more(self, data: st.DataObject) -> None:
        made = self.one(data, self.auditor.facts.statements, "statement")
        fields = {**self.ends(made.corridor), "period": made.period}
        self.send("RequestEmergencyIncrease", **fields, amount=self.amount(data, Decimal(500)))

    @precondition(lambda self: any(p.requests for p in self.auditor.facts.pools.values()))
    @rule(data=DRAW, granted=st.sampled_from(["0.00", "0.01", "250.00"]))
    def decide_on_more(self, data: st.DataObject, granted: str) -> None:
        pools = self.auditor.facts.pools
        made = [(key, name) for key, pool in pools.items() for name in pool.requests]
        corridor, request = self.one(data, made, "request")
        fields = {**self.ends(corridor), "request": request}
        self.send("DecideEmergencyIncrease", **fields, approved_amount=granted)

    @rule(data=DRAW, region=st.sampled_from(PROVINCES))
    def credit_interest(self, data: st.DataObject, region: str) -> None:
        amount = self.amount(data, Decimal(9))
        self.send("CreditPoolInterest", region=region, amount=amount, bank_serial=self.name)

    @rule(data=DRAW, pair=PAIR, kind=st.sampled_from(["PayHospital", "RecoverFromHospital"]))
    def pay_hospital(self, data: st.DataObject, pair: tuple[str, str], kind: str) -> None:
        lines = [{"insured_region": pair[0], "amount": self.amount(data, Decimal(400))}]
        fields = {"treatment_region": pair[1], "institution": "H1", "lines": lines}
        self.send(kind, **fields, bank_serial=self.name)

    # -- the month ----------------------------------------------------------------------------

    def next_to_state(self) -> str:
        """The period after the last one that was stated."""
        stated = [made.period for made in self.auditor.facts.statements]
        return next_period(max(stated)) if stated else month_of(START)

    @rule(signed=WHOLE, noticed=st.booleans())
    def state_month(self, signed: int, noticed: bool) -> None:
        """Wait until a month can be stated, state it, and let some provinces sign."""
        period = self.next_to_state()
        due = date(*later_month(period, 1), 22)
        self.day = min(max(self.day, due), END)
        self.send("GenerateStatements", scheme=CROSS, period=period)
        for region in PROVINCES[:signed]:
            self.send("ConfirmStatement", scheme=CROSS, period=period, region=region)
        if noticed:
            self.send("IssueNotices", scheme=CROSS, period=period)

    @precondition(lambda self: self.has("statements"))
    @rule(
        data=DRAW,
        kind=st.sampled_from(["GenerateStatements", "IssueNotices", "ClosePeriod"]),
    )
    def on_a_month(self, data: st.DataObject, kind: str) -> None:
        made = self.one(data, self.auditor.facts.statements, "statement")
        self.send(kind, scheme=CROSS, period=made.period)

    @precondition(lambda self: self.has("statements"))
    @rule(data=DRAW, region=st.sampled_from(PROVINCES), lag=st.sampled_from([0, 0, 5]))
    def confirm(self, data: st.DataObject, region: str, lag: int) -> None:
        made = self.one(data, self.auditor.facts.statements, "statement")
        self.send("ConfirmStatement", lag, scheme=CROSS, period=made.period, region=region)

    @precondition(lambda self: self.has("statements") and self.has("claims"))
    @rule(data=DRAW)
    def dispute(self, data: st.DataObject) -> None:
        made = self.one(data, reversed(self.auditor.facts.statements), "statement")
        inside = [member.claim_id for member in made.taken()]
        claim_id = self.one(data, inside or ["K0"], "claim")
        fields = {**self.ends(made.corridor), "period": made.period, "claim_id": claim_id}
        self.send("DisputeStatementLine", **fields, reason="")

    @precondition(lambda self: self.has("statements"))
    @rule(data=DRAW, submit=st.booleans(), lag=st.sampled_from([0, 0, 5]))
    def move_clearing(self, data: st.DataObject, submit: bool, lag: int) -> None:
        noticed = [made for made in self.auditor.facts.statements if made.line is not None]
        made = self.one(data, noticed or self.auditor.facts.statements, "statement")
        fields = {**self.ends(made.corridor), "period": made.period}
        if submit:
            self.send("SubmitToFinance", **fields)
        line = made.line or Line(FEN)
        kinds = ("PayClearing", "ConfirmClearingReceipt")
        if line.returns:
            kinds = ("PayReturn", "ConfirmReturnReceipt")
        self.move(data, line, kinds, fields, lag)

    @precondition(lambda self: self.has("statements"))
    @rule()
    def pay_everything_and_close(self) -> None:
        """All that is due of the first month that is not closed, in full."""
        facts = self.auditor.facts
        open_ones = [m for m in facts.statements if (CROSS, m.period) not in facts.closed_periods]
        first = min((made.period for made in open_ones), default=None)
        for made in [each for each in open_ones if each.period == first]:
            if made.line is not None:
                self.pay_in_full(made.corridor, made.period, made.line)
        if first is not None:
            self.send("ClosePeriod", scheme=CROSS, period=first)

    def pay_in_full(self, corridor: Corridor, period: str, line: Line) -> None:
        kinds = (
            ("PayReturn", "ConfirmReturnReceipt")
            if line.returns
            else (
                "PayClearing",
                "ConfirmClearingReceipt",
            )
        )
        move = partial(self.send, **self.ends(corridor), period=period, bank_serial="")
        if (due := line.amount - total(line.paid)) > 0:
            move(kinds[0], amount=yuan(due))
        if (transit := total(line.paid) - total(line.received)) > 0:
            move(kinds[1], amount=yuan(transit))

    @precondition(lambda self: self.has("closed_periods"))
    @rule(year=st.sampled_from([2024, 2024, 2025]))
    def close_year(self, year: int) -> None:
        self.send("CloseYear", scheme=CROSS, year=year)

    # -- breaks -------------------------------------------------------------------------------

    @precondition(lambda self: self.has("claims"))
    @rule(data=DRAW)
    def reconcile(self, data: st.DataObject) -> None:
        """Three views of the day of a claim, each of them perhaps wrong."""
        claim = self.claim(data)
        fields = {**self.ends(claim.corridor), "date": claim.on.isoformat()}
        for party in codes.PARTIES:
            rows = [row for row in [self.row(data, claim)] if row is not None]
            self.send("ReportDailyClaims", party=party, **fields, rows=rows)
        self.send("ReconcileDay", **fields)

    def row(self, data: st.DataObject, claim: Claim) -> Row | None:
        wrong = data.draw(st.sampled_from(["", "", "absent", "status", "fen", "part"]), "wrong")
        account = claim.parts.get("acct_pay", Decimal(0))
        parts = {
            "medfee_sumamt": claim.medfee + (FEN if wrong == "fen" else 0),
            "fund_pay_sumamt": claim.payable - account + (FEN if wrong in ("fen", "part") else 0),
            "acct_pay": account,
            "psn_cash_pay": Decimal(claim.sent["psn_cash_pay"]),
        }
        if wrong == "absent":
            return None
        status = "REVERSED" if wrong == "status" else "SETTLED"
        amounts = {name: yuan(amount) for name, amount in parts.items()}
        return {"claim_id": claim.claim_id, **amounts, "status": status}

    @precondition(lambda self: self.has("breaks"))
    @rule(
        data=DRAW,
        kind=st.sampled_from(["AssignBreak", "EscalateBreak", "ResolveBreak", "ResolveBreak"]),
        resolution=st.sampled_from(["INSURED_ACCEPTS", "DEDUCTED", "WRITTEN_OFF_ROUNDING"]),
    )
    def work_on_break(self, data: st.DataObject, kind: str, resolution: str) -> None:
        found = self.one(data, sorted(self.auditor.facts.breaks), "break")
        more: dict[str, Row] = {
            "AssignBreak": {"owner": "someone"},
            "EscalateBreak": {"reason": "late"},
            "ResolveBreak": {"resolution": resolution},
        }
        if kind == "ResolveBreak" and data.draw(st.booleans(), "proven"):
            proof = self.one(data, sorted(self.auditor.answers), "proof")
            more[kind]["corrections"] = [proof]
        self.send(kind, break_id=found, **more[kind])

    @precondition(lambda self: self.has("claims"))
    @rule(data=DRAW, pair=PAIR, visit=st.sampled_from(["v1", "v2"]))
    def reimburse_by_hand(self, data: st.DataObject, pair: tuple[str, str], visit: str) -> None:
        self.send(
            "RecordManualReimbursement",
            claim_ref=self.name,
            insured_region=pair[0],
            treatment_region=pair[1],
            institution="H1",
            person_token="nobody",
            amount=self.amount(data, Decimal(50)),
            mdtrt_id=visit,
        )

    # -- after each step ----------------------------------------------------------------------

    @invariant()
    def both_say_the_same_of_pools_and_breaks(self) -> None:
        for name in ("trial-balance", "pools", "breaks"):
            self.compare(name, as_of=self.day.isoformat())

    def compare(self, name: str, **args: str) -> None:
        expected = {"report": name, "answer": self.auditor.report(name, **args)}
        assert not differences(self.ledger.report(name, **args), expected), (name, args)

    def teardown(self) -> None:
        """At the end: every report, and a fold of the log alone that gives every row again."""
        middle = START + (self.day - START) / 2
        for as_of in (middle.isoformat(), self.day.isoformat()):
            self.compare("balances", as_of=as_of)
            self.compare("payments", scheme=CROSS, as_of=as_of)
            for period in sorted({made.period for made in self.auditor.facts.statements}):
                self.compare("statement", scheme=CROSS, period=period, as_of=as_of)
                self.compare("notices", scheme=CROSS, period=period, as_of=as_of)
        again = empty_books()
        fold_log(self.ledger.log, again, folder_at(again, NAMES, Head()))
        assert tables_of(again) == self.ledger.tables()
        again.dispose()
        self.ledger.close()


Clearing.TestCase.settings = settings(max_examples=40, stateful_step_count=40)
TestClearing = Clearing.TestCase
