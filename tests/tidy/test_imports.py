import ast
import sys
from collections.abc import Iterator

from tests.tidy.source import (
    BOOTSTRAP,
    MAY_IMPORT,
    NOT_SOURCE,
    OURS,
    ROOT,
    Module,
    complain,
    modules,
    name_of,
)

# In the law of money nothing may depend on when, where or how often it runs.
IMPURE_MODULES = frozenset(
    [
        "asyncio",
        "concurrent",
        "ctypes",
        "glob",
        "http",
        "importlib",
        "io",
        "locale",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "queue",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "zoneinfo",
    ]
)
IMPURE_NAMES = frozenset({"__import__", "exec", "eval", "input", "open", "print"})
IMPURE_METHODS = frozenset({"now", "today", "utcnow", "utcfromtimestamp", "uuid1", "uuid4"})

# Objects that hold a connection to the world: who may make one.
CLIENTS = {
    "KafkaAdminClient": {"eventlog"},
    "KafkaConsumer": {"eventlog"},
    "KafkaProducer": {"eventlog"},
    "create_engine": {"projections"},
    "engine_from_config": {"projections"},
}
ADAPTERS = ("eventlog.memory", "eventlog.sqlite", "eventlog.kafka")


def imported(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield each import with the full dotted name that it asks for."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node)
            yield from ((node, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            first, called = node.args[0], name_of(node.func).split(".")[-1]
            if called in {"__import__", "import_module"} and isinstance(first, ast.Constant):
                yield node, str(first.value)


def absolute(module: Module, node: ast.ImportFrom) -> str:
    """Return the module that a `from` names, relative ones resolved."""
    if not node.level:
        return node.module or ""
    parents = module.path.with_suffix("").parts[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def test_imports_follow_the_table_of_the_architecture():
    findings = []
    for module in modules(*MAY_IMPORT):
        for node, name in imported(module):
            target = name.split(".")[0]
            known = target in OURS | NOT_SOURCE
            if known and target not in MAY_IMPORT[module.package] | {module.package}:
                findings.append(f"{module.at(node)}: {module.package} imports {name}")
    complain(
        findings,
        "An arrow that docs/architecture.md does not draw. Move the code to where the arrow is"
        " allowed, or hand the object in from bootstrap/; a new arrow needs an ADR.",
    )


def test_bootstrap_imports_no_tests():
    findings = [
        f"{module.at(node)}: {name}"
        for module in modules(BOOTSTRAP)
        for node, name in imported(module)
        if name.split(".")[0] in NOT_SOURCE
    ]
    complain(findings, "The program must not need its tests or benchmarks: move what both need.")


def test_every_python_folder_has_its_line_in_the_table():
    folders = {
        path.relative_to(ROOT).parts[0]
        for path in ROOT.glob("*/*.py")
        if not path.relative_to(ROOT).parts[0].startswith(".")
    }
    folders |= {path.stem for path in ROOT.glob("*.py")}
    complain(
        sorted(folders - OURS - NOT_SOURCE - {"build", "conftest"}),
        "A package that the table of imports does not know. Give it a line in docs/architecture.md,"
        " in MAY_IMPORT (tests/tidy/source.py) and in pyproject.toml.",
    )


def test_every_source_folder_is_a_package():
    folders = {module.path.parent for module in modules() if module.path.parent.parts}
    findings = [
        str(folder)
        for folder in sorted(folders)
        if folder.name != "versions" and not (ROOT / folder / "__init__.py").is_file()
    ]
    complain(findings, "Without __init__.py, what no test imports escapes the coverage: add one.")


def test_ledger_imports_only_pure_modules_of_the_standard_library():
    findings = []
    for module in modules("ledger"):
        for node, name in imported(module):
            target = name.split(".")[0]
            pure = target in sys.stdlib_module_names and target not in IMPURE_MODULES
            if target != "ledger" and not pure:
                findings.append(f"{module.at(node)}: {name}")
    complain(
        findings,
        "ledger/ is a pure function of its arguments: no clock, no randomness, no I/O, no package."
        " Take the value as an argument, or put a port into ledger/ports.py.",
    )


def test_ledger_reads_no_clock_and_does_no_io():
    findings = []
    for module in modules("ledger"):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Name) and node.id in IMPURE_NAMES | IMPURE_METHODS:
                findings.append(f"{module.at(node)}: {node.id}")
            elif isinstance(node, ast.Attribute) and node.attr in IMPURE_METHODS:
                findings.append(f"{module.at(node)}: {name_of(node)}")
    complain(
        findings,
        "ledger/ asks nobody what time it is and mints no ids: both come with the command.",
    )


def test_only_bootstrap_reads_the_environment():
    findings = [
        f"{module.at(node)}: {name}"
        for module in modules(*MAY_IMPORT)
        for node, name in environment_reads(module)
    ]
    complain(
        findings,
        "Only bootstrap/ reads settings. Take the setting as an argument, and document it.",
    )


def environment_reads(module: Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what reads the process's environment, whatever name it was imported by."""
    names = {"environ", "environb", "getenv", "getenvb"}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in names:
            yield node, name_of(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            yield from ((node, alias.name) for alias in node.names if alias.name in names)


def test_only_bootstrap_builds_adapters():
    findings = []
    for module in modules(*MAY_IMPORT):
        for node in ast.walk(module.tree):
            called = name_of(node.func).split(".")[-1] if isinstance(node, ast.Call) else ""
            if called in CLIENTS and module.package not in CLIENTS[called]:
                findings.append(f"{module.at(node)}: {called}()")
        if module.package != "eventlog":
            findings += [
                f"{module.at(node)}: imports {name}"
                for node, name in imported(module)
                if name.startswith(ADAPTERS)
            ]
    complain(
        findings,
        "Only bootstrap/ chooses and builds what touches the world. Take the port as an argument"
        " (ledger/ports.py) and let bootstrap/ hand it in.",
    )
