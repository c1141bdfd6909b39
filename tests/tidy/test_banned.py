import ast

from tests.tidy.source import MAY_IMPORT, OURS, Module, complain, modules, name_of

EXACT = ("ledger", "schemas", "projections")  # where money is: int fen, Decimal only in between
CATCH_ALL = frozenset({"Exception", "BaseException"})


def is_float(node: ast.AST) -> bool:
    """Tell whether a node is a float literal or names the type, in a quoted annotation too."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float | complex)
    return isinstance(node, ast.Name) and node.id in {"float", "complex"}


def quoted_annotations(module: Module) -> list[ast.AST]:
    """Return the nodes of annotations that are written as strings."""
    found: list[ast.AST] = []
    for node in ast.walk(module.tree):
        for value in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                quoted = ast.walk(ast.parse(value.value, mode="eval"))
                found += [ast.copy_location(part, value) for part in quoted]
    return found


def test_no_float_comes_near_money():
    findings = [
        f"{module.at(node)}: {ast.unparse(node)}"
        for module in modules(*EXACT)
        for node in [*ast.walk(module.tree), *quoted_annotations(module)]
        if is_float(node)
    ]
    complain(
        findings,
        "Binary fractions lose fen. Amounts are int fen; a quotient is a Decimal, rounded once, in"
        " ledger/money.py; a share is counted in ten-thousandths, a time-out in milliseconds.",
    )


def test_ledger_divides_only_in_money():
    findings = [
        f"{module.at(node)}: {ast.unparse(node)}"
        for module in modules("ledger")
        if module.dotted != "ledger.money"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
    ]
    complain(
        findings,
        "`/` makes a float of two ints. Use `//`, or a function of ledger/money.py that rounds once.",
    )


def test_print_is_for_the_command_line():
    findings = [
        f"{module.at(node)}: print"
        for module in modules(*OURS - {"cli"})
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name) and node.id == "print"
    ]
    complain(findings, "Only cli/ prints. Return the value, write to a stream, or log it.")


MAY_CATCH_ALL = frozenset(
    # a command that the program itself fails on is answered `decider_fault`, the ledger goes on
    {"consumers/decider.py"}
)


def test_nobody_catches_everything_but_bootstrap():
    findings = [
        f"{module.at(node)}: {what}"
        for module in modules(*MAY_IMPORT)
        if str(module.path) not in MAY_CATCH_ALL
        for node in ast.walk(module.tree)
        if (what := catches_all(node))
    ]
    complain(
        findings,
        "Catch the errors that this place can do something about, by name; what nobody expects"
        " must reach bootstrap/, which stops the process. To clean up use `finally`, `with`, or end in a bare `raise`.",
    )


def catches_all(node: ast.AST) -> str:
    """Return how a node catches whatever comes; empty if it does not, or hands it on with `raise`."""
    if isinstance(node, ast.ExceptHandler):
        last = node.body[-1]
        if isinstance(last, ast.Raise) and last.exc is None:
            return ""
        if node.type is None:
            return "except:"
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = [name_of(part).split(".")[-1] for part in caught]
        return next((f"except {name}" for name in names if name in CATCH_ALL), "")
    if isinstance(node, ast.Call) and name_of(node.func).split(".")[-1] == "suppress":
        names = [name_of(part).split(".")[-1] for part in node.args]
        return next((f"suppress({name})" for name in names if name in CATCH_ALL), "")
    return ""
