"""Where a Kafka cluster is, how one signs in, and its errors as ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from time import monotonic
from typing import Any, Final

from kafka.errors import (
    AuthorizationError,
    KafkaConfigurationError,
    KafkaError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)

from eventlog.refusals import refused_since
from ledger.errors import ConfigurationError, TransientError
from ledger.record import record

BOOTSTRAP_MS: Final = 10_000
"""How long a client looks for a broker that answers."""
REQUEST_MS: Final = 10_000
"""How long one request may take before it is tried again or given up."""
_RECONNECT_MS: Final = 1_000
"""The longest pause between two tries to reach a broker; the client's own is half a minute."""
_REFUSED: Final = (
    AuthorizationError,
    KafkaConfigurationError,
    SaslAuthenticationFailedError,
    UnsupportedSaslMechanismError,
)


class _Secret(str):
    """A text that stays out of logs: the client writes down what it is made with."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@record
class Cluster:
    """Brokers, and what they ask for: TLS, a user, a password that is never shown."""

    servers: tuple[str, ...]
    security_protocol: str = "PLAINTEXT"
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    sasl_mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    def options(self) -> dict[str, Any]:
        """Return what every client of this cluster is made with."""
        return {
            "bootstrap_servers": list(self.servers),
            "bootstrap_timeout_ms": BOOTSTRAP_MS,
            "request_timeout_ms": REQUEST_MS,
            "reconnect_backoff_max_ms": _RECONNECT_MS,
            "security_protocol": self.security_protocol,
            "ssl_cafile": self.ca_file,
            "ssl_certfile": self.cert_file,
            "ssl_keyfile": self.key_file,
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.user,
            "sasl_plain_password": None if self.password is None else _Secret(self.password),
        }

    @contextmanager
    def translated(self, what: str) -> Iterator[None]:
        """Turn the client's errors into ours; `what` was being tried."""
        began = monotonic()
        try:
            yield
        except _REFUSED as fault:
            raise ConfigurationError(f"{what} at {self}: refused: {fault}") from fault
        except KafkaError as fault:
            refused = refused_since(began)
            if refused is not None:
                raise ConfigurationError(f"{what} at {self}: refused: {refused}") from fault
            raise TransientError(f"{what} at {self}: {fault}") from fault

    def __str__(self) -> str:
        return f"kafka://{','.join(self.servers)}"
