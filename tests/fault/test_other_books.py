"""Books that are not this log's: told in a sentence, by every call that folds, and left alone."""

import shutil

import pytest

from .books import holds, tables


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory, short):
    """Three ledgers: a whole history, its first half, and another history."""
    from tests.cli.program import Place

    def ledger(name, lines):
        place = Place(tmp_path_factory.mktemp(name))
        place.call("submit", "-", stdin=b"\n".join(lines))
        return place

    half = len(short.lines) // 2
    return {
        "whole": ledger("whole", short.lines),
        "half": ledger("half", short.lines[:half]),
        "other": ledger("other", [sent_by_another(line) for line in short.lines]),
    }


def sent_by_another(line):
    """The same command with other content."""
    return line if b'"actor"' in line else line.replace(b'{"type"', b'{"actor": "other", "type"', 1)


def mixed(new_place, log, books):
    place = new_place()
    shutil.copy(log.log, place.log)
    shutil.copy(books.books, place.books)
    return place


AHEAD = "with other content: these books are of another log"
OTHER = "the record before is not the one that this one follows"


@pytest.mark.parametrize(
    ("log", "books", "says"),
    [
        pytest.param("half", "whole", AHEAD, id="the books are ahead of the log"),
        pytest.param("other", "whole", AHEAD, id="another log of the same length"),
        pytest.param("other", "half", OTHER, id="another log that is longer"),
        pytest.param("half", "other", AHEAD, id="books of another log, ahead"),
    ],
)
def test_who_would_fold_stops_and_says_why(ledgers, new_place, log, books, says):
    place = mixed(new_place, ledgers[log], ledgers[books])
    before = tables(place)
    for words in (["submit", "-"], ["rebuild"], ["rebuild", "--replace"]):
        ended = place.call(*words)
        assert ended.status == 1
        assert says in ended.sentence
    found = place.call("verify")
    assert found.status == 1
    assert found.out.startswith("the log: ")
    assert "position" in found.out
    assert tables(place) == before


def test_an_empty_log_under_full_books_is_told(ledgers, new_place, short):
    place = new_place()
    shutil.copy(ledgers["whole"].books, place.books)
    before = tables(place)
    ended = place.call("submit", "-", stdin=short.stream)
    assert ended.status == 1
    assert AHEAD in ended.sentence
    assert "the log ends at 0" in ended.sentence
    assert tables(place) == before


@pytest.mark.parametrize("call", ["history", "outcome"])
def test_who_would_read_beyond_the_log_says_so(ledgers, new_place, call):
    """The books know of a record that the log does not have."""
    place = mixed(new_place, ledgers["half"], ledgers["whole"])
    facts = holds(ledgers["whole"])["log"]
    last = next(each for each in reversed(facts) if each["type"] == "ClaimSettled")
    name = {"history": ["--claim", last["data"]["claim_id"]], "outcome": [last["commandid"]]}
    ended = place.call(call, *name[call])
    assert ended.status == 1
    assert f"no record at position {last['position']}" in ended.sentence


@pytest.mark.parametrize("lost", ["books", "log and books"])
def test_lost_books_are_made_again_and_a_lost_ledger_is_a_new_one(ledgers, new_place, lost):
    whole = ledgers["whole"]
    place = new_place()
    if lost == "books":
        shutil.copy(whole.log, place.log)
        assert place.call("submit", "-").status == 0
        assert tables(place) == tables(whole)
    else:
        assert place.call("submit", "-").out.endswith("the log ends at position 0\n")
