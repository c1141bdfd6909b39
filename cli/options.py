"""What many calls take: where log and books are, dates, months, regions."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import click

if TYPE_CHECKING:
    from bootstrap import Settings

F = TypeVar("F", bound=Callable[..., object])
SCHEMES: Final = ("CROSS_PROVINCE", "INTRA_PROVINCE", "INTRA_PREFECTURE")
"""As in ledger/vocabulary.py, which would take its time to load; a test compares."""


class Formed(click.ParamType[Any]):
    """A text of one form, or wrong usage."""

    form: ClassVar[re.Pattern[str]]
    example: ClassVar[str]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 -- click's signature
        """Return the text as it is. Wrong usage: any other form."""
        if not isinstance(value, str) or not self.form.fullmatch(value):
            self.fail(f"{value!r} is no {self.name}; write it as {self.example}", param, ctx)
        return value


class IsoDate(Formed):
    """A date of the calendar."""

    name = "date"
    form = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
    example = "2025-03-05"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 -- click's signature
        """Return the date. Wrong usage: a day that no calendar has."""
        if isinstance(value, date):
            return value
        text = super().convert(value, param, ctx)
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.fail(f"{value!r} is no day of the calendar", param, ctx)


class PeriodCode(Formed):
    """A month of clearing."""

    name = "period"
    form = re.compile(r"(?!0000)[0-9]{4}(0[1-9]|1[0-2])")
    example = "202503"


class RegionCode(Formed):
    """A region."""

    name = "region"
    form = re.compile(r"[0-9]{6}")
    example = "340000"


ISO_DATE: Final = IsoDate()
PERIOD: Final = PeriodCode()
REGION: Final = RegionCode()


def common_options(function: F) -> F:
    """Add --log and --db to a call; what stands after it goes before what stands before it."""
    log = click.option(
        "--log",
        metavar="URL",
        expose_value=False,
        callback=_override,
        help="Where the log is: sqlite:///PATH.",
    )
    db = click.option(
        "--db",
        metavar="URL",
        expose_value=False,
        callback=_override,
        help="Where the books are: sqlite:///PATH or postgresql://USER@HOST:PORT/NAME.",
    )
    return log(db(function))


def accept_unsafe(function: F) -> F:
    """Add --accept-unsafe to a call that writes."""
    return click.option(
        "--accept-unsafe",
        is_flag=True,
        expose_value=False,
        callback=_accept,
        help="Write although `clearing doctor` finds settings that may lose what was answered.",
    )(function)


def _accept(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        ctx.obj = replace(chosen(ctx), accept_unsafe=True)


def _override(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    if value is not None and param.name is not None:
        change: dict[str, Any] = {param.name: value}
        ctx.obj = replace(chosen(ctx), **change)


def chosen(ctx: click.Context) -> "Settings":
    """Return the settings of a call: those of the group, or the defaults where there is none."""
    if ctx.obj is None:
        import bootstrap

        ctx.obj = bootstrap.settings(None, None)
    settings: Settings = ctx.obj
    return settings
