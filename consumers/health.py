"""Metrics and health over HTTP: /metrics, /live, /ready, /fresh."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from consumers.watch import Watch
from ledger.errors import ConfigurationError

_STATES: Final = ("live", "ready", "fresh")
Start = Callable[[str, list[tuple[str, str]]], Any]


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 -- its signature
        """Say nothing: a probe every few seconds is no news."""


@contextmanager
def serving(watch: Watch, address: tuple[str, int] | None) -> Iterator[int]:
    """Answer while the block runs; gives the port. Raises: ConfigurationError if it is taken.

    Without an address nobody is answered.
    """
    if address is None:
        yield 0
        return
    try:
        server = make_server(*address, application(watch), WSGIServer, _Quiet)
    except OSError as fault:
        host, port = address
        raise ConfigurationError(f"cannot listen on {host}:{port}: {fault.strerror}") from fault
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def application(watch: Watch) -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """Return the WSGI application of one worker."""
    metrics = make_wsgi_app(watch.registry)

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/").strip("/")
        if path == "metrics":
            found: Iterable[bytes] = metrics(environ, start)
            return found
        if path not in _STATES:
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"ask /metrics, /live, /ready or /fresh\n"]
        holds = bool(getattr(watch, path))
        start(
            "200 OK" if holds else "503 Service Unavailable", [("Content-Type", "application/json")]
        )
        lag = watch.lag
        document = {
            "role": watch.role,
            path: holds,
            "lag_records": lag.records,
            "lag_seconds": round(lag.seconds, 3),
            "unsafe": watch.reasons,
        }
        return [json.dumps(document).encode() + b"\n"]

    return answer
