"""The reports: one call each, one snapshot each, in the format that is asked for."""

from collections.abc import Callable
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import click

from cli.options import ISO_DATE, PERIOD, REGION, SCHEMES, chosen, common_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from bootstrap import Settings

Query: TypeAlias = "Callable[[Connection], Mapping[str, Any]]"
"""Makes a report's answer from one snapshot of the books."""
Ask: TypeAlias = "Callable[..., Query]"
COMMANDS: Final[list[click.Command]] = []
"""The calls of this module, for the program's group."""
FORMATS: Final = ("table", "json", "csv")

AS_OF: Final = click.option(
    "--as-of", type=ISO_DATE, required=True, metavar="DATE", help="Hold what is dated up to DATE."
)
MAYBE_AS_OF: Final = click.option(
    "--as-of", type=ISO_DATE, metavar="DATE", help="Hold what is dated up to DATE; else all."
)
SCHEME: Final = click.option(
    "--scheme", type=click.Choice(SCHEMES), required=True, help="Who clears with whom."
)
OF_PERIOD: Final = click.option(
    "--period", type=PERIOD, required=True, metavar="YYYYMM", help="The month of clearing."
)
MAYBE_PERIOD: Final = click.option(
    "--period", type=PERIOD, metavar="YYYYMM", help="One month of clearing; else every one."
)
OF_REGION: Final = click.option(
    "--region", type=REGION, metavar="CODE", help="One region; else every one."
)
COUNTERPARTY: Final = click.option(
    "--counterparty", type=REGION, metavar="CODE", help="With one other region; else every one."
)


def report(name: str, *options: Callable[[Any], Any]) -> Callable[[Ask], Ask]:
    """Make a call of a function that returns a query: it reads, renders and prints."""

    def decorate(ask: Ask) -> Ask:
        def call(ctx: click.Context, /, output_format: str, **args: Any) -> None:  # noqa: ANN401 -- click's values
            how = {key: args.pop(key) for key in ("at_position", "wait_for")}
            query = ask(**args)
            with books(chosen(ctx), **how) as connection:
                document = query(connection)
            from cli.render import write

            write(name, document, output_format)

        callback = click.pass_context(call)
        for option in reversed((*options, *_HOW, common_options)):
            callback = option(callback)
        COMMANDS.append(click.command(name, help=ask.__doc__)(callback))
        return ask

    return decorate


_HOW: Final = (
    click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="How the answer is written.",
    ),
    click.option(
        "--at-position",
        type=click.IntRange(min=0),
        metavar="N",
        help="Hold the log up to position N; past positions may take a few seconds.",
    ),
    click.option(
        "--wait-for",
        type=click.IntRange(min=0),
        metavar="N",
        help="Wait, 30 seconds at most, until the books hold position N.",
    ),
)


@contextmanager
def books(
    settings: "Settings", *, at_position: int | None = None, wait_for: int | None = None
) -> "Iterator[Connection]":
    """Read the books as one snapshot: as they are, or as they were at a past position."""
    import bootstrap
    from projections.database import snapshot

    if wait_for is not None:
        from reports.reading import wait_for as wait

        with bootstrap.reading_books(settings) as engine:
            wait(engine, wait_for)
    with (
        bootstrap.reading_books(settings, at=at_position) as engine,
        snapshot(engine) as connection,
    ):
        yield connection


@report("trial-balance", AS_OF)
def trial_balance(as_of: date) -> Query:
    """Show what each book holds: a column a book, a row an account family, debit positive."""
    from reports.trial_balance import trial_balance

    return lambda connection: trial_balance(connection, as_of)


@report("balances", AS_OF, OF_REGION, COUNTERPARTY)
def balances(as_of: date, region: str | None, counterparty: str | None) -> Query:
    """Show every account that is not 0.00, with its dimensions, debit positive."""
    from reports.balances import balances

    return lambda connection: balances(connection, as_of, region, counterparty)


@report("statement", SCHEME, OF_PERIOD, MAYBE_AS_OF)
def statement(scheme: Any, period: str, as_of: date | None) -> Query:  # noqa: ANN401
    """Show the clearing table of a month: what each insured region owes each treatment region."""
    from reports.statement import statement

    return lambda connection: statement(connection, scheme, period, as_of)


@report("notices", SCHEME, OF_PERIOD, OF_REGION, MAYBE_AS_OF)
def notices(scheme: Any, period: str, region: str | None, as_of: date | None) -> Query:  # noqa: ANN401
    """Show the payment and receipt notices of a month; `*` marks a return."""
    from reports.notices import notices

    return lambda connection: notices(connection, scheme, period, region, as_of)


@report("payments", SCHEME, MAYBE_PERIOD, AS_OF)
def payments(scheme: Any, period: str | None, as_of: date) -> Query:  # noqa: ANN401
    """Show how far each statement line is paid, and how late."""
    from reports.payments import payments

    return lambda connection: payments(connection, scheme, as_of, period)


@report("pools", AS_OF)
def pools(as_of: date) -> Query:
    """Show each advance pool: quota, principal, usage and level, and what of it is free."""
    from reports.pools import pools

    return lambda connection: pools(connection, as_of)


@report("breaks", AS_OF)
def breaks(as_of: date) -> Query:
    """Show the differences found by reconciliation, how old each is and whose."""
    from reports.breaks import breaks

    return lambda connection: breaks(connection, as_of)
