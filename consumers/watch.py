"""What a worker tells of itself: metrics, and whether it is live, ready and fresh."""

from collections import Counter as Tally
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ledger.errors import ConcurrencyError, LedgerError
from schemas.outcome import Outcome

_LIVE_S: Final = 60.0
"""How long one step may take before the worker counts as hanging."""
FRESH_S: Final = 10.0
"""How long a worker may stay behind the log's end before it counts as stale."""
_BATCHES: Final = (1, 10, 100, 1_000, 5_000, 20_000, 50_000)


class Lag(NamedTuple):
    """How far a worker is behind the end of what it reads."""

    records: int
    seconds: float


class Watch:
    """One worker's metrics and health."""

    def __init__(self, role: str, clock: Callable[[], float] = monotonic) -> None:
        """Begin to watch a worker of a role."""
        self.role = role
        self.registry = CollectorRegistry()
        self._clock = clock
        self._stepped_at: float | None = None
        self._level_at = clock()
        self._lag = Lag(0, 0.0)
        self.reasons: tuple[str, ...] = ()
        self._make_metrics()

    def _make_metrics(self) -> None:
        of = self.registry
        self._commands = Counter(
            "clearing_commands", "Commands decided.", ["outcome", "reason"], registry=of
        )
        self._batches = Histogram(
            "clearing_batch_records", "Records of a batch.", buckets=_BATCHES, registry=of
        )
        self._records_behind = Gauge(
            "clearing_lag_records", "Records behind the end of the log.", registry=of
        )
        self._seconds_behind = Gauge(
            "clearing_lag_seconds",
            "Seconds since it was level with the end of the log.",
            registry=of,
        )
        self._fenced = Counter(
            "clearing_fenced", "Times that another one took its place.", registry=of
        )
        self._failures = Counter(
            "clearing_failures", "Times that it had to begin anew.", registry=of
        )
        self._wrong = Gauge(
            "clearing_invariant_failures", "Invariants that do not hold in the books.", registry=of
        )
        self._unsafe = Gauge(
            "clearing_unsafe_settings", "Unsafe settings that were accepted by a flag.", registry=of
        )
        self._active = Gauge(
            "clearing_active", "1 while it decides or feeds, 0 while it stands by.", registry=of
        )
        self._sent = Counter("clearing_feed_messages", "Balance messages sent.", registry=of)

    # -- what is told --------------------------------------------------------------------------

    def stepped(self) -> None:
        """Note that a step has ended."""
        self._stepped_at = self._clock()

    def decided(self, outcomes: Sequence[Outcome]) -> None:
        """Count the outcomes of a batch."""
        self._batches.observe(len(outcomes))
        counts = Tally((each.outcome, each.reason or "") for each in outcomes)
        for labels, number in counts.items():
            self._commands.labels(*labels).inc(number)

    def folded(self, records: int) -> None:
        """Note a batch that was folded or sent."""
        self._batches.observe(records)

    def sent(self, messages: int) -> None:
        """Count messages that the broker has confirmed."""
        self._sent.inc(messages)

    def behind(self, records: int) -> None:
        """Note how many records there are still to do."""
        if records == 0:
            self._level_at = self._clock()
        self._lag = Lag(records, self._clock() - self._level_at)
        self._records_behind.set(records)
        self._seconds_behind.set(self._lag.seconds)

    def active(self, *, now: bool) -> None:
        """Note whether it does its work or stands by; who takes over begins to be behind then."""
        self._level_at = self._clock()
        self._active.set(int(now))

    def failed(self, fault: LedgerError) -> None:
        """Count a fault after which it begins anew."""
        self._failures.inc()
        if isinstance(fault, ConcurrencyError):
            self._fenced.inc()
        self._stepped_at = None

    def unsafe(self, reasons: Sequence[str]) -> None:
        """Say with which unsafe settings it runs."""
        self.reasons = tuple(reasons)
        self._unsafe.set(len(reasons))

    def broken(self, invariants: int) -> None:
        """Say how many invariants do not hold."""
        self._wrong.set(invariants)

    # -- what is asked -------------------------------------------------------------------------

    @property
    def live(self) -> bool:
        """Say whether it still moves; before its first step it is being made."""
        return self._stepped_at is None or self._clock() - self._stepped_at < _LIVE_S

    @property
    def ready(self) -> bool:
        """Say whether it has reached broker and database and does its work."""
        return self._stepped_at is not None and self.live

    @property
    def fresh(self) -> bool:
        """Say whether what it writes is near the end of the log."""
        return self.ready and self._lag.seconds < FRESH_S

    @property
    def lag(self) -> Lag:
        """Return how far it is behind."""
        return self._lag
