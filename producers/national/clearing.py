"""The monthly calendar: statements, signatures, notices, payments, returns, closing.

Source: domain.md 3.4. Some regions pay late every month, some lines in two parts.
"""

from collections.abc import Sequence
from typing import Final

from ledger.money import yuan
from producers.national.advances import Advances
from producers.national.books import Corridor, Line
from producers.national.corrections import Corrections
from producers.national.country import SCHEME, Country
from producers.national.reconciliation import Reconciliation

_SUBMIT_WORKING_DAYS: Final = 5
_PAY_WORKING_DAYS: Final = 10
_STATEMENT_DAY: Final = 21
_SIGNING_DAYS: Final = (22, 25)
_HABITS: Final = {"PROMPT": (6, 10), "USUAL": (9, 15), "LATE": (17, 24)}
"""In working days from the notice to the payment; due after 15."""
_LATE_EVERY: Final = 6
"""One payer in so many is always late."""
_TWO_PARTS_SHARE: Final = 0.05
_UNSUBMITTED_SHARE: Final = 0.02
_LATE_SIGNER_SHARE: Final = 0.4


class Clearing:
    """Sends the month's commands, and keeps its lines."""

    def __init__(
        self,
        country: Country,
        corrections: Corrections,
        reconciliation: Reconciliation,
        advances: Advances,
    ) -> None:
        """Take part in a run; lay down each month's days."""
        self._country = country
        self._random = country.random
        self._corrections = corrections
        self._reconciliation = reconciliation
        self._advances = advances
        self.lines: list[list[Line]] = []
        self.closed: set[int] = set()
        plan = country.plan
        for month in range(plan.months):
            country.at(plan.day(month + 1, 1), self._note_hospitals)
            country.at(plan.day(month + 1, _STATEMENT_DAY), self._state, month)
            country.at(plan.day(month + 1, 31), self._notice, month)
        for month in range(plan.all_months):
            if plan.day(month, 1).month == 3:
                year = plan.day(month, 1).year - 1
                country.at(plan.day(month, 31), self._close_year, year)

    def _note_hospitals(self) -> None:
        """Note what hospitals are owed at the end of a month: it is paid on day 20."""
        country = self._country
        owed = [tuple(corridor.hospitals) for corridor in country.corridors]
        country.at(country.plan.day(country.month, 20), self._pay_hospitals, owed)

    def _pay_hospitals(self, owed: Sequence[Sequence[int]]) -> None:
        """Pay institutions what the last month left, or less if it was deducted since."""
        country = self._country
        for region, member in enumerate(country.plan.members):
            held = [
                (corridor, then)
                for corridor, then in zip(country.corridors, owed, strict=True)
                if corridor.t == region
            ]
            for number in range(country.institutions[region]):
                pays = [
                    (corridor, min(then[number], corridor.hospitals[number]))
                    for corridor, then in held
                ]
                about = (member.code, country.institution(region, number), number)
                self._settle("PayHospital", about, [each for each in pays if each[1] > 0])
                self._settle("RecoverFromHospital", about, [each for each in pays if each[1] < 0])

    def _settle(
        self, kind: str, about: tuple[str, str, int], pays: list[tuple[Corridor, int]]
    ) -> None:
        if not pays:
            return
        region, institution, number = about
        country = self._country
        country.send(
            kind,
            treatment_region=region,
            institution=institution,
            lines=[
                {"insured_region": corridor.codes[0], "amount": yuan(abs(amount))}
                for corridor, amount in pays
            ],
            bank_serial=country.serial(),
        )
        for corridor, amount in pays:
            corridor.hospitals[number] -= amount
            corridor.in_use += amount
            country.move(corridor.t, "PAY.HOSP", "CASH", amount)

    def _state(self, month: int) -> None:
        """Make the statements of a month; disputes follow before the first signature."""
        country = self._country
        self._reconciliation.hold_disputed(month)
        country.send("GenerateStatements", scheme=SCHEME, period=country.plan.period(month))
        country.stated = month
        made = []
        for corridor in country.corridors:
            line = Line(corridor, month, corridor.sums(month), corridor.principal)
            corridor.lines[month] = corridor.last_line = line
            made.append(line)
        self.lines.append(made)
        self._corrections.dispute(month)
        self._plan_signatures(month)

    def _plan_signatures(self, month: int) -> None:
        """Let every region sign by day 25; now and then one is silent until the month after."""
        country = self._country
        plan = country.plan
        slow = self._random.randrange(plan.regions)
        silent = plan.regions > 4 and self._random.random() < _LATE_SIGNER_SHARE
        december = plan.day(month, 1).month == 12  # its statements are needed by 31 January
        for region in range(plan.regions):
            day = plan.day(month + 1, self._random.randint(*_SIGNING_DAYS))
            if region == slow and silent and not december:
                day = plan.day(month + 2, 3)
                country.at(plan.day(month + 2, 4), self._notice, month)
            country.at(day, self._sign, month, region)

    def _sign(self, month: int, region: int) -> None:
        country = self._country
        code = country.plan.members[region].code
        period = country.plan.period(month)
        country.send("ConfirmStatement", scheme=SCHEME, period=period, region=code)
        for line in self.lines[month]:
            corridor = line.corridor
            if region not in {corridor.i, corridor.t}:
                continue
            line.signed.add(region)
            if len(line.signed) == 2:
                self._book(line)
            if region == corridor.t:
                self._advances.may_ask(line)

    def _book(self, line: Line) -> None:
        net, corridor = line.sums.net, line.corridor
        if net > 0:
            self._country.move(corridor.i, "PAY.ACCRUED", "PAY.CLEAR", net)
            self._country.move(corridor.t, "RECV.CLEAR", "ADV.CARE", net)
        elif net < 0:
            self._country.move(corridor.i, "RECV.RETURN", "PAY.ACCRUED", -net)
            self._country.move(corridor.t, "ADV.CARE", "PAY.RETURN", -net)

    def _notice(self, month: int) -> None:
        """Issue notices for the lines that both sides have signed."""
        country = self._country
        ready = [
            line
            for line in self.lines[month]
            if line.sums.net and len(line.signed) == 2 and not line.noticed
        ]
        if ready or all(not line.sums.net for line in self.lines[month]):
            country.send("IssueNotices", scheme=SCHEME, period=country.plan.period(month))
        for line in ready:
            line.noticed = True
            line.submit_due = country.workdays.after(country.today, _SUBMIT_WORKING_DAYS)
            line.pay_due = country.workdays.after(line.submit_due, _PAY_WORKING_DAYS)
            self._plan_payment(line)
        if not ready:
            self._may_close(month)

    def _habit(self, line: Line) -> str:
        payer = line.corridor.i if line.sums.net > 0 else line.corridor.t
        if payer % _LATE_EVERY == _LATE_EVERY - 1 or self._random.random() < 0.03:
            return "LATE"
        return "PROMPT" if payer % 2 else "USUAL"

    def _plan_payment(self, line: Line) -> None:
        country = self._country
        habit = self._habit(line)
        after = country.workdays.after
        paid = self._random.randint(*_HABITS[habit])
        if self._random.random() >= _UNSUBMITTED_SHARE:
            most = 9 if habit == "LATE" else 5
            country.at(after(country.today, self._random.randint(1, most)), self._submit, line)
        amount = abs(line.sums.net)
        if amount > 1 and self._random.random() < _TWO_PARTS_SHARE:
            country.at(after(country.today, paid), self._pay, line, amount // 2)
            country.at(after(country.today, paid + 3), self._pay, line, amount - amount // 2)
        else:
            country.at(after(country.today, paid), self._pay, line, amount)

    def _about(self, line: Line) -> dict[str, str]:
        return {**line.corridor.fields, "period": self._country.plan.period(line.month)}

    def _submit(self, line: Line) -> None:
        self._country.send("SubmitToFinance", **self._about(line))
        line.submitted = True

    def _pay(self, line: Line, amount: int) -> None:
        country, corridor = self._country, line.corridor
        serial = country.serial()
        kind = "PayClearing" if line.sums.net > 0 else "PayReturn"
        country.send(kind, **self._about(line), amount=yuan(amount), bank_serial=serial)
        if line.sums.net > 0:
            country.move(corridor.i, "PAY.CLEAR", "CASH", amount)
        else:
            country.move(corridor.t, "PAY.RETURN", "CASH", amount)
        line.paid += amount
        if line.paid == abs(line.sums.net):
            line.paid_on = country.today
        country.in_days(self._random.randint(0, 4), self._receive, line, amount, serial)

    def _receive(self, line: Line, amount: int, serial: str) -> None:
        country, corridor = self._country, line.corridor
        kind = "ConfirmClearingReceipt" if line.sums.net > 0 else "ConfirmReturnReceipt"
        country.send(kind, **self._about(line), amount=yuan(amount), bank_serial=serial)
        if line.sums.net > 0:
            country.move(corridor.t, "CASH", "RECV.CLEAR", amount)
            corridor.in_use -= amount
        else:
            country.move(corridor.i, "CASH", "RECV.RETURN", amount)
        line.received += amount
        if line.received == abs(line.sums.net):
            line.received_on = country.today
            self._may_close(line.month)

    def _may_close(self, month: int) -> None:
        """Close a month on the day after its last line is done."""
        if all(line.complete for line in self.lines[month]):
            self._country.in_days(1, self._close, month)

    def _close(self, month: int) -> None:
        if month not in self.closed:
            self.closed.add(month)
            period = self._country.plan.period(month)
            self._country.send("ClosePeriod", scheme=SCHEME, period=period)

    def _close_year(self, year: int) -> None:
        """Close a year whose December is stated, if all of its months are closed."""
        plan = self._country.plan
        months = [each for each in range(plan.months) if int(plan.period(each)[:4]) == year]
        december = any(plan.period(each).endswith("12") for each in months)
        if december and self.closed.issuperset(months):
            self._country.send("CloseYear", scheme=SCHEME, year=year)
