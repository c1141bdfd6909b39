"""What a visit costs and who bears it, drawn so that the published means and ratios come out.

Amounts are fen; a share is of 1. The form of the distributions is ASSUMED: logarithmic normal.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from math import exp
from statistics import NormalDist
from typing import Final, NamedTuple

from ledger.money import yuan
from ledger.vocabulary import InsuranceType, MedType, PersonCategory
from producers.national.published import (
    INPATIENT_SHARE,
    INPATIENT_YUAN,
    REFERRAL_POINTS,
    SCOPE_SHARE,
    STAY_EMPLOYEE_SHARE,
    STAY_RESIDENT_SHARE,
    TEMPORARY_POINTS,
    VISIT_YUAN,
)

_QUANTILES: Final = 1_024
_LEAST_FEN: Final = 500
_JITTER: Final = 0.2
"""A cost is its quantile's, up to a tenth more or less."""
_LARGE_EMPLOYEE_FEN: Final = 5_000_000
_LARGE_RESIDENT_FEN: Final = 2_000_000
"""ASSUMED: stays above these reach the funds for large costs."""


class Kind(NamedTuple):
    """A kind of visit: its share in its class, its cost against others of its group, who pays."""

    med_type: MedType
    insutype: InsuranceType
    share: float
    cost: float
    sigma: float
    fund: float
    account: float


class Visit(NamedTuple):
    """What a claim says of money: in fen, and `parts` as its fields in JSON."""

    total: int
    fund: int
    account: int
    cash: int
    parts: str

    @property
    def payable(self) -> int:
        """Return what i owes t (F11)."""
        return self.fund + self.account


_STAYS: Final[tuple[MedType, ...]] = ("21", "23", "24", "52")
_EMPLOYEE: Final = (
    Kind("11", "310", 0.5128, 1.0, 0.9, 0.34, 0.28),
    Kind("41", "310", 0.3000, 0.35, 0.7, 0.10, 0.78),
    Kind("13", "310", 0.0400, 1.3, 0.9, 0.40, 0.20),
    Kind("14", "310", 0.0600, 2.2, 0.7, 0.70, 0.08),
    Kind("21", "310", 0.70, 0.95, 0.8, STAY_EMPLOYEE_SHARE, 0.03),
    Kind("23", "310", 0.18, 1.35, 0.8, STAY_EMPLOYEE_SHARE, 0.03),
    Kind("24", "310", 0.09, 1.10, 0.8, STAY_EMPLOYEE_SHARE, 0.03),
    Kind("52", "510", 0.03, 0.45, 0.4, STAY_EMPLOYEE_SHARE, 0.03),
)
_RESIDENT: Final = (
    Kind("11", "390", 0.6928, 0.8, 0.9, 0.38, 0.0),
    Kind("13", "390", 0.0700, 1.2, 0.9, 0.38, 0.0),
    Kind("14", "390", 0.1500, 2.0, 0.7, 0.58, 0.0),
    Kind("21", "390", 0.72, 0.95, 0.8, STAY_RESIDENT_SHARE, 0.0),
    Kind("23", "390", 0.17, 1.35, 0.8, STAY_RESIDENT_SHARE, 0.0),
    Kind("24", "390", 0.08, 1.10, 0.8, STAY_RESIDENT_SHARE, 0.0),
    Kind("52", "390", 0.03, 0.45, 0.4, STAY_RESIDENT_SHARE, 0.0),
)
"""ASSUMED but for the shares of stays and what they are reimbursed."""
_CATEGORIES: Final[dict[str, tuple[PersonCategory, ...]]] = {
    "usual": (
        "RESETTLED_RETIREE",
        "LONG_TERM_RESIDENT",
        "LONG_TERM_RESIDENT",
        "STATIONED_WORKER",
        "STATIONED_WORKER",
        "OTHER_TEMPORARY",
        "OTHER_TEMPORARY",
        "REFERRAL",
    ),
    "referred": ("REFERRAL", "REFERRAL", "OTHER_TEMPORARY"),
    "emergency": ("EMERGENCY",),
}
DISEASES: Final = (
    "M03900 M01600 M00500 M07800 M08300 M05300 M06900 M04600 M00200 M07200".split()  # noqa: SIM905 -- as the list is read
)
"""The ten chronic diseases cleared across provinces [R24b]; the first four codes from memory."""


class Price(NamedTuple):
    """A kind of visit with its costs by quantile, in fen."""

    kind: Kind
    stay: bool
    costs: Sequence[int]
    categories: Sequence[PersonCategory]


class Prices(NamedTuple):
    """One class: its kinds, and their shares added up."""

    prices: Sequence[Price]
    running: Sequence[float]


class PriceList:
    """The kinds of visit of each class, ready to be drawn from."""

    def __init__(self) -> None:
        """Scale all costs so that the mean visit costs what was published."""
        self.employee = _prices(_EMPLOYEE)
        self.resident = _prices(_RESIDENT)


def _prices(kinds: Sequence[Kind]) -> Prices:
    stays = [kind for kind in kinds if kind.med_type in _STAYS]
    others = [kind for kind in kinds if kind.med_type not in _STAYS]
    rest = (VISIT_YUAN - INPATIENT_SHARE * INPATIENT_YUAN) / (1 - INPATIENT_SHARE)
    scaled = [
        *_scaled(others, 1 - INPATIENT_SHARE, rest, stay=False),
        *_scaled(stays, INPATIENT_SHARE, INPATIENT_YUAN, stay=True),
    ]
    shares = [share for share, _ in scaled]
    return Prices([price for _, price in scaled], list(accumulate(shares)))


def _scaled(
    kinds: Sequence[Kind], share: float, mean: float, *, stay: bool
) -> list[tuple[float, Price]]:
    """Return a group's kinds with their share of all visits; together they cost `mean` yuan."""
    whole = sum(kind.share for kind in kinds)
    unit = 100 * mean * whole / sum(kind.share * kind.cost for kind in kinds)
    return [
        (
            share * kind.share / whole,
            Price(kind, stay, _quantiles(unit * kind.cost, kind.sigma), _categories(kind)),
        )
        for kind in kinds
    ]


def _quantiles(mean: float, sigma: float) -> list[int]:
    normal = NormalDist()
    raw = [exp(sigma * normal.inv_cdf((n + 0.5) / _QUANTILES)) for n in range(_QUANTILES)]
    scale = mean * _QUANTILES / sum(raw)
    return [round(scale * each) for each in raw]


def _categories(kind: Kind) -> Sequence[PersonCategory]:
    names = {"23": "referred", "24": "emergency", "13": "emergency"}
    return _CATEGORIES[names.get(kind.med_type, "usual")]


def draw(price: Price, category: PersonCategory, draw_one: Callable[[], float]) -> Visit:
    """Return a visit of a kind: its cost and its parts."""
    base = price.costs[int(draw_one() * _QUANTILES)]
    total = max(_LEAST_FEN, int(base * (1 + _JITTER * (draw_one() - 0.5))))
    kind = price.kind
    share = kind.fund + 0.1 * (draw_one() - 0.5)
    if price.stay:
        share = SCOPE_SHARE * (share - _points(category))
    fund = int(total * share)
    account = int(total * kind.account)
    if price.stay:
        return _stay(total, fund, account, kind.insutype, draw_one())
    cash = total - fund - account
    parts = f'"medfee_sumamt":"{yuan(total)}","hifp_pay":"{yuan(fund)}"'
    if account:
        parts += f',"acct_pay":"{yuan(account)}"'
        if total % 13 == 0:
            parts += f',"acct_mulaid_pay":"{yuan(account // 2)}"'
    return Visit(total, fund, account, cash, f'{parts},"psn_cash_pay":"{yuan(cash)}"')


def _points(category: PersonCategory) -> float:
    if category in {"REFERRAL", "EMERGENCY"}:
        return REFERRAL_POINTS
    return TEMPORARY_POINTS if category == "OTHER_TEMPORARY" else 0.0


def _stay(total: int, fund: int, account: int, insutype: InsuranceType, lot: float) -> Visit:
    """Return a stay: its fund part is split over the funds of its class, by size and by lot."""
    items = _resident_items(total, fund, lot)
    if insutype != "390":
        items = _employee_items(total, fund, lot)
    hospital = total // 200 if lot > 0.995 else 0
    cash = total - fund - account - hospital
    named = {**items, "acct_pay": account, "hosp_part_amt": hospital}
    parts = "".join(f',"{name}":"{yuan(part)}"' for name, part in named.items() if part)
    basic = fund - sum(items.values())
    head = f'"medfee_sumamt":"{yuan(total)}","hifp_pay":"{yuan(basic)}"'
    return Visit(total, fund, account, cash, f'{head}{parts},"psn_cash_pay":"{yuan(cash)}"')


def _employee_items(total: int, fund: int, lot: float) -> dict[str, int]:
    return {
        "cvlserv_pay": fund // 25 if lot < 0.08 else 0,
        "hifes_pay": fund // 30 if 0.08 <= lot < 0.11 else 0,
        "hifob_pay": fund * 15 // 100 if total > _LARGE_EMPLOYEE_FEN else 0,
        "hifdm_pay": fund // 20 if 0.11 <= lot < 0.112 else 0,
        "oth_pay": fund // 100 if 0.2 <= lot < 0.205 else 0,
    }


def _resident_items(total: int, fund: int, lot: float) -> dict[str, int]:
    return {
        "hifmi_pay": fund * 12 // 100 if total > _LARGE_RESIDENT_FEN else 0,
        "maf_pay": fund * 8 // 100 if lot < 0.05 else 0,
        "oth_pay": fund // 100 if 0.2 <= lot < 0.205 else 0,
    }
