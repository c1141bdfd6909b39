"""What the client puts into a record batch is what comes out of it, and what we put in as well.

Keys, values and headers of any length, since each length is a number of one to three bytes; the
client's own builder and reader say what is right.
"""

import gzip
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from zstandard import ZstdCompressor, ZstdDecompressor

from eventlog.blocks import _Batch, _values
from eventlog.encoding import _record

LENGTH = st.integers(0, 20_000) | st.sampled_from([63, 64, 65, 127, 128, 8_191, 8_192, 8_193])
BYTES = st.builds(lambda length, byte: bytes([byte]) * length, LENGTH, st.integers(0, 255))
HEADERS = st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=70)), max_size=3)
RECORDS = st.lists(st.tuples(BYTES, BYTES, HEADERS), min_size=1, max_size=5)
BATCH_BYTES = 1 << 20
ATTRIBUTES = 5
"""The place of a batch's attributes in its header; they say how it is packed."""
PACKED: list[tuple[int, Callable[[bytes], bytes]]] = [
    (DefaultRecordBatch.CODEC_NONE, bytes),
    (DefaultRecordBatch.CODEC_GZIP, gzip.compress),
    (DefaultRecordBatch.CODEC_ZSTD, ZstdCompressor().compress),
    (DefaultRecordBatch.CODEC_ZSTD, ZstdCompressor(write_content_size=False).compress),
    (
        DefaultRecordBatch.CODEC_ZSTD,
        lambda body: ZstdCompressor().compress(body[:40]) + ZstdCompressor().compress(body[40:]),
    ),
]
"""How the records of a batch may be packed: zstd may not tell the length, or come in parts."""


@given(records=RECORDS, since_the_last=st.sampled_from([0, 1, 100, 10_000]))
def test_values_are_found_where_the_client_put_them(records, since_the_last):
    """Also those of records without key or value, which the client counts as -1 bytes long."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, BATCH_BYTES)
    nothing: list[tuple[bytes | None, bytes | None, list[tuple[str, bytes]]]] = [(None, None, [])]
    put = [*records, *nothing]
    for offset, (key, value, headers) in enumerate(put):
        builder.append(offset, 10**12 + offset * since_the_last, key, value, headers)
    batch = DefaultRecordBatch(bytes(builder.build()))
    found = _values(bytes(batch._buffer), batch._pos, batch.records_count)
    assert found == [value or b"" for _, value, _ in put]


@given(records=RECORDS, packed=st.sampled_from(PACKED))
def test_values_are_found_however_they_are_packed(records, packed):
    """And a second time: the client has unpacked some batches before."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, BATCH_BYTES)
    for offset, (key, value, headers) in enumerate(records):
        builder.append(offset, 10**12, key, value, headers)
    plain = bytes(builder.build())
    codec, pack = packed
    header = [*DefaultRecordBatch.HEADER_STRUCT.unpack_from(plain)]
    header[ATTRIBUTES] |= codec
    size = DefaultRecordBatch.HEADER_STRUCT.size
    batch = DefaultRecordBatch(DefaultRecordBatch.HEADER_STRUCT.pack(*header) + pack(plain[size:]))
    for _ in range(2):
        (block,) = _Batch(batch, ZstdDecompressor(), timed=False)
        assert block.value == [value for _, value, _ in records]
        assert (block.offset, block.timestamp) == (len(records) - 1, 10**12)


@given(records=RECORDS)
def test_the_client_finds_what_we_put_into_a_batch(records):
    """Its reader returns keys, values and headers as they were given."""
    builder = DefaultRecordBatchBuilder(2, 0, False, -1, -1, -1, BATCH_BYTES)
    for offset in range(len(records)):
        builder.append(offset, 10**12, b"", b"", [])
    header = bytes(builder.build())[: DefaultRecordBatch.HEADER_STRUCT.size]
    body = b"".join(_record(i, *each) for i, each in enumerate(records))
    found = list(DefaultRecordBatch(header + body))
    assert [(each.key, each.value, each.headers) for each in found] == records
