"""The auditor: one outcome for each line, and the reports, straight from the contract."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from . import form, reports, rules_breaks, rules_claims, rules_money
from .facts import EVER, Facts, Refused

Command = dict[str, Any]
Outcome = dict[str, Any]

RULES = {**rules_claims.RULES, **rules_money.RULES, **rules_breaks.RULES}


def outcome(
    command_id: str | None, answer: str, reason: str | None = None, field: str | None = None
) -> Outcome:
    return {"command_id": command_id, "outcome": answer, "reason": reason, "field": field}


class Auditor:
    """Takes commands as they were sent on the day `today`, and answers for them."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.facts = Facts()
        self.answers: dict[str, tuple[Command, Outcome]] = {}

    def submit(self, lines: Iterable[bytes | str | Command]) -> list[Outcome]:
        outcomes = []
        for number, sent in enumerate(lines, 1):
            line = sent.encode() if isinstance(sent, str) else sent
            if not isinstance(line, bytes) or line.strip():
                outcomes.append({"line": number, **self._answer(line)})
        return outcomes

    def _answer(self, line: bytes | Command) -> Outcome:
        try:
            command = form.command_of(form.parse(line) if isinstance(line, bytes) else line)
        except form.Malformed as fault:
            return outcome(fault.command_id, "rejected", "malformed", fault.field)
        return self._once(command)

    def _once(self, command: Command) -> Outcome:
        command_id = command["command_id"]
        if command_id in self.answers:
            first, answered = self.answers[command_id]
            if first != command:
                return outcome(command_id, "rejected", "command_id_reused")
            return {**answered, "outcome": "known"}
        answered = self._decide(command)
        if answered["reason"] != "malformed":  # a malformed one binds no id
            self.answers[command_id] = (command, answered)
        return answered

    def _decide(self, command: Command) -> Outcome:
        command_id = command["command_id"]
        try:
            future = date.fromisoformat(command["on"]) > self.today
            rules_claims.refuse_if(future, "settled_in_future")
            RULES[command["type"]](self.facts, command)
        except Refused as refused:
            return outcome(command_id, "rejected", refused.reason, refused.field)
        self.facts.accepted.add(command_id)
        return outcome(command_id, "accepted")

    def report(self, name: str, **args: Any) -> dict[str, Any]:
        """A report by its name on the command line; dates may be given as text."""
        if "as_of" in args and not isinstance(args["as_of"], date):
            as_of = args["as_of"]
            args["as_of"] = EVER if as_of is None else date.fromisoformat(as_of)
        made: dict[str, Any] = getattr(reports, name.replace("-", "_"))(self.facts, **args)
        return made


__all__ = ["RULES", "Auditor"]
