"""The form of each command, made from the ledger's types. Source: commands.md, "Form".

A form checks one JSON object and returns it with amounts in fen and dates as dates.
"""

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import lru_cache
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from ledger.commands import Command
from ledger.money import fen
from ledger.vocabulary import ClaimId, CommandId, Fen, Period, RegionCode, Year

COMMANDS: Final[Mapping[str, type]] = {cls.__name__: cls for cls in get_args(Command)}
"""Each command type by its name."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_STRICT: Final = ConfigDict(extra="forbid", strict=True)


@lru_cache(maxsize=8_192)
def _date(text: str) -> date:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise PydanticCustomError("date", "write a real date, such as 2025-03-05")


Money = Annotated[str, Field(pattern=r"^[0-9]{1,13}\.[0-9]{2}$"), AfterValidator(fen)]
"""Yuan with two decimals, below 10**13: in fen exact in every JSON reader."""
IsoDate = Annotated[
    str, AfterValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
]
_WIRE: Final[Mapping[object, object]] = {
    str: str,
    bool: bool,
    date: IsoDate,
    Fen: Money,
    ClaimId: str,
    CommandId: Annotated[str, Field(min_length=1, max_length=64)],
    RegionCode: Annotated[str, Field(pattern=r"^[0-9]{6}$")],
    Period: Annotated[str, Field(pattern=r"^[0-9]{4}(0[1-9]|1[0-2])$")],
    Year: Annotated[int, Field(ge=1000, le=9999)],
}
_VALUE: Final = Annotated[str, Field(pattern=r"^[0-9]{1,15}(\.[0-9]{2})?$")]


def _wire(hint: Any) -> Any:  # noqa: ANN401 -- a type goes in, a type comes out
    """Return how a ledger type looks on the wire."""
    if hint in _WIRE:
        return _WIRE[hint]
    if is_dataclass(hint):
        return _form(cast("type", hint))
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return hint
    if origin is Union or origin is types.UnionType:
        (inner,) = (arg for arg in args if arg is not type(None))
        return _wire(inner)
    if origin is tuple and args[-1] is Ellipsis:
        return Annotated[list[_wire(args[0])], AfterValidator(tuple)]  # type: ignore[misc]
    if origin is tuple:
        exactly = Field(min_length=len(args), max_length=len(args))
        return Annotated[list[_wire(args[0])], exactly, AfterValidator(tuple)]  # type: ignore[misc]
    key, value = args
    return dict[key, _wire(value)]  # type: ignore[misc,valid-type]


def _form(cls: type, tag: str | None = None) -> Any:  # noqa: ANN401
    """Return the typed dictionary of a command or of a part of one."""
    hints = get_type_hints(cls)
    make: Any = TypedDict
    shape: dict[str, Any] = {"type": Literal[tag]} if tag else {}
    for item in fields(cls):
        kind = _VALUE if (cls.__name__, item.name) in _PATTERNS else _wire(hints[item.name])
        required = item.default is MISSING and item.default_factory is MISSING
        shape[item.name] = kind if required else NotRequired[kind]
    form: Any = make(cls.__name__, shape)
    form.__pydantic_config__ = _STRICT
    form.__doc__ = cls.__doc__
    return form


_PATTERNS: Final = frozenset({("SetPolicyParameter", "value")})
"""The texts that have a form of their own: a parameter's value."""

FORMS: Final[Mapping[str, TypeAdapter[dict[str, Any]]]] = {
    name: TypeAdapter(_form(cls, name)) for name, cls in COMMANDS.items()
}
"""The form of each command type."""

Fault = tuple[str, str]
"""The field at fault, and what to do."""


def _twice(field: str, names: list[str]) -> Fault | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return field, f"{name} stands twice in {field}"
        seen.add(name)
    return None


def _region(form: Mapping[str, Any]) -> Fault | None:
    if (form["level"] == "province") == ("parent" in form):
        return "parent", "a province has no parent, every other region needs one"
    return None


def _answer(form: Mapping[str, Any]) -> Fault | None:
    if form["result"] == "ISSUE" and "reason" not in form:
        return "reason", "ISSUE needs a reason"
    return None


def _lines(form: Mapping[str, Any]) -> Fault | None:
    if not form["lines"]:
        return "lines", "name at least one insured region"
    return _twice("lines", [line["insured_region"] for line in form["lines"]])


def _rows(form: Mapping[str, Any]) -> Fault | None:
    return _twice("rows", [row["claim_id"] for row in form["rows"]])


WHOLE: Final[Mapping[str, Callable[[Mapping[str, Any]], Fault | None]]] = {
    "RegisterRegion": _region,
    "AnswerInquiry": _answer,
    "PayHospital": _lines,
    "RecoverFromHospital": _lines,
    "ReportDailyClaims": _rows,
}
"""What a form says of several fields together."""
