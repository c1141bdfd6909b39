"""`clearing demo`: the shipped example in a folder of its own, and every report of it."""

from collections import Counter
from datetime import date
from pathlib import Path
from shutil import copyfile, which
from sys import argv
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from cli import reports

if TYPE_CHECKING:
    from bootstrap import Settings

_EXAMPLE: Final = Path(__file__).parent / "demo" / "three-provinces.jsonl"
_FOLDER: Final = "clearing-data-demo"
_FOLDERS_MAX: Final = 100
_MARKER: Final = ".made-by-clearing-demo"
"""Says that a folder is an earlier demo's, which may be made anew; no other is ever touched."""
_MADE: Final = ("log.db*", "books.db*", _EXAMPLE.name, _MARKER)
"""What a demo leaves in its folder, and takes away again; the rest stays."""
_SCHEME: Final = "CROSS_PROVINCE"
_LAST: Final = "2025-06-15"


class Part(NamedTuple):
    """A report of the demo: what it shows, and the call that makes it."""

    says: str
    call: str
    query: reports.Query


@click.command("demo")
def demo() -> None:
    """Load the example of three provinces and two months into a fresh folder; show every report."""
    from bootstrap import Settings

    folder = _fresh_folder(Path())
    settings = Settings(log=f"sqlite:///{folder}/log.db", db=f"sqlite:///{folder}/books.db")
    file = folder / _EXAMPLE.name
    copyfile(_EXAMPLE, file)
    click.echo(
        "Anhui (340000), Shanghai (310000) and Jiangsu (320000) clear March and April of 2025.\n"
        f"{_load(settings, file)}"
    )
    _show(settings)
    click.echo(_next(settings, file))


DEMO: Final[click.Command] = demo
COMMANDS: Final[list[click.Command]] = [DEMO]


def _fresh_folder(parent: Path) -> Path:
    """Return a new folder, or an earlier demo's made anew. Wrong usage: none can be made here."""
    for number in range(1, _FOLDERS_MAX + 1):
        folder = parent / (_FOLDER if number == 1 else f"{_FOLDER}-{number}")
        try:
            if (folder / _MARKER).is_file():
                _clear(folder)
            elif folder.exists():
                continue
            folder.mkdir(exist_ok=True)
            (folder / _MARKER).touch()
        except OSError as fault:
            message = f"{folder} cannot be written: {fault.strerror}"
            raise click.UsageError(message) from fault
        return folder
    message = f"{_FOLDER} to {_FOLDER}-{_FOLDERS_MAX} are all taken; move one away"
    raise click.UsageError(message)


def _clear(folder: Path) -> None:
    for pattern in _MADE:
        for path in folder.glob(pattern):
            path.unlink()


def _load(settings: "Settings", file: Path) -> str:
    """Send the example; return how it was answered."""
    from bootstrap import open_embedded
    from producers.files import read_lines

    outcomes: Counter[str] = Counter()
    with open_embedded(settings) as ledger, file.open("rb") as stream:
        for lines in read_lines(stream, str(file), as_csv=False):
            outcomes.update(answer.outcome for answer in ledger.submit(lines))
        position = ledger.position()
    counts = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    return f"{file}: {counts}; the log ends at position {position}."


def _show(settings: "Settings") -> None:
    from cli.render import write

    with reports.books(settings) as connection:
        for part in _parts():
            click.echo(f"\n{part.says}\n{click.style(f'$ clearing {part.call}', dim=True)}\n")
            write(part.call.split()[0], part.query(connection), "table")


def _parts() -> tuple[Part, ...]:
    last = date.fromisoformat(_LAST)
    scheme = f"--scheme {_SCHEME}"
    return (
        Part(
            "What each province's book holds at the end. Every book sums to 0.00.",
            f"trial-balance --as-of {_LAST}",
            reports.trial_balance(last),
        ),
        Part(
            "March: Jiangsu's clearing takes 93 % of its pool in Shanghai, RED; Anhui's is YELLOW.",
            f"statement {scheme} --period 202503",
            reports.statement(_SCHEME, "202503", None),
        ),
        Part(
            "April: the pool was topped up, and 79,000.00 is NORMAL; so is 69.9999 % at Anhui.",
            f"statement {scheme} --period 202504",
            reports.statement(_SCHEME, "202504", None),
        ),
        Part(
            "Who pays whom for April. A negative line is a return, marked *.",
            f"notices {scheme} --period 202504",
            reports.notices(_SCHEME, "202504", None, None),
        ),
        Part(
            "How the lines were paid: Anhui's March line came 6 working days late.",
            f"payments {scheme} --as-of {_LAST}",
            reports.payments(_SCHEME, None, last),
        ),
        Part(
            "The pools at the end of May: Shanghai has paid its hospitals more than all its pools"
            " hold.",
            "pools --as-of 2025-05-31",
            reports.pools(date(2025, 5, 31)),
        ),
        Part(
            "A claim that Anhui does not know of, 26 days after it was found ...",
            "breaks --as-of 2025-04-20",
            reports.breaks(date(2025, 4, 20)),
        ),
        Part(
            "... and how it ended: Anhui accepted it, and it was cleared with April.",
            f"breaks --as-of {_LAST}",
            reports.breaks(last),
        ),
    )


def _next(settings: "Settings", file: Path) -> str:
    """Return what to try next, each call ready to be pasted."""
    program = "clearing" if which("clearing") else argv[0]
    where = f"--log {settings.log} --db {settings.db}"
    calls = (
        ("one claim from its settlement to its clearing", "history --claim K05"),
        ("every account of Shanghai", f"balances --as-of {_LAST} --region 310000"),
        (
            "the books as the log told them at position 60",
            f"pools --as-of {_LAST} --at-position 60",
        ),
        ("for a program", f"payments --scheme {_SCHEME} --as-of {_LAST} --format json"),
        ("send it all again: every command is known, nothing changes", f"submit {file}"),
        ("is every byte of the log and every sum as it was?", "verify"),
    )
    lines = [f"# {says}\n{program} {call} {where}" for says, call in calls]
    return "\n".join(["", "Where to look next:", "", *lines])
