import ast
from collections.abc import Iterator

from tests.tidy.source import Module, complain, modules

EXPLAINED = ("ledger", "schemas", "eventlog", "projections")


def public(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Yield the functions and classes that other modules may use."""
    for node in module.tree.body:
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and "overload" not in map(ast.unparse, node.decorator_list)
        ):
            yield node


def test_public_names_say_what_they_guarantee():
    findings = [
        f"{module.at(node)}: {node.name}"
        for module in modules(*EXPLAINED)
        if "migrations" not in module.path.parts  # upgrade and downgrade are Alembic's names
        for node in public(module)
        if not (ast.get_docstring(node) or "").strip()
    ]
    complain(
        findings,
        "Say in one sentence what it returns or guarantees; add Shape, Units, Raises, Source where"
        " they tell something. Or begin the name with _ if nobody else needs it.",
    )
