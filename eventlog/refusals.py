"""Why a broker turns a client away: kafka-python tells how long it tried, not the reason.

It logs each reason and tries again, and in the end says that it could not connect in time. Worse,
it drops what came together with the end of a connection, which is how a refused password comes.
"""

import logging
import re
from collections.abc import Callable
from time import monotonic
from typing import Any, Final

from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport

_REASON: Final = re.compile(
    r"Authentication failed[^()]*\w"
    r"|certificate verify failed: [^()]*\w"
    r"|Unsupported SASL mechanism[^()]*\w"
)


class _Listener(logging.Handler):
    """Keeps the last reason that the client has logged."""

    last = 0.0, ""

    def emit(self, record: logging.LogRecord) -> None:
        found = _REASON.search(record.getMessage())
        if found:
            self.last = monotonic(), found[0]


_LISTENER: Final = _Listener(logging.WARNING)


def refused_since(moment: float) -> str | None:
    """Return the last reason for which a broker was of no use, if it came after a moment."""
    said_at, reason = _LISTENER.last
    return reason if said_at >= moment else None


def _data_first(receive: Callable[[Any], tuple[bytes, Any]]) -> Callable[[Any], tuple[bytes, Any]]:
    """Let what came together with the end be read; the end is met again at the next look."""

    def receive_data_first(transport: Any) -> tuple[bytes, Any]:  # noqa: ANN401 -- kafka-python's
        data, end = receive(transport)
        return data, None if data else end

    return receive_data_first


logging.getLogger("kafka.net").addHandler(_LISTENER)
for _each in (KafkaTCPTransport, KafkaSSLTransport):
    if (_receive := getattr(_each, "_sock_recv", None)) is not None:  # private: may go any day
        _each._sock_recv = _data_first(_receive)  # noqa: SLF001
