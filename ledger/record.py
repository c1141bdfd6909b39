"""What a value of the ledger is: a slotted, keyword-only dataclass that nobody changes."""

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make `cls` an immutable value.

    The type checker forbids assignment; the run-time check of `frozen=True` is left out,
    since it makes an event of 16 fields four times dearer to build.
    """
    return dataclass(slots=True, kw_only=True)(cls)
