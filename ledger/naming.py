"""What a ledger may be called: part of the names of topics and groups, and a server's schema."""

import re
from typing import Final

from ledger.errors import ConfigurationError

_LEDGER: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def ledger_named(name: str) -> str:
    """Return the name of a ledger. Raises: ConfigurationError for one that it cannot have."""
    if not _LEDGER.fullmatch(name):
        rule = "write small letters, digits, - and _, 40 at most, a letter first"
        raise ConfigurationError(f"CLEARING_LEDGER: {name!r} is no name of a ledger: {rule}")
    return name
