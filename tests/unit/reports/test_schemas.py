import json

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from cli.main import clearing
from reports.schemas import ANSWERS, path, schema, text
from tests.auditor.golden import HISTORIES, history, three_provinces
from tests.support import BlackBox


@pytest.mark.parametrize("report", ANSWERS)
def test_the_committed_schema_is_the_generated_one(report):
    assert path(report).read_text("utf-8") == text(report), "run: python -m reports.schemas"


UPKEEP = {
    "history": ["--claim", "K03"],
    "verify": [],
    "rebuild": [],
    "doctor": [],
}
GOLDEN = [name for name in ANSWERS if name not in UPKEEP and name != "balances"]


@pytest.mark.parametrize("call", UPKEEP)
def test_answers_about_the_ledger_itself_keep_to_the_schema(call, tmp_path):
    """The program's own answers, on the three-province example."""
    ledger = BlackBox(tmp_path)
    ledger.submit(three_provinces().lines)
    where = ["--log", ledger.settings.log, "--db", ledger.settings.db]
    answer = CliRunner().invoke(clearing, [call, *UPKEEP[call], *where, "--format", "json"])
    assert answer.exit_code == 0
    document = json.loads(answer.stdout)
    assert document["position"] == 136
    Draft202012Validator(schema(call)).validate(document)


@pytest.mark.parametrize("report", GOLDEN)
def test_golden_answers_keep_to_the_schema(report):
    """The cells that golden answers name are fields of the schema, of its form."""
    validator = Draft202012Validator(without_required(schema(report)))
    known = json.dumps(schema(report))
    answers = [
        each["answer"] for name in HISTORIES for each in history(name).reports
        if each["report"] == report
    ]  # fmt: skip
    assert answers
    for answer in answers:
        faults = [fault.message for fault in validator.iter_errors(answer)]
        assert not faults
        cells = {cell for row in answer.get("rows", []) for cell in row}
        assert all(f'"{cell}"' in known for cell in cells | answer.keys())


def without_required(part):
    """A golden answer leaves out the cells that are free."""
    if isinstance(part, dict):
        return {key: without_required(value) for key, value in part.items() if key != "required"}
    return [without_required(each) for each in part] if isinstance(part, list) else part


@pytest.mark.parametrize("report", ANSWERS)
def test_schemas_are_schemas(report):
    Draft202012Validator.check_schema(schema(report))
