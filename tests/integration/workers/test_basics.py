"""One decider and one projector, from their start to their end."""

from tests.fault.books import assert_same, first_answers

from .conftest import Undisturbed
from .site import Site, assert_answered_once


def test_a_history_is_decided_projected_and_told_as_in_the_embedded_form(
    site: Site, history: Undisturbed
):
    """The same events at the same positions, the same rows, answers and bytes of every report."""
    decider, projector = site.run("decider"), site.run("projector")
    answers = first_answers(site.submit(history.lines))
    assert answers == history.answers
    site.until_level()
    assert_same(site.holds(), history.holds, "on Kafka and PostgreSQL")
    assert_answered_once(site)
    for worker in (decider, projector):
        worker.stop()
        assert worker.ended() == 0, worker.output()
        assert [each["event"] for each in worker.said() if "library" not in each] == [
            "starts",
            "stopped",
        ]
