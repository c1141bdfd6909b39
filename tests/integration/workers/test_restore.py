"""A database or a log that was restored from an older copy."""

import signal
from collections.abc import Callable, Sequence
from contextlib import closing

import psycopg
import pytest
from kafka import TopicPartition
from kafka.admin import KafkaAdminClient
from sqlalchemy import select
from sqlalchemy.engine import make_url

from eventlog.kafka import KafkaLog
from eventlog.topics import Topics, make_topics
from projections.database import snapshot
from projections.tables import ANSWERS
from schemas.door import Admitted, admit
from schemas.envelope import Head
from tests.fault.books import assert_same, first_answers
from tests.fault.dying import Step

from .conftest import NewSite, Undisturbed
from .site import Site, closing_engine, few_at_once, until

DIES = (
    few_at_once(7)
    + f"""
from tests.fault.dying import Step
{Step("after", "consumers.retelling:write_decided", 3)!r}.arm()
"""
)
"""A decider that dies while it tells again what had been decided."""


@pytest.mark.parametrize(
    "lost",
    [
        "nothing",
        pytest.param("old commands", marks=pytest.mark.soak),
        pytest.param("the group's offset", marks=pytest.mark.soak),
    ],
)
def test_a_database_restored_from_an_old_backup_is_brought_level_and_goes_on(
    lost: str, new_site: NewSite, new_database: Callable[[], str], short: Undisturbed
):
    """Goal: the ledger and its answers are as if nothing had been restored."""
    site = new_site(db=new_database())
    lines, third = short.lines, len(short.lines) // 3
    answers = work(site, lines[:third])
    backup = copied(site.settings.db)
    answers += work(site, lines[third : third + 10], lines[third + 10 : 2 * third])
    told = answers_of(site)
    sent = [isinstance(admit(each), Admitted) for each in lines[: 2 * third]]
    known = sum(sent[: third + 10])
    assert len(told) == sum(sent)
    forgotten = known if lost == "old commands" else 0
    if forgotten:
        topic = TopicPartition(Topics(ledger=site.settings.ledger).commands, 0)
        with admin_of(site) as admin:
            admin.delete_records({topic: forgotten})
    if lost == "the group's offset":
        with admin_of(site) as admin:
            admin.delete_groups([f"{site.settings.ledger}.decider"])
    restore(site.settings.db, backup)
    assert len(answers_of(site)) < known < len(told)
    assert site.run("decider", DIES).ended() == -signal.SIGKILL
    answers += work(site, lines[2 * third :])
    found = answers_of(site)
    assert {at: found.get(at) for at in told if at >= forgotten} == {
        at: answer for at, answer in told.items() if at >= forgotten
    }
    assert [each[1:] for each in first_answers(answers)] == [each[1:] for each in short.answers]
    places: dict[str, list[object]] = {"strays": []}  # of lines: there were three files
    assert_same({**site.holds(), **places}, {**short.holds, **places}, "after a restore")
    assert site.ask("verify").status == 0


def work(site: Site, *submissions: Sequence[bytes]) -> list[dict]:
    """Let workers come, decide and fold, and go."""
    workers = [site.run("decider"), site.run("projector")]
    outcomes = [each for lines in submissions for each in site.submit(lines)]
    site.until_level()
    for worker in workers:
        worker.stop()
        assert worker.ended() == 0, worker.output()
    return outcomes


def answers_of(site: Site) -> dict[int, str]:
    with closing_engine(site.settings) as engine, snapshot(engine) as books:
        return dict(books.execute(select(ANSWERS)).all())


def copied(url: str) -> str:
    """Copy a database that nobody uses, and return the copy's name."""
    place = make_url(url)
    server(url, f"CREATE DATABASE {place.database}_backup TEMPLATE {place.database}")
    return f"{place.database}_backup"


def restore(url: str, backup: str) -> None:
    name = make_url(url).database
    server(url, f"DROP DATABASE {name} WITH (FORCE)", f"ALTER DATABASE {backup} RENAME TO {name}")


def server(url: str, *statements: str) -> None:
    place = make_url(url).set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(place, autocommit=True) as connection:
        for each in statements:
            connection.execute(each)


def admin_of(site: Site) -> closing:
    return closing(KafkaAdminClient(**site.cluster.options()))


def test_a_log_restored_older_than_the_books_stops_every_worker(
    new_site: NewSite, short: Undisturbed
):
    """Goal: what the books tell and the log does not know is for a person to look at."""
    site = new_site()
    site.run("feed")
    work(site, short.lines[:60])
    site.stop()
    topics = Topics(ledger=site.settings.ledger)
    with closing(KafkaLog(site.cluster, topics.ledger)) as log:
        values = [value for batch in log.read(after=0) for _, value in batch]
    with admin_of(site) as admin:
        admin.delete_topics(list(topics.required()))
        until(lambda: not set(topics.required()) & set(admin.list_topics()), "they are gone")
    make_topics(site.cluster, topics)
    with closing(KafkaLog(site.cluster, topics.ledger, writer=True)) as log:
        log.append(values[:-5], expected=Head())
    for role in ("decider", "projector", "feed"):
        worker = site.run(role)
        assert worker.ended() == 1, worker.output()
        sentence = worker.output().splitlines()[-1]
        assert f"stand at position {len(values)}, the log ends at {len(values) - 5}" in sentence
