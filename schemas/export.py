"""The JSON Schemas of the wire, made from the types: `python -m schemas.export [--check]`.

One file for each command, one for each event, one for the record. Not in them: what a form says of
several fields together (`schemas.forms.WHOLE`), and what the door asks of the text of a line.
"""

import sys
from collections.abc import Mapping, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.envelope import EVENTS, Record
from schemas.forms import FORMS

FOLDER: Final = Path(__file__).parent / "json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_UNITS: Final = "Amounts are whole fen (0.01 yuan), dates ISO 8601."


def command_schema(kind: str) -> dict[str, Any]:
    """Return the schema of a command as a client sends it."""
    return {"$schema": _DIALECT, **FORMS[kind].json_schema()}


def event_schema(kind: str) -> dict[str, Any]:
    """Return the schema of an event, the `data` of its record."""
    return {**_made_from(EVENTS[kind]), "$comment": _UNITS}


def envelope_schema() -> dict[str, Any]:
    """Return the schema of a record of the log."""
    made = {**_made_from(Record), "title": "Envelope"}
    made["properties"]["type"]["enum"] = sorted(EVENTS)
    data = {"type": "object", "description": "The event: see events/<type>.schema.json."}
    made["properties"]["data"] = data
    return made


def _made_from(cls: type) -> dict[str, Any]:
    _, parts = msgspec.json.schema_components([cls], ref_template="#/$defs/{name}")
    for part in parts.values():
        part["description"] = cleandoc(part["description"])
    top = {"$schema": _DIALECT, **parts.pop(cls.__name__)}
    return {**top, "$defs": parts} if parts else top


def texts() -> dict[str, str]:
    """Return the text of every schema by the name of its file."""
    schemas = {f"commands/{kind}": command_schema(kind) for kind in FORMS}
    schemas |= {f"events/{kind}": event_schema(kind) for kind in EVENTS}
    schemas["envelope"] = envelope_schema()
    return {f"{name}.schema.json": _text(schema) for name, schema in schemas.items()}


def _text(schema: Mapping[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def main(arguments: Sequence[str], folder: Path = FOLDER) -> str | None:
    """Write every schema, or with `--check` compare; return what is wrong, if anything is."""
    if list(arguments) not in ([], ["--check"]):
        return "usage: python -m schemas.export [--check]"
    wanted = texts()
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.json")}
    there = {name: path.read_text("utf-8") for name, path in found.items()}
    stale = sorted(n for n in wanted.keys() | there if wanted.get(n) != there.get(n))
    if arguments:
        return "\n".join(["make schemas; these differ:", *stale]) if stale else None
    for name in stale:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name in wanted:
            path.write_text(wanted[name], "utf-8")
        else:
            path.unlink()
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
