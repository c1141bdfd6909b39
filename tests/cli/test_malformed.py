"""Bytes that are no command: each is answered and kept, and the good lines around it count."""

import json
from contextlib import closing

import pytest

from eventlog.sqlite import SqliteLog
from schemas.door import LINE_BYTES_MAX
from tests.scenario import world

from .program import lines_of, outcomes_in

BOM = b"\xef\xbb\xbf"
CLAIM = world.settle("K0", command_id="never")
GOOD = json.dumps(CLAIM).encode()
CALENDAR = json.dumps(world.calendar(2030, command_id="never")).encode()


def nested(opening: bytes, closing_: bytes, depth: int) -> bytes:
    return b'{"type": "SettleClaim", "rows": ' + opening * depth + b"1" + closing_ * depth + b"}"


CORPUS = {
    "a brace": b"{",
    "a truncated line": GOOD[:-1],
    "a truncated text": GOOD[: len(GOOD) // 2],
    "two objects": GOOD + GOOD,
    "an object and more": GOOD + b" x",
    "a list of commands": b"[" + GOOD + b"]",
    "a text": b'"SettleClaim"',
    "a number": b"12",
    "null": b"null",
    "a word": b"SettleClaim",
    "a comment": b"// " + GOOD,
    "single quotes": GOOD.replace(b'"', b"'"),
    "a comma too many": GOOD[:-1] + b",}",
    "UTF-16": GOOD.decode().encode("utf-16-be").replace(b"\n", b""),
    "UTF-16 with its mark": GOOD.decode().encode("utf-16"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "Latin-1": GOOD.replace(b"H1", "Hôpital".encode("latin-1")),
    "GB 18030": GOOD.replace(b"H1", "北京协和医院".encode("gb18030")),
    "a byte order mark in the middle": BOM + GOOD,
    "NUL bytes": b"\x00" * 20,
    "a NUL byte in a text": GOOD.replace(b"H1", b"H\x00"),
    "an escaped NUL": GOOD.replace(b"H1", b"H\\u0000"),
    "a control character": GOOD.replace(b"H1", b"H\x01"),
    "half a surrogate": GOOD.replace(b"H1", b"\\ud800"),
    "an encoded surrogate": GOOD.replace(b"H1", b"\xed\xa0\x80"),
    "an overlong encoding": GOOD.replace(b"H1", b"\xc0\xaf"),
    "a key twice": GOOD[:-1] + b', "claim_id": "K0"}',
    "a key twice, the other escaped": GOOD[:-1] + b', "claim\\u005fid": "K0"}',
    "a key twice below": CALENDAR[:-1] + b', "x": {"a": 1, "a": 2}}',
    "NaN": CALENDAR.replace(b"2030", b"NaN"),
    "Infinity": CALENDAR.replace(b"2030", b"-Infinity"),
    "a huge number": CALENDAR.replace(b"2030", b"1" + b"0" * 400),
    "a number of 5000 digits": CALENDAR.replace(b"2030", b"9" * 5000),
    "a huge number besides a list": CALENDAR[:-1] + b', "x": [' + b"9" * 5000 + b"]}",
    "a huge exponent": CALENDAR.replace(b"2030", b"1e999999999"),
    "a fraction": CALENDAR.replace(b"2030", b"2030.0"),
    "a number with a zero before it": CALENDAR.replace(b"2030", b"02030"),
    "a boolean for a number": CALENDAR.replace(b"2030", b"true"),
    "a number for a text": GOOD.replace(b'"100.00"', b"100.00"),
    "null for a text": GOOD.replace(b'"H1"', b"null"),
    "no type": GOOD.replace(b'"type"', b'"kind"'),
    "a type that is none": GOOD.replace(b"SettleClaim", b"PayMe"),
    "a type that is a list": GOOD.replace(b'"SettleClaim"', b'["SettleClaim"]'),
    "an empty object": b"{}",
    "an empty id": GOOD.replace(b'"never"', b'""'),
    "an id of 65 characters": GOOD.replace(b"never", b"n" * 65),
    "lists in lists": nested(b"[", b"]", 100_000),
    "objects in objects": nested(b'{"a":', b"}", 100_000),
    "opened and never closed": b"[" * 1_000_000,
    "10 MB": b'{"type": "SettleClaim", "command_id": "' + b"x" * 10_000_000 + b'"}',
    "10 MB of nothing": b"x" * 10_000_000,
    "one byte more than 8 MiB": b"x" * (LINE_BYTES_MAX + 1),
}


def parked(place):
    with closing(SqliteLog(place.log)) as log:
        return list(log.parked())


def submitted(place, tmp_path, stream, *, name="-"):
    """Send it; return the outcomes. It must end with outcomes, not with a fault."""
    out = tmp_path / "out"
    done = place.call("submit", name, "--outcomes", str(out), stdin=stream)
    assert done.status == 1
    assert "Traceback" not in done.err
    return outcomes_in(out)


@pytest.mark.parametrize("what", CORPUS)
def test_a_malformed_line_is_answered_and_kept_and_stops_nothing(place, tmp_path, what):
    """Before it and after it stand good lines, which count."""
    line = CORPUS[what]
    before, after = lines_of(world.corridor()), lines_of([world.settle("K1")])
    first = before.count(b"\n")
    told = submitted(place, tmp_path, before + line + b"\n" + after)
    cuts = line.count(b"\n")  # some encodings have the byte of a line's end inside a character
    assert [each["outcome"] for each in told[:first]] == ["accepted"] * first
    assert told[-1]["outcome"] == "accepted"
    assert told[-1]["line"] == first + cuts + 2
    malformed = told[first:-1]
    assert malformed
    assert {(each["outcome"], each["reason"]) for each in malformed} == {("rejected", "malformed")}
    assert all(each["detail"] and not each["events"] for each in malformed)
    strays = parked(place)
    assert [each.place for each in strays] == [f"<stdin>:{each['line']}" for each in malformed]
    assert b"\n".join(each.value for each in strays) == line[:LINE_BYTES_MAX].strip(b" \t\r\n")
    assert [each.reason for each in strays] == [each["detail"] for each in malformed]


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_no_depth_of_nesting_stops_a_file(place, tmp_path, opening):
    """Around the depth where one reader gives up and another does not, too."""
    closing_ = {b"[": b"]", b'{"a":': b"}"}[opening]
    lines = [nested(opening, closing_, depth) for depth in (*range(1, 1100, 1), 5_000)]
    told = submitted(place, tmp_path, b"\n".join(lines) + b"\n" + lines_of(world.corridor()))
    assert {each["reason"] for each in told[: len(lines)]} == {"malformed"}
    assert {each["outcome"] for each in told[len(lines) :]} == {"accepted"}


def test_a_malformed_line_binds_no_id(place, tmp_path):
    submitted(place, tmp_path, lines_of(world.corridor()) + GOOD.replace(b'"H1"', b"1") + b"\n")
    assert place.call("submit", "-", stdin=GOOD + b"\n").out.startswith("1 accepted, ")


def test_strays_are_kept_once_however_often_they_are_sent(place, tmp_path):
    stream = b"{\n[\n{\n"
    submitted(place, tmp_path, stream)
    kept = parked(place)
    assert [(each.place, each.value) for each in kept] == [
        ("<stdin>:1", b"{"),
        ("<stdin>:2", b"["),
        ("<stdin>:3", b"{"),
    ]
    submitted(place, tmp_path, stream)
    assert parked(place) == kept
    (tmp_path / "in").write_bytes(stream)
    submitted(place, tmp_path, b"", name=str(tmp_path / "in"))
    assert len(parked(place)) == 6


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
def test_a_whole_file_in_another_encoding_is_answered_line_by_line(place, tmp_path, encoding):
    text = "".join(json.dumps(world.settle(f"K{n}")) + "\n" for n in range(50))
    told = submitted(place, tmp_path, text.encode(encoding))
    assert told
    assert {each["reason"] for each in told} == {"malformed"}
    assert len(parked(place)) == len(told)


def test_a_binary_file_is_answered_line_by_line(place, tmp_path):
    told = submitted(place, tmp_path, place.books.read_bytes())
    assert {each["reason"] for each in told} == {"malformed"}
    assert {each.value for each in parked(place)}


def test_a_line_of_8_mib_is_read_and_one_byte_more_is_not(place, tmp_path):
    """The limit itself: a report with as many rows as a line can hold."""

    def line(size):
        rows = [world.day_row(f"K{n:06d}") for n in range(57_000)]
        text = json.dumps(world.report_day("insured", *rows), separators=(",", ":"))
        return text[:-1].encode() + b" " * (size - len(text)) + b"}"

    told = submitted(place, tmp_path, lines_of(world.corridor()) + line(LINE_BYTES_MAX + 1) + b"\n")
    assert told[-1]["detail"].startswith("longer than 8 MiB")
    assert len(parked(place)[0].value) == LINE_BYTES_MAX
    done = place.call("submit", "-", stdin=line(LINE_BYTES_MAX) + b"\n")
    assert done.out.startswith("1 accepted, ")


@pytest.mark.parametrize("what", ["NUL bytes", "Latin-1", "a truncated line", "10 MB of nothing"])
def test_csv_keeps_its_strays_too(place, tmp_path, what):
    claim = world.settle("K1")
    names = [name for name in claim if name != "type"]
    row = ",".join(str(claim[name]) for name in names).encode()
    stream = b"\n".join([",".join(names).encode(), CORPUS[what], row, b""])
    (tmp_path / "claims.csv").write_bytes(stream)
    place.call("submit", "-", stdin=lines_of(world.corridor()))
    told = submitted(place, tmp_path, b"", name=str(tmp_path / "claims.csv"))
    assert [(each["line"], each["reason"]) for each in told] == [(2, "malformed"), (3, None)]
    assert [each.value for each in parked(place)] == [CORPUS[what][:LINE_BYTES_MAX]]
