"""A broker that asks for TLS and a password, with a certificate made for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .brokers import Brokers, java
from .processes import free_port, run

_STORE: Final = "certificates"
"""What the broker's key store is locked with."""
_PROPERTIES: Final = """
listeners=PLAINTEXT://127.0.0.1:{{port}},CONTROLLER://127.0.0.1:{{cport}},SASL_SSL://127.0.0.1:{secure}
advertised.listeners=PLAINTEXT://127.0.0.1:{{port}},SASL_SSL://127.0.0.1:{secure}
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
listener.name.sasl_ssl.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PKCS12
ssl.keystore.location={keys}
ssl.keystore.password={store}
ssl.key.password={store}
"""


@contextmanager
def secure_kafka(folder: Path, user: str, password: str) -> Iterator[tuple[str, Path]]:
    """Lend the URL of a broker for one user, and the file of the certificate to trust."""
    keys, certificate = _certificate(folder)
    port = free_port()
    more = _PROPERTIES.format(secure=port, keys=keys, store=_STORE)
    brokers = Brokers(folder / "broker", more=more, users={user: password})
    try:
        brokers.start()
        yield f"kafka://127.0.0.1:{port}", certificate
    finally:
        brokers.stop()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a key with a certificate that signs itself; return key store and certificate."""
    keys, certificate = folder / "broker.p12", folder / "trusted.pem"
    tool = str(Path(java()).resolve().with_name("keytool"))
    where = ["-alias", "broker", "-keystore", str(keys), "-storepass", _STORE]
    kind = ["-storetype", "PKCS12", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2"]
    whose = ["-dname", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1"]
    run([tool, "-genkeypair", *where, *kind, *whose], "making a certificate")
    run(
        [tool, "-exportcert", "-rfc", *where, "-file", str(certificate)], "giving out a certificate"
    )
    return keys, certificate
