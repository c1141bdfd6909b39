"""Hypothesis for laws: no deadline (a first example imports), and a blob to repeat a failure."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, settings

from .memory import MemoryLedger

settings.register_profile(
    "laws",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("laws")


@pytest.fixture
def new_memory_ledger() -> Iterator[Callable[[], MemoryLedger]]:
    """Return a maker of ledgers in memory; they end with the test."""
    made: list[MemoryLedger] = []

    def make() -> MemoryLedger:
        made.append(MemoryLedger())
        return made[-1]

    yield make
    for ledger in made:
        ledger.close()


@pytest.fixture
def seed_of_this_run(request: pytest.FixtureRequest) -> int:
    """Return a seed that differs from run to run; `--randomly-seed=N`, printed above, repeats it."""
    chosen: object = request.config.getoption("randomly_seed", default=None)
    return chosen if isinstance(chosen, int) else random.SystemRandom().randrange(2**32)
