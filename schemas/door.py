"""The door: bytes in, a command or a clear fault out. Nothing of a wrong form goes further."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from ledger.commands import ClaimRow, Command, HospitalLine
from ledger.record import record
from schemas.forms import COMMANDS, FORMS, WHOLE

LINE_BYTES_MAX: Final = 8 * 1024 * 1024
"""The largest command, and the largest record: 8 MiB."""
_NUL: Final = b"\\u0000"
"""How JSON writes U+0000; a raw one is no JSON."""
_DECODE: Final = msgspec.json.Decoder()
_SORTED: Final = msgspec.json.Encoder(order="sorted")
_ROWS: Final[Mapping[str, tuple[str, type]]] = {
    "ReportDailyClaims": ("rows", ClaimRow),
    "PayHospital": ("lines", HospitalLine),
    "RecoverFromHospital": ("lines", HospitalLine),
}


@record
class Admitted:
    """A command of the right form, with the SHA-256 of its content as sent."""

    command: Command
    digest: bytes


@record
class Malformed:
    """Why bytes are no command: the field where there is one, and what to do."""

    detail: str
    field: str | None = None
    command_id: str | None = None


def admit(line: bytes) -> Admitted | Malformed:
    """Read one line as a command."""
    if len(line) > LINE_BYTES_MAX:
        return Malformed(detail="longer than 8 MiB; send it in parts")
    try:
        content = _DECODE.decode(line)
        twice = _repeated_key(line) if _may_repeat_keys(line, content) else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return Malformed(detail=f"not JSON: {fault}")
    if not isinstance(content, dict):
        return Malformed(detail="not a JSON object; write one command as {...} on a line")
    if twice is not None:
        detail = f"the field {twice} stands twice, or a key in it; say which one is meant"
        return Malformed(detail=detail, field=twice, command_id=_id_of(content))
    nul = refuse_nul(content) if line.find(_NUL) >= 0 else None  # `in` is slower: it asks for ints
    if nul is not None:
        return nul
    return admit_object(content)


def admit_object(content: dict[str, Any]) -> Admitted | Malformed:
    """Check a parsed object as a command."""
    kind = content.get("type")
    form = FORMS.get(kind) if isinstance(kind, str) else None
    if form is None or not isinstance(kind, str):
        detail = f"there is no command type {kind!r}" if "type" in content else "type is missing"
        return Malformed(detail=detail, field="type", command_id=_id_of(content))
    try:
        values = form.validate_python(content)
    except ValidationError as fault:
        field, detail = _first_fault(fault)
        return Malformed(detail=detail, field=field, command_id=_id_of(content))
    whole = WHOLE.get(kind)
    wrong = whole(values) if whole else None
    if wrong is not None:
        return Malformed(detail=wrong[1], field=wrong[0], command_id=_id_of(content))
    del values["type"]
    if kind in _ROWS:
        name, row = _ROWS[kind]
        values[name] = tuple(row(**each) for each in values[name])
    digest = sha256(_SORTED.encode(content)).digest()
    return Admitted(command=COMMANDS[kind](**values), digest=digest)


def _first_fault(fault: ValidationError) -> tuple[str, str]:
    """Return the top-level field to name: an unknown one before a missing or wrong one."""
    faults = fault.errors(include_url=False, include_input=False)
    unknown = [e for e in faults if e["type"] == "extra_forbidden" and len(e["loc"]) == 1]
    first = (unknown or faults)[0]
    field = str(first["loc"][0])
    if unknown:
        return field, f"there is no field {field} in this command"
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return field, f"{field} is missing"
    place = ".".join(str(step) for step in first["loc"])
    return field, f"{place}: {first['msg']}"


def _id_of(content: Mapping[str, Any]) -> str | None:
    name = content.get("command_id")
    return name if isinstance(name, str) else None


def refuse_nul(content: Mapping[str, Any]) -> Malformed | None:
    """Return the fault of a command that holds the character U+0000 somewhere."""
    for field, value in content.items():
        if _holds_nul(value):
            detail = f"take the character U+0000 out of {field}; no database keeps it"
            return Malformed(detail=detail, field=field, command_id=_id_of(content))
    return None


def _holds_nul(value: object) -> bool:
    inside = [value]
    while inside:
        each = inside.pop()
        if isinstance(each, dict):
            inside += [*each.keys(), *each.values()]
        elif isinstance(each, list):
            inside += each
        elif isinstance(each, str) and "\0" in each:
            return True
    return False


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it was written: two pairs may have one key."""

    def repeated(self) -> str | None:
        """Return the first key that stands a second time."""
        seen: set[str] = set()
        for name, _ in self:
            if name in seen:
                return name
            seen.add(name)
        return None


def _may_repeat_keys(line: bytes, content: object) -> bool:
    """Say whether a slow look for repeated keys is due: n texts under n keys have 4n quotes."""
    if not isinstance(content, dict):
        return False
    texts = set(map(type, content.values())) == {str}
    return not texts or line.count(b'"') != 4 * len(content) or line.find(b"\\") >= 0


def _repeated_key(line: bytes) -> str | None:
    """Return the field that stands twice, else the one in which a key does."""
    top = json.loads(line, object_pairs_hook=_Pairs, parse_int=str, parse_float=str)
    name: str | None = top.repeated()
    if name is not None:
        return name
    return next((name for name, value in top if _repeats(value)), None)


def _repeats(value: object) -> bool:
    """Say whether a key stands twice in an object anywhere inside."""
    inside = [value]
    while inside:
        each = inside.pop()
        if isinstance(each, _Pairs):
            if each.repeated() is not None:
                return True
            inside += [inner for _, inner in each]
        elif isinstance(each, list):
            inside += each
    return False
