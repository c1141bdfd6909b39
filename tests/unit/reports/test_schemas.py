import json

import pytest
from jsonschema import Draft202012Validator

from reports.schemas import ANSWERS, path, schema, text
from tests.auditor.golden import HISTORIES, history


@pytest.mark.parametrize("report", ANSWERS)
def test_the_committed_schema_is_the_generated_one(report):
    assert path(report).read_text("utf-8") == text(report), "run: python -m reports.schemas"


@pytest.mark.parametrize("report", [name for name in ANSWERS if name != "balances"])
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
