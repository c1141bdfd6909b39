import csv
import json
from io import StringIO
from typing import get_type_hints

import pytest

from cli.render import COLUMNS, render
from reports.balances import Balance
from reports.breaks import BreakRow
from reports.notices import NoticeLine
from reports.payments import PaymentRow
from reports.pools import PoolRow
from reports.statement import StatementRow

ROWS = {
    "balances": Balance,
    "statement": StatementRow,
    "payments": PaymentRow,
    "pools": PoolRow,
    "breaks": BreakRow,
}
BOOKS = {
    "as_of": "2025-06-15",
    "position": 136,
    "books": {
        f"{region}0000": {"CASH": "1234567.05", "EXP": "-1234567.05", "SUSPENSE": "0.00"}
        for region in range(11, 42)
    },
    "sums": {f"{region}0000": "0.00" for region in range(11, 42)},
}
BREAK = {
    "break_id": "MISSING_AT_INSURED:K05",
    "category": "MISSING_AT_INSURED",
    "insured_region": "340000",
    "treatment_region": "310000",
    "claim_id": "K05",
    "difference": "-43500.00",
    "opened_on": "2025-03-25",
    "age_days": 44,
    "bucket": "31-60",
    "owner": "上海\x1b[31m",
    "state": "ESCALATED",
    "resolved_on": None,
    "resolution": None,
}
BREAKS = {"as_of": "2025-05-08", "position": 4711, "rows": [BREAK]}


@pytest.mark.parametrize("name", ROWS)
def test_columns_are_the_fields_of_the_rows(name):
    assert [column.field for column in COLUMNS[name]] == list(get_type_hints(ROWS[name]))


def test_columns_of_notices_are_those_of_a_line():
    fields = [column.field for column in COLUMNS["notices"]]
    assert fields == ["region", "side", *get_type_hints(NoticeLine)]


def test_a_wide_trial_balance_is_cut_into_blocks_not_numbers():
    text = render("trial-balance", BOOKS, "table")
    assert max(map(len, text.splitlines())) <= 100
    assert text.count("1,234,567.05") == 62
    assert text.count("sum") > 1
    assert text.endswith("at position 136\n")


def test_an_empty_trial_balance_is_a_table_all_the_same():
    empty = {"as_of": "2025-06-15", "position": 0, "books": {}, "sums": {}}
    assert "none" in render("trial-balance", empty, "table")
    assert render("trial-balance", empty, "csv") == "as_of,book,family,amount,position\n"


def test_what_has_no_room_is_named_below():
    text = render("breaks", BREAKS, "table", width=100)
    assert "not shown: category" in text
    assert "MISSING_AT_INSURED:K05" in text
    wide = render("breaks", BREAKS, "table", width=300)
    assert "not shown" not in wide


def test_a_narrow_table_keeps_its_numbers():
    text = render("breaks", BREAKS, "table", width=10)
    assert "-43,500.00" in text


def test_text_of_users_cannot_move_the_cursor():
    text = render("breaks", BREAKS, "table", width=300, colours=False)
    assert "\x1b" not in text
    assert "上海?[31m" in text


def test_colours_are_for_terminals():
    plain = render("breaks", BREAKS, "table", width=300)
    coloured = render("breaks", BREAKS, "table", width=300, colours=True)
    assert "\x1b[33mESCALATED\x1b[0m" in coloured
    assert "\x1b" not in plain


def test_chinese_characters_take_two_cells():
    lines = render("breaks", BREAKS, "table", width=300).splitlines()
    rule, row = lines[3], lines[4]
    # Two of the characters before the state are wide, so it begins two places earlier.
    state = [index for index in range(len(rule)) if rule[index - 1] == " " and rule[index] == "─"]
    assert row.index("ESCALATED") + 2 in state


def test_json_is_indented_and_keeps_what_is_not_ascii():
    text = render("breaks", BREAKS, "json")
    assert json.loads(text) == BREAKS
    assert text == json.dumps(BREAKS, ensure_ascii=False, indent=2) + "\n"


def test_csv_has_the_position_on_every_row():
    (row,) = csv.DictReader(StringIO(render("breaks", BREAKS, "csv")))
    assert row["position"] == "4711"
    assert row["as_of"] == "2025-05-08"
    assert row["resolved_on"] == ""
    assert row["owner"] == BREAK["owner"]


def test_notices_are_one_row_a_line_in_csv_and_table():
    line = {
        "counterparty": "310000",
        "marked": True,
        "employee": "1300.00",
        "resident": "-0.00",
        "amount": "1300.00",
    }
    document = {
        "scheme": "CROSS_PROVINCE",
        "period": "202504",
        "as_of": None,
        "position": 9,
        "notices": {"320000": {"payment": [line], "receipt": []}},
    }
    assert render("notices", document, "csv").splitlines() == [
        "scheme,period,as_of,region,side,counterparty,marked,employee,resident,amount,position",
        "CROSS_PROVINCE,202504,,320000,payment,310000,true,1300.00,-0.00,1300.00,9",
    ]
    table = render("notices", document, "table")
    assert "320000  payment  310000        *  1,300.00      0.00  1,300.00" in table
