"""No space: a sentence, exit status 3, nothing lost; with space again the same call goes on.

Two kinds of full disk: a limit on the size of any file, which every system has, and, where the
kernel lets us mount one, a real small disk in a mount namespace of its own.
"""

import re
import resource
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.cli.program import START, Done, Place, environment, outcomes_in

from .books import assert_same, first_answers, holds, verified
from .test_kills import assert_told_is_kept

SLOW = (
    "import producers.files; producers.files._CHUNK_BYTES = 16_384;"
    f"import consumers.embedded; consumers.embedded._PROJECT_S = 0.0; {START}"
)
"""Many batches, and the books written after each, as a slow day's are."""


class Limit:
    """A disk on which no file grows beyond a size."""

    def __init__(self, folder: Path, kib: int) -> None:
        self.folder = folder
        self.bytes = kib * 1024

    def run(self, *words: str, stdin: bytes = b"") -> Done:
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (self.bytes, self.bytes))
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, *words],
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=limit,  # noqa: PLW1509 -- no thread runs here
        )
        out, err = process.communicate(stdin)
        return Done(process.returncode, out.decode(), err.decode())

    def enlarge(self) -> None:
        self.bytes = resource.RLIM_INFINITY

    def seen(self, ample: Path, full: Path) -> Place:
        """The ledger as it can be looked at from here: in one folder."""
        copies = full.with_name("seen")
        shutil.rmtree(copies, ignore_errors=True)
        shutil.copytree(full, copies)
        shutil.copytree(ample, copies, dirs_exist_ok=True)
        return Place(copies)

    def close(self) -> None:
        pass


NAMESPACE = ("unshare", "--map-root-user", "--mount")


class Disk:
    """A real disk of some KiB; only processes inside its namespace see it."""

    def __init__(self, folder: Path, kib: int) -> None:
        self.folder = folder
        script = f'mount -t tmpfs -o size={kib}k small "$0" && echo ready && exec cat'
        self.holder = subprocess.Popen(
            [*NAMESPACE, "sh", "-c", script, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.holder.stdout is not None
        self.ready = self.holder.stdout.readline() == b"ready\n"

    def _inside(self, *command: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        enter = ("nsenter", f"--target={self.holder.pid}", "--user", "--mount")
        return subprocess.run(
            [*enter, "--preserve-credentials", *command],
            env=environment(),
            input=stdin,
            capture_output=True,
            check=False,
        )

    def run(self, *words: str, stdin: bytes = b"") -> Done:
        done = self._inside(sys.executable, "-c", SLOW, *words, stdin=stdin)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def enlarge(self) -> None:
        done = self._inside("mount", "-o", "remount,size=64m", str(self.folder))
        assert done.returncode == 0, done.stderr

    def seen(self, ample: Path, full: Path) -> Place:
        """The ledger as it can be looked at from here: in one folder."""
        copies = full.with_name("seen")
        shutil.rmtree(copies, ignore_errors=True)
        shutil.copytree(ample, copies)
        done = self._inside("cp", "-r", f"{full}/.", str(copies))
        assert done.returncode == 0, done.stderr
        return Place(copies)

    def close(self) -> None:
        self.holder.communicate()


def mountable() -> bool:
    with suppress(OSError):
        mount = ("mount", "-t", "tmpfs", "small", "/tmp")
        return (
            subprocess.run([*NAMESPACE, *mount], capture_output=True, check=False).returncode == 0
        )
    return False


CASES = [
    pytest.param(Limit, 256, ("log", "books"), id="a limit on each file"),
    *(
        [
            pytest.param(Disk, 384, ("log",), id="the disk of the log"),
            pytest.param(Disk, 420, ("books",), id="the disk of the books"),
            pytest.param(Disk, 800, ("log", "books"), id="one disk for both"),
            pytest.param(Disk, 160, ("log",), id="a disk that cannot take the first batch"),
            pytest.param(Disk, 64, ("log",), id="a disk that cannot take the log's tables"),
            pytest.param(Disk, 64, ("books",), id="a disk that cannot take the tables"),
        ]
        if mountable()
        else []
    ),
]


@pytest.fixture
def folders(tmp_path):
    """An ample folder and one that the small disk is."""
    made = tmp_path / "ample", tmp_path / "small"
    for folder in made:
        folder.mkdir()
    return made


def has_tables(log):
    with closing(sqlite3.connect(log)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master")]
    assert "retired" in names or not names, "made by half"
    return bool(names)


@pytest.mark.parametrize(("kind", "kib", "small"), CASES)
def test_a_full_disk_stops_the_call_and_space_lets_it_go_on(kind, kib, small, folders, short):
    """Goal: steps 3 and 5 split by the disk. Method: fill it, look, give space, run again."""
    ample, full = folders
    out = ample / "out"
    place = {name: (full if name in small else ample) / f"{name}.db" for name in ("log", "books")}
    urls = ("--log", f"sqlite:///{place['log']}", "--db", f"sqlite:///{place['books']}")
    words = ("submit", "-", "--outcomes", str(out), *urls)
    disk = kind(full, kib)
    try:
        stopped = disk.run(*words, stdin=short.stream)
        assert stopped.status == 3, stopped
        assert "Traceback" not in stopped.err
        assert stopped.out == ""
        said = [line for line in stopped.err.splitlines() if not line.startswith("<stdin>:")]
        assert len(said) == 1, said
        assert re.match(r"clearing: (the log \S+|the database) cannot be used: ", said[0])
        assert kind is Limit or said[0].endswith("database or disk is full")
        there = disk.seen(ample, full)
        told = assert_told_is_kept(there, out) if has_tables(there.log) else 0
        assert told < len(short.answers) or small == ("books",)
        disk.enlarge()
        ended = disk.run(*words, stdin=short.stream)
        assert ended.status == 1, ended
        there = disk.seen(ample, full)
    finally:
        disk.close()
    assert first_answers(outcomes_in(out)) == short.answers
    assert_same(holds(there), short.holds, f"{kind.__name__} {kib} {small}")
    assert verified(there) == []


@pytest.mark.parametrize("what", ["--outcomes", "stdout"])
def test_an_output_that_cannot_be_written_is_told(what, new_place, short):
    """The kernel's own full device; what was decided is kept."""
    place = new_place()
    if what == "--outcomes":
        done = place.run("submit", "-", "--outcomes", "/dev/full", stdin=short.stream)
    else:
        with Path("/dev/full").open("wb") as full:
            process = place.start("submit", "-", stdin=subprocess.PIPE, stdout=full)
            _, errors = process.communicate(short.stream)
            done = Done(process.returncode, "", errors.decode())
    assert done.status == 3
    assert "Traceback" not in done.err
    assert "Exception ignored" not in done.err
    assert done.err.splitlines()[-1] == "clearing: No space left on device"
    again = place.call("submit", "-", stdin=short.stream)
    assert again.out.startswith("0 accepted, ")
    assert_same(holds(place), short.holds, what)
