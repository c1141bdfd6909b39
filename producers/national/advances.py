"""The pools: annual sizing with its line, emergency increases, interest. Source: domain.md 3.2."""

from typing import Final

from ledger.money import half_up, round_up, yuan
from producers.national.books import YELLOW, Corridor, Line, Request
from producers.national.country import Country
from producers.national.opening import monthly_fen

_ASKED_SHARE: Final = 0.8
"""Of RED pools: some regions do without."""
_GRANTED_SHARE: Final = 0.85
_QUARTER_RATE: Final = (9, 10_000)
"""Interest of a quarter on a pool: 0.09 %. ASSUMED."""


class Advances:
    """Sends what moves pools, and keeps what they hold."""

    def __init__(self, country: Country) -> None:
        """Take part in a run; lay down when pools are sized and interest comes."""
        self._country = country
        self._random = country.random
        plan = country.plan
        for month in range(plan.all_months):
            last = plan.day(month, 31)
            if last.month == 1:
                country.at(last, self._size_all)
            if last.month % 3 == 0:
                country.at(plan.day(month, 21), self._credit_interest)

    def _credit_interest(self) -> None:
        rate, whole = _QUARTER_RATE
        for number, member in enumerate(self._country.plan.members):
            held = sum(each.principal for each in self._country.corridors if each.t == number)
            amount = held * rate // whole
            if amount:
                serial = self._country.serial()
                self._country.send(
                    "CreditPoolInterest",
                    region=member.code,
                    amount=yuan(amount),
                    bank_serial=serial,
                )
                self._country.move(number, "CASH", "INC.INTEREST", amount)

    def _size_all(self) -> None:
        for corridor in self._country.corridors:
            corridor.to_size = self._country.today.year
            self._size(corridor)

    def _size(self, corridor: Corridor) -> None:
        """Size a pool for the year, unless an emergency increase is still on its way."""
        if corridor.to_size is None or (corridor.request and corridor.request.running):
            return
        year, corridor.to_size = corridor.to_size, None
        country = self._country
        months = range(self._month_of(year - 1, 10), self._month_of(year - 1, 13))
        own = [self._cleared(corridor, month) for month in months]
        stated = all(month in corridor.lines for month in months)
        given = {} if stated else {"q4": [yuan(amount) for amount in own]}
        country.send("SizeAdvance", **corridor.fields, year=year, **given)
        corridor.quota = half_up(2 * sum(own), 3)
        moved = corridor.quota - corridor.principal
        if moved:
            paid = country.workdays.after(country.today, self._random.randint(8, 18))
            country.at(paid, self._pay if moved > 0 else self._pay_back, corridor, abs(moved))

    def _month_of(self, year: int, month: int) -> int:
        start = self._country.plan.start
        return (year - start.year) * 12 + month - start.month

    def _cleared(self, corridor: Corridor, month: int) -> int:
        """Return what a month cleared; of one before the plan, what it will have been like."""
        if month in corridor.lines:
            return max(0, corridor.lines[month].sums.net)
        return monthly_fen(self._country, (corridor.i, corridor.t))

    def _pay(self, corridor: Corridor, amount: int, request: Request | None = None) -> None:
        named = {"request": request.command_id} if request else {}
        serial = self._country.serial()
        self._country.send(
            "PayAdvance", **corridor.fields, amount=yuan(amount), bank_serial=serial, **named
        )
        self._country.move(corridor.i, "ADV.PREPAID", "CASH", amount)
        corridor.transit += amount
        if request:
            request.paid += amount
        days = self._random.randint(0, 4)
        self._country.in_days(days, self._receive, corridor, amount, serial, request)

    def _receive(
        self, corridor: Corridor, amount: int, serial: str, request: Request | None
    ) -> None:
        named = {"request": request.command_id} if request else {}
        self._country.send(
            "ConfirmAdvanceReceipt",
            **corridor.fields,
            amount=yuan(amount),
            bank_serial=serial,
            **named,
        )
        self._country.move(corridor.t, "CASH", "ADV.POOL", amount)
        corridor.transit -= amount
        corridor.principal += amount
        if request:
            request.received += amount
            self._country.in_days(1, self._size, corridor)

    def _pay_back(self, corridor: Corridor, amount: int) -> None:
        serial = self._country.serial()
        self._country.send(
            "PayAdvanceReturn", **corridor.fields, amount=yuan(amount), bank_serial=serial
        )
        self._country.move(corridor.t, "ADV.POOL", "CASH", amount)
        corridor.transit += amount
        corridor.principal -= amount
        days = self._random.randint(0, 4)
        self._country.in_days(days, self._receive_back, corridor, amount, serial)

    def _receive_back(self, corridor: Corridor, amount: int, serial: str) -> None:
        self._country.send(
            "ConfirmAdvanceReturnReceipt",
            **corridor.fields,
            amount=yuan(amount),
            bank_serial=serial,
        )
        self._country.move(corridor.i, "CASH", "ADV.PREPAID", amount)
        corridor.transit -= amount

    def may_ask(self, line: Line) -> None:
        """Let t ask for more on a RED line, within three working days after its signature."""
        if line.level == "RED" and self._random.random() < _ASKED_SHARE:
            days = self._random.randint(0, 3)
            asked = self._country.workdays.after(self._country.today, days)
            self._country.at(asked, self._ask, line)

    def _ask(self, line: Line) -> None:
        corridor = line.corridor
        if corridor.request and corridor.request.running:
            return
        enough = round_up(100 * line.sums.net, YELLOW) - corridor.principal
        if enough <= 0:
            return
        given = {}
        if self._random.random() < 0.3:
            enough = round_up(enough, 100_000) * 100_000
            given = {"amount": yuan(enough)}
        sent = self._country.send(
            "RequestEmergencyIncrease",
            **corridor.fields,
            period=self._country.plan.period(line.month),
            **given,
        )
        corridor.request = Request(sent)
        self._country.in_days(self._random.randint(2, 9), self._decide, corridor, enough)

    def _decide(self, corridor: Corridor, amount: int) -> None:
        request = corridor.request
        assert request
        request.approved = amount if self._random.random() < _GRANTED_SHARE else 0
        self._country.send(
            "DecideEmergencyIncrease",
            **corridor.fields,
            request=request.command_id,
            approved_amount=yuan(request.approved),
        )
        corridor.quota += request.approved
        if request.approved:
            paid = self._country.workdays.after(self._country.today, self._random.randint(4, 15))
            self._country.at(paid, self._pay, corridor, request.approved, request)
        else:
            self._size(corridor)
