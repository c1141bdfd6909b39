"""Every report of the golden histories, asked as a user asks, down to the last fen."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import bootstrap
from cli.main import clearing
from producers.files import read_lines
from tests.auditor.compare import differences
from tests.auditor.golden import FOLDER, HISTORIES, Golden, history, three_provinces

Ask = Callable[..., str]
THREE = "three-provinces"
NAMES = (THREE, *HISTORIES)
REPORTS = ("trial-balance", "statement", "notices", "payments", "pools", "breaks")
"""What the golden files name."""


@pytest.fixture(scope="module")
def new_books(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Return a maker of URLs for books that are not there yet."""
    return lambda: f"sqlite:///{tmp_path_factory.mktemp('books')}/books.db"


@pytest.fixture(scope="module")
def asks(
    tmp_path_factory: pytest.TempPathFactory, new_books: Callable[[], str]
) -> Callable[[str], Ask]:
    """Give the ledger of a history, loaded once, to be asked with a call and its options."""
    loaded: dict[str, Ask] = {}

    def ask_of(name: str) -> Ask:
        if name not in loaded:
            log = f"sqlite:///{tmp_path_factory.mktemp(name)}/log.db"
            loaded[name] = _ledger(name, {"log": log, "db": new_books()})
        return loaded[name]

    return ask_of


def _ledger(name: str, urls: dict[str, str]) -> Ask:
    path = FOLDER / (name if name == THREE else f"histories/{name}") / "commands.jsonl"
    with (
        bootstrap.open_embedded(bootstrap.Settings(log=urls["log"], db=urls["db"])) as ledger,
        path.open("rb") as stream,
    ):
        for lines in read_lines(stream, path.name, as_csv=False):
            ledger.submit(lines)

    def ask(call: str, **options: object) -> str:
        words = [
            word
            for option, value in {**urls, **options}.items()
            for word in (f"--{option.replace('_', '-')}", str(value))
        ]
        result = CliRunner().invoke(clearing, [call, *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    return ask


def answer(ask: Ask, call: str, **options: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ask(call, format="json", **options))
    return found


def golden(name: str) -> Golden:
    return three_provinces() if name == THREE else history(name)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("name", NAMES)
def test_every_named_cell_is_as_expected(
    asks: Callable[[str], Ask], name: str, report: str
) -> None:
    """Ask for each report that the golden file names and compare all its cells."""
    ask = asks(name)
    expected = [each for each in golden(name).reports if each["report"] == report]
    assert expected
    faults = [
        f"{each['args']} {fault}"
        for each in expected
        for fault in differences(answer(ask, report, **each["args"]), each)
    ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("name", NAMES)
def test_accounts_add_up_to_the_trial_balance(asks: Callable[[str], Ask], name: str) -> None:
    """Every family of every book is the sum of its accounts, on each day asked for."""
    ask = asks(name)
    trials = [each for each in golden(name).reports if each["report"] == "trial-balance"]
    for args in (each["args"] for each in trials):
        books = answer(ask, "trial-balance", **args)["books"]
        sums = {(book, family): 0 for book in books for family in books[book]}
        for row in answer(ask, "balances", **args)["rows"]:
            sums[row["book"], row["family"]] += fen(row["amount"])
        assert sums == {key: fen(books[key[0]][key[1]]) for key in sums}, args


def fen(amount: str) -> int:
    return int(amount.replace(".", ""))


def test_returns_in_transit(asks: Callable[[str], Ask]) -> None:
    """What is paid and not received of a return line is in transit."""
    for expected in three_provinces().returns_in_transit:
        rows = answer(asks(THREE), "payments", scheme="CROSS_PROVINCE", as_of=expected["as_of"])[
            "rows"
        ]
        ends = ("insured_region", "treatment_region")
        transit = [
            fen(row["paid"]) - fen(row["received"])
            for row in rows
            if row["direction"] == "return" and all(row[end] == expected[end] for end in ends)
        ]
        assert transit == [fen(expected["amount"])]


def test_liquidity_of_all_pools_of_shanghai(asks: Callable[[str], Ask]) -> None:
    """At the end of May Shanghai's hospitals have had more than its pools hold (domain.md 7.6)."""
    pools = answer(asks(THREE), "pools", as_of="2025-05-31")
    assert pools["liquidity"][0] == {
        "treatment_region": "310000",
        "principal": "340000.00",
        "in_use": "342420.00",
        "free": "-2420.00",
    }


@pytest.mark.parametrize("output_format", ["table", "json", "csv"])
def test_the_same_position_gives_the_same_bytes(
    asks: Callable[[str], Ask], output_format: str
) -> None:
    """An answer depends on nothing but the log: a fold of it up to its end says the same."""
    ask = asks(THREE)
    position = answer(ask, "pools", as_of="2025-06-15")["position"]
    options = {"scheme": "CROSS_PROVINCE", "as_of": "2025-06-15", "format": output_format}
    live = ask("payments", **options)
    assert ask("payments", **options) == live
    assert ask("payments", at_position=position, **options) == live


def test_a_past_position_holds_the_log_up_to_it(asks: Callable[[str], Ask]) -> None:
    """`--at-position` and `--as-of` both hold: nothing later in the log, nothing later dated."""
    books = answer(asks(THREE), "trial-balance", as_of="2025-06-15", at_position=20)
    assert books["position"] == 20
    assert set(books["sums"].values()) == {"0.00"}
    assert not answer(asks(THREE), "breaks", as_of="2025-06-15", at_position=20)["rows"]


def test_the_shipped_example_is_the_golden_one() -> None:
    """`clearing demo` shows what acceptance expects."""
    shipped = Path(bootstrap.__file__).parents[1] / "cli" / "demo" / "three-provinces.jsonl"
    assert shipped.read_bytes() == (FOLDER / THREE / "commands.jsonl").read_bytes()


def test_dates_of_the_example_are_of_its_year() -> None:
    """The demo's last date holds all that the example books."""
    days = {json.loads(line)["on"] for line in three_provinces().lines if line}
    assert max(date.fromisoformat(day) for day in days) <= date(2025, 6, 15)
