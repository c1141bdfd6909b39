"""Keeps a worker running: begins anew when it lost its place or the world, gives up in the end."""

import gc
from collections.abc import Callable
from contextlib import closing
from threading import Event
from time import monotonic
from typing import Final, Protocol

import structlog

from consumers.watch import Watch
from ledger.errors import ConcurrencyError, TransientError

_PAUSE_S: Final = (0.1, 10.0)
"""The first and the longest pause between two tries."""
_PATIENCE_S: Final = 300.0
"""How long nothing may work before the worker ends with the reason."""
_LOG: Final = structlog.get_logger()


class Worker(Protocol):
    """Does one batch at a time."""

    def step(self) -> bool:
        """Do what there is to do, or wait a little for it; say whether there was something."""

    def close(self) -> None:
        """Let go of everything."""


def keep_running(
    make: Callable[[], Worker],
    stop: Event,
    watch: Watch,
    *,
    patience_s: float = _PATIENCE_S,
) -> None:
    """Run a worker until `stop` is set, after its last batch.

    It works again once it has done something, or has stood by without a fault for a while.
    Raises: TransientError or ConcurrencyError where nothing has worked for `patience_s`;
    everything else at once.
    """
    worked_at = monotonic()
    pause = _PAUSE_S[0]
    while not stop.is_set():
        try:
            with closing(make()) as worker:
                made_at = monotonic()
                while not stop.is_set():
                    busy = worker.step()
                    watch.stepped()
                    if busy or monotonic() - made_at > _PAUSE_S[1]:
                        worked_at, pause = monotonic(), _PAUSE_S[0]
        except (ConcurrencyError, TransientError) as fault:
            watch.failed(fault)
            gc.collect()  # clients and engines are made of cycles, and nobody else collects
            if monotonic() - worked_at > patience_s:
                raise
            _LOG.warning("begins anew", reason=str(fault), pause_s=pause)
            stop.wait(pause)
            pause = min(2 * pause, _PAUSE_S[1])
