"""`clearing run`: the long-running workers of a ledger on Kafka."""

from typing import Final

import click

from cli.options import chosen, common_options

_ROLES: Final = ("decider", "projector", "feed")


@click.command("run")
@click.option("--role", type=click.Choice([*_ROLES, "all"]), default="all", show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where health is answered.")
@click.option(
    "--port", type=click.IntRange(0, 65_000), help="Answer /live, /ready, /fresh, /metrics here."
)
@click.option(
    "--accept-unsafe", is_flag=True, help="Run although the doctor calls settings unsafe."
)
@common_options
@click.pass_context
def run(ctx: click.Context, role: str, host: str, port: int | None, *, accept_unsafe: bool) -> None:
    """Run workers until SIGTERM or Ctrl-C: decide commands, fold the books, feed balances."""
    from dataclasses import replace

    from bootstrap.workers import ROLES
    from bootstrap.workers import run as run_workers

    settings = chosen(ctx)
    if accept_unsafe:
        settings = replace(settings, accept_unsafe=True)
    roles = ROLES if role == "all" else [each for each in ROLES if each == role]
    run_workers(settings, roles, None if port is None else (host, port))


COMMANDS: Final[list[click.Command]] = [run]
