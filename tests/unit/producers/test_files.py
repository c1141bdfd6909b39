import csv
import json
from io import BytesIO, StringIO

import pytest

from ledger.commands import SettleClaim
from ledger.errors import ConfigurationError
from producers import files
from producers.files import Line, csv_header, read_lines
from schemas.door import LINE_BYTES_MAX, Admitted, Malformed, admit
from tests.scenario import world

CLAIM = {
    "command_id": "C1",
    "on": "2025-03-05",
    "claim_id": "K1",
    "insured_region": "340000",
    "treatment_region": "310000",
    "institution": "H1",
    "insutype": "310",
    "med_type": "11",
    "medfee_sumamt": "105.00",
    "hifp_pay": "100.00",
    "psn_cash_pay": "5.00",
}
HEADER = ",".join(CLAIM).encode()
ROW = ",".join(CLAIM.values()).encode()


def read(content: bytes, *, as_csv: bool = False) -> list[Line]:
    return [line for batch in read_lines(BytesIO(content), "f", as_csv=as_csv) for line in batch]


def rows(*lines: bytes, header: bytes = HEADER) -> list[Admitted | Malformed]:
    return [line.arrival for line in read(b"\n".join([header, *lines]), as_csv=True)]


def detail(arrival: Admitted | Malformed) -> str:
    assert isinstance(arrival, Malformed)
    return arrival.detail


# -- lines -----------------------------------------------------------------------------------------


def test_blank_lines_are_passed_over_and_counted() -> None:
    found = read(b"\n\nx\r\n   \t\r\n\r\ny\n\n")
    assert [(line.number, line.value) for line in found] == [(3, b"x"), (6, b"y")]
    assert found[0].place == "f:3"


def test_a_last_line_needs_no_end() -> None:
    assert [line.value for line in read(b"x\ny")] == [b"x", b"y"]
    assert read(b"") == []
    assert read(b"\n") == []


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 100_000])
def test_lines_do_not_depend_on_how_the_stream_is_read(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the byte order mark, or a character of three bytes, is torn in two."""
    monkeypatch.setattr(files, "_CHUNK_BYTES", chunk)
    content = '\ufeff{"a": "省"}\n\n{}\r\nlast'.encode()
    found = [(line.number, line.value) for line in read(content)]
    assert found == [(1, '{"a": "省"}'.encode()), (3, b"{}"), (4, b"last")]


class Slow(BytesIO):
    """A pipe: each read gives what has come so far."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 5, 5))


def test_a_batch_ends_where_no_more_has_come() -> None:
    batches = [
        [line.value for line in batch]
        for batch in read_lines(Slow(b"ab\ncd\nefghij\nk"), "f", as_csv=False)
    ]
    assert [value for batch in batches for value in batch] == [b"ab", b"cd", b"efghij", b"k"]
    assert len([batch for batch in batches if batch]) > 2


def test_a_line_without_end_is_cut_and_costs_that_line_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "_CHUNK_BYTES", 1 << 20)
    good = json.dumps(world.settle("K1")).encode()
    huge = b"x" * (LINE_BYTES_MAX * 3)
    first, second, third = read(b"\n".join([good, huge, good]))
    assert isinstance(first.arrival, Admitted)
    assert isinstance(third.arrival, Admitted)
    assert (second.number, third.number) == (2, 3)
    assert "8 MiB" in detail(second.arrival)
    assert LINE_BYTES_MAX < len(second.value) < LINE_BYTES_MAX + (3 << 20)


# -- CSV -------------------------------------------------------------------------------------------


def test_a_row_and_an_object_with_the_same_fields_are_one_command() -> None:
    (row,) = rows(ROW)
    assert row == admit(json.dumps({"type": "SettleClaim", **CLAIM}).encode())


def test_columns_may_come_in_any_order_and_an_empty_cell_is_an_absent_field() -> None:
    turned = dict(reversed(CLAIM.items())) | {"acct_pay": "", "mdtrt_id": ""}
    (found,) = rows(",".join(turned.values()).encode(), header=", ".join(turned).encode())
    (plain,) = rows(ROW)
    assert found == plain


def test_a_byte_order_mark_is_passed_over() -> None:
    assert [line.number for line in read(b"\xef\xbb\xbf" + HEADER + b"\n" + ROW, as_csv=True)] == [
        2
    ]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (b"", "needs a header"),
        (b"\n\n", "needs a header"),
        (HEADER + b",colour", "unknown column 'colour'"),
        (HEADER + b",type", "unknown column 'type'"),
        (HEADER + b",on", "column 'on' twice"),
        (HEADER.replace(b"hifp_pay", b"maf_pay"), "lacks the column 'hifp_pay'"),
        (b'"' + HEADER, "header is not CSV"),
        (b"\xff" + HEADER, "header is not UTF-8"),
    ],
)
def test_a_wrong_header_is_wrong_usage(header: bytes, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        read(header, as_csv=True)


def test_a_header_may_be_quoted() -> None:
    assert csv_header(b'"on", command_id,' + HEADER.split(b",on,")[1], "f")[:2] == [
        "on",
        "command_id",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ROW + b",", "12 cells where the header has 11"),
        (b"x", "1 cells where the header has 11"),
        (ROW.replace(b"H1", b'"H1'), "not CSV"),
        (ROW.replace(b"H1", b"H\xff"), "not UTF-8"),
        (ROW.replace(b"H1", b"H\x00"), "U+0000"),
        (ROW.replace(b"H1", b"x" * (LINE_BYTES_MAX + 1)), "8 MiB"),
        (ROW.replace(b"H1", b"x" * 200_000), "not CSV"),
        (ROW.replace(b"100.00", b"100"), "hifp_pay"),
        (ROW.replace(b"C1", b""), "command_id is missing"),
    ],
)
def test_a_wrong_row_costs_that_row_alone(row: bytes, says: str) -> None:
    before, wrong, after = rows(ROW, row, ROW)
    assert before == after
    assert isinstance(before, Admitted)
    assert says in detail(wrong)


def test_cells_may_hold_commas_and_quotes() -> None:
    written = StringIO()
    csv.writer(written).writerow({**CLAIM, "institution": 'H "1", Hefei'}.values())
    (found,) = rows(written.getvalue().encode().strip())
    assert isinstance(found, Admitted)
    assert isinstance(found.command, SettleClaim)
    assert found.command.institution == 'H "1", Hefei'
