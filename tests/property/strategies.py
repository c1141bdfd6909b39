"""Values of the ledger's own types, made from their annotations."""

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from ledger.money import yuan
from ledger.vocabulary import CommandId, Fen, Period, RegionCode, Year
from schemas.envelope import EVENTS
from schemas.forms import COMMANDS

Kinds = Mapping[object, st.SearchStrategy[Any]]

SAFE: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps."""
TEXT: Final = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
EVENT_KINDS: Final[Kinds] = {
    RegionCode: st.from_regex(r"\A[0-9]{6}\Z"),
    Period: st.from_regex(r"\A[0-9]{4}(0[1-9]|1[0-2])\Z"),
    Fen: st.integers(min_value=0, max_value=SAFE),
    int: st.integers(min_value=-SAFE, max_value=SAFE),
    str: TEXT,
    bool: st.booleans(),
    date: st.dates(),
    type(None): st.none(),
}
"""What an event may hold; wider than what the rules make."""
COMMAND_KINDS: Final[Kinds] = {
    **EVENT_KINDS,
    Fen: st.integers(min_value=0, max_value=10**15 - 1),
    CommandId: TEXT.filter(bool),
    Year: st.integers(min_value=1000, max_value=9999),
    date: st.dates(min_value=date(1000, 1, 1)),
}
"""What a command may hold by its form."""
PARAMETER_VALUE: Final = st.from_regex(r"\A[0-9]{1,15}(\.[0-9]{2})?\Z")


def values(hint: Any, kinds: Kinds = EVENT_KINDS) -> st.SearchStrategy[Any]:
    """Return values of a type as the ledger annotates it."""
    if hint in kinds:
        return kinds[hint]
    if is_dataclass(hint):
        return records(hint, kinds)
    if hasattr(hint, "__supertype__"):
        return values(hint.__supertype__, kinds)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return st.sampled_from(args)
    if origin is Union or origin is types.UnionType:
        return st.one_of(*(values(arg, kinds) for arg in args))
    if origin is tuple and args[-1] is Ellipsis:
        return st.lists(values(args[0], kinds), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(values(arg, kinds) for arg in args))
    key, value = args
    return st.dictionaries(values(key, kinds), values(value, kinds), max_size=4)


def records(cls: Any, kinds: Kinds = EVENT_KINDS) -> st.SearchStrategy[Any]:
    """Return values of a dataclass in which every field is drawn, with or without a default."""
    hints = get_type_hints(cls)
    drawn = {each.name: values(hints[each.name], kinds) for each in fields(cls)}
    if cls.__name__ == "SetPolicyParameter":
        drawn["value"] = PARAMETER_VALUE
    return st.builds(cls, **drawn)


EVENT: Final = st.one_of(*(records(cls) for cls in EVENTS.values()))
"""Any event of any type."""
COMMAND: Final = st.one_of(*(records(cls, COMMAND_KINDS) for cls in COMMANDS.values()))
"""Any command of any type; some are of the wrong form as a whole."""


def sent(command: Any) -> dict[str, Any]:
    """Return a command as a client writes it; what is None is left out."""
    return {"type": type(command).__name__, **_written(command)}


def _written(value: Any) -> dict[str, Any]:
    hints = get_type_hints(type(value))
    pairs = ((each, getattr(value, each.name)) for each in fields(value))
    return {
        each.name: _wire(hints[each.name], held)
        for each, held in pairs
        if held is not None or each.default is MISSING
    }


def _wire(hint: Any, value: Any) -> Any:
    """Return a value as JSON says it: fen as yuan, dates as text."""
    args = [arg for arg in get_args(hint) if arg is not type(None)]
    if hint is Fen or (Fen in args and not isinstance(value, tuple | dict)):
        return yuan(value)
    if is_dataclass(value):
        return _written(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        inner = args[0] if get_origin(hint) is tuple else get_args(args[0])[0]
        return [_wire(inner, each) for each in value]
    if isinstance(value, dict):
        return {key: yuan(each) for key, each in value.items()}
    return value
