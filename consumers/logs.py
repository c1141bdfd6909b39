"""Structured logs: a line of JSON each, on standard error."""

import logging
import sys

import structlog


def log_to_stderr(**always: str) -> None:
    """Write logs as JSON lines, those of libraries from WARNING on; `always` stands in each."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(**always)
    logging.basicConfig(level=logging.WARNING, handlers=[_Structured()], force=True)


class _Structured(logging.Handler):
    """Hands what a library logs to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        logger.log(record.levelno, record.getMessage(), library=record.name)
