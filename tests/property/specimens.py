"""One plain event of every type: its values follow from names and types alone."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from ledger.vocabulary import ClaimId, CommandId, Period, RegionCode, Year

NAMED: Final = {RegionCode: "310000", Period: "202503", Year: 2025, ClaimId: "K1", CommandId: "C1"}
"""What a name of a specimen looks like; other texts are their field's name."""


def specimen(cls: Any, *, full: bool) -> Any:
    """Make an event of plain values that follow from names and types alone."""
    hints = get_type_hints(cls)
    needed = [each for each in fields(cls) if full or each.default is MISSING]
    return cls(**{each.name: plain(hints[each.name], each.name, full=full) for each in needed})


def plain(hint: Any, name: str, *, full: bool) -> Any:
    if is_dataclass(hint):
        return specimen(hint, full=full)
    if hint in NAMED:
        return NAMED[hint]
    kind = getattr(hint, "__supertype__", hint)
    origin, args = get_origin(kind), get_args(kind)
    simple = {str: f"{name} 名", int: 123_456_789, bool: True, date: date(2025, 3, 5)}
    if kind in simple:
        return simple[kind]
    if origin is Literal:
        return args[0] if full else args[-1]
    if origin in (Union, UnionType):
        (inner,) = (arg for arg in args if arg is not NoneType)
        return plain(inner, name, full=full) if full else None
    if origin is tuple:
        each = [plain(arg, name, full=full) for arg in args if arg is not Ellipsis]
        return tuple(each) if full or Ellipsis not in args else ()
    return {plain(args[0], name, full=full): plain(args[1], name, full=full)} if full else {}
