"""What `submit` reads and writes: JSON Lines, CSV, standard input, several files, outcomes."""

import csv
import json
import os
import random
import threading
from io import StringIO

import pytest

from tests.scenario import world

from .program import EXAMPLE, call, lines_of, outcomes_in

BOM = b"\xef\xbb\xbf"
CLAIMS = [
    world.settle("K1"),
    world.settle("K2", institution='the "first", and best', acct_pay="30.00", dise_codg="I10"),
    world.resident("K3", institution="协和医院", hifmi_pay="20.00", actor="审核员"),
    world.settle("K4", on="2025-03-31", correlation_id="c 4", hosp_part_amt="0.00"),
]


def csv_of(claims, *, columns=None, newline="\r\n", empty=()) -> bytes:
    """The claims as CSV, their columns in random order; columns of `empty` stand there unfilled."""
    names = list(columns or {name for claim in claims for name in claim if name != "type"})
    names += [name for name in empty if name not in names]
    random.shuffle(names)
    text = StringIO()
    writer = csv.DictWriter(text, names, lineterminator=newline, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(claims)
    return text.getvalue().encode()


@pytest.fixture
def world_of_claims(place):
    """A ledger that takes claims."""
    assert place.call("submit", "-", stdin=lines_of(world.corridor())).status == 0
    return place


def counts(done) -> tuple[int, ...]:
    """How many were accepted, known, rejected."""
    parts = done.out.split(";")[0].split(", ")
    return tuple(int(part.split()[0]) for part in parts)


# -- JSON Lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: lines, id="as it is"),
        pytest.param(lambda lines: BOM + lines, id="a byte order mark"),
        pytest.param(lambda lines: lines.replace(b"\n", b"\r\n"), id="CRLF"),
        pytest.param(lambda lines: lines.rstrip(b"\n"), id="no end of line at the end"),
        pytest.param(lambda lines: b"\n \n\t\n" + lines.replace(b"\n", b"\n\n\r\n"), id="blanks"),
        pytest.param(
            lambda lines: lines.replace(b"{", b"  { ").replace(b"\n", b"  \n"), id="spaces"
        ),
    ],
)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_json_lines_are_read_whatever_stands_around_them(place, tmp_path, spoil, way):
    stream = spoil(lines_of([*world.corridor(), *CLAIMS]))
    (tmp_path / "in.jsonl").write_bytes(stream)
    words = str(tmp_path / "in.jsonl") if way == "file" else "-"
    done = place.call("submit", words, stdin=stream)
    assert (done.status, done.err) == (0, "")
    assert counts(done) == (len(world.corridor()) + len(CLAIMS), 0, 0)
    plain = place.call("submit", "-", stdin=lines_of(CLAIMS))
    assert counts(plain) == (0, len(CLAIMS), 0)


def test_keys_in_another_order_are_the_same_content(world_of_claims):
    world_of_claims.call("submit", "-", stdin=lines_of(CLAIMS))
    turned = [dict(reversed(claim.items())) for claim in CLAIMS]
    spaced = b"".join(json.dumps(each, indent=None, separators=(" , ", " : ")).encode() + b"\n" for each in turned)  # fmt: skip
    assert counts(world_of_claims.call("submit", "-", stdin=spaced)) == (0, len(CLAIMS), 0)


@pytest.mark.parametrize("content", [b"", b"\n", b" \t\r\n\n", BOM, BOM + b"\n"])
@pytest.mark.parametrize("name", ["in.jsonl", "-"])
def test_a_file_without_a_line_is_a_file_without_commands(place, tmp_path, content, name):
    (tmp_path / "in.jsonl").write_bytes(content)
    words = name if name == "-" else str(tmp_path / name)
    done = place.call("submit", words, "--outcomes", str(tmp_path / "out"), stdin=content)
    assert (done.status, done.err) == (0, "")
    assert done.out == "0 accepted, 0 known, 0 rejected; the log ends at position 0\n"
    assert (tmp_path / "out").read_bytes() == b""


def test_several_files_are_read_one_after_the_other(place, tmp_path):
    parts = {"a.jsonl": lines_of(world.corridor()), "b.csv": csv_of(CLAIMS[:2])}
    for name, content in parts.items():
        (tmp_path / name).write_bytes(content)
    files = [str(tmp_path / name) for name in parts]
    out = tmp_path / "out"
    rest = lines_of([*CLAIMS[2:], {"type": "?"}])
    done = place.call("submit", *files, "-", files[1], "--outcomes", str(out), stdin=rest)
    assert done.status == 1
    told = [(each["file"], each["line"], each["outcome"]) for each in outcomes_in(out)]
    number = len(world.corridor())
    assert told == [
        *((files[0], line, "accepted") for line in range(1, number + 1)),
        (files[1], 2, "accepted"),
        (files[1], 3, "accepted"),
        ("<stdin>", 1, "accepted"),
        ("<stdin>", 2, "accepted"),
        ("<stdin>", 3, "rejected"),
        (files[1], 2, "known"),
        (files[1], 3, "known"),
    ]


def test_line_numbers_count_every_line_of_the_file(place, tmp_path):
    out = tmp_path / "out"
    stream = b"\n\n{}\n\n" + b"x" * 5_000_000 + b"\n\r\n[]\n"
    place.call("submit", "-", "--outcomes", str(out), stdin=stream)
    assert [each["line"] for each in outcomes_in(out)] == [3, 5, 7]


# -- CSV -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda lines: lines, id="as it is"),
        pytest.param(lambda lines: BOM + lines, id="a byte order mark"),
        pytest.param(lambda lines: lines.replace(b"\r\n", b"\n"), id="LF"),
        pytest.param(lambda lines: lines.rstrip(b"\r\n"), id="no end of line at the end"),
        pytest.param(lambda lines: lines.replace(b"\r\n", b"\r\n\r\n"), id="blank lines"),
        pytest.param(lambda lines: b"\n" + lines, id="a blank line before the header"),
        pytest.param(lambda lines: lines.replace(b",", b" , ", 5), id="spaces in the header"),
    ],
)
@pytest.mark.parametrize("way", ["file", "flag", "stdin"])
def test_csv_is_the_same_content_as_json(world_of_claims, tmp_path, spoil, way):
    """Sent as CSV first and as JSON then, every claim is known; also the other way round."""
    stream = spoil(csv_of(CLAIMS, empty=("cvlserv_pay", "admitted_on", "scheme")))
    file = tmp_path / ("claims.csv" if way == "file" else "claims.txt")
    file.write_bytes(stream)
    words = {"file": [str(file)], "flag": ["--csv", str(file)], "stdin": ["--csv", "-"]}[way]
    first = world_of_claims.call("submit", *words, stdin=stream)
    assert (first.status, first.err) == (0, "")
    assert counts(first) == (len(CLAIMS), 0, 0)
    assert counts(world_of_claims.call("submit", "-", stdin=lines_of(CLAIMS))) == (0, 4, 0)
    assert counts(world_of_claims.call("submit", *words, stdin=stream)) == (0, 4, 0)


def test_an_empty_cell_is_an_absent_field_and_a_quoted_one_too(world_of_claims):
    claim = world.settle("K9")
    names = [name for name in claim if name != "type"]
    header = ",".join([*names, "actor", "dise_codg"])
    row = ",".join(f'"{claim[name]}"' for name in names)
    done = world_of_claims.call("submit", "--csv", "-", stdin=f'{header}\n{row},,""\n'.encode())
    assert (done.status, done.err) == (0, "")
    assert counts(world_of_claims.call("submit", "-", stdin=lines_of([claim]))) == (0, 1, 0)


NEEDED = [name for name in world.settle("K1") if name != "type"]
HEADERS = {
    "an unknown column": ([*NEEDED, "colour"], "has an unknown column 'colour'"),
    "the type, which is given": ([*NEEDED, "type"], "has an unknown column 'type'"),
    "a column without a name": ([*NEEDED, ""], "has an unknown column ''"),
    "a column in capitals": ([*NEEDED[:-1], NEEDED[-1].upper()], "has an unknown column '"),
    "a column twice": ([*NEEDED, "on"], "has the column 'on' twice"),
    "a missing column": ([n for n in NEEDED if n != "hifp_pay"], "lacks the column 'hifp_pay'"),
    "no claim": ([name for name in NEEDED if name != "claim_id"], "lacks the column 'claim_id'"),
    "no id": ([n for n in NEEDED if n != "command_id"], "lacks the column 'command_id'"),
}


@pytest.mark.parametrize("what", HEADERS)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_a_header_that_is_wrong_is_wrong_usage_and_nothing_is_sent(
    world_of_claims, tmp_path, what, way
):
    columns, says = HEADERS[what]
    claim = world.settle("K1")
    row = ",".join(str(claim.get(name, "")) for name in columns)
    stream = f"{','.join(columns)}\n{row}\n".encode()
    (tmp_path / "bad.csv").write_bytes(stream)
    (tmp_path / "good.jsonl").write_bytes(lines_of([world.settle("K7")]))
    words = {
        "file": [str(tmp_path / "good.jsonl"), str(tmp_path / "bad.csv")],
        "stdin": ["-", "--csv"],
    }
    before = world_of_claims.call("submit", "-").out
    done = world_of_claims.call("submit", *words[way], stdin=stream)
    assert done.status == 2
    assert says in done.sentence
    assert ("bad.csv" if way == "file" else "<stdin>") in done.sentence
    assert world_of_claims.call("submit", "-").out == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks the column"),
        (b"\n\n", "lacks the column"),
        (BOM, "lacks the column"),
        (b"\xff\xfe,on\n", "not UTF-8"),
        (b'"claim_id\n', "not CSV"),
        (b'{"type": "SettleClaim"}\n', "unknown column"),
    ],
)
def test_a_csv_file_without_a_header_is_wrong_usage(place, tmp_path, content, says):
    (tmp_path / "claims.csv").write_bytes(content)
    done = place.call("submit", str(tmp_path / "claims.csv"))
    assert done.status == 2
    assert says in done.sentence
    empty = place.call("submit", "-", "--csv", stdin=content)
    assert empty.status == 2
    assert "header" in empty.sentence


def test_a_row_that_is_wrong_costs_itself_alone(world_of_claims, tmp_path):
    """Too few cells, too many, an open quote, no UTF-8: each is told, and the rest goes on."""
    lines = csv_of(CLAIMS, columns=NEEDED, newline="\n").splitlines(keepends=True)
    wrong = [
        b"one cell\n",
        lines[1].rstrip(b"\n") + b",more\n",
        b'"' + lines[2],
        lines[1].replace(b"H1", b"\xff"),
        b",".join([b""] * len(NEEDED)) + b"\n",
        lines[1].replace(b"100.00", b"1e2"),
    ]
    rows = [each for pair in zip(lines[1:4], wrong[:3], strict=True) for each in pair]
    stream = b"".join([lines[0], *rows, *wrong[3:], lines[4]])
    out = tmp_path / "out"
    done = world_of_claims.call("submit", "--csv", "-", "--outcomes", str(out), stdin=stream)
    assert done.status == 1
    told = [(each["line"], each["reason"]) for each in outcomes_in(out)]
    assert [line for line, reason in told if reason == "malformed"] == [3, 5, 7, 8, 9, 10]
    assert [line for line, _ in told] == [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]


def test_csv_through_a_pipe_loses_no_row(world_of_claims, tmp_path):
    """A named pipe, as `<(...)` of a shell is one, can be read only once."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(csv_of(CLAIMS),))
    writer.start()
    done = world_of_claims.call("submit", str(pipe))
    writer.join()
    assert (done.status, done.err) == (0, "")
    assert counts(done) == (len(CLAIMS), 0, 0)


# -- outcomes --------------------------------------------------------------------------------------

FIELDS = ["file", "line", "command_id", "outcome", "reason", "field", "detail", "events"]


def test_outcomes_have_exactly_the_shape_of_the_contract(place, tmp_path):
    out = tmp_path / "out"
    lines = [
        *world.corridor(),
        world.settle("K1", command_id="一"),
        world.settle("K1", command_id="一"),
        world.settle("K1", command_id="一", medfee_sumamt="1.00"),
        world.settle("K1", command_id="two"),
        world.settle("K1", command_id="three", medfee_sumamt=1),
        world.generate("202502"),
    ]
    place.call("submit", "-", "--outcomes", str(out), stdin=lines_of(lines) + b"{\n")
    text = out.read_text("utf-8")
    assert text.endswith("\n")
    told = [json.loads(line) for line in text.splitlines()]
    assert all(list(each) == FIELDS for each in told)
    assert all(each["file"] == "<stdin>" for each in told)
    assert [each["line"] for each in told] == [*range(1, len(lines) + 2)]
    accepted, known, reused, refused, malformed, generated, stray = told[-7:]
    (event,) = accepted["events"]
    assert event == {"event_id": "一/0", "type": "ClaimSettled", "position": 9}
    assert "一" in text  # readable, not escaped
    assert accepted == {**known, "outcome": "accepted", "line": accepted["line"]}
    assert (accepted["outcome"], known["outcome"]) == ("accepted", "known")
    assert (accepted["reason"], accepted["field"], accepted["detail"]) == (None, None, None)
    assert (reused["outcome"], reused["reason"], reused["events"]) == (
        *("rejected", "command_id_reused"),
        [],
    )
    assert (refused["reason"], refused["field"], refused["events"]) == ("claim_exists", None, [])
    assert (malformed["reason"], malformed["field"]) == ("malformed", "medfee_sumamt")
    assert (malformed["command_id"], malformed["events"]) == ("three", [])
    assert generated["outcome"] == "accepted"
    assert (stray["command_id"], stray["reason"], stray["field"]) == (None, "malformed", None)
    assert all(isinstance(each["detail"], str) for each in told if each["reason"])


def test_the_outcomes_of_a_file_are_written_anew(place, tmp_path):
    out = tmp_path / "out"
    for _ in range(2):
        place.call("submit", str(EXAMPLE), "--outcomes", str(out))
        assert len(outcomes_in(out)) == 98
    assert {each["outcome"] for each in outcomes_in(out)} == {"known"}


def test_batches_are_invisible_in_the_outcomes(empty, copied, tmp_path, monkeypatch):
    """The same file in one batch and in many gives the same bytes of outcomes and reports."""
    answers = []
    for chunk in (2 << 20, 700):
        place = copied(empty)
        monkeypatch.setattr("producers.files._CHUNK_BYTES", chunk)
        out = tmp_path / "out"
        place.call("submit", str(EXAMPLE), "--outcomes", str(out))
        pools = place.call("pools", "--as-of", "2025-06-15", "--format", "json")
        answers.append((out.read_bytes(), pools.out))
    assert answers[0] == answers[1]


def test_a_file_with_an_odd_name_is_told_by_it(place, tmp_path):
    """A name that is no UTF-8 is shown with a replacement; its lines are answered all the same."""
    name = os.fsdecode(os.fsencode(tmp_path) + b"/odd \xff \xe4\xb8\xad.jsonl")
    with open(name, "wb") as file:  # noqa: PTH123 -- a name that is no text
        file.write(lines_of(world.corridor()) + b"no command\n")
    out = tmp_path / "out"
    done = place.call("submit", name, "--outcomes", str(out))
    assert done.status == 1
    assert counts(done) == (len(world.corridor()), 0, 1)
    assert "odd � 中.jsonl:9: malformed" in done.err
    assert outcomes_in(out)[-1]["file"].endswith("odd � 中.jsonl")


def test_the_outcomes_are_never_written_over_the_commands(place, tmp_path):
    file = tmp_path / "in.jsonl"
    commands = lines_of(world.corridor())
    file.write_bytes(commands)
    (tmp_path / "link").symlink_to(file)
    for out in (file, tmp_path / "link"):
        done = place.call("submit", str(file), "--outcomes", str(out))
        assert done.status == 2
        assert "holds commands" in done.sentence
        assert file.read_bytes() == commands
    assert counts(place.call("submit", str(file)))[0] == commands.count(b"\n")


@pytest.mark.parametrize("where", ["missing/out", "."])
def test_outcomes_that_cannot_be_written_are_wrong_usage_and_nothing_is_sent(
    place, tmp_path, where
):
    out = tmp_path / where
    done = place.call("submit", str(EXAMPLE), "--outcomes", str(out))
    assert done.status == 2
    assert str(out) in done.sentence
    assert place.call("submit", "-").out.endswith("the log ends at position 0\n")


def test_default_names_work_from_any_folder(nowhere):
    (nowhere / "in.jsonl").write_bytes(lines_of(world.corridor()))
    done = call("submit", "in.jsonl", "--outcomes", "out.jsonl")
    assert done.status == 0
    assert {each["file"] for each in outcomes_in(nowhere / "out.jsonl")} == {"in.jsonl"}
