"""The AsyncAPI 3 document of the balance feed, made from the types: `python -m schemas.asyncapi`.

For those who write a consumer; committed, and a test compares.
"""

from inspect import cleandoc
from pathlib import Path
from typing import Any, Final

import msgspec

from schemas.feed import PARTITIONS, Message

PLACE: Final = Path(__file__).parent / "asyncapi.json"
_VERSION: Final = "0.1.0"
"""The program's, as in pyproject.toml."""
_BINDING: Final = "0.5.0"
_CONTENT: Final = "application/cloudevents+json"
_NAME: Final = "BalanceMessage"
_ABOUT: Final = f"""
    Each change of a balance, in the order of the log. Keep for each key the message with the
    largest (generation, position), and ignore others: some are sent twice. Who starts late gets
    the last message of each account. Read committed messages only (isolation.level). An account
    is always in the same of {PARTITIONS} partitions.
"""


def document() -> dict[str, Any]:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "clearing: the balance feed",
            "version": _VERSION,
            "description": " ".join(_ABOUT.split()),
        },
        "defaultContentType": _CONTENT,
        "channels": {"balances": _channel()},
        "operations": {
            "sendBalance": {
                "action": "send",
                "channel": {"$ref": "#/channels/balances"},
                "summary": "Sent once the change is committed in the books.",
                "messages": [{"$ref": f"#/channels/balances/messages/{_NAME}"}],
            }
        },
        "components": {"messages": {_NAME: _message()}, "schemas": _schemas()},
    }


def _channel() -> dict[str, Any]:
    kept = {"cleanup.policy": ["compact"], "retention.ms": -1, "retention.bytes": -1}
    return {
        "address": "{ledger}.balances.v1",
        "parameters": {
            "ledger": {"description": "The ledger's name.", "default": "clearing"},
        },
        "messages": {_NAME: {"$ref": f"#/components/messages/{_NAME}"}},
        "bindings": {
            "kafka": {
                "partitions": PARTITIONS,
                "topicConfiguration": kept,
                "bindingVersion": _BINDING,
            }
        },
    }


def _message() -> dict[str, Any]:
    key = {"type": "string", "description": "The message's subject: region and account."}
    return {
        "name": _NAME,
        "title": "A balance after a position of the log",
        "contentType": _CONTENT,
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": "#/components/schemas/Message"},
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
    }


def _schemas() -> dict[str, Any]:
    _, parts = msgspec.json.schema_components([Message], ref_template="#/components/schemas/{name}")
    for part in parts.values():
        part["description"] = cleandoc(part["description"])
    return {**parts, "Headers": _headers()}


def _headers() -> dict[str, Any]:
    """Return the headers' schema: what the message says of itself, as the Kafka binding has it."""
    names = ("specversion", "id", "source", "type", "subject", "time")
    texts: dict[str, Any] = {f"ce_{name}": {"type": "string"} for name in names}
    content = {"type": "string", "const": f"{_CONTENT}; charset=UTF-8"}
    properties = {"content-type": content, **texts}
    return {"type": "object", "properties": properties, "required": [*properties]}


def text() -> str:
    """Return the document as it stands in its file."""
    return msgspec.json.format(msgspec.json.encode(document()), indent=2).decode() + "\n"


def write() -> None:
    """Write the document."""
    PLACE.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
