"""What `make bench-national` does before it measures."""

import json

import pytest

from benchmarks.calls import arguments
from benchmarks.national import _sizes, _split
from producers.national.generate import COMMANDS, generate
from producers.national.plan import Plan


def test_the_last_statements_stand_alone(tmp_path):
    generate(Plan(regions=3, months=3, claims=60, seed=1, first="202410"), tmp_path)
    whole = (tmp_path / COMMANDS).read_bytes()
    parts = [part.read_bytes() for part in _split(tmp_path / COMMANDS)]
    assert b"".join(parts) == whole
    (alone,) = parts[1].splitlines()
    assert json.loads(alone)["type"] == "GenerateStatements"
    assert json.loads(alone)["period"] == "202412"
    assert b"GenerateStatements" not in parts[2]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], (2_000_000, ["embedded", "server"])),
        (["20000"], (20_000, ["embedded", "server"])),
        (["20000", "server"], (20_000, ["server"])),
        (["embedded"], (2_000_000, ["embedded"])),
    ],
)
def test_claims_and_forms_are_read(words, meant):
    assert arguments(words, claims=2_000_000) == meant


def test_the_sizes_of_a_topic_are_found_wherever_they_stand():
    described = [{"topics": [{"partitions": [{"partition_size": 3}, {"partition_size": 4}]}]}]
    assert sum(_sizes(described)) == 7
