"""The program `clearing`: reads its arguments, calls the rest, ends with a status."""

import atexit
import importlib
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

import click

_WHERE: Final[Mapping[str, str]] = {
    "demo": "cli.demo",
    "submit": "cli.submit",
    "run": "cli.run",
    "trial-balance": "cli.reports",
    "balances": "cli.reports",
    "statement": "cli.reports",
    "notices": "cli.reports",
    "payments": "cli.reports",
    "pools": "cli.reports",
    "breaks": "cli.reports",
    "history": "cli.history",
    "outcome": "cli.history",
    "rebuild": "cli.upkeep",
    "verify": "cli.upkeep",
    "doctor": "cli.upkeep",
    "copy-log": "cli.moving",
    "generate": "cli.generate",
}
"""Each call and its module; only that of the call in use is imported."""


class _Calls(click.Group):
    """A group that imports a call when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Return the calls in the order of a day's work."""
        return list(_WHERE)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a call by its name."""
        if cmd_name not in _WHERE:
            return None
        module = importlib.import_module(_WHERE[cmd_name])
        commands: list[click.Command] = module.COMMANDS
        return next(command for command in commands if command.name == cmd_name)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 -- click's signature
        """Run a call; a report whose reader has seen enough is done, a submission is not."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _drop_output()
            ctx.exit(3 if ctx.invoked_subcommand == "submit" else 0)


@click.group(cls=_Calls, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--log", metavar="URL", help="The log, sqlite:///PATH or kafka://HOST:PORT (or CLEARING_LOG)."
)
@click.option("--db", metavar="URL", help="The database, sqlite:///PATH (or CLEARING_DB).")
@click.version_option(package_name="clearing")
@click.pass_context
def clearing(ctx: click.Context, log: str | None, db: str | None) -> None:
    """Inter-region clearing of medical insurance: commands in, correct books out."""
    if log or db:
        from bootstrap import settings

        ctx.obj = settings(log, db)


def main() -> None:
    """Run the program; a user's mistake ends in one sentence, never in a traceback."""
    from bootstrap import ending

    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # all is said by then
    # What fails is raised to here; SQLAlchemy would besides tell of a close that Ctrl-C cut short.
    # Kafka's client tells of each broker that it looks for; what it gives up on is raised too.
    for name in ("sqlalchemy", "kafka"):
        logging.getLogger(name).addHandler(logging.NullHandler())
    try:
        with ending(lambda sentence: click.echo(f"clearing: {sentence}", err=True)):
            status = clearing.main(prog_name="clearing", standalone_mode=False)
            sys.stdout.flush()
    except click.ClickException as wrong:
        wrong.show()
        status = wrong.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; what was answered is kept, the same call goes on", err=True)
        status = 130
    except OSError as fault:
        _drop_output()
        place = f"{fault.filename}: " if fault.filename else ""
        click.echo(f"clearing: {place}{fault.strerror}", err=True)
        status = 3
    sys.exit(status)


def _drop_output() -> None:
    """Let the end of the process not try again to write what cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
