"""Rulings on the advance pools: sizing, lines, payments, emergency increases."""

from collections.abc import Iterator
from typing import Final

from .reports import line, pools, trial_balance
from .ruling import ACCEPTED, Report, Ruling, rejected, ruling
from .world import (
    AH,
    JS,
    SH,
    Command,
    ask_increase,
    close_period,
    confirm,
    corridor,
    decide_increase,
    generate,
    parameter,
    pay_advance,
    pool,
    receive_advance,
    receive_advance_return,
    refund,
    return_advance,
    settle,
    size,
    stated,
)

_OPEN: Final = "Sizing while an advance line or request is open or in transit: `line_open`."
_OWN_Q4: Final = (
    "Own Q4 = the three statements' `net`; all three must be there and confirmed by both sides,"
    " also one without items (`statement_missing`, `statement_not_confirmed`), a negative month"
    " counts as 0.00."
)
_LATER: Final = (
    "A corridor that began after one of these months was closed has no statement for it:"
    " `statement_missing`, it is sized with `q4`."
)
_FIRST_QUOTA: Final = "Before the first sizing quota = opening principal."
_BEYOND: Final = (
    "Paying more than is left of a line: `amount_exceeds_due`; paying where there is no line, in the"
    " wrong direction, or on an undecided or refused request: `no_line`."
)
_STILL: Final = (
    "A line that is paid, or received, in full is still the line: a further payment is"
    " `amount_exceeds_due`, a further receipt `amount_exceeds_transit`."
)
_LAST: Final = (
    "The annual line is that of the last sizing, until the next; a sizing without difference leaves"
    " none (`no_line`)."
)
_APART: Final = (
    "Each line has its own sum in transit: the annual line and each emergency request are paid and"
    " received apart, and without `request` a command concerns the annual line only."
)
_SUM: Final = "A receipt is checked against that sum only; its serial is kept, not matched."
_NO_RECEIPT: Final = "A receipt where there is no line: `no_line`."
_BEFORE: Final = (
    "Emergency: `statement_not_confirmed` (checked before `pool_not_red`) before t has confirmed, or"
    " with an `on` before that"
)
_ONE: Final = (
    "while one of the corridor, of whatever period, is undecided or approved and not fully paid"
    " `emergency_open`; a further one is allowed within the window"
)
_DECIDED: Final = "Quota after a decision = quota + approved amount."
_DIFFERENCE: Final = "Only the DIFFERENCE moves."
_NO_LINE: Final = rejected("no_line")
_EXCEEDS_DUE: Final = rejected("amount_exceeds_due")
_EXCEEDS_TRANSIT: Final = rejected("amount_exceeds_transit")
_LINE_OPEN: Final = rejected("line_open")
_END: Final = "2025-12-31"


def _pool(as_of: str = _END, **cells: object) -> Report:
    return pools(as_of, line(**cells))


def _up() -> list[Command]:
    """The annual line of 20000.00, to be paid by Anhui."""
    return [*corridor(), size("120000.00")]


def _down() -> list[Command]:
    """The annual line of 20000.00, to be returned by Shanghai."""
    return [*corridor(), size("80000.00")]


def _red() -> list[Command]:
    """March is stated with 95% of the pool, and confirmed."""
    return [*corridor(), settle("K1", hifp_pay="95000.00"), *stated()]


def _asked() -> list[Command]:
    return [*_red(), ask_increase(command_id="E1")]


def _approved(amount: str = "40000.00") -> list[Command]:
    return [*_asked(), decide_increase("E1", amount)]


def _sizing() -> Iterator[Ruling]:
    yield ruling(
        "advances: before the first sizing",
        _FIRST_QUOTA,
        corridor(),
        reports=_pool(quota="100000.00", principal="100000.00", unfunded="0.00", in_transit="0.00"),
    )
    yield ruling(
        "advances: a larger quota is to be funded",
        _DIFFERENCE,
        _up(),
        reports=_pool(
            quota="120000.00", principal="100000.00", unfunded="20000.00", in_transit="0.00"
        ),
    )
    yield ruling(
        "advances: a smaller quota is to be returned",
        _DIFFERENCE,
        _down(),
        reports=_pool(quota="80000.00", principal="100000.00", unfunded="-20000.00"),
    )
    yield ruling(
        "advances: the average is not rounded first",
        "Round ONCE at the end, half up",
        *(corridor(principal="15000.00"), size(q4=["7000.00", "8000.01", "9000.01"])),
        reports=_pool(quota="16000.01"),
    )
    for quota, paid, back in (("100000.01", ACCEPTED, _NO_LINE), ("99999.99", _NO_LINE, ACCEPTED)):
        yield ruling(
            f"advances: a quota of {quota} moves a fen",
            _DIFFERENCE,
            *(corridor(), size(q4=[quota, "50000.00", "0.00"]), pay_advance("0.01")),
            return_advance("0.01"),
            expect=[paid, back],
            reports=_pool(quota=quota),
        )
    yield ruling(
        "advances: a second sizing of a year",
        "year not yet adjusted",
        *(corridor(), size("100000.00"), size("100000.00")),
        expect=rejected("quota_exists"),
    )
    yield ruling(
        "advances: the next year",
        "year not yet adjusted",
        *(corridor(2024), size("100000.00", year=2024), size("100000.00", year=2025)),
    )
    yield ruling(
        "advances: the year that is sized is not that of the command",
        "`year`",
        *(corridor(), size("100000.00", year=2026), size("100000.00", year=2025)),
    )
    yield ruling(
        "advances: another corridor has a sizing of its own",
        "the pool of one corridor",
        *(_up(), pool(JS, SH), size("120000.00", JS, SH)),
    )
    yield ruling(
        "advances: the difference is to the principal received, not to the quota",
        "`adjustment = quota(Y) − pool principal before`",
        *(_up(), pay_advance("20000.00"), receive_advance("20000.00")),
        *(size("90000.00", year=2026, on="2025-11-03"), return_advance("30000.01")),
        expect=_EXCEEDS_DUE,
    )


def _line_open() -> Iterator[Ruling]:
    up, down = _up(), _down()
    paid = pay_advance("20000.00")
    rejected_worlds: dict[str, list[Command]] = {
        "a line is not paid": up,
        "a line is paid in part": [*up, pay_advance("19999.99"), receive_advance("19999.99")],
        "a line is in transit": [*up, paid],
        "a line is received in part": [*up, paid, receive_advance("19999.99")],
        "a return is not paid": down,
        "a return is in transit": [*down, return_advance("20000.00")],
        "a request is undecided": _asked(),
        "a request is approved": _approved(),
        "a request is in transit": [*_approved(), pay_advance("40000.00", request="E1")],
    }
    for name, world in rejected_worlds.items():
        yield ruling(
            f"advances: sizing while {name}",
            _OPEN,
            world,
            size("1000.00", year=2026),
            expect=_LINE_OPEN,
        )
    done: dict[str, list[Command]] = {
        "a line is received": [*up, paid, receive_advance("20000.00")],
        "a return is received": [
            *down,
            return_advance("20000.00"),
            receive_advance_return("20000.00"),
        ],
        "a request is refused": _approved("0.00"),
        "a request is received": [
            *_approved(),
            pay_advance("40000.00", request="E1"),
            receive_advance("40000.00", request="E1"),
        ],
    }
    for name, world in done.items():
        yield ruling(f"advances: sizing once {name}", _OPEN, world, size("1000.00", year=2026))
    yield ruling(
        "advances: sizing while another corridor's line is open",
        "All money rules are local to one corridor.",
        *(up, pool(JS, SH), size("1000.00", JS, SH, year=2026)),
    )


def _own_q4() -> Iterator[Ruling]:
    months = [
        settle("K10", on="2024-10-05", hifp_pay="30000.00"),
        settle("K11", on="2024-11-05", hifp_pay="40000.00"),
        settle("K12", on="2024-12-05", hifp_pay="20000.00"),
    ]
    world = [*corridor(2024), *months]
    quarter = [*stated("202410"), *stated("202411"), *stated("202412")]
    sized = size(None)
    yield ruling(
        "advances: own quarter",
        _OWN_Q4,
        *(world, quarter, sized),
        reports=_pool(quota="60000.00", unfunded="-40000.00"),
    )
    yield ruling(
        "advances: own quarter is that of the year before",
        "Own Q4 = the three statements' `net`",
        *(world, quarter, size(None, year=2024)),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "advances: own quarter, a month not stated",
        _OWN_Q4,
        *(world, stated("202410"), stated("202411"), sized),
        expect=rejected("statement_missing"),
    )
    for region, other in ((AH, SH), (SH, AH)):
        yield ruling(
            f"advances: own quarter, a month not confirmed by {other}",
            _OWN_Q4,
            *(world, stated("202410"), stated("202411"), generate("202412")),
            *(confirm("202412", region), sized),
            expect=rejected("statement_not_confirmed"),
        )
    without = [*corridor(2024), months[0], months[2]]
    yield ruling(
        "advances: own quarter, a month without items",
        "also one without items",
        *(without, quarter, sized),
        reports=_pool(quota="33333.33"),
    )
    yield ruling(
        "advances: own quarter, a month without items not confirmed",
        "also one without items",
        *(without, stated("202410"), generate("202411"), stated("202412"), sized),
        expect=rejected("statement_not_confirmed"),
    )
    yield ruling(
        "advances: own quarter, a month without items not stated",
        "also one without items",
        *(corridor(2024), months[1:], stated("202411"), stated("202412"), sized),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "advances: own quarter, a negative month counts as 0.00",
        "a negative month counts as 0.00",
        *(corridor(2024), months[:2], stated("202410"), stated("202411")),
        *(refund("K10", on="2024-12-20"), stated("202412"), sized),
        reports=_pool(quota="46666.67"),
    )
    begun_later = [
        *corridor(2024),
        *stated("202410"),
        close_period("202410"),
        pool(JS, SH),
        settle("K1", JS, SH, on="2024-11-05"),
    ]
    rest = [
        generate("202411"),
        *(confirm("202411", code) for code in (AH, SH, JS)),
        generate("202412"),
        *(confirm("202412", code) for code in (AH, SH, JS)),
    ]
    yield ruling(
        "advances: own quarter, begun after a month was closed",
        _LATER,
        *(begun_later, rest, size(None, JS, SH)),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "advances: begun after a month was closed it is sized with q4",
        _LATER,
        *(begun_later, rest, size("120000.00", JS, SH)),
        reports=pools(_END, line(JS, SH, quota="120000.00")),
    )
    yield ruling(
        "advances: with q4 no statement is asked for",
        "`q4?` [three amounts; absent: from the ledger's own cleared months]",
        *(world, size("120000.00")),
        reports=_pool(quota="120000.00"),
    )


def _lines() -> Iterator[Ruling]:
    up, down = _up(), _down()
    yield ruling(
        "advances: a line is paid",
        "Dr ADV.PREPAID:t / Cr CASH",
        *(up, pay_advance("20000.00")),
        reports=[
            _pool(principal="100000.00", in_transit="20000.00", unfunded="20000.00"),
            trial_balance(
                _END,
                r340000={"CASH": "980000.00", "ADV.PREPAID": "120000.00"},
                r310000={"CASH": "1000000.00", "ADV.POOL": "-100000.00"},
            ),
        ],
    )
    yield ruling(
        "advances: a line is received",
        "Dr CASH / Cr ADV.POOL:i",
        *(up, pay_advance("20000.00"), receive_advance("20000.00")),
        reports=[
            _pool(principal="120000.00", in_transit="0.00", unfunded="0.00"),
            trial_balance(
                _END,
                r340000={"CASH": "980000.00", "ADV.PREPAID": "120000.00"},
                r310000={"CASH": "1020000.00", "ADV.POOL": "-120000.00"},
            ),
        ],
    )
    yield ruling(
        "advances: a return is paid and received",
        "t returns the excess",
        *(down, return_advance("20000.00"), receive_advance_return("15000.00")),
        reports=[
            _pool(principal="80000.00", in_transit="5000.00", unfunded="0.00"),
            trial_balance(
                _END,
                r340000={"CASH": "1015000.00", "ADV.PREPAID": "85000.00"},
                r310000={"CASH": "980000.00", "ADV.POOL": "-80000.00"},
            ),
        ],
    )
    yield ruling(
        "advances: parts of a line",
        "amount <= open amount of the line (parts allowed",
        *(up, pay_advance("15000.00"), pay_advance("5000.00"), pay_advance("0.01")),
        expect=[ACCEPTED, _EXCEEDS_DUE],
    )
    beyond: dict[str, tuple[list[Command], Command]] = {
        "a line": (up, pay_advance("20000.01")),
        "what is left of a line": ([*up, pay_advance("15000.00")], pay_advance("5000.01")),
        "a return": (down, return_advance("20000.01")),
        "a request": (_approved(), pay_advance("40000.01", request="E1")),
    }
    for name, (world, sent) in beyond.items():
        yield ruling(f"advances: paying beyond {name}", _BEYOND, world, sent, expect=_EXCEEDS_DUE)
    even = [*corridor(), size("100000.00")]
    nowhere: dict[str, tuple[list[Command], Command]] = {
        "before any sizing": (corridor(), pay_advance("1.00")),
        "back before any sizing": (corridor(), return_advance("1.00")),
        "after a sizing without difference": (even, pay_advance("1.00")),
        "back after a sizing without difference": (even, return_advance("1.00")),
        "up where the line goes down": (down, pay_advance("1.00")),
        "back where the line goes up": (up, return_advance("1.00")),
        "on an undecided request": (_asked(), pay_advance("1.00", request="E1")),
        "on a refused request": (_approved("0.00"), pay_advance("1.00", request="E1")),
        "the annual line where only a request is": (_approved(), pay_advance("1.00")),
    }
    for name, (world, sent) in nowhere.items():
        yield ruling(f"advances: paying {name}", _BEYOND, world, sent, expect=_NO_LINE)
    receipts: dict[str, tuple[list[Command], Command]] = {
        "before any sizing": (corridor(), receive_advance("1.00")),
        "back before any sizing": (corridor(), receive_advance_return("1.00")),
        "after a sizing without difference": (even, receive_advance("1.00")),
        "up where the line goes down": ([*down, return_advance("9.00")], receive_advance("1.00")),
        "back where the line goes up": ([*up, pay_advance("9.00")], receive_advance_return("1.00")),
        "on an undecided request": (_asked(), receive_advance("1.00", request="E1")),
        "on a refused request": (_approved("0.00"), receive_advance("1.00", request="E1")),
        "the annual line where only a request is": (
            [*_approved(), pay_advance("9.00", request="E1")],
            receive_advance("1.00"),
        ),
    }
    for name, (world, sent) in receipts.items():
        yield ruling(f"advances: receiving {name}", _NO_RECEIPT, world, sent, expect=_NO_LINE)


def _full_lines() -> Iterator[Ruling]:
    paid_up = [*_up(), pay_advance("20000.00")]
    received_up = [*paid_up, receive_advance("20000.00")]
    paid_down = [*_down(), return_advance("20000.00")]
    received_down = [*paid_down, receive_advance_return("20000.00")]
    paid_request = [*_approved(), pay_advance("40000.00", request="E1")]
    received_request = [*paid_request, receive_advance("40000.00", request="E1")]
    further: dict[str, tuple[list[Command], Command]] = {
        "a line": (received_up, pay_advance("0.01")),
        "a return": (received_down, return_advance("0.01")),
        "a request": (received_request, pay_advance("0.01", request="E1")),
    }
    for name, (world, sent) in further.items():
        yield ruling(
            f"advances: a further payment on {name} in full",
            _STILL,
            world,
            sent,
            expect=_EXCEEDS_DUE,
        )
    receipts: dict[str, tuple[list[Command], Command]] = {
        "a line in full": (received_up, receive_advance("0.01")),
        "a return in full": (received_down, receive_advance_return("0.01")),
        "a request in full": (received_request, receive_advance("0.01", request="E1")),
        "a line not paid": (_up(), receive_advance("0.01")),
        "a line paid in part": ([*_up(), pay_advance("5.00")], receive_advance("5.01")),
        "a return paid in part": (
            [*_down(), return_advance("5.00")],
            receive_advance_return("5.01"),
        ),
    }
    for name, (world, sent) in receipts.items():
        yield ruling(
            f"advances: a further receipt on {name}",
            _STILL,
            world,
            sent,
            expect=_EXCEEDS_TRANSIT,
        )
    yield ruling(
        "advances: the next sizing without difference leaves no line",
        _LAST,
        *(received_up, size("120000.00", year=2026, on="2025-12-24"), pay_advance("0.01")),
        expect=_NO_LINE,
    )
    yield ruling(
        "advances: the next sizing without difference leaves nothing to receive",
        _LAST,
        *(received_up, size("120000.00", year=2026, on="2025-12-24"), receive_advance("0.01")),
        expect=_NO_LINE,
    )
    yield ruling(
        "advances: the next sizing makes its own line",
        _LAST,
        *(received_up, size("125000.00", year=2026, on="2025-12-01"), pay_advance("5000.00")),
        pay_advance("0.01"),
        expect=[ACCEPTED, _EXCEEDS_DUE],
    )
    yield ruling(
        "advances: the next sizing may turn the direction",
        _LAST,
        *(received_up, size("110000.00", year=2026, on="2025-12-01"), pay_advance("0.01")),
        expect=_NO_LINE,
    )


def _apart() -> Iterator[Ruling]:
    both = [
        *_red(),
        size("120000.00"),
        ask_increase(command_id="E1"),
        decide_increase("E1", "40000.00"),
    ]
    yield ruling(
        "advances: what a request has in transit is not the annual line's",
        _APART,
        *(both, pay_advance("40000.00", request="E1"), receive_advance("0.01")),
        expect=_EXCEEDS_TRANSIT,
    )
    yield ruling(
        "advances: what the annual line has in transit is not a request's",
        _APART,
        *(both, pay_advance("20000.00"), receive_advance("0.01", request="E1")),
        expect=_EXCEEDS_TRANSIT,
    )
    yield ruling(
        "advances: a request does not lift the limit of the annual line",
        _APART,
        *(both, pay_advance("20000.01")),
        expect=_EXCEEDS_DUE,
    )
    yield ruling(
        "advances: both are in transit",
        _APART,
        *(both, pay_advance("20000.00"), pay_advance("40000.00", request="E1")),
        reports=_pool(quota="160000.00", principal="100000.00", in_transit="60000.00"),
    )
    yield ruling(
        "advances: both are received",
        _APART,
        *(both, pay_advance("20000.00"), pay_advance("40000.00", request="E1")),
        *(receive_advance("20000.00"), receive_advance("40000.00", request="E1")),
        reports=_pool(quota="160000.00", principal="160000.00", unfunded="0.00"),
    )
    yield ruling(
        "advances: a serial is not matched",
        _SUM,
        *(_up(), pay_advance("20000.00"), receive_advance("20000.00", bank_serial="other")),
    )
    yield ruling(
        "advances: one receipt for two payments",
        _SUM,
        *(_up(), pay_advance("10000.00"), pay_advance("10000.00"), receive_advance("20000.00")),
    )
    yield ruling(
        "advances: a request of another corridor",
        "`request_unknown`",
        *(_approved(), pool(JS, SH), pay_advance("1.00", JS, SH, request="E1")),
        expect=rejected("request_unknown"),
    )
    yield ruling(
        "advances: the id of another command is no request",
        "its `command_id` is the request",
        *(corridor(), settle("K1", command_id="X"), pay_advance("1.00", request="X")),
        expect=rejected("request_unknown"),
    )
    yield ruling(
        "advances: a refused request is no request",
        "its `command_id` is the request",
        *(corridor(), ask_increase(command_id="E1"), decide_increase("E1", "1.00")),
        expect=[rejected("statement_missing"), rejected("request_unknown")],
    )


def _emergency() -> Iterator[Ruling]:
    claim = settle("K1", hifp_pay="95000.00")
    generated = [*corridor(), claim, generate()]
    early = rejected("statement_not_confirmed")
    yield ruling(
        "advances: an increase before t has confirmed",
        _BEFORE,
        *(generated, confirm("202503", AH), ask_increase()),
        expect=early,
    )
    yield ruling(
        "advances: an increase once t has confirmed, i not",
        "before t has confirmed",
        *(generated, confirm("202503", SH), ask_increase()),
    )
    yield ruling(
        "advances: an increase dated before t's confirmation",
        _BEFORE,
        *(_red(), ask_increase(on="2025-04-23")),
        expect=early,
    )
    yield ruling(
        "advances: an increase dated before i's confirmation",
        _BEFORE,
        *(generated, confirm("202503", SH), confirm("202503", AH, on="2025-05-05")),
        ask_increase(),
    )
    yield ruling(
        "advances: not confirmed is answered before not red",
        "(checked before `pool_not_red`)",
        *(corridor(), settle("K1"), generate(), ask_increase()),
        expect=early,
    )
    for day in ("2025-04-24", "2025-04-26", "2025-04-28"):
        yield ruling(
            f"advances: an increase on {day}, within three working days",
            "3 working days after its statement signature",
            *(_red(), ask_increase(on=day)),
        )
    yield ruling(
        "advances: an increase on the fourth working day",
        "3 working days after its statement signature",
        *(_red(), ask_increase(on="2025-04-29")),
        expect=rejected("emergency_window_closed"),
    )
    levels = {"89999.99": "YELLOW", "69999.99": "NORMAL"}
    for amount, level in levels.items():
        yield ruling(
            f"advances: an increase of a pool that is {level}",
            "`pool_not_red`",
            *(corridor(), settle("K1", hifp_pay=amount), stated(), ask_increase()),
            expect=rejected("pool_not_red"),
        )
    yield ruling(
        "advances: an increase of a pool at 90%",
        ">= 0.90 RED",
        *(corridor(), settle("K1", hifp_pay="90000.00"), stated(), ask_increase()),
    )
    yield ruling(
        "advances: an increase of an empty pool",
        "pool 0 and clearing > 0 → RED",
        *(corridor(principal="0.00"), settle("K1"), stated(), ask_increase()),
    )
    yield ruling(
        "advances: an increase where nothing is stated",
        "`statement_missing`",
        *(corridor(), ask_increase()),
        expect=rejected("statement_missing"),
    )
    yield ruling(
        "advances: the level is the statement's, not of the day",
        "a statement keeps the levels of its making",
        *(_red(), parameter("warning_red", "0.99"), ask_increase()),
    )


def _emergency_open() -> Iterator[Ruling]:
    second = ask_increase(amount="1.00", command_id="E2")
    opened = rejected("emergency_open")
    yield ruling(
        "advances: a second increase while one is undecided", _ONE, _asked(), second, expect=opened
    )
    yield ruling(
        "advances: a second increase while one is not paid",
        _ONE,
        _approved(),
        second,
        expect=opened,
    )
    yield ruling(
        "advances: a second increase while one is paid in part",
        _ONE,
        *(_approved(), pay_advance("39999.99", request="E1"), second),
        expect=opened,
    )
    yield ruling(
        "advances: a second increase once one is paid, received or not",
        _ONE,
        *(_approved(), pay_advance("40000.00", request="E1"), second),
    )
    yield ruling("advances: a second increase once one is refused", _ONE, _approved("0.00"), second)
    april = [
        *_asked(),
        settle("K2", hifp_pay="95000.00", on="2025-04-10"),
        *stated("202504"),
    ]
    yield ruling(
        "advances: a second increase of another period",
        "of whatever period",
        *(april, ask_increase("202504", on="2025-05-26")),
        expect=opened,
    )
    yield ruling(
        "advances: an increase of another corridor",
        "of the corridor",
        *(_asked(), pool(JS, SH), settle("K2", JS, SH, hifp_pay="95000.00"), generate()),
        *(confirm("202503", SH), ask_increase("202503", JS, SH)),
    )
    yield ruling(
        "advances: a quota after a decision",
        _DECIDED,
        _approved("12345.67"),
        reports=_pool(quota="112345.67", principal="100000.00", unfunded="12345.67"),
    )
    yield ruling(
        "advances: a quota after a refusal",
        '(`"0.00"` = refused)',
        _approved("0.00"),
        reports=_pool(quota="100000.00", unfunded="0.00"),
    )
    yield ruling(
        "advances: a quota before a decision",
        _DECIDED,
        _asked(),
        reports=_pool(quota="100000.00"),
    )
    yield ruling(
        "advances: the approval may be more than what was asked for",
        "approval may differ",
        *(_red(), ask_increase(amount="1.00", command_id="E1"), decide_increase("E1", "2.00")),
        reports=_pool(quota="100002.00"),
    )
    yield ruling(
        "advances: a request is decided once",
        "`request_decided`",
        *(_approved(), decide_increase("E1", "1.00")),
        expect=rejected("request_decided"),
    )
    yield ruling(
        "advances: a refused request is decided once",
        "`request_decided`",
        *(_approved("0.00"), decide_increase("E1", "1.00")),
        expect=rejected("request_decided"),
    )
    yield ruling(
        "advances: clearing does not touch the pool",
        "pool principal changes only through Advance* events (never by Clearing*)",
        _red(),
        reports=_pool(principal="100000.00", quota="100000.00"),
    )


ROWS = tuple(
    row
    for part in (
        *(_sizing, _line_open, _own_q4, _lines, _full_lines, _apart, _emergency, _emergency_open),
    )
    for row in part()
)
