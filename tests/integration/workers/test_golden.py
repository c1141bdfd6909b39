"""What acceptance expects, on Kafka and PostgreSQL: golden outcomes, reports, the auditor's words."""

from pathlib import Path

import pytest

from tests.auditor.auditor import Auditor
from tests.auditor.compare import differences, outcomes_differ
from tests.auditor.golden import three_provinces
from tests.auditor.streams import TODAY
from tests.cli.program import call, lines_of
from tests.fault.books import assert_same
from tests.property.memory import report_of
from tests.property.test_auditor_agrees import Kind, history, questions

from .conftest import undisturbed
from .site import Site, assert_answered_once, closing_engine

KIND = Kind(seed=7, provinces=4, months=4, commands=400)


@pytest.fixture
def working(site: Site) -> Site:
    """A ledger with its workers."""
    site.run("decider")
    site.run("projector")
    return site


def test_golden_lines_and_refusals_are_answered_and_reported_as_expected(
    working: Site, tmp_path: Path
):
    """All cells are those of the golden file, all bytes and positions those of the embedded form."""
    golden = three_provinces()
    assert not outcomes_differ(working.submit(golden.lines), golden.outcomes)
    working.until_level()
    embedded = undisturbed(tuple(golden.lines), tmp_path / "embedded")
    assert_same(working.holds(), embedded.holds, "golden")
    file = ["--log", embedded.settings.log, "--db", embedded.settings.db]
    faults = []
    for each in golden.reports:
        words = [part for key, value in each["args"].items() for part in (option(key), value)]
        report = [each["report"], *words, "--format"]
        there = working.ask(*report, "json")
        faults += [f"{report} {fault}" for fault in differences(there.document, each)]
        assert there.out == call(*report, "json", *file).out, report
    for each in {each["report"]: each for each in golden.reports}.values():
        words = [part for key, value in each["args"].items() for part in (option(key), value)]
        for form in ("table", "csv"):
            report = [each["report"], *words, "--format", form]
            assert working.ask(*report).out == call(*report, *file).out, report
    assert not faults, "\n".join(faults)
    refusals = working.submit([lines_of([each["command"]]).strip() for each in golden.refusals])
    for wanted, got in zip(golden.refusals, refusals, strict=True):
        expected = {"line": got["line"], **wanted["expect"]}
        assert not outcomes_differ([got], [expected])


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def test_the_naive_auditor_gives_the_same_answers_and_reports(working: Site):
    """Another program, written from the contract alone, agrees with the workers."""
    lines = history(KIND)
    auditor = Auditor(TODAY)
    sent = lines_of(lines).split(b"\n")[:-1]
    faults = outcomes_differ(working.submit(sent), auditor.submit(lines))
    assert not faults, faults[:20]
    working.until_level()
    assert_answered_once(working)
    with closing_engine(working.settings) as engine:
        faults = [
            f"{name} {args}: {fault}"
            for name, args in questions(auditor)
            for fault in differences(
                report_of(engine, name, **args),
                {"report": name, "answer": auditor.report(name, **args)},
            )
        ]
    assert not faults, faults[:20]
