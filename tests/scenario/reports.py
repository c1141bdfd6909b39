"""The reports that rows ask for, each with the cells that must be found in it."""

from collections.abc import Mapping

from .ruling import Accounts, Cells, Families, Only, Report
from .world import AH, CROSS, SH


def statement(
    *rows: Cells, period: str = "202503", scheme: str = CROSS, as_of: str | None = None
) -> Report:
    """The clearing table of a period: these rows and no others."""
    args = {"scheme": scheme, "period": period} | ({"as_of": as_of} if as_of else {})
    return Report("statement", args, {"rows": Only(rows)})


def line(i: str = AH, t: str = SH, /, **cells: object) -> Cells:
    """A row of a report on corridors."""
    return {"insured_region": i, "treatment_region": t, **cells}


def trial_balance(as_of: str, **books: Mapping[str, str]) -> Report:
    """Families of books; books are named r340000 and so on."""
    cells = {code.removeprefix("r"): families for code, families in books.items()}
    return Report("trial-balance", {"as_of": as_of}, {"books": cells})


def balances(as_of: str, families: Families, **args: str) -> Report:
    """All accounts of some (book, family) pairs."""
    return Report("balances", {"as_of": as_of, **args}, Accounts(families))


def payments(as_of: str, *rows: Cells, scheme: str = CROSS, period: str | None = None) -> Report:
    args = {"scheme": scheme, "as_of": as_of} | ({"period": period} if period else {})
    return Report("payments", args, {"rows": Only(rows)})


def pools(as_of: str, *rows: Cells) -> Report:
    return Report("pools", {"as_of": as_of}, {"rows": list(rows)})


def breaks(as_of: str, *rows: Cells) -> Report:
    """The breaks up to a day: these and no others."""
    return Report("breaks", {"as_of": as_of}, {"rows": Only(rows)})


def notices_of(
    regions: Mapping[str, Mapping[str, list[Cells]]],
    *,
    period: str = "202503",
    scheme: str = CROSS,
    **args: str,
) -> Report:
    """The notices of a period: {region: {"payment" or "receipt": all its lines}}."""
    sides = {
        code: {side: Only(lines) for side, lines in named.items()}
        for code, named in regions.items()
    }
    return Report("notices", {"scheme": scheme, "period": period, **args}, {"notices": sides})
