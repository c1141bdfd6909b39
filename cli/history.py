"""`clearing history`, `clearing outcome`: one claim's life, one command's answer."""

import csv
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from cli.options import chosen, common_options

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("history")
@click.option("--claim", "claim_id", required=True, metavar="ID", help="The claim.")
@click.option("--format", "form", type=click.Choice(["table", "json", "csv"]), default="table")
@click.option("--at-position", type=click.IntRange(min=0), help="The log up to this record.")
@click.option("--wait-for", type=click.IntRange(min=0), help="Wait until the books are so far.")
@common_options
@click.pass_context
def history(
    ctx: click.Context, claim_id: str, form: str, at_position: int | None, wait_for: int | None
) -> None:
    """Show the ordered events of one claim, each with its postings."""
    import bootstrap
    from reports.reading import wait_for as wait

    with bootstrap.open_reader(chosen(ctx)) as (log, engine):
        if wait_for is not None:
            wait(engine, wait_for)
        document = bootstrap.history(log, engine, claim_id, at_position)
    if not document["events"]:
        message = f"there is no claim {claim_id} in the log"
        raise click.UsageError(message)
    if form == "json":
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    elif form == "csv":
        _print_rows(document)
    else:
        _print_history(document)


def _print_rows(document: "Mapping[str, Any]") -> None:
    """Write a row for each posting; an event without posting has one row all the same."""
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["position", "on", "type", "book", "debit", "credit", "amount"])
    for event in document["events"]:
        about = [event["position"], event["on"], event["type"]]
        for posting in event["postings"] or [dict.fromkeys(_POSTING, "")]:
            out.writerow([*about, *(posting[name] for name in _POSTING)])


_POSTING: Final = ("book", "debit", "credit", "amount")


def _print_history(document: "Mapping[str, Any]") -> None:
    click.echo(f"claim {document['claim_id']}, at position {document['position']}")
    for event in document["events"]:
        facts = {
            key: value
            for key, value in event["data"].items()
            if value is not None and key not in _ABOUT
        }
        click.echo(f"\n{event['on']}  {event['type']}  (position {event['position']})")
        click.echo("  " + ", ".join(f"{key} {_shown(value)}" for key, value in facts.items()))
        for posting in event["postings"]:
            book, amount = posting["book"], posting["amount"]
            click.echo(f"  {book}  Dr {posting['debit']:<40} {amount:>16}")
            click.echo(f"          Cr {posting['credit']:<40} {amount:>16}")


_ABOUT: Final = frozenset({"on", "claim_id"})


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return " + ".join(f"{key} {part}" for key, part in value.items())
    return str(value)


@click.command("outcome")
@click.argument("command_id")
@common_options
@click.pass_context
def outcome(ctx: click.Context, command_id: str) -> None:
    """Show the answer to one command."""
    import bootstrap
    from projections.database import translated

    with bootstrap.open_reader(chosen(ctx)) as (log, engine), translated():
        answer = bootstrap.answer(log, engine, command_id)
    if answer is None:
        click.echo(f"no command {command_id} has been answered", err=True)
        ctx.exit(1)
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


COMMANDS: Final[list[click.Command]] = [history, outcome]
