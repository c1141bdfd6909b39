"""`clearing --help` names every call, and answers at once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .program import call, environment
from .test_calls import OTHERS, REPORTS

CALLS = ["demo", "submit", "copy-log", "generate", "run", *REPORTS, *OTHERS]
CPU_S_MAX = 0.3


def test_help_lists_every_call():
    done = call("--help")
    assert (done.status, done.err) == (0, "")
    listed = done.out.split("Commands:")[1]
    assert [line.split()[0] for line in listed.splitlines() if line.startswith("  ")] == sorted(
        CALLS, key=lambda name: listed.index(f"\n  {name} ")
    )
    assert call("-h") == done


@pytest.mark.parametrize("name", CALLS)
def test_every_call_explains_itself(name):
    done = call(name, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: clearing {name} ")
    if name not in {"demo", "copy-log", "generate"}:
        assert "--log URL" in done.out
        assert "--db URL" in done.out


def test_the_version_is_told():
    done = call("--version")
    assert done.status == 0
    assert done.out.startswith("clearing, version ")


def test_help_answers_at_once():
    """The best of five, in CPU seconds of the installed program: a busy machine does not count."""
    program = Path(sys.executable).with_name("clearing")
    assert program.exists(), "install the project: make install"
    took = []
    for _ in range(5):
        before = os.times()
        done = subprocess.run(
            [program, "--help"], env=environment(), capture_output=True, check=True
        )
        after = os.times()
        took.append(after.children_user - before.children_user + after.children_system - before.children_system)  # fmt: skip
        assert b"Commands:" in done.stdout
    assert min(took) < CPU_S_MAX, took
