"""Seeded histories of commands, realistic and nasty: the same seed gives the same lines.

The generator lives through some months of an inter-region scheme day by day: what the calendar
asks for is done (statements, confirmations, notices, payments, closing), between that claims
come in and are changed, and again and again something is sent that must be refused. It drives
an auditor, so that it can name claims, lines and breaks that exist.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from . import codes, stream_corners, stream_twists
from .facts import Corridor, Line, Statement, later_month, next_period, total
from .stream_claims import calendar_fields, region_fields
from .stream_commands import BUILDERS
from .stream_maker import BELOW, TODAY, WITHOUT_BOOK, Maker, text
from .stream_money import day_rows, quarter, run_of_day

# How often each type is tried on its own, beside what the plan of a month does.
OWN_ACCOUNT = {
    "SettleClaim": 34,
    "DeductClaim": 6,
    "ReleaseDeduction": 5,
    "RefundClaim": 4,
    "RecoverClaim": 3,
    "ReverseClaim": 4,
    "HoldClaim": 3,
    "ReleaseClaim": 6,
    "RecordManualReimbursement": 4,
    "OpenInquiry": 3,
    "AnswerInquiry": 2,
    "ConfirmInquiry": 2,
    "AssignBreak": 3,
    "EscalateBreak": 2,
    "ResolveBreak": 6,
    "DisputeStatementLine": 2,
    "PayHospital": 5,
    "RecoverFromHospital": 2,
    "CreditPoolInterest": 1,
    "SetPolicyParameter": 1,
    "RegisterRegion": 1,
    "RegisterFiscalAccount": 1,
    "PublishWorkCalendar": 1,
    "RequestEmergencyIncrease": 2,
    "DecideEmergencyIncrease": 2,
    "PayAdvance": 2,
    "ConfirmAdvanceReceipt": 2,
    "PayAdvanceReturn": 1,
    "ConfirmAdvanceReturnReceipt": 1,
    "SizeAdvance": 1,
    "OpenPool": 1,
}
Job = Callable[[], object]

REST_OF_YEAR = 3  # months in which what was settled is cleared, paid and closed
STRAGGLERS = 0.12  # share of the lines that are paid late or never


class Plan:
    """The days to come, and what is to be done on each of them."""

    def __init__(self, maker: Maker, months: int, commands: int) -> None:
        self.maker = maker
        self.jobs: dict[date, list[Job]] = {}
        self.main = months
        self.commands = commands
        self.unstated: set[tuple[str, str]] = set()  # scheme and period still to come
        self.late_calendar = maker.chance(0.5)
        year, month = later_month(self.first_period(), months + REST_OF_YEAR)
        self.end = date(year, month, 25)

    def first_period(self) -> str:
        return f"{self.maker.start.year:04}{self.maker.start.month:02}"

    def at(self, on: date, job: Job) -> None:
        self.jobs.setdefault(max(on, self.maker.day), []).append(job)

    def in_days(self, least: int, most: int, job: Job) -> None:
        self.at(self.maker.day + timedelta(days=self.maker.rng.randint(least, most)), job)

    # -- the days ---------------------------------------------------------------------------

    def live(self) -> None:
        self.set_up()
        self.plan_periods()
        while self.maker.day <= self.end and self.open():
            while jobs := self.jobs.pop(self.maker.day, []):
                for job in jobs:
                    job()
            for _ in range(self.of_the_day()):
                self.own_account()
            self.maker.day += timedelta(days=1)
        while self.open():
            self.own_account()

    def open(self) -> bool:
        return len(self.maker.lines) < self.commands

    def of_the_day(self) -> int:
        """So many own actions that the commands last for the days that are left."""
        days = (self.end - self.maker.day).days + 1
        in_main = self.maker.day < date(*later_month(self.first_period(), self.main), 1)
        statements = len(self.unstated) * len(set(self.maker.pairs)) * 5 // 3
        planned = statements + 2 * sum(len(jobs) for jobs in self.jobs.values())
        rate = max(self.commands - len(self.maker.lines) - planned, days / 4) / days
        share = rate * (1.7 if in_main else 0.6)
        return int(share) + self.maker.chance(share - int(share))

    def own_account(self) -> None:
        maker = self.maker
        draw = maker.rng.random()
        if draw < 0.50:
            kinds = list(OWN_ACCOUNT)
            kind = maker.rng.choices(kinds, [OWN_ACCOUNT[each] for each in kinds])[0]
            if self.try_send(kind) is None:
                self.try_send("SettleClaim")
        elif draw < 0.54:
            self.reconcile()
        else:
            self.nuisance(draw)

    def try_send(self, kind: str) -> str | None:
        fields = BUILDERS[kind](self.maker)
        return None if fields is None else self.maker.send(kind, fields)

    def nuisance(self, draw: float) -> None:
        maker = self.maker
        line: dict[str, Any] | bytes | None
        if draw < 0.66:
            line = stream_corners.corner(maker)
        elif draw < 0.83:
            line = stream_twists.twisted(maker, maker.rng.choice(list(BUILDERS)))
        elif draw < 0.89:
            line = stream_twists.mutant(maker)
        elif draw < 0.92:
            line = stream_twists.repeated(maker)
        elif draw < 0.945:
            line = stream_twists.reused(maker)
        elif draw < 0.995:
            line = stream_twists.malformed(maker)
        else:
            line = maker.rng.choice((b"", b"  ", b"\t"))
        if line is not None:
            maker.give(line)

    # -- the beginning ----------------------------------------------------------------------

    def set_up(self) -> None:
        maker = self.maker
        for code in [*maker.members, *BELOW]:
            maker.send("RegisterRegion", region_fields(maker, code), maker.start)
        self.publish(maker.start.year)
        for year in range(maker.start.year + 1, self.end.year + 1):
            # Half of the histories have a year's calendar only when it is needed already.
            late = date(year, 1, maker.rng.randint(3, 20))
            self.at(late if self.late_calendar else maker.start, partial(self.publish, year))
        if maker.chance(0.6):
            patience = {"name": "max_deferrals", "value": maker.rng.choice(("0", "1"))}
            fields = {**patience, "effective_from": maker.start.isoformat()}
            maker.send("SetPolicyParameter", fields, maker.start)
        for code in [*maker.members, *BELOW]:
            if code not in WITHOUT_BOOK:
                cash = {"region": code, "cash": text(maker.fen(500_000, 9_000_000))}
                maker.send("OpenBook", cash, maker.start)
        for insured, treatment in dict.fromkeys(maker.pairs):
            if not maker.chance(0.12):
                self.begin_pool(maker.facts.corridor(insured, treatment, None))

    def publish(self, year: int) -> None:
        fields = calendar_fields(self.maker, year)
        self.maker.send("PublishWorkCalendar", fields, self.maker.day)

    def begin_pool(self, corridor: Corridor) -> None:
        maker = self.maker
        most = maker.rng.choice((0, 8_000, 30_000, 150_000, 400_000))
        principal = {"principal": text(maker.fen(0, most))}
        maker.send("OpenPool", {**maker.ends(corridor), **principal}, maker.start)
        if maker.chance(0.7):
            self.in_days(1, 9, partial(self.size, corridor, maker.start.year))

    # -- advances ---------------------------------------------------------------------------

    def size(self, corridor: Corridor, year: int) -> None:
        maker = self.maker
        fields = {**maker.ends(corridor), "year": year, **quarter(maker, corridor, year)}
        if maker.send("SizeAdvance", fields) == "accepted":
            line = maker.facts.pools[corridor].line
            if line is not None and not maker.chance(STRAGGLERS):
                self.in_days(1, 12, partial(self.pay_advance, corridor, line, {}))

    def pay_advance(self, corridor: Corridor, line: Line, named: dict[str, str]) -> None:
        name = "Return" if line.returns else ""
        pay = f"PayAdvance{name}"
        receive = f"ConfirmAdvance{name}Receipt"
        fields = {**self.maker.ends(corridor), **named}
        again = partial(self.pay_advance, corridor, line, named)
        self.move(line, pay, receive, fields, again)

    def move(
        self,
        line: Line,
        pay: str,
        receive: str,
        fields: dict[str, Any],
        again: Job,
    ) -> None:
        """Pays all or a part of what is left, has it confirmed, and comes back for the rest."""
        maker = self.maker
        left = line.amount - total(line.paid)
        if left <= 0:
            return
        amount = {"amount": text(maker.part(left)), **maker.serial_of_bank()}
        if maker.send(pay, {**fields, **amount}) == "accepted":
            self.in_days(0, 4, partial(self.receive, line, receive, fields))
        if total(line.paid) < line.amount:
            self.in_days(1, 6, again)

    def receive(self, line: Line, kind: str, fields: dict[str, Any]) -> None:
        transit = total(line.paid) - total(line.received)
        if transit > 0:
            # A receipt may carry a date before that of its payment.
            on = self.maker.day - timedelta(days=3) if self.maker.chance(0.08) else None
            amount = {"amount": text(transit), **self.maker.serial_of_bank()}
            self.maker.send(kind, {**fields, **amount}, on)

    # -- the cycle of a month ---------------------------------------------------------------

    def plan_periods(self) -> None:
        period = self.first_period()
        for _ in range(self.main + 1):
            for scheme in codes.SCHEMES:
                year, month = later_month(period, 1)
                on = date(year, month, 21) + timedelta(days=self.maker.rng.randint(-1, 2))
                self.at(on, partial(self.state, scheme, period))
                self.unstated.add((scheme, period))
            period = next_period(period)
        for year in range(self.maker.start.year, self.end.year):
            self.plan_new_year(date(year + 1, 1, 28))

    def plan_new_year(self, new_year: date) -> None:
        """Sizing from the quarter that is over, and two attempts to close the year."""

        def about(days: int) -> date:
            return new_year + timedelta(days=days + self.maker.rng.randint(0, 9))

        self.at(about(0), partial(self.size_all, new_year.year))
        for scheme in codes.SCHEMES:
            fields = {"scheme": scheme, "year": new_year.year - 1}
            for days in (30, 55):
                self.at(about(days), partial(self.maker.send, "CloseYear", fields))

    def size_all(self, year: int) -> None:
        for corridor in list(self.maker.facts.pools):
            if self.maker.chance(0.7):
                self.in_days(0, 9, partial(self.size, corridor, year))

    def earlier(self, scheme: str, period: str) -> list[str]:
        """Periods up to this one that some corridor has not stated though others have."""
        made = {each.period for each in self.maker.facts.statements if each.corridor[0] == scheme}
        corridors = self.maker.facts.corridors(scheme)
        behind = [
            each
            for each in made
            if any(not self.maker.facts.stated(corridor, each) for corridor in corridors)
        ]
        return sorted({*(each for each in behind if each < period), period})

    def state(self, scheme: str, period: str) -> None:
        if self.maker.chance(0.06):  # a month late, after the next one was tried
            self.in_days(25, 32, partial(self.state, scheme, period))
            return
        self.unstated.discard((scheme, period))
        for each in self.earlier(scheme, period):
            fields = {"scheme": scheme, "period": each}
            answer = self.maker.send("GenerateStatements", fields)
            if answer in ("too_early", "statement_missing"):
                self.in_days(1, 2, partial(self.state, scheme, period))
            elif answer == "accepted":
                self.after_statement(scheme, each)

    def after_statement(self, scheme: str, period: str) -> None:
        if self.maker.chance(0.6):
            self.in_days(0, 1, partial(self.try_send, "DisputeStatementLine"))
        regions = {end for each in self.maker.facts.corridors(scheme) for end in each[1:]}
        for region in sorted(regions):
            fields = {"scheme": scheme, "period": period, "region": region}
            # The second side may come with an earlier date than the first, or the statement.
            self.in_days(1, 4, partial(self.confirm, fields))
        self.in_days(4, 8, partial(self.notify, scheme, period, 4))
        for least, most in ((32, 40), (48, 56), (70, 80)):
            self.in_days(least, most, partial(self.close, scheme, period))

    def confirm(self, fields: dict[str, Any]) -> None:
        on = self.maker.day - timedelta(days=4) if self.maker.chance(0.1) else None
        self.maker.send("ConfirmStatement", fields, on)
        if self.maker.chance(0.5):
            self.in_days(0, 2, self.emergency)

    def emergency(self) -> None:
        """A request in the window where a pool is red, its decision and its payment."""
        maker = self.maker
        fields = BUILDERS["RequestEmergencyIncrease"](maker)
        if fields is None or maker.send("RequestEmergencyIncrease", fields) != "accepted":
            return
        for corridor, pool in maker.facts.pools.items():
            for request, made in pool.requests.items():
                if made.decided is None:
                    self.in_days(1, 4, partial(self.decide, corridor, request))

    def decide(self, corridor: Corridor, request: str) -> None:
        maker = self.maker
        amount = Decimal(0) if maker.chance(0.2) else maker.fen(1, 40_000)
        named = {"request": request}
        fields = {**maker.ends(corridor), **named, "approved_amount": text(amount)}
        maker.send("DecideEmergencyIncrease", fields)
        line = maker.facts.pools[corridor].requests[request].line
        if line is not None:
            self.in_days(1, 9, partial(self.pay_advance, corridor, line, named))

    # -- notices, payments, closing ---------------------------------------------------------

    def notify(self, scheme: str, period: str, tries: int) -> None:
        fields = {"scheme": scheme, "period": period}
        if self.maker.send("IssueNotices", fields) == "accepted":
            for made in self.maker.facts.statements:
                if (made.corridor.scheme, made.period) == (scheme, period):
                    self.plan_payment(made)
        # Lines that another side has not confirmed, or whose deadline no calendar reaches yet.
        left = [
            made
            for made in self.maker.facts.statements
            if made.corridor.scheme == scheme and made.period == period
            if made.notice is None and made.net() != 0
        ]
        if left and tries:
            self.in_days(3, 9, partial(self.confirm_and_notify, left, fields, tries - 1))

    def confirm_and_notify(self, left: list[Statement], fields: dict[str, Any], tries: int) -> None:
        for region in sorted({end for made in left for end in made.corridor[1:]}):
            if any(region in made.corridor and region not in made.confirmed for made in left):
                self.maker.send("ConfirmStatement", {**fields, "region": region})
        self.notify(fields["scheme"], fields["period"], tries)

    def plan_payment(self, made: Statement) -> None:
        line = made.line
        if line is None or line.paid or made.submitted:
            return
        if self.maker.chance(0.5):
            fields = {**self.maker.ends(made.corridor), "period": made.period}
            self.in_days(0, 6, partial(self.maker.send, "SubmitToFinance", fields))
        late = self.maker.chance(STRAGGLERS)
        if not late or self.maker.chance(0.6):
            least, most = (30, 70) if late else (1, 18)
            self.in_days(least, most, partial(self.pay_line, made, line))

    def pay_line(self, made: Statement, line: Line) -> None:
        pay, receive = "PayClearing", "ConfirmClearingReceipt"
        if line.returns:
            pay, receive = "PayReturn", "ConfirmReturnReceipt"
        fields = {**self.maker.ends(made.corridor), "period": made.period}
        self.move(line, pay, receive, fields, partial(self.pay_line, made, line))

    def close(self, scheme: str, period: str) -> None:
        if (scheme, period) not in self.maker.facts.closed_periods or self.maker.chance(0.1):
            self.maker.send("ClosePeriod", {"scheme": scheme, "period": period})

    # -- reconciliation ---------------------------------------------------------------------

    def reconcile(self) -> None:
        """The three parties' views of a day and the run, sometimes with one left out."""
        maker = self.maker
        corridor, on = run_of_day(maker)
        wrong = maker.rng.choice((0.0, 0.2, 0.5))
        fields = {**maker.ends(corridor), "date": on.isoformat()}
        shared = day_rows(maker, corridor, on, wrong)
        for party in maker.rng.sample(codes.PARTIES, 2 if maker.chance(0.05) else 3):
            alike = maker.chance(0.2)
            rows = shared if alike else day_rows(maker, corridor, on, wrong)
            maker.send("ReportDailyClaims", {"party": party, **fields, "rows": rows})
        maker.send("ReconcileDay", fields)


def stream(
    seed: int, *, provinces: int = 3, months: int = 3, commands: int = 600
) -> list[dict[str, Any] | bytes]:
    """A history of so many lines: commands as objects, and lines that are bytes.

    All business dates are before `TODAY`, but for a few commands that must be refused for that.
    """
    maker = Maker(seed, provinces, months + REST_OF_YEAR)
    Plan(maker, months, commands).live()
    return maker.lines[:commands]


__all__ = ["TODAY", "stream"]
