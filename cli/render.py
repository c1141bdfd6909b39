"""Writes an answer as a table, as JSON or as CSV; the same bytes for the same answer.

Tables are laid out here and not by a library, which would need seconds for a thousand rows.
Numbers are never cut: where a table is too wide, the columns that matter least are left out, and
named below it.
"""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from io import StringIO
from itertools import chain, repeat
from shutil import get_terminal_size
from typing import Any, Final, NamedTuple, TypeAlias
from unicodedata import combining, east_asian_width

import click

Document: TypeAlias = Mapping[str, Any]
Row: TypeAlias = Mapping[str, Any]

WIDTH: Final = 100
"""The width of a table that is written to a file or a pipe."""
_GAP: Final = "  "


class Column(NamedTuple):
    """A field of a row: how it is titled and shown; columns of the highest rank go first."""

    field: str
    title: str
    rank: int = 0
    right: bool = False
    short: tuple[tuple[str, str], ...] = ()
    """Words that a table writes shorter."""


class Grid(NamedTuple):
    """Rows in columns, and a last row of sums where there is one."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    sums: Row | None = None


class Filled(NamedTuple):
    """A column with its texts, and how many cells of a terminal the widest one takes."""

    column: Column
    texts: Sequence[str]
    narrow: bool
    """Whether each character of the texts takes one cell."""
    width: int


def _text(field: str, title: str = "", rank: int = 0) -> Column:
    return Column(field, title or field.replace("_", " "), rank)


def _number(field: str, title: str = "", rank: int = 0) -> Column:
    return Column(field, title or field.replace("_", " "), rank, right=True)


_ENDS: Final = (_text("insured_region", "insured"), _text("treatment_region", "treated"))
COLUMNS: Final[Mapping[str, Sequence[Column]]] = {
    "trial-balance": (_text("book"), _text("family"), _number("amount")),
    "balances": (
        _text("book"),
        _text("account", rank=9),
        _text("family"),
        _text("counterparty"),
        _text("clearing_class", "class"),
        _text("item"),
        _text("institution"),
        _number("amount"),
    ),
    "statement": (
        *_ENDS,
        _number("visits", rank=2),
        _number("medfee_sumamt", "total fee", 4),
        _number("employee", rank=1),
        _number("resident", rank=1),
        _number("deduction", rank=3),
        _number("net"),
        _number("principal"),
        _number("usage_percent", "usage %"),
        _text("level"),
        _text("status"),
        _text("digest", rank=9),
    ),
    "notices": (
        _text("region"),
        _text("side"),
        _text("counterparty"),
        _text("marked", "*"),
        _number("employee"),
        _number("resident"),
        _number("amount"),
    ),
    "payments": (
        _text("period"),
        *_ENDS,
        Column("direction", "*", short=(("clearing", ""), ("return", "*"))),
        _number("amount"),
        _number("paid", rank=6),
        _number("received", rank=5),
        _text("paid_on", rank=1),
        _text("received_on", rank=4),
        _text("submit_due", rank=2),
        _text("pay_due"),
        _text("state"),
        _number("late_working_days", "late wd"),
        _text("missed_next_clearing", "missed next", 7),
    ),
    "pools": (
        *_ENDS,
        _number("quota", rank=3),
        _number("principal"),
        _number("unfunded", rank=5),
        _number("in_transit", rank=2),
        _text("clearing_period", "period", 1),
        _number("clearing_amount", "clearing", 4),
        _number("usage_percent", "usage %"),
        _text("level"),
        _number("in_use"),
        _number("free"),
    ),
    "breaks": (
        _text("break_id", "break"),
        _text("category", rank=9),
        _text("insured_region", "insured", 3),
        _text("treatment_region", "treated", 3),
        _text("claim_id", "claim", 9),
        _number("difference"),
        _text("opened_on", "opened"),
        _number("age_days", "days"),
        _text("bucket", rank=6),
        _text("owner", rank=2),
        _text("state"),
        _text("resolved_on", "resolved", 5),
        _text("resolution", rank=1),
    ),
}
"""The fields of each report's rows, in their order."""
_LIQUIDITY: Final = (
    _text("treatment_region", "all pools of"),
    _number("principal"),
    _number("in_use"),
    _number("free"),
)
_TITLES: Final = {
    "trial-balance": "Trial balance, debit positive",
    "balances": "Balances, debit positive",
    "statement": "Clearing statement",
    "notices": "Payment and receipt notices (* = return)",
    "payments": "Payments (* = return)",
    "pools": "Advance pools",
    "breaks": "Breaks",
}
_COLOURS: Final = {
    **dict.fromkeys(("YELLOW", "SUBMIT_OVERDUE", "ESCALATED", "31-60"), "yellow"),
    **dict.fromkeys(
        (
            "RED",
            "PAY_OVERDUE",
            "MISSED_NEXT_CLEARING",
            "OVER_TWO_PERIODS",
            "PAST_YEAR_LIMIT",
            ">60",
        ),
        "red",
    ),
    **dict.fromkeys(("RECEIVED", "RESOLVED", "CLOSED"), "green"),
}


def write(name: str, document: Document, output_format: str) -> None:
    """Print an answer; on a terminal in its width and with colours."""
    terminal = sys.stdout.isatty()
    width = get_terminal_size().columns if terminal else WIDTH
    text = render(name, document, output_format, width=width, colours=terminal)
    click.echo(text.encode(), nl=False)


def render(
    name: str,
    document: Document,
    output_format: str,
    *,
    width: int = WIDTH,
    colours: bool = False,
) -> str:
    """Return an answer as text that ends its last line."""
    if output_format == "json":
        return as_json(document)
    if output_format == "csv":
        return as_csv(name, document)
    return as_table(name, document, width=width, colours=colours)


def as_json(document: Document) -> str:
    """Return one JSON document, indented by two."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def as_csv(name: str, document: Document) -> str:
    """Return a header and the rows, each with what the whole answer is of, and its position."""
    fields = [column.field for column in COLUMNS[name]]
    of = [key for key in ("scheme", "period", "as_of") if key in document and key not in fields]
    written = StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow([*of, *fields, "position"])
    before, after = [document[key] for key in of], [document["position"]]
    for row in flat(name, document):
        writer.writerow(chain(before, map(_csv_cell, map(row.get, fields)), after))
    return written.getvalue()


def _csv_cell(value: object) -> object:
    return str(value).lower() if isinstance(value, bool) else value


def flat(name: str, document: Document) -> Sequence[Row]:
    """Return an answer's rows, each with the fields of `COLUMNS`."""
    if name == "trial-balance":
        return [
            {"book": book, "family": family, "amount": amount}
            for book, families in document["books"].items()
            for family, amount in families.items()
        ]
    if name == "notices":
        return [
            {"region": region, "side": side, **line}
            for region, sides in document["notices"].items()
            for side, lines in sides.items()
            for line in lines
        ]
    rows: Sequence[Row] = document["rows"]
    return rows


def as_table(name: str, document: Document, *, width: int = WIDTH, colours: bool = False) -> str:
    """Return an answer for people: title, table, position."""
    lines = [_styled(_title(name, document), colours=colours, bold=True)]
    left_out: list[str] = []
    for grid in _grids(name, document, width):
        columns = [_filled(column, grid) for column in grid.columns]
        shown = _fitting(columns, width)
        left_out += [each.column.title for each in columns if each not in shown]
        lines += ["", *_laid_out(shown, grid, colours=colours)]
    notes = [f"at position {document['position']}"]
    if left_out:
        notes.append(f"not shown: {', '.join(left_out)}")
    lines += ["", "; ".join(notes)]
    return "\n".join(lines) + "\n"


def _title(name: str, document: Document) -> str:
    parts = [_TITLES[name], *(document.get(key) for key in ("scheme", "period"))]
    if document.get("as_of"):
        parts.append(f"as of {document['as_of']}")
    return "   ".join(part for part in parts if part)


def _grids(name: str, document: Document, width: int) -> Iterable[Grid]:
    if name == "trial-balance":
        return _books(document, width)
    grid = Grid(COLUMNS[name], flat(name, document))
    if name == "statement":
        return [grid._replace(sums={"insured_region": "total", **document["totals"]})]
    if name == "pools":
        return [grid, Grid(_LIQUIDITY, document["liquidity"])]
    return [grid]


def _books(document: Document, width: int) -> Iterable[Grid]:
    """Return a column a book and a row a family, so many books at a time as there is room for."""
    books, sums = document["books"], document["sums"]
    if not books:
        yield Grid(COLUMNS["trial-balance"], ())
        return
    families = list(next(iter(books.values())))
    label = max(map(len, families))
    block: list[str] = []
    left = width - label
    for book in books:
        cells = (*books[book].values(), sums[book], book)
        needed = max(len(_shown(cell)) for cell in cells) + len(_GAP)
        if block and needed > left:
            yield _block(block, families, document)
            block, left = [], width - label
        block.append(book)
        left -= needed
    yield _block(block, families, document)


def _block(block: Sequence[str], families: Sequence[str], document: Document) -> Grid:
    rows = [
        {"family": family, **{book: document["books"][book][family] for book in block}}
        for family in families
    ]
    sums = {"family": "sum", **{book: document["sums"][book] for book in block}}
    columns = [_text("family", " "), *(_number(book) for book in block)]
    return Grid(columns, rows, sums)


def _filled(column: Column, grid: Grid) -> Filled:
    """Return a column's texts, that of the sums last, and the cells that the widest one takes."""
    rows = grid.rows if grid.sums is None else (*grid.rows, grid.sums)
    texts = [_shown(row.get(column.field)) for row in rows]
    if column.short:
        short = dict(column.short)
        texts = [short.get(text, text) for text in texts]
    narrow = "".join(texts).isascii()
    widths = map(len if narrow else _cells, texts)
    return Filled(column, texts, narrow, max(chain([_cells(column.title)], widths)))


def _fitting(columns: Sequence[Filled], width: int) -> Sequence[Filled]:
    """Return the columns that there is room for; those of rank 0 always stay."""
    shown = list(columns)
    while sum(each.width + len(_GAP) for each in shown) - len(_GAP) > width:
        last = max(each.column.rank for each in shown)
        if not last:
            break
        shown = [each for each in shown if each.column.rank < last]
    return shown


def _laid_out(columns: Sequence[Filled], grid: Grid, *, colours: bool) -> Iterable[str]:
    rule = _GAP.join("─" * each.width for each in columns)
    titles = [_padded(each.column.title, each, colours=False) for each in columns]
    yield _styled(_GAP.join(titles).rstrip(), colours=colours, bold=True)
    yield rule
    padded = (_column(each, colours=colours) for each in columns)
    lines = [_GAP.join(cells).rstrip() for cells in zip(*padded, strict=True)]
    yield from lines[: len(grid.rows)] or ["none"]
    if grid.rows and grid.sums is not None:
        yield rule
        yield lines[-1]


def _column(of: Filled, *, colours: bool) -> Iterable[str]:
    """Return a column's texts, all of its width."""
    if colours or not of.narrow:
        return [_padded(text, of, colours=colours) for text in of.texts]
    pad = str.rjust if of.column.right else str.ljust
    return map(pad, of.texts, repeat(of.width))


def _padded(text: str, of: Filled, *, colours: bool) -> str:
    space = " " * (of.width - _cells(text))
    if colours and text in _COLOURS:
        text = click.style(text, fg=_COLOURS[text])
    return space + text if of.column.right else text + space


def _styled(text: str, *, colours: bool, **style: Any) -> str:  # noqa: ANN401 -- click's styles
    return click.style(text, **style) if colours else text


@lru_cache(maxsize=65_536, typed=True)
def _shown(value: object) -> str:
    """Return a cell's text: amounts with thousands separated, nothing that moves the cursor."""
    if value is None or value is False:
        return ""
    if value is True:
        return "*"
    if isinstance(value, int):
        return f"{value:,}"
    text = str(value)
    if text[-3:-2] == "." and text.lstrip("-").replace(".", "", 1).isdecimal():
        return _grouped(text)
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def _grouped(amount: str) -> str:
    """Return an amount with its thousands separated; zero has no sign."""
    whole, part = amount.removeprefix("-").split(".")
    sign = "-" if amount.startswith("-") and amount != "-0.00" else ""
    return f"{sign}{int(whole):,}.{part}"


def _cells(text: str) -> int:
    """Return how many cells of a terminal a text takes: a Chinese character takes two."""
    if text.isascii():
        return len(text)
    return sum(
        0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text
    )
