"""`clearing generate`: what it writes, a ledger accepts, and every report says what it must."""

import copy
import json
import signal
import time
from pathlib import Path

import pytest

from benchmarks.answers import differences, read

from .program import call, start

ASKED = ("--regions", "6", "--months", "4", "--claims", "1500", "--seed", "3", "--from", "202410")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """October to January in six provinces, so that pools are sized from the ledger's quarter."""
    folder = tmp_path_factory.mktemp("made")
    done = call("generate", *ASKED, "--to-dir", str(folder))
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"{folder}/commands.jsonl: ")
    assert "1500 of them claims" in done.out
    return folder


def test_every_report_says_what_the_generator_summed_up(made, place):
    done = place.call("submit", str(made / "commands.jsonl"))
    answers = read(made)
    outcomes = ", ".join(f"{count} {name}" for name, count in answers["outcomes"].items())
    assert done.status == 0
    assert done.out.startswith(f"{outcomes};")

    def ask(report, args):
        return place.call(report, *args, "--format", "json").document

    assert list(differences(answers, ask)) == []
    assert place.call("verify").status == 0


def test_the_small_country_has_what_is_seldom(made):
    answers: dict[str, list] = {}
    for each in read(made)["reports"]:
        answers.setdefault(each["report"], []).append(each["answer"])
    statements = [row for each in answers["statement"] for row in each["rows"]]
    assert {row["level"] for row in statements} == {"NORMAL", "YELLOW", "RED"}
    assert {row["status"] for row in statements} >= {"NOTICED", "CLOSED"}
    assert any(row["net"].startswith("-") for row in statements)
    assert answers["breaks"][0]["rows"]
    kinds = [
        json.loads(line)["type"] for line in (made / "commands.jsonl").read_bytes().splitlines()
    ]
    assert {"SizeAdvance", "CloseYear", "PayReturn", "DecideEmergencyIncrease"} <= set(kinds)


def test_a_difference_is_named(made):
    answers = read(made)
    told = {(each["report"], *each["args"]): copy.deepcopy(each["answer"]) for each in answers["reports"]}  # fmt: skip

    def ask(report, args):
        return told[report, *args]

    assert list(differences(answers, ask)) == []
    pools = next(value for key, value in told.items() if key[0] == "pools")["rows"]
    pools[0]["free"] = "0.01"
    gone = pools.pop()
    statement = next(value for key, value in told.items() if key[0] == "statement")
    statement["rows"].append({**statement["rows"][0], "treatment_region": "650000"})
    balance = next(value for key, value in told.items() if key[0] == "trial-balance")
    balance["books"]["650000"] = {"CASH": "0.00"}
    notices = next(value for key, value in told.items() if key[0] == "notices")
    notices["notices"]["650000"] = {"payment": [], "receipt": []}
    found = list(differences(answers, ask))
    assert len(found) == 4
    assert "free is '0.01', not" in found[0]
    assert f"has no row {(gone['insured_region'], gone['treatment_region'])}" in found[1]
    assert all("too many" in each for each in found[2:])


def test_what_is_there_is_kept_unless_forced(made):
    before = (made / "commands.jsonl").read_bytes()
    words = ("generate", *ASKED, "--to-dir", str(made))
    done = call(*words)
    assert done.status == 2
    assert "commands.jsonl is there already; --force writes it anew" in done.sentence
    assert call(*words, "--force").status == 0
    assert (made / "commands.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--regions", "40"], "--regions is 40; it goes from 2 to 32"),
        (["--claims", "many"], "'many' is not a valid integer"),
        (["--from", "2024-10"], "'2024-10' is no period; write it as 202503"),
        (["--from", "209001"], "choose an earlier --from"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(tmp_path, words, said):
    done = call("generate", "--to-dir", str(tmp_path / "new"), *words)
    assert done.status == 2
    assert said in done.sentence
    assert not (tmp_path / "new").exists()


def test_a_file_is_no_folder(made):
    done = call("generate", "--to-dir", str(made / "answers.json"))
    assert done.status == 2
    assert "is no folder" in done.sentence


def test_stopped_it_leaves_nothing(tmp_path):
    process = start("generate", "--claims", "5000000", "--to-dir", str(tmp_path))
    part = tmp_path / "commands.jsonl.part"
    deadline = time.monotonic() + 30
    while not part.exists() or not part.stat().st_size:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (130, b"stopped; nothing was written\n")
    assert list(tmp_path.iterdir()) == []
