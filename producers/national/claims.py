"""The claims of each day, in the order of the hour, as lines of JSON."""

from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

from producers.national.amounts import DISEASES, Price, PriceList, Visit, draw
from producers.national.books import EMPLOYEE, RESIDENT, Corridor
from producers.national.corrections import ANY, Corrections, fate
from producers.national.country import Country, Followed
from producers.national.flows import quiet_corridor
from producers.national.published import (
    BREAK_SHARE,
    EMPLOYEE_SHARE,
    INQUIRED_SHARE,
    INQUIRY_YUAN,
    QUIET_SHARE,
)
from producers.national.reconciliation import ROWS_MOST, Day, Reconciliation, Row
from producers.national.workdays import apportion, hours

_VISITS_A_PERSON: Final = 3
_SCATTER: Final = 0x9E3779B97F4A7C15
"""Odd, so that the tokens it makes of persons' numbers do not repeat."""
_TOKEN_MASK: Final = 2**64 - 1
_STAY_DAYS_MOST: Final = 15
_LATE_DAYS: Final = (2, 35)
_ROWS_LEAST: Final = 200
_ROWS_PART: Final = 10
"""One claim in so many is reported at most, but always so many rows."""
_BATCH: Final = 4_096
"""Claims between two pauses."""
_INQUIRY_FEN: Final = 100 * INQUIRY_YUAN


class _Way(NamedTuple):
    """A corridor, and the beginning of its claims as JSON."""

    corridor: Corridor
    head: str


class _Sent(NamedTuple):
    """A claim just drawn: what is to come of it needs these."""

    claim_id: str
    corridor: Corridor
    cls: int
    hospital: int
    visit: Visit
    stay: bool
    token: str


class Claims:
    """Sends claims, and keeps their sums; of each claim nothing stays but what is to come of it."""

    def __init__(
        self, country: Country, corrections: Corrections, reconciliation: Reconciliation
    ) -> None:
        """Take part in a run; lay down how many claims each day has."""
        self._country = country
        self._random = country.random
        self._corrections = corrections
        self._reconciliation = reconciliation
        self._prices = PriceList()
        self._hours = hours()
        self._number = 0
        self._persons = max(10, country.plan.claims // _VISITS_A_PERSON)
        self._ways = [self._way(corridor) for corridor in country.corridors]
        self._shares = [country.flows[each.i, each.t] for each in country.corridors]
        self._owed_breaks = 0.5
        quiet = self._plan_quiet_corridor()
        self._by_day = self._plan_days(country.plan.claims - quiet)

    def _way(self, corridor: Corridor) -> _Way:
        insured, treatment = corridor.codes
        head = f'"insured_region":"{insured}","treatment_region":"{treatment}"'
        return _Way(corridor, f'{head},"institution":"H{treatment}')

    def _plan_days(self, claims: int) -> dict[date, int]:
        plan, workdays = self._country.plan, self._country.workdays
        length = (plan.day(plan.months, 1) - plan.start).days
        days = [plan.start + timedelta(days=number) for number in range(length)]
        counts = apportion(claims, [workdays.load(day) for day in days])
        return dict(zip(days, counts, strict=True))

    def _plan_quiet_corridor(self) -> int:
        """Let the corridor without travellers have one claim, refunded after its statement.

        So its second month is below 0.00: the treatment region gives money back (Art. 51).
        Return how many claims that takes.
        """
        country = self._country
        plan = country.plan
        if plan.regions < 3 or plan.months < 2:
            return 0
        ends = quiet_corridor(country.flows)
        (way,) = (way for way in self._ways if (way.corridor.i, way.corridor.t) == ends)
        country.at(plan.day(0, 9), self._send_quiet, way)
        return 1

    def _send_quiet(self, way: _Way) -> None:
        sent, line = self._draw(way, f"{self._country.today:%y%m%d}1000")
        self._count(sent, line)
        refunded = self._country.plan.day(1, 27)
        claim = self._followed(sent, self._country.month)
        self._country.at(refunded, self._corrections.refund, claim, None, "REFUND_AFTER_CLEARING")

    def day(self) -> Iterator[int]:
        """Send today's claims; yield, after each batch, how many it had."""
        count = self._by_day.get(self._country.today, 0)
        if not count:
            return
        picked = self._random.choices(self._ways, self._shares, k=count)
        reported, differing = self._plan_reports(picked)
        stamp = f"{self._country.today:%y%m%d}"
        batch = 0
        for place, (way, time) in enumerate(zip(picked, self._times(count), strict=True)):
            day = reported.get(way.corridor)
            self._settle(way, stamp + time, day, differs=place in differing)
            batch += 1
            if batch == _BATCH:
                yield batch
                batch = 0
        for day in reported.values():
            self._country.in_days(1, self._reconciliation.report, day)
        yield batch

    def _times(self, count: int) -> Iterator[str]:
        """Return the hour and minute of each of a day's claims."""
        for hour, some in enumerate(apportion(count, self._hours)):
            for turn in range(some):
                yield f"{hour:02d}{60 * turn // some:02d}"

    def _plan_reports(self, picked: list[_Way]) -> tuple[Mapping[Corridor, Day], set[int]]:
        """Choose the claims that the parties will differ on, and the corridors to be reported."""
        count = len(picked)
        self._owed_breaks += count * BREAK_SHARE
        breaks = int(self._owed_breaks)
        self._owed_breaks -= breaks
        quiet = int(count * QUIET_SHARE + self._random.random())
        if not breaks and not quiet:
            return {}, set()
        reported = self._choose(picked, breaks + quiet)
        places = [n for n, way in enumerate(picked) if way.corridor in reported]
        return reported, set(self._random.sample(places, min(breaks, len(places))))

    def _choose(self, picked: list[_Way], most: int) -> dict[Corridor, Day]:
        """Choose corridors by lot, busy ones more likely, until a tenth of the day is in them."""
        sizes = Counter(way.corridor for way in picked)
        left = max(_ROWS_LEAST, len(picked) // _ROWS_PART)
        reported: dict[Corridor, Day] = {}
        for way in self._random.sample(picked, min(len(picked), most)):
            size = sizes[way.corridor]
            if way.corridor not in reported and size <= min(left, ROWS_MOST):
                reported[way.corridor] = Day(way.corridor, self._country.today)
                left -= size
        return reported

    def _draw(self, way: _Way, stamp: str) -> tuple[_Sent, str]:
        """Return a new claim, and its command as JSON."""
        lot = self._random.random
        employee = lot() < EMPLOYEE_SHARE
        prices, running = self._prices.employee if employee else self._prices.resident
        price = prices[min(bisect(running, lot()), len(prices) - 1)]
        category = price.categories[int(lot() * len(price.categories))]
        visit = draw(price, category, lot)
        self._number += 1
        claim_id = f"{stamp}{self._number:09d}"
        hospital = int(lot() ** 2 * len(way.corridor.hospitals))
        token = f"{(int(lot() * self._persons) + 1) * _SCATTER & _TOKEN_MASK:016x}"
        line = (
            f'{{"type":"SettleClaim","command_id":"S{claim_id}",'
            f'"on":"{self._country.on}","claim_id":"{claim_id}",'
            f'{way.head}{hospital + 1:05d}","insutype":"{price.kind.insutype}",'
            f'"med_type":"{price.kind.med_type}","person_category":"{category}",'
            f'{visit.parts}{self._details(price)},"mdtrt_id":"M{claim_id}",'
            f'"person_token":"{token}"}}'
        )
        cls = EMPLOYEE if employee else RESIDENT
        return _Sent(claim_id, way.corridor, cls, hospital, visit, price.stay, token), line

    def _details(self, price: Price) -> str:
        """Return the day of admission of a stay, the disease of a chronic patient."""
        if price.stay:
            days = int(self._random.random() * _STAY_DAYS_MOST) + 1
            admitted = self._country.today - timedelta(days=days)
            return f',"admitted_on":"{admitted.isoformat()}"'
        if price.kind.med_type == "14":
            return f',"dise_codg":"{DISEASES[int(self._random.random() * len(DISEASES))]}"'
        return ""

    def _count(self, sent: _Sent, line: str) -> None:
        """Send a claim of today, and add it to the sums of its month."""
        self._country.lines.append(line)
        self._country.sent += 1
        self._add(sent, self._country.month, self._country.month)

    @staticmethod
    def _add(sent: _Sent, month: int, period: int) -> None:
        corridor, visit = sent.corridor, sent.visit
        payable = visit.payable
        sums = corridor.sums(period)
        sums.visits += 1
        sums.medfee_sumamt += visit.total
        sums.classes[sent.cls] += payable
        sums.items += 1
        corridor.care[month] += payable
        corridor.hospitals[sent.hospital] += payable

    def _followed(self, sent: _Sent, period: int) -> Followed:
        return Followed(
            claim_id=sent.claim_id,
            on=self._country.today,
            month=self._country.month,
            corridor=sent.corridor,
            cls=sent.cls,
            hospital=sent.hospital,
            medfee_sumamt=sent.visit.total,
            payable=sent.visit.payable,
            token=sent.token,
            mdtrt_id=f"M{sent.claim_id}",
            period=period,
        )

    def _settle(self, way: _Way, stamp: str, day: Day | None, *, differs: bool) -> None:
        """Send a claim, and lay down what is to come of it."""
        sent, line = self._draw(way, stamp)
        lot = self._random.random()
        befalls = "" if differs or lot >= ANY else fate(lot)
        if befalls == "late":
            days = self._random.randint(*_LATE_DAYS)
            self._country.in_days(days, self._arrive_late, sent, line, self._country.month)
            return
        self._count(sent, line)
        if day:
            status = "REVERSED" if befalls == "reverse" else "SETTLED"
            visit = sent.visit
            row = Row(sent.claim_id, visit.total, visit.fund, visit.account, visit.cash, status)
            day.rows.append(row)
        if differs and day:
            self._reconciliation.differ(day, self._followed(sent, self._country.month))
        elif befalls:
            self._befall(befalls, self._followed(sent, self._country.month))
        elif sent.stay and sent.visit.total >= _INQUIRY_FEN and lot > 1 - INQUIRED_SHARE:
            self._corrections.will_inquire(self._followed(sent, self._country.month))

    def _befall(self, name: str, claim: Followed) -> None:
        match name:
            case "reverse":
                self._corrections.reverse(claim)
            case "manual":
                self._reconciliation.record_manual(claim)
            case _:
                self._corrections.follow(name, claim)

    def _arrive_late(self, sent: _Sent, line: str, month: int) -> None:
        """Send a claim days after its date; it counts in the first month not stated."""
        self._country.lines.append(line)
        self._country.sent += 1
        self._add(sent, month, self._country.first_unstated(month))
