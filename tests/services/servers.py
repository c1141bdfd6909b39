"""PostgreSQL from its installed programs: one server in a folder of its own."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Final

from .processes import Child, ServiceError, accepts, free_port, run, wait_for

POSTGRES_LEAST: Final = 15
START_S: Final = 60.0
ROOM: Final = {"shared_buffers": "1GB", "maintenance_work_mem": "256MB", "max_wal_size": "4GB"}
"""What docs/operations.md recommends and docker-compose.yml sets; used only as far as needed."""
_USER: Final = "clearing"


class Server(Child):
    """A server with one role and no password, on a loopback port; not started yet."""

    def __init__(self, folder: Path, *, death: signal.Signals | None = signal.SIGQUIT) -> None:
        """Make the cluster; as root another user owns it, since PostgreSQL refuses root."""
        programs = binaries()
        user = _other_user()
        self.port = free_port()
        data = folder / "data"
        folder.mkdir(parents=True, exist_ok=True)
        who = {}
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
            who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        initdb = [str(programs / "initdb"), "-D", str(data), "-U", _USER, "--auth=trust", "-N"]
        run([*initdb, "--encoding=UTF8", "--locale=C"], "initdb", cwd=folder, **who)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "60",
            "log_min_messages": "warning",
            **ROOM,
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        super().__init__(
            [str(programs / "postgres"), "-D", str(data), *options],
            folder=folder,
            user=user,
            stop=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            death=death,
        )

    @property
    def url(self) -> str:
        """Where the server is, as CLEARING_DB says it."""
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        super().start()
        wait_for(self.answers, self, START_S, "PostgreSQL")

    def answers(self) -> bool:
        """Tell whether a session can be had."""
        import psycopg

        if not accepts(self.port):
            return False
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def binaries() -> Path:
    """Return the folder of a PostgreSQL that is new enough. Raises: ServiceError."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    for place in places:
        program = place / "postgres"
        if program.exists() and (place / "initdb").exists():
            said = subprocess.run([program, "--version"], capture_output=True, check=False).stdout
            version = re.search(rb"(\d+)", said)
            if version and int(version[1]) >= POSTGRES_LEAST:
                return place
    raise ServiceError(
        f"a local PostgreSQL {POSTGRES_LEAST} or newer is needed: install it (Debian, Ubuntu:"
        " apt-get install postgresql), or say where a server is: CLEARING_TEST_DB"
    )


def _number(place: Path) -> int:
    name = place.parent.name
    return int(name) if name.isdigit() else 0


def _other_user() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceError("PostgreSQL does not run as root: add a user `postgres`")
