"""All roles in one call: they end with what started them, and say together why."""

import os
from pathlib import Path

from tests.cli.program import run

from .site import Site, until


def test_workers_end_with_their_parent_however_it_ends(site: Site):
    """Goal: kill -9 of `run --role all` leaves nobody who decides beside the next one."""
    parent = site.run("all")
    until(parent.active, "it decides")
    children = children_of(parent.pid)
    assert len(children) >= 3
    parent.kill()
    took_s = until(lambda: not any(map(runs, children)), "they have ended", 20)
    assert took_s < 15
    following = site.run("all")
    until(following.active, "the next one decides")
    following.stop()
    assert following.ended() == 0, following.output()


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found]


def runs(pid: int) -> bool:
    """Tell whether a process has not ended; nobody may have asked how."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_stops_all_workers_is_said_once(site: Site):
    """Unsafe settings stop each of them, at about the same moment."""
    ended = run("run", "--role", "all", *site.words, env={**site.own, "CLEARING_ACCEPT_UNSAFE": ""})
    assert ended.status == 2, ended
    assert ended.err.count("accept it with --accept-unsafe") == 1, ended.err
    assert "Traceback" not in ended.err
