"""`clearing run`: the long-running workers of a ledger on Kafka."""

from typing import Final

import click

from cli.options import accept_unsafe, chosen, common_options

_ROLES: Final = ("decider", "projector", "feed")


@click.command("run")
@click.option("--role", type=click.Choice([*_ROLES, "all"]), default="all", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where health is answered.")
@click.option(
    "--port", type=click.IntRange(0, 65_000), help="Answer /live, /ready, /fresh, /metrics here."
)
@accept_unsafe
@common_options
@click.pass_context
def run(ctx: click.Context, role: str, host: str, port: int | None) -> None:
    """Run workers until SIGTERM or Ctrl-C: decide commands, fold the books, feed balances."""
    from bootstrap.workers import ROLES
    from bootstrap.workers import run as run_workers

    roles = ROLES if role == "all" else [each for each in ROLES if each == role]
    run_workers(chosen(ctx), roles, None if port is None else (host, port))


COMMANDS: Final[list[click.Command]] = [run]
