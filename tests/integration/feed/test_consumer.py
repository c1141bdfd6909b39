"""From a file of commands to a finance system: every process is the one that an operator runs."""

import re
import signal
import subprocess
import sys
from decimal import Decimal

from tests.cli.program import EXAMPLE, ROOT, environment, run, start

from .conftest import golden
from .readers import expected


def test_the_example_consumer_agrees_with_the_balances(kafka_url, new_database, ledger_name):
    """submit -> decider -> projector -> feed -> examples/balance_consumer.py, to the fen."""
    setting = {"CLEARING_LEDGER": ledger_name, "CLEARING_ACCEPT_UNSAFE": "1"}
    words = ["--log", kafka_url, "--db", new_database()]
    workers = start("run", *words, env=setting, stdout=subprocess.DEVNULL)
    try:
        done = run("submit", *words, str(EXAMPLE), env=setting)
        assert done.status == 0, done.err
        (end,) = re.findall(r"position (\d+)", done.out)
        asked = ["balances", *words, "--as-of", "2026-12-31", "--format", "json"]
        report = run(*asked, "--wait-for", end, env=setting)
        assert report.status == 0, report.err
        wanted = {(row["book"], row["account"]): row["amount"] for row in report.document["rows"]}
        assert consumed(kafka_url, ledger_name) == wanted
        assert wanted
    finally:
        workers.send_signal(signal.SIGTERM)
        _, said = workers.communicate(timeout=60)
    assert workers.returncode == 0, said


def consumed(kafka_url, ledger):
    """What the consumer prints once it has read the last position that moves money."""
    servers = kafka_url.removeprefix("kafka://")
    last = max(position for position, *_ in expected(golden()[0]))
    rows: list[list[str]] = []
    program = [sys.executable, "examples/balance_consumer.py", servers, ledger]
    for _ in range(20):
        done = subprocess.run(program, cwd=ROOT, env=environment(), capture_output=True, check=True)
        rows = [line.split("\t") for line in done.stdout.decode().splitlines()]
        if rows and max(int(position) for *_, position in rows) >= last:
            break
    return {(region, account): amount for region, account, amount, _ in rows if Decimal(amount)}
