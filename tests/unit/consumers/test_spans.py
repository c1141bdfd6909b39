"""How a log is cut for processes that fold it side by side."""

import random
from itertools import chain, pairwise
from pathlib import Path

import pytest

from consumers.spans import SHORTEST, Span, spans, taken


@pytest.mark.parametrize("end", [16, 17, 100, 1_000, 123_457, 1_000_000])
@pytest.mark.parametrize("processes", [1, 2, 3, 16])
def test_spans_follow_each_other_from_the_first_record_to_the_last(
    end: int, processes: int
) -> None:
    cut = spans(end, processes)
    assert (cut[0].after, cut[-1].until) == (0, end)
    assert all(one.until == next_.after for one, next_ in pairwise(cut))
    assert all(span.after < span.until for span in cut)
    assert len(cut) >= processes


def test_each_process_has_a_long_span_and_whoever_is_done_first_shorter_ones() -> None:
    """The last ones decide how far apart processes end."""
    lengths = [span.until - span.after for span in spans(1_000_000, 2)]
    assert lengths == [480_000, 480_000, 20_000, 10_000, 10_000]


@pytest.mark.parametrize("processes", [2, 8, 32])
def test_no_short_span_is_shorter_than_it_is_worth_or_longer_than_others(processes: int) -> None:
    """Goal: nobody waits long for the last one. Bound: a share of what is left, or two of these."""
    shorter = [span.until - span.after for span in spans(30_000_000, processes)[processes:]]
    assert min(shorter) >= SHORTEST
    left = sum(shorter)
    assert left == 30_000_000 * 4 // 100
    for length in shorter:
        assert length <= max(left // processes, 2 * SHORTEST)
        left -= length


def test_a_log_without_a_record_is_one_span() -> None:
    assert spans(0, 1) == [Span(after=0, until=0)]


def test_each_span_is_taken_by_one_process(tmp_path: Path) -> None:
    """Goal: nothing is folded twice or left out. Method: three that take turns by chance."""
    cut = spans(1_000_000, 3)
    takers = [taken([long, *cut[3:]], tmp_path) for long in cut[:3]]
    had: list[list[Span]] = [[], [], []]
    busy = [0, 1, 2]
    while busy:
        number = random.choice(busy)
        span = next(takers[number], None)
        if span is None:
            busy.remove(number)
        else:
            had[number].append(span)
    assert [mine[0] for mine in had] == cut[:3]
    assert sorted(chain(*had), key=lambda span: span.after) == cut
