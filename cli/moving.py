"""`clearing copy-log`: carry a whole log elsewhere."""

from dataclasses import replace
from typing import Final

import click

from cli.options import chosen
from cli.progress import progress


@click.command("copy-log")
@click.option("--from", "source", metavar="URL", required=True, help="The log to copy.")
@click.option("--to", "target", metavar="URL", required=True, help="Where it goes on.")
@click.pass_context
def copy_log(ctx: click.Context, source: str, target: str) -> None:
    """Carry a whole log elsewhere, byte for byte, and close it where it was.

    Positions and ids stay. The target is empty, or holds the beginning of the same log: what was
    interrupted goes on. A log is sqlite:///PATH or kafka://HOST:PORT[,HOST:PORT...].
    """
    import bootstrap

    settings = chosen(ctx)
    with progress("copying") as show:
        records, parked = bootstrap.copy_log(
            replace(settings, log=source), replace(settings, log=target), show
        )
    click.echo(f"{records} records and {parked} parked lines are at {target}, checked;")
    click.echo(f"{source} is closed: use --log {target} from now on")


COMMANDS: Final[list[click.Command]] = [copy_log]
