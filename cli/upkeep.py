"""`clearing rebuild`, `verify`, `doctor`: does everything still agree?"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from cli.options import chosen, common_options
from cli.progress import progress

if TYPE_CHECKING:
    from bootstrap.upkeep import Rebuilt

_NAMES: Final = (
    "commands",
    "decider",
    "balances",
    "clearing",
    "pools",
    "breaks",
    "histories",
)
"""As in projections/tables.py, which would take its time to load; a test compares.

The feed is folded again only where it is named: its readers hear of what it changes.
"""


FORMAT: Final = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table"
)
PROCESSES: Final = click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="Fold the log in so many processes; by default one for each core, if it is long.",
)


@click.command("rebuild")
@click.option("--projection", type=click.Choice([*_NAMES, "feed"]), help="Only this one.")
@click.option("--replace", is_flag=True, help="Let the new copy take over even if it differs.")
@PROCESSES
@FORMAT
@common_options
@click.pass_context
def rebuild(
    ctx: click.Context,
    projection: str | None,
    processes: int | None,
    form: str,
    *,
    replace: bool,
) -> None:
    """Fold projections again from the log beside the live ones, compare, and switch."""
    import bootstrap

    names = (projection,) if projection else _NAMES
    settings = chosen(ctx)
    with progress("folding") as show:
        results = bootstrap.rebuild(
            settings, names, replace=replace, processes=processes, progress=show
        )
    position = min(result.position for result in results)
    parts = [asdict(result) for result in results]
    lines = [line for result in results for line in _told(result)]
    _answer(form, {"position": position, "projections": parts}, lines)
    if any(result.difference for result in results):
        ctx.exit(1)


def _told(result: "Rebuilt") -> Iterator[str]:
    found = result.difference
    if found is None:
        yield f"{result.projection}: equal at position {result.position}, switched"
        return
    done = "replaced" if result.switched else "both stay"
    yield f"{result.projection}: differs at position {result.position}, {done}"
    yield f"  table {found.table}, row {found.key}"
    yield f"  the books say {found.live}"
    yield f"  the log says  {found.again}"


@click.command("verify")
@PROCESSES
@FORMAT
@common_options
@click.pass_context
def verify(ctx: click.Context, processes: int | None, form: str) -> None:
    """Check every record of the log, fold it again and compare; nothing is changed."""
    import bootstrap

    settings = chosen(ctx)
    with progress("checking") as show:
        position, findings = bootstrap.verify(settings, processes=processes, progress=show)
    good = f"the log is whole, and the books are what it says, at position {position}"
    _answer(form, {"position": position, "findings": findings}, findings or [good])
    if findings:
        ctx.exit(1)


@click.command("doctor")
@FORMAT
@common_options
@click.pass_context
def doctor(ctx: click.Context, form: str) -> None:
    """Check the configuration and the stores: settings, disk space, who writes."""
    import bootstrap

    position, checks = bootstrap.doctor(chosen(ctx))
    lines = [f"{'ok  ' if each.well else 'FAIL'}  {each.name}: {each.detail}" for each in checks]
    parts = [asdict(check) for check in checks]
    _answer(form, {"position": position, "checks": parts}, lines)
    if not all(check.well for check in checks):
        ctx.exit(1)


def _answer(form: str, document: object, lines: Iterable[str]) -> None:
    if form == "json":
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        for line in lines:
            click.echo(line)


COMMANDS: Final[list[click.Command]] = [rebuild, verify, doctor]
