"""Commands from files: JSON Lines or CSV, streamed, each with its place.

A CSV row is one physical line, so that an open quote costs that line alone.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from typing import Any, BinaryIO, Final

import msgspec

from ledger.commands import SettleClaim
from ledger.errors import ConfigurationError
from ledger.record import record
from schemas.door import (
    LINE_BYTES_MAX,
    Admitted,
    Malformed,
    admit,
    admit_object,
    refuse_nul,
)

_CHUNK_BYTES: Final = 2 << 20
_BOM: Final = b"\xef\xbb\xbf"
_COLUMNS: Final = {item.name: item for item in fields(SettleClaim)}
_NEEDED: Final = tuple(
    name
    for name, item in _COLUMNS.items()
    if item.default is MISSING and item.default_factory is MISSING
)


@record
class Line:
    """One line of a file that is not blank: where it stands, its bytes, what it says."""

    file: str
    number: int
    value: bytes
    arrival: Admitted | Malformed
    row: dict[str, Any] | None = None

    @property
    def command(self) -> bytes:
        """Return the command as JSON, also where the line is a row of CSV."""
        return self.value if self.row is None else msgspec.json.encode(self.row)

    @property
    def place(self) -> str:
        """Return file and line, as messages name them."""
        return f"{self.file}:{self.number}"


def read_lines(stream: BinaryIO, name: str, *, as_csv: bool) -> Iterator[list[Line]]:
    """Return the lines of a file in batches; a batch ends where the stream has no more at once.

    Raises: ConfigurationError for a CSV header with an unknown, double or missing column.
    """
    header: Sequence[str] | None = None
    number = 0
    for chunk in _chunks(stream):
        batch = []
        for raw in chunk:
            number += 1
            value = raw.strip(b" \t\r\n")
            if not value:
                continue
            if as_csv and header is None:
                header = csv_header(value, name)
                continue
            batch.append(_line(name, number, value, header))
        yield batch
    if as_csv and header is None:
        raise ConfigurationError(f"{name}: a CSV file needs a header with the names of the fields")


def _line(name: str, number: int, value: bytes, header: Sequence[str] | None) -> Line:
    if header is None:
        return Line(file=name, number=number, value=value, arrival=admit(value))
    row = _row(header, value)
    if isinstance(row, Malformed):
        return Line(file=name, number=number, value=value, arrival=row)
    return Line(file=name, number=number, value=value, arrival=admit_object(row), row=row)


def csv_header(line: bytes, name: str) -> Sequence[str]:
    """Return the columns of a CSV file of claims.

    Raises: ConfigurationError, naming an unknown, double or missing column.
    """
    cells = _cells(line.removeprefix(_BOM))
    if isinstance(cells, Malformed):
        raise ConfigurationError(f"{name}: the header is {cells.detail}")
    header = [cell.strip() for cell in cells]
    for column in header:
        if column not in _COLUMNS:
            raise ConfigurationError(f"{name}: the header has an unknown column {column!r}")
        if header.count(column) > 1:
            raise ConfigurationError(f"{name}: the header has the column {column!r} twice")
    for column in _NEEDED:
        if column not in header:
            raise ConfigurationError(f"{name}: the header lacks the column {column!r}")
    return header


def _chunks(stream: BinaryIO) -> Iterator[list[bytes]]:
    """Return the complete lines of each read; a line over 8 MiB is cut, and counted as one."""
    rest: list[bytes] = []
    size = 0
    for chunk in _reads(stream):
        *complete, tail = chunk.split(b"\n")
        if complete:
            rest.append(complete[0])
            yield [b"".join(rest), *complete[1:]]
            rest, size = [], 0
        if size <= LINE_BYTES_MAX:
            rest.append(tail)
            size += len(tail)
    if last := b"".join(rest):
        yield [last]


def _reads(stream: BinaryIO) -> Iterator[bytes]:
    """Return what each read gives, without the byte order mark at the start."""
    start = b""
    while len(start) < len(_BOM) and (chunk := _read(stream)):
        start += chunk
    yield start.removeprefix(_BOM)
    while chunk := _read(stream):
        yield chunk


def _read(stream: BinaryIO) -> bytes:
    read1 = getattr(stream, "read1", stream.read)
    return bytes(read1(_CHUNK_BYTES))


def _cells(line: bytes) -> Sequence[str] | Malformed:
    try:
        text = line.decode()
        return next(csv.reader([text], strict=True), [])
    except UnicodeDecodeError as fault:
        return Malformed(detail=f"not UTF-8: {fault.reason} at byte {fault.start + 1}")
    except csv.Error as fault:
        return Malformed(detail=f"not CSV: {fault}; a cell ends on the line it begins on")


def _row(header: Sequence[str], line: bytes) -> dict[str, Any] | Malformed:
    """Return a row as the command that it stands for; an empty cell is a field not given."""
    if len(line) > LINE_BYTES_MAX:
        return Malformed(detail="longer than 8 MiB")
    cells = _cells(line)
    if isinstance(cells, Malformed):
        return cells
    if len(cells) != len(header):
        return Malformed(detail=f"{len(cells)} cells where the header has {len(header)}")
    cells_by_name = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    content = {"type": "SettleClaim", **cells_by_name}
    nul = refuse_nul(content) if b"\0" in line else None
    return nul or content
