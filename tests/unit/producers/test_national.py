"""The generated country keeps to the published figures, and its files to the law of commands."""

import json
from collections import Counter
from datetime import date
from itertools import combinations, pairwise
from random import Random

import pytest

from ledger.errors import ConfigurationError
from producers.national import claims, published
from producers.national.flows import flows
from producers.national.generate import ANSWERS, COMMANDS, generate
from producers.national.plan import Plan
from producers.national.provinces import PROVINCES
from producers.national.workdays import WorkingDays, apportion, hours
from schemas.door import LINE_BYTES_MAX, Admitted, admit

CLAIMS = 50_000
STAYS = {"21", "23", "24", "52"}


def plan(**given) -> Plan:
    usual = {"regions": 4, "months": 2, "claims": 300, "seed": 1, "first": "202410"}
    return Plan(**{**usual, **given})


class Country:
    """A generated file, read once."""

    def __init__(self, folder, asked):
        self.made = generate(asked, folder)
        raw = (folder / COMMANDS).read_bytes().splitlines()
        self.longest = max(map(len, raw))
        self.commands = [json.loads(line) for line in raw]
        self.answers = json.loads((folder / ANSWERS).read_bytes())
        self.claims = self.of("SettleClaim")

    def of(self, kind):
        return [each for each in self.commands if each["type"] == kind]

    def reports(self, name):
        return [each["answer"] for each in self.answers["reports"] if each["report"] == name]

    def share(self, *kinds):
        return sum(len(self.of(kind)) for kind in kinds) / CLAIMS


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Country:
    """Four months over a year's end in all 32 provinces."""
    asked = plan(regions=32, months=4, claims=CLAIMS, seed=11)
    return Country(tmp_path_factory.mktemp("country"), asked)


def fen(text):
    return int(text.replace(".", ""))


def total(claims, *names):
    return sum(fen(claim[name]) for claim in claims for name in names if name in claim)


def test_as_many_claims_as_asked_for(country):
    assert len(country.claims) == CLAIMS == len({each["claim_id"] for each in country.claims})
    assert country.made.commands == len(country.commands)
    assert len({each["command_id"] for each in country.commands}) == len(country.commands)


def test_a_visit_costs_what_was_published(country):
    mean = total(country.claims, "medfee_sumamt") / CLAIMS / 100
    assert mean == pytest.approx(published.VISIT_YUAN, rel=0.04)


def test_classes_and_stays_have_their_shares(country):
    employees = sum(each["insutype"] != "390" for each in country.claims)
    stays = sum(each["med_type"] in STAYS for each in country.claims)
    assert employees / CLAIMS == pytest.approx(0.66, abs=0.01)
    assert stays / CLAIMS == pytest.approx(published.INPATIENT_SHARE, abs=0.005)


def test_funds_and_accounts_bear_what_was_published(country):
    cash = total(country.claims, "psn_cash_pay", "hosp_part_amt")
    whole = total(country.claims, "medfee_sumamt")
    assert 1 - cash / whole == pytest.approx(published.PAYABLE_SHARE, abs=0.03)


def test_every_fund_and_category_occurs(country):
    fields = Counter(name for each in country.claims for name in each)
    funds = "cvlserv_pay hifes_pay hifob_pay hifmi_pay maf_pay oth_pay acct_pay acct_mulaid_pay"
    assert set(funds.split()) <= set(fields)
    assert len(Counter(each["person_category"] for each in country.claims)) == 6
    chronic = [each for each in country.claims if each["med_type"] == "14"]
    assert len(Counter(each["dise_codg"] for each in chronic)) == 10


def test_persons_are_tokens_and_come_again(country):
    tokens = Counter(each["person_token"] for each in country.claims)
    assert all(len(token) == 16 for token in tokens)
    assert 2 < CLAIMS / len(tokens) < 4


@pytest.mark.parametrize("regions", [2, 3, 32])
def test_flows_are_never_similar_both_ways(regions):
    shares = flows(PROVINCES[:regions], Random(1))
    assert sum(shares.values()) == pytest.approx(1)
    for a, b in combinations(range(regions), 2):
        less, more = sorted((shares[a, b], shares[b, a]))
        assert more >= 1.49 * less


def test_a_few_corridors_carry_much(country):
    ends = Counter((each["insured_region"], each["treatment_region"]) for each in country.claims)
    most = sum(count for _, count in ends.most_common(50))  # one corridor in twenty
    assert most / CLAIMS > 0.5


def test_corrections_have_their_shares(country):
    assert country.share("ReverseClaim", "RefundClaim") == pytest.approx(0.015, abs=0.002)
    assert country.share("DeductClaim") == pytest.approx(0.02, abs=0.003)
    assert country.of("RecoverClaim")
    assert country.of("ReleaseDeduction")
    assert country.of("DisputeStatementLine")
    assert country.of("ConfirmInquiry")


def test_breaks_are_rare_and_of_many_kinds(country):
    (breaks,) = country.reports("breaks")
    rows = breaks["rows"]
    assert 0 < len(rows) < CLAIMS / 1_000
    assert len({row["category"] for row in rows}) >= 5
    assert {"OPEN", "ASSIGNED", "ESCALATED"} & {row["state"] for row in rows}
    assert "RESOLVED" in {row["state"] for row in rows}


def test_reports_stay_small(country):
    assert country.longest < LINE_BYTES_MAX / 8
    rows = sum(len(each["rows"]) for each in country.of("ReportDailyClaims"))
    assert rows < 3 * CLAIMS / 10


def test_days_and_hours_have_their_peaks(country):
    days = Counter(date.fromisoformat(each["on"]) for each in country.claims)
    assert days[date(2024, 11, 4)] > 1.3 * days[date(2024, 11, 6)] > 2 * days[date(2024, 11, 10)]
    clock = Counter(int(each["claim_id"][6:8]) for each in country.claims)
    assert sum(clock[hour] for hour in range(8, 18)) / CLAIMS == pytest.approx(0.85, abs=0.03)
    assert clock.most_common(1)[0][0] == 9


def test_commands_are_in_the_order_of_their_days(country):
    """But for the claims that arrive late; they are few."""
    last, late = "", 0
    for each in country.commands:
        late += each["on"] < last
        last = max(last, each["on"])
        assert each["on"] >= last or each["type"] == "SettleClaim"
    assert 0 < late < CLAIMS / 1_000


def test_all_levels_and_a_negative_line_occur(country):
    for statement in country.reports("statement"):
        assert {row["level"] for row in statement["rows"]} == {"NORMAL", "YELLOW", "RED"}
    (payments,) = country.reports("payments")
    assert "return" in {row["direction"] for row in payments["rows"]}
    assert country.of("PayReturn")
    assert country.of("RequestEmergencyIncrease")


def test_payments_are_in_time_late_and_open(country):
    (payments,) = country.reports("payments")
    assert {"RECEIVED", "MISSED_NEXT_CLEARING"} <= {row["state"] for row in payments["rows"]}
    late = [row for row in payments["rows"] if row["late_working_days"]]
    assert 0.05 < len(late) / len(payments["rows"]) < 0.4


def test_the_year_is_sized_from_its_own_quarter_and_closed(country):
    sized = country.of("SizeAdvance")
    assert len(sized) == 32 * 31
    assert all("q4" not in each and each["on"] >= "2025-01-31" for each in sized)
    assert {each["on"] for each in country.of("CloseYear")} == {"2025-03-31"}
    assert country.of("PayAdvance")
    assert country.of("PayAdvanceReturn")


def test_months_cleared_elsewhere_are_named_in_the_sizing(tmp_path):
    country = Country(tmp_path, plan(first="202411"))
    assert all(len(each["q4"]) == 3 for each in country.of("SizeAdvance"))


@pytest.mark.parametrize("regions", [2, 3, 5])
def test_every_command_has_the_form_of_the_door(tmp_path, regions):
    generate(plan(regions=regions, months=4), tmp_path)
    for line in (tmp_path / COMMANDS).read_bytes().splitlines():
        assert isinstance(admit(line), Admitted), line


def test_the_same_options_give_the_same_bytes(tmp_path):
    folders = [tmp_path / name for name in ("a", "b", "c")]
    for folder, seed in zip(folders, (5, 5, 6), strict=True):
        generate(plan(seed=seed), folder)
    a, b, c = ([(folder / name).read_bytes() for name in (COMMANDS, ANSWERS)] for folder in folders)
    assert a == b
    assert a != c


def test_long_days_are_written_in_batches(tmp_path, monkeypatch):
    folders = [tmp_path / name for name in ("whole", "batches")]
    counts: list[int] = []
    generate(plan(), folders[0])
    monkeypatch.setattr(claims, "_BATCH", 3)
    generate(plan(), folders[1], counts.append)
    assert max(counts) == 3
    whole, batches = ((folder / COMMANDS).read_bytes() for folder in folders)
    assert whole == batches


def test_what_stops_leaves_nothing_behind(tmp_path):
    def stop(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(plan(), tmp_path, stop)
    assert list(tmp_path.iterdir()) == []
    generate(plan(), tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyboardInterrupt):
        generate(plan(seed=2), tmp_path, stop)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"regions": 1}, "--regions is 1; it goes from 2 to 32"),
        ({"regions": 33}, "--regions"),
        ({"months": 0}, "--months"),
        ({"claims": 0}, "--claims"),
        ({"seed": -1}, "--seed"),
        ({"first": "209101"}, "--from"),
    ],
)
def test_a_plan_out_of_bounds_is_refused(given, said):
    with pytest.raises(ConfigurationError, match=said):
        plan(**given)


def test_working_days_are_those_of_the_worked_example():
    days = WorkingDays([2025, 2026])
    assert days.after(date(2025, 4, 30), 5) == date(2025, 5, 12)
    assert days.after(date(2025, 5, 12), 10) == date(2025, 5, 26)
    assert days.between(date(2025, 5, 26), date(2025, 6, 4)) == 6
    assert days.between(date(2025, 6, 4), date(2025, 5, 26)) == 0
    assert date(2025, 4, 27) in days
    assert days.load(date(2025, 5, 6)) > days.load(date(2025, 5, 7)) > days.load(date(2025, 5, 4))


def test_parts_sum_to_the_whole():
    assert apportion(10, [1, 1, 1]) == [3, 4, 3]
    assert sum(apportion(1_001, hours())) == 1_001
    assert all(later >= before for before, later in pairwise([0, *apportion(7, [0, 0.1, 5])]))
