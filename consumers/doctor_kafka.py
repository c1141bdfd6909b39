"""Is it safe to keep a log on these brokers? How many copies, kept how long, written how."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from consumers.doctor import Check
from eventlog.producer import DELIVERY_MS
from eventlog.survey import FoundTopic, Survey, writes_once
from eventlog.topics import REPLICAS, Topics
from ledger.record import record

_COPIES_MIN: Final = 2
"""An acknowledged record must be on so many brokers: Kafka does not wait for a disk."""
_WEEK_MS: Final = 7 * 24 * 3600 * 1000
_CLOCK_AHEAD_MAX: Final = timedelta(seconds=2)
_AT_LEAST: Final = frozenset({"max.message.bytes", "min.insync.replicas"})
"""Settings of topics of which more is as good."""


class _Odd(NamedTuple):
    """A value that is not the wanted one; equal ones are told together."""

    said: str
    wanted: str


@record
class _Wanted:
    """What a broker must be set to; `unsafe` where what was answered may be lost without it."""

    name: str
    wanted: str
    holds: Callable[[str], bool]
    unsafe: bool = False


def check_cluster(found: Survey, topics: Topics) -> Iterator[Check]:
    """Judge what a cluster says of itself."""
    yield _there(found)
    yield _copies(found)
    yield _in_sync(found)
    yield _partitions(found, topics)
    yield from _topic_settings(found, topics)
    yield from (_broker_setting(found, wanted) for wanted in _BROKER)
    once = writes_once()
    detail = f"the client's sends are {'' if once else 'not '}idempotent and wait for all copies"
    yield Check(name="log: idempotence", well=once, detail=detail, unsafe=not once)
    yield _clock(found)


def _there(found: Survey) -> Check:
    missing = [topic.name for topic in found.topics if not topic.there]
    detail = f"{len(found.brokers)} of Kafka's brokers answer for all"
    if missing:
        detail += f"; not there yet, made by `clearing run`: {', '.join(missing)}"
    return Check(name="log: cluster", well=True, detail=detail)


def _copies(found: Survey) -> Check:
    every = [*found.topics, *found.internal]
    odd = {
        topic.name: _Odd(f"{topic.replicas} {_plural('copy', topic.replicas)}", str(REPLICAS))
        for topic in every
        if topic.replicas < REPLICAS
    }
    unsafe = any(topic.replicas < _COPIES_MIN for topic in every)
    return _judged("replication factor", odd, f"{REPLICAS} copies", unsafe=unsafe)


def _in_sync(found: Survey) -> Check:
    odd = {
        topic.name: _Odd(f"{topic.in_sync} of {topic.replicas} copies whole", "all")
        for topic in (*found.topics, *found.internal)
        if topic.in_sync < topic.replicas
    }
    return _judged("copies in sync", odd, "every copy is whole", unsafe=False)


def _partitions(found: Survey, topics: Topics) -> Check:
    odd = {
        topic.name: _Odd(f"{topic.partitions} partitions", str(topics.partitions(topic.name)))
        for topic in found.topics
        if topic.partitions != topics.partitions(topic.name)
    }
    return _judged("partitions", odd, "as many as wanted")


def _topic_settings(found: Survey, topics: Topics) -> Iterator[Check]:
    wanted = {topic.name: topics.settings(topic.name, REPLICAS) for topic in found.topics}
    for name in dict.fromkeys(name for settings in wanted.values() for name in settings):
        odd = {
            topic.name: _Odd(f"{name}={topic.settings.get(name)}", wanted[topic.name][name])
            for topic in found.topics
            if name in wanted[topic.name] and not _holds(topic, name, wanted[topic.name][name])
        }
        well = {settings[name] for settings in wanted.values() if name in settings}
        yield _judged(name, odd, f"{name}={' or '.join(sorted(well))} where wanted")


def _holds(topic: FoundTopic, name: str, wanted: str) -> bool:
    value = topic.settings.get(name)
    if name in _AT_LEAST:
        return _number(value) >= int(wanted)
    return value == wanted


def _broker_setting(found: Survey, wanted: _Wanted) -> Check:
    odd = {
        f"broker {number}": _Odd(f"{wanted.name}={settings.get(wanted.name)}", wanted.wanted)
        for number, settings in found.brokers.items()
        if not wanted.holds(settings.get(wanted.name) or "")
    }
    well = ", ".join(sorted({str(each.get(wanted.name)) for each in found.brokers.values()}))
    return _judged(wanted.name, odd, f"{wanted.name}={well}", unsafe=wanted.unsafe)


def _clock(found: Survey) -> Check:
    """A broker tells no time; but no command can have been received in the future."""
    ahead = (found.newest or datetime.min.replace(tzinfo=UTC)) - datetime.now(UTC)
    well = ahead <= _CLOCK_AHEAD_MAX
    detail = "no command was received later than now, by this machine's clock"
    if not well:
        seconds = ahead.total_seconds()
        detail = f"the newest command was received {seconds:.1f} s from now: a clock is wrong"
    return Check(name="log: clock", well=well, detail=detail)


def _judged(name: str, odd: Mapping[str, _Odd], well: str, *, unsafe: bool = True) -> Check:
    """Return a check; in words, every value that is not the wanted one, and where it is."""
    places = defaultdict(list)
    for place, value in odd.items():
        places[value].append(place)
    told = [
        f"{value.said} of {', '.join(where)}, {value.wanted} wanted"
        for value, where in places.items()
    ]
    detail = "; ".join(told) or well
    return Check(name=f"log: {name}", well=not odd, detail=detail, unsafe=unsafe and bool(odd))


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word.removesuffix('y')}ies"


def _number(value: str | None) -> int:
    return int(value) if value and value.lstrip("-").isdigit() else -1


def _at_least(least: int) -> Callable[[str], bool]:
    return lambda value: _number(value) >= least


_BROKER: Final = (
    _Wanted(
        name="transaction.state.log.replication.factor",
        wanted=str(REPLICAS),
        holds=_at_least(_COPIES_MIN),
        unsafe=True,
    ),
    _Wanted(
        name="transaction.state.log.min.isr",
        wanted=str(_COPIES_MIN),
        holds=_at_least(_COPIES_MIN),
        unsafe=True,
    ),
    _Wanted(
        name="offsets.topic.replication.factor",
        wanted=str(REPLICAS),
        holds=_at_least(_COPIES_MIN),
    ),
    _Wanted(name="auto.create.topics.enable", wanted="false", holds=lambda value: value == "false"),
    _Wanted(
        name="offsets.retention.minutes",
        wanted="a week at least",
        holds=_at_least(_WEEK_MS // 60_000),
    ),
    _Wanted(
        name="transactional.id.expiration.ms",
        wanted="a week at least",
        holds=_at_least(_WEEK_MS),
    ),
    _Wanted(
        name="transaction.max.timeout.ms",
        wanted=f"{DELIVERY_MS} at least",
        holds=_at_least(DELIVERY_MS),
    ),
)
