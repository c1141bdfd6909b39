"""How many processes fold beside the first, and when they are started."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from bootstrap import Settings
from bootstrap.spreading import Helpers

LONG = 10_000_000


class Counted(ProcessPoolExecutor):
    """Counts what a pool of processes is given to do, and starts none."""

    started = 0

    def submit(self, fn, /, *args, **kwargs):
        self.started += 1


def helpers_of(monkeypatch, processes, cores=4):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    pool = Counted()
    return pool, Helpers(Settings(), pool, Path(), processes)


@pytest.mark.parametrize(
    ("processes", "at_once", "records", "number"),
    [
        (2, 1, LONG, 1),
        (12, 3, LONG, 11),  # at first one for each other core
        (12, 3, 6, 5),  # a record for each process
        (3, 2, 0, 0),
        (1, 0, LONG, 0),
        (None, 0, LONG, 3),
        (None, 0, 1_000, 0),
    ],
)
def test_as_many_are_started_as_are_wanted_or_worth_it(
    monkeypatch, processes, at_once, records, number
):
    pool, helpers = helpers_of(monkeypatch, processes)
    assert (pool.started, helpers.number) == (at_once, 0)
    helpers.enough_for(records)
    assert (pool.started, helpers.number) == (max(at_once, number), number)


def test_one_core_starts_none_before_the_log_is_known(monkeypatch):
    pool, helpers = helpers_of(monkeypatch, 2, cores=1)
    assert pool.started == 0
    helpers.enough_for(LONG)
    assert (pool.started, helpers.number) == (1, 1)
