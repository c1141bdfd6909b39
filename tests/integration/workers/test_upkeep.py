"""Folding again and checking while workers decide and fold."""

from sqlalchemy import text

import bootstrap
from projections.tables import OWNED
from tests.fault.books import assert_same, first_answers

from .conftest import Undisturbed
from .site import PATIENT, Site, assert_answered_once, few_at_once, until

SLOW = few_at_once(4, 0.05)


def test_rebuild_and_verify_disturb_no_worker(site: Site, history: Undisturbed):
    """Goal: copies take over between two batches, nobody is fenced, and the end is the same."""
    decider = site.run("decider", SLOW)
    until(decider.active, "it decides")  # it has made the topics: the projector finds them
    projector = site.run("projector")
    sending = site.send(history.lines, PATIENT)
    until(lambda: site.positions() > 20, "it decides a history")
    for _ in range(2):
        before = site.positions()
        verified, rebuilt = site.ask("verify"), site.ask("rebuild")
        assert (verified.status, verified.err) == (0, ""), verified
        assert (rebuilt.status, rebuilt.err) == (0, ""), rebuilt
        assert [line.split(":")[0] for line in rebuilt.out.splitlines()] == list(OWNED)
        assert all(line.endswith("switched") for line in rebuilt.out.splitlines())
        assert site.positions() > before, "it was over before it was disturbed"
    assert first_answers(site.outcomes(sending)) == history.answers
    site.until_level()
    assert_same(site.holds(), history.holds, "after rebuilds and checks")
    assert_answered_once(site)
    for worker in (decider, projector):
        assert worker.metric("clearing_failures_total") == 0, worker.output()


def test_workers_begin_anew_from_a_copy_that_differs(site: Site, short: Undisturbed):
    """Goal: what they have in memory of the replaced tables is not written back."""
    decider, projector = site.run("decider"), site.run("projector")
    half = len(short.lines) // 2
    first = site.submit(short.lines[:half])
    site.until_level()
    engine = bootstrap.open_books(site.settings, writer=True)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM states"))
        connection.execute(text("UPDATE account_days SET amount = amount + 1"))
    engine.dispose()
    assert site.ask("verify").status == site.ask("rebuild").status == 1
    assert site.ask("rebuild", "--replace").status == 1
    assert site.ask("verify").status == 0
    second = site.submit(short.lines[half:])
    site.until_level()
    for worker in (decider, projector):  # at their next commit they find that they were ended
        assert worker.metric("clearing_failures_total") > 0, worker.output()
    answers = [each[1:] for each in first_answers([*first, *second])]  # without their lines
    assert answers == [each[1:] for each in short.answers]
    assert site.ask("verify").status == 0
    places: dict[str, list[object]] = {"strays": []}  # of lines: there were two files
    assert_same({**site.holds(), **places}, {**short.holds, **places}, "after a replacement")
