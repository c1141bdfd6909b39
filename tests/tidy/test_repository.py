import os
import re
import socket
import sysconfig
import tomllib
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.tidy.source import NOT_SOURCE, OURS, ROOT, complain, tree_files

# What belongs to one person's machine, or to one network, and to nobody who clones the project.
PRIVATE = {
    "a path of one machine": r"(?<![\w.~$}/-])/(?:home|Users|root|work|workspaces?|mnt|builds)/[\w.-]+",
    "a Windows path": r"\b[A-Z]:\\\\?Users\\",
    "a registry's address": r"\b(?:pypi|files\.pythonhosted|repo1?\.maven|registry\.npmjs)\.[a-z]",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "a merge that was not finished": r"^(?:<{7}|>{7}) ",
}
# Set by people and machines that reach packages their own way; the value is nobody else's business.
LOCAL_SETTINGS = re.compile(r"(?:PIP|UV)_.*(?:URL|LINKS|HOST)|(?:https?|all)_proxy", re.IGNORECASE)
TEXT_BYTES_MAX = 2_000_000


def texts() -> list[tuple[Path, str]]:
    """Return every text file that is, or could be, committed."""
    return [
        (path.relative_to(ROOT), raw.decode("utf-8", "replace"))
        for path in tree_files()
        if path.stat().st_size <= TEXT_BYTES_MAX and b"\0" not in (raw := path.read_bytes())
    ]


def own_words() -> dict[str, str]:
    """Return what this machine and its network can be recognized by, and where that is from."""
    words = {value: name for name, value in os.environ.items() if LOCAL_SETTINGS.fullmatch(name)}
    words[socket.gethostname()] = "the host's name"
    # Shorter words, and words without a number or a path, can be words of the language.
    return {word: name for word, name in words.items() if re.search(r"(?=.*[\d/]).{8}", word)}


@pytest.mark.parametrize("what", sorted(PRIVATE))
def test_no_file_holds(what):
    pattern = re.compile(PRIVATE[what], re.MULTILINE)
    findings = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]
    complain(findings, f"A file holds {what}: use a path relative to the project, or a setting.")


def test_no_file_names_this_machine():
    words = own_words().items()
    findings = [f"{path}: {name}" for path, text in texts() for word, name in words if word in text]
    complain(findings, "A file names the machine or the network it was written on: take it out.")


def test_no_dependency_takes_a_name_of_ours():
    installed = Path(sysconfig.get_path("purelib"))
    taken = [
        name
        for name in sorted(OURS | NOT_SOURCE)
        if (installed / name).exists() or (installed / f"{name}.py").exists()
    ]
    complain(taken, "A package of the lock brings a folder with a name of ours and would win.")


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_lock_is_exact_and_hashed_and_holds_no_address(kind):
    text = (ROOT / "requirements" / f"{kind}.lock").read_text("utf-8")
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    findings = [
        entry.splitlines()[0]
        for entry in entries
        if not re.match(
            r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==\S+ \\\n +--hash=sha256:[0-9a-f]{64}", entry
        )
    ]
    findings += re.findall(r"^.*(?:://|^-).*$", text, flags=re.MULTILINE)
    complain(findings, "A lock holds exact versions with hashes and nothing else: make lock")


def locked(kind: str) -> dict[str, Requirement]:
    """Return what a lock pins, by name."""
    lines = (ROOT / "requirements" / f"{kind}.lock").read_text("utf-8").splitlines()
    pins = [Requirement(line.split(" ")[0]) for line in lines if re.match(r"\w.*==", line)]
    return {pin.name: pin for pin in pins}


def wanted(kind: str) -> list[Requirement]:
    """Return what the project asks for, and what each package of its lock asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = [*project["dependencies"]]
    if kind == "dev":
        named += project["optional-dependencies"]["dev"]
    for pin in locked(kind).values():
        with suppress(PackageNotFoundError):  # made for other systems
            named += requires(pin.name) or []
    asked = map(Requirement, named)
    return [each for each in asked if each.marker is None or each.marker.evaluate({"extra": ""})]


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_lock_holds_what_is_asked_for(kind):
    """A pin names the extras too: else pip takes the newest version of `name[extra]` for it."""
    pins = locked(kind)
    findings = [
        f"{kind}.lock has {pin}, not {each}"
        for each in wanted(kind)
        if (pin := pins.get(canonicalize_name(each.name))) is None
        or not each.specifier.contains(str(pin.specifier).removeprefix("=="))
        or not each.extras <= pin.extras
    ]
    complain(findings, "The locks are not what is asked for: make lock")
