"""`clearing generate`: realistic command files of any size, with the right answers beside them."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import click

from cli.options import PERIOD
from cli.progress import progress

if TYPE_CHECKING:
    from producers.national.plan import Plan


@click.command("generate")
@click.option("--regions", default=32, show_default=True, help="Provinces that take part, 2 to 32.")
@click.option("--months", default=3, show_default=True, help="Months with claims, 1 to 36.")
@click.option("--claims", default=100_000, show_default=True, help="Claims in all.")
@click.option("--seed", default=1, show_default=True, help="Another number, another file.")
@click.option(
    "--from",
    "first",
    type=PERIOD,
    default="202410",
    show_default=True,
    metavar="PERIOD",
    help="The first month, as 202410.",
)
@click.option(
    "--to-dir",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    metavar="DIR",
    help="Where commands.jsonl and answers.json are written.",
)
@click.option("--force", is_flag=True, help="Write them anew where they are already.")
@click.pass_context
def generate(  # noqa: PLR0917 -- click hands options over by keyword
    ctx: click.Context,
    regions: int,
    months: int,
    claims: int,
    seed: int,
    first: str,
    folder: Path,
    *,
    force: bool,
) -> None:
    """Write realistic commands for `submit`, and the answers that the reports must then give.

    Flows, amounts, splits and the monthly calendar follow published national figures. The file
    opens everything on the first day of the first month, and ends two months after the last month
    of claims: then its statements are made, and most of them paid. A ledger that has nothing else
    accepts every command. The same options give the same bytes.
    """
    from producers.national.generate import ANSWERS, COMMANDS
    from producers.national.generate import generate as write
    from producers.national.plan import Plan

    plan = Plan(regions=regions, months=months, claims=claims, seed=seed, first=first)
    _check_past(plan)
    _check_free(folder, (COMMANDS, ANSWERS), force=force)
    try:
        with progress("generating", claims) as show:
            made = write(plan, folder, show)
    except KeyboardInterrupt:
        click.echo("stopped; nothing was written", err=True)
        ctx.exit(130)
    click.echo(
        f"{folder / COMMANDS}: {made.commands} commands from {plan.start} to {plan.end},"
        f" {made.claims} of them claims, {made.breaks} breaks;"
        f" what reports must say of them is in {folder / ANSWERS}"
    )


COMMANDS: Final[list[click.Command]] = [generate]


def _check_past(plan: "Plan") -> None:
    """Refuse what no ledger would take today: a command may not be dated in the future."""
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    if plan.end > today:
        message = (
            f"the file would end on {plan.end}, and a ledger takes nothing that is dated after"
            f" today, {today}; choose an earlier --from or fewer --months"
        )
        raise click.UsageError(message)


def _check_free(folder: Path, names: tuple[str, ...], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        message = f"{click.format_filename(folder)} is no folder"
        raise click.UsageError(message)
    taken = [folder / name for name in names if (folder / name).exists()]
    if taken and not force:
        message = f"{click.format_filename(taken[0])} is there already; --force writes it anew"
        raise click.UsageError(message)
