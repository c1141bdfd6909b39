"""Log, books and files that are not as they should be: one clear sentence, never a traceback."""

import ctypes
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from projections.database import REVISION
from tests.scenario import world

from .program import EXAMPLE, Place, call, lines_of, run
from .test_calls import OTHERS, REPORTS

READING = {
    "pools": REPORTS["pools"],
    "history": ("--claim", "K05"),
    "outcome": ("x",),
    "verify": (),
}
WRITING = {"submit": ("-",), "rebuild": ()}
CALLS = {**READING, **WRITING}
NEEDED = [
    (name, which)
    for name in CALLS
    for which in ("log", "books")
    if (name, which) != ("pools", "log")
]
"""What a call cannot do without; a report reads the books alone."""


def says(done, status, part):
    """The call ended with this status and one sentence, which names what is wrong."""
    assert done.status == status, done
    assert done.sentence.startswith("clearing: ")
    assert part in done.sentence, done.sentence


# -- files that are something else -----------------------------------------------------------------


@pytest.mark.parametrize(("name", "which"), NEEDED)
@pytest.mark.parametrize("content", [b"no database, but a text. " * 500, os.urandom(9_000)])
def test_a_file_that_is_no_database(golden, copied, name, which, content):
    place = copied(golden)
    wrong = getattr(place, which)
    wrong.write_bytes(content)
    says(place.call(name, *CALLS[name]), 1, "not a database")
    assert wrong.read_bytes() == content


@pytest.mark.parametrize(("name", "which"), NEEDED)
def test_a_folder_in_the_place_of_a_file(golden, copied, name, which):
    place = copied(golden)
    getattr(place, which).unlink()
    getattr(place, which).mkdir()
    says(place.call(name, *CALLS[name]), 3, "unable to open database file")


@pytest.mark.parametrize(("name", "which"), [each for each in NEEDED if each[0] in READING])
def test_an_empty_file_is_no_ledger_to_read(golden, copied, name, which):
    place = copied(golden)
    getattr(place, which).write_bytes(b"")
    told = "there is no log in" if which == "log" else "there are no books in this database yet"
    says(place.call(name, *READING[name]), 3, told)


@pytest.mark.parametrize(("name", "which"), NEEDED)
def test_log_and_books_in_each_others_place(golden, copied, name, which):
    """Nothing is written into what is something else."""
    place = copied(golden)
    wrong, other = getattr(place, which), place.books if which == "log" else place.log
    shutil.copy(other, wrong)
    before = wrong.read_bytes()
    done = place.call(name, *CALLS[name])
    if which == "log":
        says(done, 2, "is no log: it has the table account_days")
    elif name in WRITING:
        says(done, 2, "holds no books: it has the table parked")
    else:
        says(done, 3, "there are no books in this database yet, or old ones: no such table")
    assert wrong.read_bytes() == before


@pytest.mark.parametrize("name", CALLS)
def test_one_file_is_not_both_log_and_books(golden, name):
    same = f"sqlite:///{golden.log.parent}/../{golden.log.parent.name}/{golden.log.name}"
    urls = ("--log", f"sqlite:///{golden.log}", "--db", same)
    says(call(name, *CALLS[name], *urls), 2, "cannot be both log and books")


@pytest.mark.parametrize("which", ["log", "books"])
def test_doctor_finds_log_and_books_in_each_others_place(golden, copied, which):
    place = copied(golden)
    shutil.copy(*((place.books, place.log) if which == "log" else (place.log, place.books)))
    done = place.call("doctor")
    told = "is no log" if which == "log" else "holds no books"
    assert done.status == 1
    assert [told in line for line in done.out.splitlines() if line.startswith("FAIL")] == [True]


@pytest.mark.parametrize("name", WRITING)
def test_an_empty_file_is_made_a_log_but_not_under_full_books(golden, copied, name):
    place = copied(golden)
    place.log.write_bytes(b"")
    says(place.call(name, *WRITING[name]), 1, "these books are of another log")
    place.books.unlink()
    assert place.call("submit", str(EXAMPLE)).status == 0


def test_empty_books_are_filled_again(golden, copied):
    place = copied(golden)
    place.books.write_bytes(b"")
    assert place.call("submit", "-").status == 0
    assert place.call("verify").status == 0


@pytest.mark.parametrize(("revision", "what"), [("0001", "a writer"), ("9999", "use a later")])
def test_books_of_another_revision_are_told_in_a_sentence(golden, copied, revision, what):
    """Older ones are folded again by who writes; those of a later program are left to it."""
    place = copied(golden)
    with closing(sqlite3.connect(place.books)) as books:
        books.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        books.commit()
    says(place.call("verify"), 2, f"revision {revision}, {REVISION} is wanted: {what}")
    older = revision < REVISION
    assert place.call("submit", "-").status == (0 if older else 2)
    assert place.call("verify").status == (0 if older else 2)


def test_a_missing_folder_is_made(tmp_path):
    place = Place(tmp_path / "a" / "b" / "c")
    assert place.call("submit", str(EXAMPLE)).status == 0
    other = tmp_path / "d" / "e" / "books.db"
    done = call("submit", "-", "--log", f"sqlite:///{place.log}", "--db", f"sqlite:///{other}")
    assert done.status == 0
    assert other.exists()


@pytest.mark.parametrize("which", ["log", "books"])
def test_a_file_in_the_place_of_a_folder(tmp_path, golden, which):
    (tmp_path / "file").write_text("mine")
    urls = {"log": f"sqlite:///{golden.log}", "books": f"sqlite:///{tmp_path}/books.db"}
    urls[which] = f"sqlite:///{tmp_path}/file/x.db"
    if which == "books":
        copy = tmp_path / "log.db"
        shutil.copy(golden.log, copy)
        urls["log"] = f"sqlite:///{copy}"
    done = call("submit", "-", "--log", urls["log"], "--db", urls["books"])
    assert done.status == 3
    assert "file" in done.sentence
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("name", ["x" * 300, "a/" * 3000 + "x"])
def test_a_name_that_no_system_takes(golden, name):
    done = call("submit", "-", "--log", f"sqlite:///{name}", *golden.words[2:])
    says(done, 3, "File name too long")


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("missing.jsonl", "No such file or directory"),
        ("missing/folder.jsonl", "No such file or directory"),
        (".", "Is a directory"),
        ("x" * 300, "File name too long"),
    ],
)
def test_a_file_of_commands_that_cannot_be_read_is_wrong_usage(nowhere, file, part):
    """Nothing of any file is sent, and no ledger is made."""
    (nowhere / "good.jsonl").write_bytes(lines_of(world.corridor()))
    done = call("submit", "good.jsonl", file)
    assert done.status == 2
    assert part in done.sentence
    assert file in done.sentence
    assert [path.name for path in nowhere.iterdir()] == ["good.jsonl"]


# -- what may not be read or written ---------------------------------------------------------------


def powerless() -> None:
    """Give up root's power over file permissions; who is not root never had it."""
    libc = ctypes.CDLL(None)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; takes effect with exec


def run_powerless(place: Place, *words: str, stdin: bytes = b""):
    return place.run(*words, stdin=stdin, preexec_fn=powerless)


@pytest.fixture
def locked_folder(golden, copied):
    place = copied(golden)
    place.folder.chmod(0o555)
    yield place
    place.folder.chmod(0o755)


def test_a_report_needs_no_log_but_for_a_past_position(golden, copied):
    place = copied(golden)
    wanted = place.call("pools", *REPORTS["pools"])
    place.log.unlink()
    assert place.call("pools", *REPORTS["pools"]) == wanted
    says(place.call("pools", *REPORTS["pools"], "--at-position", "9"), 3, "there is no log at")


@pytest.mark.parametrize("name", [name for name in CALLS if name != "pools"])
def test_a_folder_that_may_not_be_written(locked_folder, name):
    """SQLite's readers share a file beside the database, so they need the folder too."""
    says(run_powerless(locked_folder, name, *CALLS[name]), 3, "readonly database")


@pytest.mark.parametrize("which", ["log", "books"])
def test_a_folder_that_may_not_be_made(locked_folder, tmp_path, which):
    urls = {name: f"sqlite:///{tmp_path}/{name}.db" for name in ("log", "books")}
    urls[which] = f"sqlite:///{locked_folder.folder}/new/x.db"
    words = ("submit", "-", "--log", urls["log"], "--db", urls["books"])
    says(run(*words, preexec_fn=powerless), 3, "Permission denied")


def test_doctor_tells_of_a_folder_that_may_not_be_written(locked_folder):
    done = run_powerless(locked_folder, "doctor")
    assert done.status == 1
    assert "Traceback" not in done.err
    assert f"FAIL  log: folder: {locked_folder.folder} is not writable" in done.out


@pytest.mark.parametrize("which", ["log", "books"])
def test_a_store_that_may_not_be_read(golden, copied, which):
    place = copied(golden)
    getattr(place, which).chmod(0)
    done = run_powerless(place, "verify")
    says(done, 3, "unable to open database file")


def test_a_file_of_commands_that_may_not_be_read(place, tmp_path):
    secret = tmp_path / "secret.jsonl"
    secret.write_bytes(lines_of(world.corridor()))
    secret.chmod(0)
    done = run_powerless(place, "submit", str(secret))
    assert done.status == 2
    assert "Permission denied" in done.sentence


# -- ends of pipes ---------------------------------------------------------------------------------


def test_a_report_whose_reader_has_seen_enough_is_done(golden):
    reading, writing = os.pipe()
    os.close(reading)
    process = golden.start("balances", *REPORTS["balances"], stdout=writing)
    os.close(writing)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")


def test_a_submission_whose_messages_nobody_reads_is_not_called_done(place):
    reading, writing = os.pipe()
    os.close(reading)
    process = place.start("submit", "-", stdin=subprocess.PIPE, stderr=writing)
    os.close(writing)
    process.communicate(b"no command\n" * 3 + lines_of(world.corridor()))
    assert process.returncode == 3


def test_no_call_leaves_anything_but_the_ledger(nowhere, golden):
    for name, words in {**REPORTS, **OTHERS}.items():
        if name != "rebuild":
            call(name, *words, *golden.words)
    assert list(nowhere.iterdir()) == []
    kept = {path.name for path in Path(golden.folder).iterdir()}
    assert kept <= {f"{name}.db{end}" for name in ("log", "books") for end in ("", ".lock", "-wal", "-shm")}  # fmt: skip
