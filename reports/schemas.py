"""The JSON Schemas of the answers, generated from their types and committed beside them.

`python -m reports.schemas` writes them anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from reports.answers import Doctor, History, Rebuild, Verified
from reports.balances import Balances
from reports.breaks import Breaks
from reports.notices import Notices
from reports.payments import Payments
from reports.pools import Pools
from reports.statement import Statement
from reports.trial_balance import TrialBalance

ANSWERS: Final[Mapping[str, type]] = {
    "trial-balance": TrialBalance,
    "balances": Balances,
    "statement": Statement,
    "notices": Notices,
    "payments": Payments,
    "pools": Pools,
    "breaks": Breaks,
    "history": History,
    "verify": Verified,
    "rebuild": Rebuild,
    "doctor": Doctor,
}
"""The type of each answer, by its name on the command line."""
FOLDER: Final = Path(__file__).parent / "json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema(report: str) -> dict[str, Any]:
    """Return the JSON Schema of a report's answer; further fields are allowed in it."""
    (top,), parts = msgspec.json.schema_components([ANSWERS[report]], ref_template="#/$defs/{name}")
    name = top["$ref"].removeprefix("#/$defs/")
    return {"$schema": _DIALECT, **parts.pop(name), "title": report, "$defs": parts}


def text(report: str) -> str:
    """Return a schema as it stands in its file."""
    encoded = msgspec.json.encode(schema(report), order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def path(report: str) -> Path:
    """Return where a report's schema stands."""
    return FOLDER / f"{report}.schema.json"


def write() -> None:
    """Write every schema."""
    for report in ANSWERS:
        path(report).write_text(text(report), encoding="utf-8")


if __name__ == "__main__":
    write()
