"""The committed schemas are those of the types, and they let in what the door lets in."""

import json
import runpy
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import bootstrap
from schemas import export
from schemas.door import Admitted, admit_object
from schemas.envelope import EVENTS
from schemas.forms import FORMS

GOLDEN = Path(__file__).parents[2] / "golden"
SCHEMAS = {name: json.loads(text) for name, text in export.texts().items()}


def lines(name):
    return [json.loads(line) for line in (GOLDEN / name).read_text("utf-8").splitlines()]


def faults(name, content):
    validator = Draft202012Validator(
        SCHEMAS[f"{name}.schema.json"], format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [fault.message for fault in validator.iter_errors(content)]


def test_committed_schemas_are_the_generated_ones(monkeypatch):
    monkeypatch.setattr("sys.argv", ["export", "--check"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(export.__file__, run_name="__main__")
    assert end.value.code is None, end.value.code


def test_every_command_and_event_has_a_schema_with_title_and_description():
    names = {f"commands/{kind}" for kind in FORMS} | {f"events/{kind}" for kind in EVENTS}
    assert {f"{name}.schema.json" for name in [*names, "envelope"]} == SCHEMAS.keys()
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["title"] in {Path(name).name.removesuffix(".schema.json"), "Envelope"}
        assert schema["description"]


def test_export_writes_what_check_misses_and_takes_away_what_is_nobodys(tmp_path):
    assert export.main([], tmp_path) is None
    assert export.main(["--check"], tmp_path) is None
    (tmp_path / "events/ClaimSettled.schema.json").write_text("{}")
    (tmp_path / "envelope.schema.json").unlink()
    (tmp_path / "events/ClaimForgotten.schema.json").write_text("{}")
    complaint = export.main(["--check"], tmp_path) or ""
    assert complaint.splitlines()[1:] == [
        "envelope.schema.json",
        "events/ClaimForgotten.schema.json",
        "events/ClaimSettled.schema.json",
    ]
    assert export.main([], tmp_path) is None
    assert export.main(["--check"], tmp_path) is None


def test_export_refuses_other_arguments(tmp_path):
    assert (export.main(["--chek"], tmp_path) or "").startswith("usage")
    assert not list(tmp_path.iterdir())


def test_golden_commands_keep_to_their_schemas():
    commands = lines("three-provinces/commands.jsonl")
    assert commands
    assert [found for each in commands for found in faults(f"commands/{each['type']}", each)] == []


def test_golden_refusals_fail_where_they_are_malformed_and_only_there():
    refusals = lines("three-provinces/refusals.jsonl")
    malformed = [each["expect"].get("reason") == "malformed" for each in refusals]
    assert any(malformed)
    commands = [each["command"] for each in refusals]
    assert [bool(faults(f"commands/{each['type']}", each)) for each in commands] == malformed


@pytest.mark.parametrize("change", [
    {"on": "2025-02-29"}, {"on": None}, {"scheme": "PROVINCE"}, {"insured_region": "34"},
    {"hifp_pay": "1"}, {"hifp_pay": "-1.00"}, {"command_id": ""}, {"year": 2025},
])  # fmt: skip
def test_schema_and_door_refuse_alike(change):
    settled = next(
        each for each in lines("three-provinces/commands.jsonl") if each["type"] == "SettleClaim"
    )
    assert isinstance(admit_object(dict(settled)), Admitted)
    assert not isinstance(admit_object(settled | change), Admitted)
    assert faults("commands/SettleClaim", settled | change)


def test_records_and_events_keep_to_their_schemas(new_ledger):
    """Every record that the golden commands bring, as its bytes stand in the log."""
    ledger = new_ledger()
    ledger.submit(lines("three-provinces/commands.jsonl"))
    with bootstrap.open_reader(ledger.settings) as (log, _):
        records = [json.loads(value) for batch in log.read(after=0) for _, value in batch]
    assert len(records) > 100
    for record in records:
        assert faults("envelope", record) == []
        assert faults(f"events/{record['type']}", record["data"]) == []
