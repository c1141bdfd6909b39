"""Whatever a user can meet by name is in the documentation; the names are read from the code."""

import ast
import importlib
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum
from functools import cache

import click
import pytest

from tests.tidy.source import ROOT, complain, modules, name_of

METRIC_TYPES = frozenset({"Counter", "Gauge", "Histogram", "Info", "Summary"})
SETTING = re.compile(r"CLEARING_[A-Z][A-Z_]*")


@cache
def documentation() -> str:
    """Return all that a user can read: the README and docs/."""
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    return "\n".join(page.read_text("utf-8") for page in pages)


def undocumented(names: set[str]) -> list[str]:
    """Return the names that no page mentions as a word of its own."""
    return [
        name
        for name in sorted(names)
        if not re.search(rf"(?<!\w){re.escape(name)}(?![\w-])", documentation())
    ]


def defined(package: str, name: str) -> list[object]:
    """Return the objects that modules of the package define by this name at their top level."""
    found = []
    for module in modules(package):
        bound = {
            name_of(target)
            for node in module.tree.body
            for target in getattr(node, "targets", [getattr(node, "target", None)])
            if isinstance(target, ast.expr)
        }
        bound |= {node.name for node in module.tree.body if isinstance(node, ast.ClassDef)}
        if name in bound:
            found.append(getattr(importlib.import_module(module.dotted), name))
    return found


def members(union: object) -> Iterator[type]:
    """Yield the classes of a closed union, unions within it taken apart."""
    origin = typing.get_origin(union)
    if origin in {typing.Union, types.UnionType}:
        for part in typing.get_args(union):
            yield from members(part)
    elif origin is typing.Annotated:
        yield from members(typing.get_args(union)[0])
    elif isinstance(union, type):
        yield union


def wire_name(member: type) -> str:
    """Return a command's or event's tag, which is the class's name where it has none."""
    field = getattr(member, "__dataclass_fields__", {}).get("type")
    return (
        field.default if field is not None and isinstance(field.default, str) else member.__name__
    )


def the(name: str) -> list[object]:
    """Return what ledger/ calls by this name; nothing while there is no ledger/ yet."""
    found = defined("ledger", name)
    assert found or not modules("ledger"), (
        f"ledger/ defines no {name}: tell tests/tidy its new name."
    )
    return found


@pytest.mark.parametrize("union", ["Command", "Event"])
def test_every_command_and_event_is_documented(union):
    names = {wire_name(member) for found in the(union) for member in members(found)}
    assert names or not modules("ledger"), f"{union} is no union of classes: tell tests/tidy."
    complain(
        undocumented(names), f"Say in docs/ what each {union.lower()} means and when it comes."
    )


def test_every_reason_is_documented():
    reasons = {str(code) for found in the("Reason") for code in codes(found)}
    assert reasons or not modules("ledger"), (
        "Reason is neither an Enum nor a Literal: tell tests/tidy."
    )
    complain(
        undocumented(reasons), "Say in docs/ when a command is refused so, and what to do then."
    )


def codes(kind: object) -> Iterator[object]:
    """Yield the values of an Enum or of a (nested) Literal."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        yield from (member.value for member in kind)
    for value in typing.get_args(kind):
        if isinstance(value, str):
            yield value
        else:
            yield from codes(value)


def test_every_call_of_the_command_line_is_documented():
    if not modules("cli"):
        return
    program = vars(importlib.import_module("cli.main")).values()
    groups = [found for found in program if isinstance(found, click.Group)]
    assert groups, "cli/main.py shows no click group: tests/tidy reads the calls from it."
    calls = {call for group in groups for call in leaves(group, "clearing")}
    complain(undocumented(calls), "Show in docs/ (or the README) how each of these calls is used.")


def leaves(command: click.Command, path: str) -> Iterator[str]:
    """Yield every call below a group as a user types it."""
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            if not child.hidden:
                yield from leaves(child, f"{path} {name}")
    else:
        yield path


def test_every_setting_is_documented():
    settings = {match for module in modules("bootstrap") for match in SETTING.findall(module.text)}
    complain(undocumented(settings), "Say in docs/ what each setting does, and its default.")


def test_every_metric_is_documented():
    metrics = {
        str(node.args[0].value)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and name_of(node.func).split(".")[-1] in METRIC_TYPES
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and str(node.args[0].value).startswith("clearing_")
    }
    complain(undocumented(metrics), "Say in docs/ what each metric counts and what to alarm on.")
