"""Every call with its options and its exit status, as docs/cli.md promises them."""

import csv
import json
import re
import sqlite3
from contextlib import closing

import pytest
from jsonschema import Draft202012Validator

from cli.main import clearing
from reports.schemas import schema
from tests.scenario import world

from .program import EXAMPLE, Place, call, lines_of, outcomes_in

SCHEME = "--scheme", "CROSS_PROVINCE"
REPORTS = {
    "trial-balance": ("--as-of", "2025-06-15"),
    "balances": ("--as-of", "2025-06-15"),
    "statement": (*SCHEME, "--period", "202503"),
    "notices": (*SCHEME, "--period", "202504"),
    "payments": (*SCHEME, "--as-of", "2025-06-15"),
    "pools": ("--as-of", "2025-06-15"),
    "breaks": ("--as-of", "2025-06-15"),
}
OTHERS = {
    "history": ("--claim", "K05"),
    "outcome": ("SettleClaim-K05",),
    "rebuild": (),
    "verify": (),
    "doctor": (),
}
END = 136


def test_every_call_is_tried_here():
    elsewhere = {
        "copy-log",
        "generate",
        "run",
    }  # test_moving.py, test_generate.py; tests/integration/
    tried = {*REPORTS, *OTHERS, *elsewhere, "demo", "submit"}
    assert set(clearing.commands or clearing.list_commands(None)) <= tried  # type: ignore[arg-type]


# -- reports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_made_in_three_formats_and_says_its_position(golden, report):
    table, document, rows = (
        golden.call(report, *REPORTS[report], "--format", form) for form in ("table", "json", "csv")
    )
    for done in (table, document, rows):
        assert (done.status, done.err) == (0, "")
    assert f"at position {END}" in table.out
    assert document.document["position"] == END
    Draft202012Validator(schema(report)).validate(document.document)
    lines = list(csv.reader(rows.out.splitlines()))
    assert len(lines) > 1
    assert len({len(line) for line in lines}) == 1
    assert golden.call(report, *REPORTS[report]) == table  # a table is what one gets unasked


@pytest.mark.parametrize(
    ("report", "words", "holds"),
    [
        ("balances", ("--region", "310000"), lambda rows: {r["book"] for r in rows} == {"310000"}),
        (
            "balances",
            ("--region", "310000", "--counterparty", "340000"),
            lambda rows: {r["counterparty"] for r in rows} == {"340000"},
        ),
        (
            "payments",
            ("--period", "202503"),
            lambda rows: {r["period"] for r in rows} == {"202503"},
        ),
    ],
)
def test_a_report_can_be_narrowed(golden, report, words, holds):
    rows = golden.call(report, *REPORTS[report], *words, "--format", "json").document["rows"]
    everything = golden.call(report, *REPORTS[report], "--format", "json").document["rows"]
    assert rows
    assert holds(rows)
    assert all(row in everything for row in rows)
    assert len(rows) < len(everything)


def test_notices_of_one_region(golden):
    words = (*REPORTS["notices"], "--format", "json")
    whole = golden.call("notices", *words).document["notices"]
    one = golden.call("notices", *words, "--region", "310000").document["notices"]
    assert one == {"310000": whole["310000"]}
    assert len(whole) > 1


@pytest.mark.parametrize("report", ["statement", "notices"])
def test_as_of_may_be_left_out_where_all_is_meant(golden, report):
    words = (*REPORTS[report], "--format", "json")
    without = golden.call(report, *words).document
    late = golden.call(report, *words, "--as-of", "2025-12-31").document
    early = golden.call(report, *words, "--as-of", "2025-01-01").document
    part = "rows" if report == "statement" else "notices"
    assert without[part] == late[part]
    assert early[part] != late[part]


@pytest.mark.parametrize("report", REPORTS)
def test_waiting_for_a_position_that_is_there_takes_no_time(golden, report):
    for position in (0, 1, END):
        waited = golden.call(report, *REPORTS[report], "--wait-for", str(position))
        assert waited == golden.call(report, *REPORTS[report])


def test_a_position_that_does_not_come_ends_with_3(golden, monkeypatch):
    monkeypatch.setattr("reports.reading.WAIT_MS_MAX", 150)
    monkeypatch.setattr("reports.reading.wait_for.__kwdefaults__", {"wait_ms_max": 150})
    late = golden.call("pools", *REPORTS["pools"], "--wait-for", str(END + 1))
    assert late.status == 3
    assert f"the books stand at position {END}" in late.sentence


# -- history, outcome ------------------------------------------------------------------------------


def test_the_history_of_a_claim_holds_its_events_in_order_with_their_postings(golden):
    done = golden.call("history", "--claim", "K05", "--format", "json")
    assert (done.status, done.err) == (0, "")
    document = done.document
    Draft202012Validator(schema("history")).validate(document)
    assert (document["claim_id"], document["position"]) == ("K05", END)
    events = document["events"]
    positions = [event["position"] for event in events]
    assert positions == sorted(positions)
    assert events[0]["type"] == "ClaimSettled"
    assert events[0]["postings"]
    for event in events:
        for posting in event["postings"]:
            assert set(posting) == {"book", "debit", "credit", "amount"}
    table = golden.call("history", "--claim", "K05").out
    assert all(f"(position {position})" in table for position in positions)
    rows = list(
        csv.DictReader(golden.call("history", "--claim", "K05", "--format", "csv").out.splitlines())
    )
    assert [int(row["position"]) for row in rows] == [
        event["position"] for event in events for _ in event["postings"] or [None]
    ]


def test_a_history_of_the_past_holds_what_was_known_then(golden):
    whole = golden.call("history", "--claim", "K05", "--format", "json").document
    then = whole["events"][1]["position"] - 1
    past = golden.call("history", "--claim", "K05", "--format", "json", "--at-position", str(then))
    assert past.document["events"] == whole["events"][:1]
    assert past.document["position"] == then


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_the_history_of_an_unknown_claim_is_wrong_usage(golden, form):
    done = golden.call("history", "--claim", "nobody's", "--format", form)
    assert done.status == 2
    assert done.sentence == "Error: there is no claim nobody's in the log"


def test_the_outcome_of_a_command_is_what_submit_said(copied, golden, tmp_path):
    place = copied(golden)
    out = tmp_path / "out"
    refused = world.settle("K05", command_id="second K05")
    done = place.call(
        "submit", str(EXAMPLE), "-", "--outcomes", str(out), stdin=lines_of([refused])
    )
    assert done.status == 1
    for said in outcomes_in(out)[::7] + outcomes_in(out)[-1:]:
        asked = place.call("outcome", said["command_id"])
        assert (asked.status, asked.err) == (0, "")
        fields = ("command_id", "reason", "field", "detail", "events")
        assert [asked.document[name] for name in fields] == [said[name] for name in fields]


@pytest.mark.parametrize("name", ["nobody's", "", "x" * 65, "文", "' OR 1=1 --"])
def test_the_outcome_of_an_unknown_command_is_a_finding(golden, name):
    done = call(*golden.words, "outcome", "--", name)
    assert done.status == 1
    assert done.sentence == f"no command {name} has been answered"


# -- upkeep ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["verify", "rebuild", "doctor"])
def test_upkeep_of_a_sound_ledger_ends_with_0_in_both_formats(copied, golden, name):
    place = copied(golden)
    table, document = place.call(name), place.call(name, "--format", "json")
    assert (table.status, table.err, document.status, document.err) == (0, "", 0, "")
    Draft202012Validator(schema(name)).validate(document.document)
    assert document.document["position"] == END


def damaged(place: Place) -> Place:
    with closing(sqlite3.connect(place.books)) as books:
        books.execute("UPDATE book_days SET amount = amount + 1 WHERE family = 'CASH'")
        books.commit()
    return place


@pytest.mark.parametrize("name", ["verify", "rebuild"])
def test_upkeep_that_finds_something_ends_with_1_in_both_formats(copied, golden, name):
    place = damaged(copied(golden))
    table, document = place.call(name), place.call(name, "--format", "json")
    assert (table.status, table.err, document.status, document.err) == (1, "", 1, "")
    assert "table book_days, row " in table.out
    Draft202012Validator(schema(name)).validate(document.document)


def test_doctor_tells_of_a_store_that_is_not_safe(copied, golden):
    place = copied(golden)
    with closing(sqlite3.connect(place.books)) as books:
        books.execute("PRAGMA journal_mode = DELETE")
    table, document = place.call("doctor"), place.call("doctor", "--format", "json")
    assert (table.status, document.status) == (1, 1)
    assert "FAIL  books: journal: journal_mode=delete" in table.out
    (check,) = [each for each in document.document["checks"] if not each["well"]]
    assert check["name"] == "books: journal"


def test_doctor_of_nothing_says_that_nothing_is_there(nowhere):
    done = call("doctor")
    assert done.status == 0
    assert "is not there yet; submit makes it" in done.out
    assert list(nowhere.iterdir()) == []


# -- where the ledger is ---------------------------------------------------------------------------

POOLS = ("pools", "--as-of", "2025-06-15", "--format", "json")
WRONG = ("--log", "sqlite:////nowhere/log.db", "--db", "sqlite:////nowhere/books.db")


def test_log_and_db_stand_before_or_after_the_call_or_in_the_environment(
    golden, nowhere, monkeypatch
):
    log, db = golden.words[:2], golden.words[2:]
    wanted = call(*POOLS, *log, *db)
    assert wanted.document["position"] == END
    assert call(*log, *db, *POOLS) == wanted
    assert call(*log, *POOLS, *db) == wanted
    assert call(*db, *POOLS, *log) == wanted
    assert call(*WRONG, *POOLS, *log, *db) == wanted
    monkeypatch.setenv("CLEARING_LOG", log[1])
    monkeypatch.setenv("CLEARING_DB", db[1])
    assert call(*POOLS) == wanted
    monkeypatch.setenv("CLEARING_LOG", WRONG[1])
    verify = ["verify", "--format", "json"]
    assert call(*verify).status == 3
    assert call(*verify, *log).status == call(*log, *verify).status == 0


def test_unasked_the_ledger_is_in_a_folder_below(nowhere):
    assert call("submit", str(EXAMPLE)).status == 0
    made = {path.name for path in (nowhere / "clearing-data").iterdir()}
    assert {"log.db", "books.db"} <= made
    assert call(*POOLS).document["position"] == END


@pytest.mark.parametrize("name", [*REPORTS, *OTHERS])
def test_every_call_takes_log_and_db_on_both_sides(copied, golden, nowhere, name):
    place = copied(golden)
    words = {**REPORTS, **OTHERS}[name]
    if name == "outcome":
        words = (json.loads(EXAMPLE.read_text("utf-8").splitlines()[-1])["command_id"],)
    after, before = call(name, *words, *place.words), call(*place.words, name, *words)
    assert after == before
    assert after.status == 0


# -- wrong usage -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        pytest.param([], id="no call"),
        pytest.param(["reports"], id="no such call"),
        pytest.param(["--verbose"], id="no such option"),
        pytest.param(["submit"], id="submit without a file"),
        pytest.param(["submit", "--outcomes"], id="an option without its value"),
        pytest.param(["submit", "-", "--format", "json"], id="an option of another call"),
        pytest.param(["history"], id="history of nothing"),
        pytest.param(
            ["history", "--claim", "K05", "--at-position", "-1"], id="a negative position"
        ),
        pytest.param(["outcome"], id="outcome of nothing"),
        pytest.param(["outcome", "one", "two"], id="outcome of two"),
        pytest.param(["rebuild", "--projection", "money"], id="no such projection"),
        pytest.param(["verify", "all"], id="a word too much"),
        pytest.param(["trial-balance"], id="no date"),
        pytest.param(["trial-balance", "--as-of", "yesterday"], id="no date of the calendar"),
        pytest.param(["trial-balance", "--as-of", "2025-06-31"], id="a day that is none"),
        pytest.param(["trial-balance", "--as-of", "15.6.2025"], id="a date in another form"),
        pytest.param(["statement", "--scheme", "cross", "--period", "202503"], id="no scheme"),
        pytest.param(["statement", *SCHEME, "--period", "2025-03"], id="no period"),
        pytest.param(["pools", "--as-of", "2025-06-15", "--format", "xlsx"], id="no format"),
        pytest.param(["pools", "--as-of", "2025-06-15", "--wait-for", "all"], id="no position"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(nowhere, words):
    done = call(*words)
    assert done.status == 2
    assert re.match("Usage: clearing |Error: ", done.out + done.err)
    assert list(nowhere.iterdir()) == []


@pytest.mark.parametrize("option", ["--log", "--db"])
@pytest.mark.parametrize(
    "url", ["", "log.db", "/tmp/log.db", "sqlite://", "sqlite:///", "ftp://x/y"]
)
@pytest.mark.parametrize("name", ["submit", "pools", "verify", "rebuild", "doctor", "history"])
def test_an_address_that_is_none_ends_with_2(golden, nowhere, option, url, name):
    words = {"submit": ("-",), "pools": REPORTS["pools"], "history": OTHERS["history"]}
    where = {"--log": golden.words[1], "--db": golden.words[3], option: url}
    done = call(name, *words.get(name, ()), *(word for pair in where.items() for word in pair))
    assert done.status == 2
    assert "sqlite:///PATH" in done.sentence


@pytest.mark.parametrize("name", [*REPORTS, "history", "outcome", "verify"])
def test_reading_where_no_ledger_is_ends_with_3_and_says_what_to_do(nowhere, name):
    done = call(name, *{**REPORTS, **OTHERS}[name])
    assert done.status == 3
    assert done.sentence == (
        "clearing: there are no books at clearing-data/books.db; `clearing submit` makes them"
        if name in REPORTS
        else "clearing: there is no log at clearing-data/log.db; `clearing submit` makes one"
    )
    assert list(nowhere.iterdir()) == []


@pytest.mark.parametrize("name", [*REPORTS, "history", "outcome", "verify"])
def test_reading_where_the_books_are_missing_ends_with_3_and_says_what_to_do(golden, nowhere, name):
    done = call(name, *{**REPORTS, **OTHERS}[name], *golden.words[:2])
    assert done.status == 3
    assert done.sentence == (
        "clearing: there are no books at clearing-data/books.db; `clearing submit` makes them"
    )
    assert list(nowhere.iterdir()) == []


# -- submit's status -------------------------------------------------------------------------------


def test_submit_ends_with_0_where_nothing_was_rejected_and_with_1_where_something_was(place):
    good = lines_of(world.corridor())
    bad = lines_of([world.book("999999")])
    assert place.call("submit", "-", stdin=good).status == 0
    assert place.call("submit", "-", stdin=good).status == 0  # known, and accepted at first
    assert place.call("submit", "-", stdin=bad).status == 1
    assert place.call("submit", "-", stdin=bad).status == 1  # known, and rejected at first
    assert place.call("submit", "-", stdin=good + bad).status == 1
    assert place.call("submit", "-", stdin=b"no command\n").status == 1
    assert place.call("submit", "-", stdin=b"").status == 0


def test_submit_counts_the_outcomes_and_tells_every_rejection(place, tmp_path):
    lines = lines_of([*world.corridor(), world.book("999999"), world.book(world.AH, "x")])
    file = tmp_path / "in.jsonl"
    file.write_bytes(lines)
    first = place.call("submit", str(file))
    number = lines.count(b"\n")
    assert first.out == f"{number - 2} accepted, 0 known, 2 rejected; the log ends at position 9\n"
    refused, malformed = first.err.splitlines()
    assert refused.startswith(f"{file}:{number - 1}: unknown_region [region]: ")
    assert malformed.startswith(f"{file}:{number}: malformed [cash]: ")
    again = place.call("submit", str(file))
    assert again.out == f"0 accepted, {number - 1} known, 1 rejected; the log ends at position 9\n"
    assert again.err.splitlines()[0].startswith(
        f"{file}:{number - 1}: unknown_region (known) [region]: "
    )


def test_the_demo_needs_nothing_and_ends_with_0(nowhere):
    done = call("demo")
    assert (done.status, done.err) == (0, "")
    assert "98 accepted; the log ends at position 136" in done.out
