"""What the house rules look at: the source packages, parsed once, and every text of the tree."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

# architecture.md, "Folders and the direction of imports": who may import which of ours.
MAY_IMPORT: Final[dict[str, frozenset[str]]] = {
    "ledger": frozenset(),
    "schemas": frozenset({"ledger"}),
    "eventlog": frozenset({"ledger", "schemas"}),
    "projections": frozenset({"ledger", "schemas"}),
    "reports": frozenset({"ledger", "projections"}),
    "producers": frozenset({"ledger", "schemas", "eventlog"}),
    "consumers": frozenset({"ledger", "schemas", "eventlog", "projections"}),
    "api": frozenset({"schemas", "projections", "reports", "producers"}),
    "web": frozenset({"schemas", "projections", "reports", "producers"}),
    "cli": frozenset({"bootstrap", "schemas", "projections", "reports", "producers"}),
}
BOOTSTRAP: Final = "bootstrap"  # the one package that may import everything
OURS: Final = frozenset({*MAY_IMPORT, BOOTSTRAP})
NOT_SOURCE: Final = frozenset({"benchmarks", "examples", "requirements", "tests"})
PASSED_OVER: Final = frozenset({"build", "dist", "htmlcov", "node_modules", "__pycache__"})


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file: its place, its text, its syntax tree."""

    path: Path  # relative to the root
    text: str
    tree: ast.Module

    @property
    def package(self) -> str:
        """The top-level name that it is imported by."""
        return self.path.parts[0].removesuffix(".py")

    @property
    def dotted(self) -> str:
        """The name that it is imported by."""
        return ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")

    def at(self, node: ast.AST) -> str:
        """Where a node stands, as editors and reviewers read it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Return the source modules of these packages, or of all; those not written yet have none."""
    return tuple(_parse(path) for name in sorted(packages or OURS) for path in _files(name))


def _files(name: str) -> list[Path]:
    single = ROOT / f"{name}.py"
    return [*([single] if single.is_file() else []), *sorted((ROOT / name).rglob("*.py"))]


@cache
def _parse(path: Path) -> Module:
    text = path.read_text("utf-8")
    return Module(path=path.relative_to(ROOT), text=text, tree=ast.parse(text, str(path)))


@cache
def tree_files() -> tuple[Path, ...]:
    """Return every file that is, or could be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_walk(ROOT)))
    return tuple(path for name in sorted(listed.split("\0")) if (path := ROOT / name).is_file())


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files of a tree that is no git clone, an unpacked archive for instance."""
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name != ".ci"
        if path.is_file():
            yield path
        elif not hidden and path.name not in PASSED_OVER and not path.name.endswith(".egg-info"):
            yield from _walk(path)


def complain(findings: list[str], advice: str) -> None:
    """Fail with every finding on a line of its own, and what to do about them."""
    if findings:
        pytest.fail("\n".join([advice, *findings]), pytrace=False)


def name_of(node: ast.expr) -> str:
    """Return the dotted name that an expression spells: "datetime.now"; empty if it is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return ""
