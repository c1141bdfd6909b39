"""Compare what a ledger reports with the answers that `clearing generate` wrote beside a file.

A cell that the answers leave out is free, null and an empty text are the same, rows may come in any
order. Every row named must be there; beyond them only empty pools and books, and payments without a
notice.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.scenario.compare import KEY_FIELDS, counts, plain

Ask = Callable[[str, Sequence[str]], Any]
"""Makes a report: its name and its arguments, and its JSON document back."""


def read(folder: Path) -> Mapping[str, Any]:
    """Return the answers beside a generated file."""
    answers: Mapping[str, Any] = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return answers


def differences(answers: Mapping[str, Any], ask: Ask) -> Iterator[str]:
    """Return where a ledger's reports differ from the answers, one sentence each."""
    for report in answers["reports"]:
        where = " ".join([report["report"], *report["args"]])
        yield from cells(report["answer"], ask(report["report"], report["args"]), where)


def cells(expected: object, actual: object, where: str) -> Iterator[str]:
    """Return where an answer differs in the cells that are named."""
    if isinstance(expected, Mapping):
        found = actual if isinstance(actual, Mapping) else {}
        for name, value in expected.items():
            yield from cells(value, found.get(name), f"{where}: {name}")
        yield from _too_many(expected, found, where)
    elif isinstance(expected, list) and expected and isinstance(expected[0], Mapping):
        yield from _rows(expected, actual, where)
    elif plain(expected) != plain(actual):
        yield f"{where} is {actual!r}, not {expected!r}"


def _too_many(expected: Mapping, actual: Mapping, where: str) -> Iterator[str]:
    """Return which books or regions stand beyond those named; a book of 0.00 may."""
    if not all(isinstance(value, Mapping) for value in expected.values()):
        return
    for name in actual.keys() - expected.keys():
        if isinstance(actual[name], Mapping) and any(
            value != "0.00" for value in actual[name].values()
        ):
            yield f"{where} has {name} too many"


def _rows(expected: Sequence[Mapping], actual: object, where: str) -> Iterator[str]:
    names = [name for name in KEY_FIELDS if name in expected[0]]
    found = {
        tuple(row.get(name) for name in names): row
        for row in (actual if isinstance(actual, list) else ())
    }
    for row in expected:
        key = tuple(row[name] for name in names)
        if key in found:
            yield from cells(row, found.pop(key), f"{where} {key}")
        else:
            yield f"{where} has no row {key}"
    yield from (f"{where} has a row {key} too many" for key, row in found.items() if counts(row))
