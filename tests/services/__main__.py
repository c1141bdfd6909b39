"""`make kafka-up`, `kafka-down`, `pg-up`, `pg-down`: the tests' services, by hand."""

import os
import shutil
import signal
import sys
from pathlib import Path
from tempfile import mkdtemp
from time import sleep

from .brokers import ROOT, Brokers
from .processes import ServiceError
from .servers import Server

STATE = ROOT / ".services"
STOP_S = 20


def up(name: str) -> str:
    """Start a service that outlives this program, and return its URL."""
    place = STATE / f"{name}.running"
    if place.exists():
        return place.read_text().split()[0]
    folder = Path(mkdtemp(prefix=f"clearing-{name}-"))
    folder.chmod(0o755)
    service = Brokers(folder, death=None) if name == "kafka" else Server(folder, death=None)
    service.start()
    pids = [node.pid for node in service.nodes] if isinstance(service, Brokers) else [service.pid]
    STATE.mkdir(exist_ok=True)
    place.write_text(f"{service.url} {folder} {' '.join(map(str, pids))}\n")
    return service.url


def down(name: str) -> str:
    """Stop it and remove its folder."""
    place = STATE / f"{name}.running"
    if not place.exists():
        return f"{name} was not started from here"
    _, folder, *pids = place.read_text().split()
    for pid in map(int, pids):
        _end(pid, folder)
    shutil.rmtree(folder, ignore_errors=True)
    place.unlink()
    return f"{name} is stopped"


def _end(pid: int, folder: str) -> None:
    """End a process if the number is still that of the one that was started in the folder."""
    for number in (signal.SIGINT, signal.SIGKILL):
        for turn in range(STOP_S * 10):
            if not _runs(pid, folder):
                return
            if turn == 0:
                os.kill(pid, number)
            sleep(0.1)


def _runs(pid: int, folder: str) -> bool:
    try:
        return folder in Path(f"/proc/{pid}/cmdline").read_text() and not _zombie(pid)
    except OSError:
        return False


def _zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


if __name__ == "__main__":
    name, _, what = sys.argv[1].partition("-")
    try:
        print((up if what == "up" else down)(name))
    except ServiceError as fault:
        sys.exit(str(fault))
