"""The only place that reads settings and builds objects.

What is slow to import is imported where it is used: a report needs no forms and no decider.
"""

from bootstrap.accepting import Submission, open_embedded, open_ledger
from bootstrap.checking import check_books, check_log, doctor, refuse_unsafe
from bootstrap.configuration import (
    DEFAULT_DB,
    DEFAULT_LEDGER,
    DEFAULT_LOG,
    Progress,
    Settings,
    address_of,
    cluster_of,
    ending,
    ledger_of,
    on_kafka,
    on_server,
    path_of,
    settings,
    shown,
)
from bootstrap.questions import answer, history
from bootstrap.stores import (
    check_position,
    folding,
    open_books,
    open_log,
    open_reader,
    reading_books,
)
from bootstrap.upkeep import copy_log, rebuild, verify

__all__ = [
    "DEFAULT_DB",
    "DEFAULT_LEDGER",
    "DEFAULT_LOG",
    "Progress",
    "Settings",
    "Submission",
    "address_of",
    "answer",
    "check_books",
    "check_log",
    "check_position",
    "cluster_of",
    "copy_log",
    "doctor",
    "ending",
    "folding",
    "history",
    "ledger_of",
    "on_kafka",
    "on_server",
    "open_books",
    "open_embedded",
    "open_ledger",
    "open_log",
    "open_reader",
    "path_of",
    "reading_books",
    "rebuild",
    "refuse_unsafe",
    "settings",
    "shown",
    "verify",
]
