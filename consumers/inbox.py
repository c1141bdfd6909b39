"""What a decider asks of the commands topic, whatever carries it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol


class Arrived(NamedTuple):
    """Bytes on the commands topic: their offset, and the broker's time of receipt."""

    offset: int
    value: bytes
    received_at: datetime


class Inbox(Protocol):
    """The commands topic, of which one member of the group at a time holds the only partition.

    Raises, all of them: TransientError where no broker answers.
    """

    @property
    def topic(self) -> str:
        """Return the topic's name."""

    @property
    def term(self) -> int | None:
        """Return a number for each time that the partition was assigned; None without it."""

    @property
    def group(self) -> Any:  # noqa: ANN401 -- kafka-python's metadata of a member
        """Return what a transaction names, so that a member that was replaced cannot commit."""

    def poll(self) -> Sequence[Arrived]:
        """Return the next commands; waits a little, none may come. Keeps the membership alive."""

    def seek(self, offset: int) -> None:
        """Go on at an offset."""

    def committed(self) -> int | None:
        """Return the offset up to which the group has decided, if it ever has."""

    def begin(self) -> int:
        """Return the first offset that the topic still holds."""

    def end(self) -> int:
        """Return the offset after the last one."""

    def read(self, first: int, until: int) -> Iterator[Sequence[Arrived]]:
        """Return the commands from an offset to before another."""

    def close(self) -> None:
        """Leave the group, so that a standby takes over at once."""
