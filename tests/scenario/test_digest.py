"""The digest of a statement: made anew by a dispute, and by nothing else."""

from collections.abc import Callable, Sequence

from .ruling import Line
from .world import (
    AH,
    CROSS,
    SH,
    close_period,
    confirm,
    corridor,
    deduct,
    dispute,
    generate,
    notices,
    paid_and_received,
    settle,
    submit_to_finance,
)
from .worlds import Ledger

STATED = [*corridor(), settle("K1"), settle("K2"), generate()]


def test_dispute_makes_the_digest_anew(new_ledger: Callable[[], Ledger]) -> None:
    """Two claims stated, one disputed: the digest is not that of the two any more."""
    ledger = new_ledger()
    before = digest_after(ledger, STATED)
    assert digest_after(ledger, [dispute("K1")]) != before


def test_digest_outlives_all_that_comes_after(new_ledger: Callable[[], Ledger]) -> None:
    """Confirmed, noticed, paid, closed, and with late items: the digest stays as it was made."""
    ledger = new_ledger()
    before = digest_after(ledger, STATED)
    steps: Sequence[Sequence[Line]] = (
        [confirm("202503", AH), confirm("202503", SH)],
        [settle("K3"), deduct("K1", "1.00")],
        [notices(), submit_to_finance()],
        paid_and_received("200.00"),
        [close_period()],
    )
    for step in steps:
        assert digest_after(ledger, step) == before


def digest_after(ledger: Ledger, lines: Sequence[Line]) -> object:
    """What the statement of March says once these commands are accepted."""
    outcomes = ledger.submit(list(lines))
    assert [answer["outcome"] for answer in outcomes] == ["accepted"] * len(outcomes)
    rows = ledger.report("statement", scheme=CROSS, period="202503")["rows"]
    return [row["digest"] for row in rows]
