"""Child processes that do not outlive this one, free ports, and waiting with a bound."""

import os
import pwd
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from random import SystemRandom
from time import monotonic, sleep
from typing import Final

LOG_TAIL: Final = 2_000
_STOP_S: Final = 20.0
_PORTS: Final = (15_000, 32_000)
_CHANCE: Final = SystemRandom()
"""Two runs of the tests with one seed must not take one port."""
_LAUNCH: Final = """
import ctypes, os, sys
death, user, *command = sys.argv[1:]
libc = ctypes.CDLL(None)
if user:
    uid, gid = map(int, user.split(":"))
    os.setgroups([]); os.setgid(gid); os.setuid(uid)
if int(death) and hasattr(libc, "prctl"):
    parent = os.getppid()
    libc.prctl(1, int(death))
    if os.getppid() != parent:
        sys.exit("the parent has died")
os.execvp(command[0], command)
"""
"""Becomes another user, asks to be told of the parent's death, and then is the command."""


class ServiceError(Exception):
    """A service cannot be had; the sentence says what to install."""


class Child:
    """A process that can be killed, frozen, woken up and started again."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        user: pwd.struct_passwd | None = None,
        environ: Mapping[str, str] = os.environ,
        stop: signal.Signals = signal.SIGTERM,
        death: signal.Signals | None = signal.SIGKILL,
    ) -> None:
        """Say what to run; `death` is the signal that it gets when this process dies."""
        who = f"{user.pw_uid}:{user.pw_gid}" if user else ""
        self._command = [sys.executable, "-I", "-c", _LAUNCH, str(int(death or 0)), who, *command]
        self._folder = folder
        self._environ = environ
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's number while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Run it; what it prints goes to `out` in its folder."""
        with (self._folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,  # Ctrl-C is the tests' matter
            )

    def running(self) -> bool:
        """Tell whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it in good order; after a while by force."""
        if self.running():
            self.resume()
            self._signal(self._stop)
            try:
                self._wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it as a crash would."""
        if self.running():
            self._signal(signal.SIGKILL)
            self._wait(_STOP_S)

    def pause(self) -> None:
        """Freeze it."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def output(self) -> str:
        """Return the end of all that it and its logs said."""
        texts = [path.read_text("utf-8", "replace") for path in sorted(self._folder.glob("*out*"))]
        return "\n".join(text[-LOG_TAIL:] for text in texts)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _wait(self, timeout: float) -> None:
        assert self._process is not None
        self._process.wait(timeout)


def free_port(following: int = 0) -> int:
    """Return a loopback port that nobody listens on, nor on so many after it.

    It lies below those that outgoing connections are given, which take one at any moment.
    """
    while True:
        port = _CHANCE.randrange(*_PORTS)
        with suppress(OSError), ExitStack() as probes:
            for each in range(port, port + following + 1):
                probes.enter_context(socket.socket()).bind(("127.0.0.1", each))
            return port


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Tell whether somebody listens on a port."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(ready: Callable[[], bool], child: Child | None, timeout_s: float, what: str) -> None:
    """Wait until a service is ready. Raises: ServiceError with what it said."""
    deadline = monotonic() + timeout_s
    while not ready():
        dead = child is not None and not child.running()
        if dead or monotonic() > deadline:
            said = child.output() if child else ""
            raise ServiceError(f"{what} did not start in {timeout_s:.0f} s\n{said}")
        sleep(0.05)


def run(command: Sequence[str], what: str, **more: object) -> None:
    """Run a program to its end. Raises: ServiceError with what it said."""
    done = subprocess.run(command, capture_output=True, check=False, **more)  # type: ignore[call-overload]
    if done.returncode != 0:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")[-LOG_TAIL:]
        raise ServiceError(f"{what} failed with status {done.returncode}\n{said}")
