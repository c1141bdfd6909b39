"""`--at-position N`: the bytes that a ledger gives which was stopped at N, every time."""

import pytest

from .program import EXAMPLE, Place
from .test_calls import END, REPORTS

STOPS = (9, 30, 61, 97)
"""After so many of the 98 commands."""


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> list[tuple[int, Place]]:
    """Ledgers that ended after so many commands, each with its last position."""
    lines = EXAMPLE.read_bytes().splitlines(keepends=True)
    ledgers = []
    for number in STOPS:
        place = Place(tmp_path_factory.mktemp("stopped"))
        done = place.call("submit", "-", stdin=b"".join(lines[:number]))
        ledgers.append((int(done.out.rsplit(maxsplit=1)[1]), place))
    return ledgers


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize("report", REPORTS)
def test_a_report_of_the_past_is_that_of_a_ledger_that_was_stopped_there(
    golden, stopped, report, form
):
    words = (report, *REPORTS[report], "--format", form)
    for position, place in stopped:
        then = place.call(*words)
        past = golden.call(*words, "--at-position", str(position))
        assert (then.status, past.status) == (0, 0)
        assert past == then
        assert golden.call(*words, "--at-position", str(position)) == past


@pytest.mark.parametrize("report", REPORTS)
def test_the_last_position_is_the_present(golden, report):
    words = (report, *REPORTS[report])
    assert golden.call(*words, "--at-position", str(END)) == golden.call(*words)


@pytest.mark.parametrize("report", REPORTS)
def test_position_0_is_an_empty_ledger(golden, empty, report):
    words = (report, *REPORTS[report])
    assert golden.call(*words, "--at-position", "0") == empty.call(*words)


def test_as_of_and_at_position_hold_both(golden):
    """An early day seen from the end, and from a position before all of it was known."""
    day = ("pools", "--as-of", "2025-03-31", "--format", "json")
    late = ("pools", "--as-of", "2025-06-15", "--format", "json")
    seen = {
        (words[2], position): golden.call(*words, "--at-position", str(position)).document["rows"]
        for words in (day, late)
        for position in (30, END)
    }
    assert seen["2025-03-31", END] != seen["2025-06-15", END]
    assert seen["2025-06-15", 30] != seen["2025-06-15", END]


@pytest.mark.parametrize("report", [*REPORTS])
def test_a_position_beyond_the_log_is_wrong_usage(golden, report):
    done = golden.call(report, *REPORTS[report], "--at-position", str(END + 1))
    assert done.status == 2
    assert done.sentence == f"clearing: the log ends at position {END}, there is no {END + 1}"


def test_every_position_can_be_asked_for(golden):
    """Between two records of one command too: the answer says where it was made."""
    for position in range(0, END + 1, 5):
        done = golden.call("pools", *REPORTS["pools"], "--at-position", str(position), "--format", "json")  # fmt: skip
        assert done.status == 0
        assert done.document["position"] == position


def test_the_past_stays_as_it_was_while_the_ledger_goes_on(copied, stopped, golden):
    position, place = stopped[1]
    copy = copied(place)
    words = ("trial-balance", *REPORTS["trial-balance"])
    before = copy.call(*words)
    assert copy.call("submit", str(EXAMPLE)).status == 0
    assert copy.call(*words) == golden.call(*words) != before
    assert copy.call(*words, "--at-position", str(position)) == before
