"""`clearing rebuild`, `verify`, `doctor`: does everything still agree?"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from cli.options import chosen, common_options

_NAMES: Final = (
    "commands",
    "decider",
    "balances",
    "clearing",
    "pools",
    "breaks",
    "histories",
)
"""As in projections/tables.py, which would take its time to load; a test compares."""


@click.command("rebuild")
@click.option("--projection", type=click.Choice(_NAMES), help="Only this one.")
@click.option("--replace", is_flag=True, help="Let the new copy take over even if it differs.")
@common_options
@click.pass_context
def rebuild(ctx: click.Context, projection: str | None, *, replace: bool) -> None:
    """Fold projections again from the log beside the live ones, compare, and switch."""
    import bootstrap

    names = (projection,) if projection else _NAMES
    settings = chosen(ctx)
    with _progress("folding") as show:
        results = bootstrap.rebuild(settings, names, replace=replace, progress=show)
    for result in results:
        found = result.difference
        if found is None:
            click.echo(f"{result.projection}: equal at position {result.position}, switched")
            continue
        done = "replaced" if result.switched else "both stay"
        click.echo(f"{result.projection}: differs at position {result.position}, {done}")
        click.echo(f"  table {found.table}, row {found.key}")
        click.echo(f"  the books say {found.live}\n  the log says  {found.again}")
    if any(result.difference for result in results):
        ctx.exit(1)


@click.command("verify")
@common_options
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Check every record of the log, fold it again and compare; nothing is changed."""
    import bootstrap

    settings = chosen(ctx)
    with _progress("checking") as show:
        findings = bootstrap.verify(settings, show)
    for finding in findings:
        click.echo(finding)
    if findings:
        ctx.exit(1)
    click.echo("the log is whole, and the books are what it says")


@click.command("doctor")
@common_options
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Check the configuration and the stores: settings, disk space, who writes."""
    import bootstrap

    checks = bootstrap.doctor(chosen(ctx))
    for check in checks:
        click.echo(f"{'ok  ' if check.well else 'FAIL'}  {check.name}: {check.detail}")
    if not all(check.well for check in checks):
        ctx.exit(1)


COMMANDS: Final[list[click.Command]] = [rebuild, verify, doctor]


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int], None]]:
    """Show a count of records on a terminal; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn(what), TextColumn("{task.completed:,} records"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda count: bar.advance(task, count)
