"""Reading Kafka by record batches: one object a batch, not one a record; several times faster.

The client keeps checksums, aborted transactions and control records; only the way from a batch's
bytes to its values is ours. It uses what the client does not promise to keep, so with any other
version than the one that it was tested with, reading goes the plain way.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NamedTuple

import kafka
from kafka.consumer.fetcher import Fetcher
from zstandard import ZstdDecompressor, ZstdError

TESTED: Final = "3.0.12"
"""The client's version that this was tested with."""


_LOG_APPEND_TIME: Final = 1
"""How Kafka numbers timestamps that the broker gives to a batch as it comes in."""


def read_blocks(consumer: Any, *, timed: bool = False) -> bool:  # noqa: ANN401 -- a KafkaConsumer
    """Let a consumer return blocks, whose `value` is a list of values; say whether it does.

    `timed` says that their timestamps are asked for: each value's own, not the batch's latest.
    """
    if kafka.__version__ != TESTED:
        return False
    consumer._fetcher.PartitionRecords = _TimedBlocks if timed else _Blocks  # noqa: SLF001
    return True


class _Block(NamedTuple):
    """The values of a batch; `offset` is that of the last one, and they are dense.

    `timestamp` is that of each, where the broker stamps batches as they come in.
    """

    offset: int
    value: list[bytes]
    timestamp: int
    timestamp_type: int
    size_in_bytes: int
    key: None = None
    headers: tuple[()] = ()
    checksum: None = None

    def validate_crc(self) -> bool:
        """Say yes: the checksum is the batch's, and is checked there."""
        return True


class _Blocks(Fetcher.PartitionRecords):  # type: ignore[misc]
    """The client's reader of one fetched partition, given batches that yield blocks."""

    timed = False

    def __init__(self, fetch_offset: int, tp: Any, records: Any, **more: Any) -> None:  # noqa: ANN401
        super().__init__(fetch_offset, tp, _Batches(records, timed=self.timed), **more)


class _TimedBlocks(_Blocks):
    timed = True


class _Batches:
    def __init__(self, records: Any, *, timed: bool) -> None:  # noqa: ANN401
        self._records = records
        self._timed = timed
        self._unpacker = ZstdDecompressor()

    def next_batch(self) -> "_Batch | None":
        batch = self._records.next_batch()
        return None if batch is None else _Batch(batch, self._unpacker, timed=self._timed)


class _Batch:
    """A batch of the client; all but its iteration is its own."""

    def __init__(self, batch: Any, unpacker: ZstdDecompressor, *, timed: bool) -> None:  # noqa: ANN401
        self._batch = batch
        self._unpacker = unpacker
        self._timed = timed

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._batch, name)

    def __next__(self) -> Any:  # noqa: ANN401
        return next(self._batch)

    def __iter__(self) -> Iterator[_Block]:
        batch = self._batch
        gaps = batch.records_count != batch.last_offset_delta + 1  # compacted
        if gaps or (self._timed and batch.timestamp_type != _LOG_APPEND_TIME):
            for each in batch:
                yield _Block(
                    each.offset, [each.value or b""], each.timestamp, each.timestamp_type, 0
                )
            return
        values = _values(*self._unpacked(), batch.records_count)
        stamp = batch.max_timestamp
        yield _Block(batch.last_offset, values, stamp, batch.timestamp_type, batch.size_in_bytes)

    def _unpacked(self) -> tuple[bytes, int]:
        """Return the batch's bytes, and where its records begin.

        The client makes an unpacker for each batch, which of one record costs most of reading it.
        """
        batch = self._batch
        if batch.compression_type == batch.CODEC_ZSTD and not batch._decompressed:  # noqa: SLF001
            packed = memoryview(batch._buffer)[batch._pos :]  # noqa: SLF001
            with suppress(ZstdError):  # it does not tell its length; or is broken, the client says
                return self._unpacker.decompress(packed, allow_extra_data=False), 0
        batch._maybe_uncompress()  # noqa: SLF001
        return bytes(batch._buffer), batch._pos  # noqa: SLF001


def _values(buffer: bytes, place: int, count: int) -> list[bytes]:
    """Return the values of a batch's records, passing over all else.

    Shape: each record is length, attributes (1 byte), time and offset deltas, key, value, headers;
    numbers are zigzag varints. Source: Kafka's record format, version 2.
    Lengths as nearly all are, two bytes or a key's one, are read here: a call costs more.
    """
    values = []
    for _ in range(count):
        low, high = buffer[place], buffer[place + 1]
        if high <= 0x7F < low:
            end = place + 2 + (low + (high << 7) - 0x80 >> 1)
            place += 3
        else:
            length, place = _length(buffer, place)
            end = place + length
            place += 1
        while buffer[place] > 0x7F:
            place += 1
        place += 1
        while buffer[place] > 0x7F:
            place += 1
        place += 1
        key = buffer[place]
        if key <= 0x7F:
            place += 1 + (key >> 1)
        else:
            key, place = _length(buffer, place)
            place += key
        low, high = buffer[place], buffer[place + 1]
        if high <= 0x7F < low:
            place += 2
            size = low + (high << 7) - 0x80 >> 1
        else:
            size, place = _length(buffer, place)
        values.append(buffer[place : place + size])
        place = end
    return values


def _length(buffer: bytes, place: int) -> tuple[int, int]:
    """Return a length and the place after it; -1, which says that there is nothing, as 0."""
    byte = buffer[place]
    if byte <= 0x7F:
        return byte >> 1, place + 1
    found, shift = byte & 0x7F, 7
    while byte > 0x7F:
        place += 1
        byte = buffer[place]
        found |= (byte & 0x7F) << shift
        shift += 7
    return found >> 1, place + 1
