"""The calls of the command line: their options, what they refuse, the demo."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

import bootstrap
from cli.demo import _MARKER, _fresh_folder, demo
from cli.main import clearing
from cli.options import SCHEMES
from cli.reports import COMMANDS
from ledger import vocabulary
from ledger.errors import ConfigurationError, TransientError
from reports.reading import wait_for

ROOT = Path(bootstrap.__file__).parents[1]


def ask(*words):
    return CliRunner().invoke(clearing, [*words])


@pytest.fixture
def empty_ledger(tmp_path):
    urls = [f"--{name}=sqlite:///{tmp_path}/{name}.db" for name in ("log", "db")]
    log, books = (url.split("=", 1)[1] for url in urls)
    chosen = bootstrap.Settings(log=log, db=books)
    with bootstrap.open_ledger(chosen):
        return urls


def test_schemes_are_those_of_the_ledger():
    assert SCHEMES == vocabulary.SCHEMES


def test_every_report_has_its_call():
    assert [command.name for command in COMMANDS] == [
        "trial-balance", "balances", "statement", "notices", "payments", "pools", "breaks",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [
        ["pools"],
        ["pools", "--as-of", "2025-3-5"],
        ["pools", "--as-of", "20250305"],
        ["pools", "--as-of", "2025-02-30"],
        ["pools", "--as-of", "２０２５-03-05"],
        ["pools", "--as-of", "2025-03-05", "--format", "xml"],
        ["pools", "--as-of", "2025-03-05", "--at-position", "-1"],
        ["pools", "--as-of", "2025-03-05", "--wait-for", "soon"],
        ["statement", "--period", "202503"],
        ["statement", "--scheme", "CROSS_PROVINCE"],
        ["statement", "--scheme", "NATIONAL", "--period", "202503"],
        ["statement", "--scheme", "CROSS_PROVINCE", "--period", "202513"],
        ["statement", "--scheme", "CROSS_PROVINCE", "--period", "000001"],
        ["notices", "--scheme", "CROSS_PROVINCE", "--period", "202503", "--region", "34"],
        ["payments", "--scheme", "CROSS_PROVINCE"],
    ],
)
def test_wrong_usage_ends_with_2(words):
    assert ask(*words).exit_code == 2


@pytest.mark.parametrize("output_format", ["table", "json", "csv"])
def test_reports_of_an_empty_ledger(empty_ledger, output_format):
    scheme = ["--scheme=CROSS_PROVINCE", "--period=202503"]
    for command in COMMANDS:
        words = scheme if command.name in {"statement", "notices", "payments"} else []
        words = [*words, "--as-of=2025-03-05", f"--format={output_format}"]
        result = ask(str(command.name), *empty_ledger, *words)
        assert result.exit_code == 0, result.output


def test_where_the_ledger_is_may_stand_before_or_after_the_call(empty_ledger):
    words = ["pools", "--as-of", "2025-03-05", "--format", "json"]
    before = ask(*empty_ledger, *words)
    after = ask(*words, *empty_ledger)
    nowhere = ["--log", "sqlite:////nowhere/log.db", "--db", "sqlite:////nowhere/books.db"]
    both = ask(*nowhere, *words, *empty_ledger)
    assert before.stdout == after.stdout == both.stdout
    assert before.exit_code == 0


def test_no_ledger_is_a_sentence_that_says_what_to_do(tmp_path):
    words = ["pools", "--as-of", "2025-03-05", f"--log=sqlite:///{tmp_path}/none.db"]
    result = ask(*words)
    assert isinstance(result.exception, TransientError)
    assert "clearing submit" in str(result.exception)


def test_a_position_beyond_the_log_is_refused(empty_ledger):
    result = ask("pools", "--as-of", "2025-03-05", "--at-position", "9", *empty_ledger)
    assert isinstance(result.exception, ConfigurationError)


def test_a_wait_ends_when_the_books_are_there_or_the_time_is_over(empty_ledger, monkeypatch):
    words = ["pools", "--as-of", "2025-03-05", *empty_ledger, "--wait-for"]
    assert ask(*words, "0").exit_code == 0
    monkeypatch.setattr("reports.reading.wait_for", partial(wait_for, wait_ms_max=100))
    assert isinstance(ask(*words, "1").exception, TransientError)


def test_help_loads_no_database():
    code = (
        "import sys; from cli.main import clearing; import cli.reports, cli.demo;"
        " heavy = {'sqlalchemy', 'pydantic', 'msgspec', 'bootstrap'} & sys.modules.keys();"
        " sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_reader_of_the_log_loads_no_forms():
    """A report asks for the log's end and for rows: the door would double its start."""
    code = (
        "import sys, eventlog.sqlite, projections.build, reports.trial_balance;"
        " heavy = {'pydantic', 'schemas.door', 'kafka', 'psycopg'} & sys.modules.keys();"
        " sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_the_demo_shows_every_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(demo, catch_exceptions=False)
    assert result.exit_code == 0
    assert "98 accepted; the log ends at position 136" in result.output
    for command in COMMANDS:
        if command.name != "balances":
            assert f"$ clearing {command.name}" in result.output
    assert max(map(len, result.output.split("Where to look next:")[0].splitlines())) <= 100
    again = CliRunner().invoke(demo, catch_exceptions=False)
    assert again.output == result.output
    assert [path.name for path in tmp_path.iterdir()] == ["clearing-data-demo"]


def test_what_the_demo_suggests_can_be_pasted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    suggested = CliRunner().invoke(demo).output.split("Where to look next:")[1]
    calls = [line.split()[1:] for line in suggested.splitlines() if " --log " in line]
    assert len(calls) > 3
    for words in calls:
        result = CliRunner().invoke(clearing, words)
        assert result.exit_code == 0, (words, result.output, result.exception)


def test_a_folder_that_is_no_demo_is_never_touched(tmp_path):
    foreign = tmp_path / "clearing-data-demo"
    foreign.mkdir()
    (foreign / "log.db").write_text("mine")
    folder = _fresh_folder(tmp_path)
    assert folder.name == "clearing-data-demo-2"
    assert (foreign / "log.db").read_text() == "mine"


def test_a_demo_made_anew_keeps_what_is_not_its_own(tmp_path):
    folder = _fresh_folder(tmp_path)
    (folder / "notes.txt").write_text("mine")
    (folder / "log.db-wal").write_text("old")
    assert _fresh_folder(tmp_path) == folder
    assert {path.name for path in folder.iterdir()} == {"notes.txt", _MARKER}


def test_a_folder_that_cannot_be_written_is_wrong_usage(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Path, "mkdir", refuse)
    result = CliRunner().invoke(demo)
    assert result.exit_code == 2
    assert "cannot be written: Permission denied" in result.output
