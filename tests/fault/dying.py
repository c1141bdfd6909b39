"""Kill this very program between two of its steps: before or after the n-th call of a function."""

import os
import signal
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from typing import Any, Literal

from eventlog import sqlite


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Step:
    """The n-th time that a function is called, before it has begun or after it has ended."""

    when: Literal["before", "after"]
    function: str  # "module:Class.method" or "module:function"
    number: int = 1

    def __str__(self) -> str:
        return f"{self.when} {self.function.partition(':')[2]} {self.number}"

    def arm(self) -> None:
        """Change this process so that it dies there."""
        module, _, path = self.function.partition(":")
        *owners, name = path.split(".")
        owner: Any = import_module(module)
        for each in owners:
            owner = getattr(owner, each)
        setattr(owner, name, self.deadly(getattr(owner, name)))

    def deadly(self, function: Callable[..., Any]) -> Callable[..., Any]:
        calls = count(1)

        def called(*args: Any, **named: Any) -> Any:
            last = next(calls) == self.number
            if last and self.when == "before":
                die()
            answer = function(*args, **named)
            if last and self.when == "after":
                die()  # who was only frozen before the call goes on after it
            return answer

        return called


@dataclass(frozen=True)
class Commit:
    """The n-th transaction of the log: written and not committed, or just committed."""

    when: Literal["before", "after"]
    number: int = 1

    def __str__(self) -> str:
        return f"{self.when} COMMIT {self.number} of the log"

    def arm(self) -> None:
        opened = sqlite._opened
        deadly = Step(self.when, "", self.number).deadly
        commit = deadly(lambda execute, *query: execute(*query))

        def armed(*args: Any, **named: Any) -> Any:
            return Armed(opened(*args, **named), commit)

        sqlite._opened = armed


class Armed:
    """A connection whose COMMIT goes through a deadly function."""

    def __init__(self, db: sqlite3.Connection, commit: Callable[..., Any]) -> None:
        self._db = db
        self._commit = commit

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, query: str, *values: Any) -> Any:
        if query == "COMMIT":
            return self._commit(self._db.execute, query)
        return self._db.execute(query, *values)


def dies(arm: Callable[[], None], work: Callable[[], object]) -> bool:
    """Do the work in a copy of this process, armed; tell whether it was killed on its way."""
    child = os.fork()
    if child == 0:
        try:
            arm()
            work()
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
