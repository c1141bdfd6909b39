"""What befalls some claims after their settlement: reversals, deductions, refunds and the like.

Which month a correction counts in: commands.md, "Which period an item belongs to".
"""

from collections.abc import Callable
from itertools import accumulate
from typing import Final

from ledger.money import yuan
from ledger.vocabulary import CommandId
from producers.national import published
from producers.national.books import Sums
from producers.national.country import Country, Followed

_NAMES: Final = ("reverse", "refund", "deduct", "recover", "hold", "dispute", "late", "manual")
_SHARES: Final = (
    published.REVERSED_SHARE,
    published.REFUNDED_SHARE,
    published.DEDUCTED_SHARE,
    published.RECOVERED_SHARE,
    published.HELD_SHARE,
    published.DISPUTED_SHARE,
    published.LATE_SHARE,
    published.MANUAL_SHARE,
)
LIMITS: Final = tuple(zip(accumulate(_SHARES), _NAMES, strict=True))
"""The lot below which each befalls a claim."""
ANY: Final = sum(_SHARES)
"""Below this lot something befalls a claim."""
_REASONS: Final = ("OUT_OF_SCOPE", "OVER_STANDARD", "REPEATED_EXAMINATION", "NO_INDICATION")
_RELEASED_SHARE: Final = 0.1
_AFTER_STATEMENT_SHARE: Final = 0.4
_FULL_REFUND_SHARE: Final = 0.7


def fate(lot: float) -> str:
    """Return what befalls a claim with a lot below `ANY`."""
    return next(name for limit, name in LIMITS if lot < limit)


class Corrections:
    """Sends corrections, and keeps the sums of what they take away."""

    def __init__(self, country: Country) -> None:
        """Take part in a run."""
        self._country = country
        self._random = country.random
        self.to_dispute: list[Followed] = []
        self._steps: dict[str, Callable[[Followed], None]] = {
            "refund": self._will_refund,
            "deduct": self._will_deduct,
            "recover": self._will_recover,
            "hold": self._will_hold,
            "dispute": self.to_dispute.append,
        }

    def follow(self, name: str, claim: Followed) -> None:
        """Let something befall a claim, some days from now."""
        self._steps[name](claim)

    def _take(self, claim: Followed, amount: int, period: int) -> Sums:
        """Take an amount off a claim, in a month of clearing; a negative one gives it back."""
        sums = claim.corridor.sums(period)
        sums.classes[claim.cls] -= amount
        sums.items += 1
        self._move(claim, -amount)
        claim.left -= amount
        return sums

    def _move(self, claim: Followed, amount: int) -> None:
        claim.corridor.care[self._country.month] += amount
        claim.corridor.hospitals[claim.hospital] += amount

    def reverse(self, claim: Followed) -> None:
        """Take a claim back on the day of its settlement."""
        cause = "TIMEOUT_REVERSAL" if self._random.random() < 0.2 else "CANCEL_SAME_DAY"
        self._country.send("ReverseClaim", claim_id=claim.claim_id, cause=cause)
        sums = claim.corridor.sums(claim.month)
        sums.visits -= 1
        sums.medfee_sumamt -= claim.medfee_sumamt
        sums.classes[claim.cls] -= claim.payable
        self._move(claim, -claim.payable)

    def _will_refund(self, claim: Followed) -> None:
        early = self._random.random() < 0.5
        days = self._random.randint(1, 12) if early else self._random.randint(35, 65)
        self._country.in_days(days, self._refund_some, claim)

    def _refund_some(self, claim: Followed) -> None:
        whole = self._random.random() < _FULL_REFUND_SHARE
        cause = "REFUND_NON_CONSECUTIVE"
        if claim.month <= self._country.stated:
            cause = "REFUND_AFTER_CLEARING"
        if claim.on.year < self._country.today.year:
            cause = "REFUND_CROSS_YEAR"
        if self._random.random() < 0.1:
            cause = "RECLASSIFY_CHRONIC"
        self.refund(claim, None if whole else max(1, claim.left // 2), cause)

    def refund(self, claim: Followed, amount: int | None, cause: str) -> CommandId:
        """Give back an amount, or all that is left."""
        part = {} if amount is None else {"amount": yuan(amount)}
        sent = self._country.send("RefundClaim", claim_id=claim.claim_id, cause=cause, **part)
        period = self._country.first_unstated(self._country.month)
        self._take(claim, claim.left if amount is None else amount, period)
        return sent

    def _will_recover(self, claim: Followed) -> None:
        self._country.in_days(self._random.randint(35, 75), self._recover, claim)

    def _recover(self, claim: Followed) -> None:
        amount = max(1, claim.left * self._random.randint(5, 100) // 100)
        self._country.send(
            "RecoverClaim",
            claim_id=claim.claim_id,
            amount=yuan(amount),
            reason_code="VIOLATION",
        )
        self._take(claim, amount, self._country.first_unstated(self._country.month))

    def _will_deduct(self, claim: Followed) -> None:
        late = self._random.random() < _AFTER_STATEMENT_SHARE
        days = self._random.randint(25, 60) if late else self._random.randint(3, 18)
        self._country.in_days(days, self.deduct, claim)

    def deduct(self, claim: Followed) -> None:
        """Deduct a part after review; one in ten is released later."""
        amount = max(1, claim.left * self._random.randint(2, 40) // 100)
        deduction = self._country.send(
            "DeductClaim",
            claim_id=claim.claim_id,
            amount=yuan(amount),
            reason_code=self._random.choice(_REASONS),
        )
        self._take(claim, amount, self._own_or_dated(claim)).deduction += amount
        if self._random.random() < _RELEASED_SHARE:
            days = self._random.randint(5, 25)
            self._country.in_days(days, self._release_deduction, claim, deduction, amount)

    def _release_deduction(self, claim: Followed, deduction: str, amount: int) -> None:
        self._country.send(
            "ReleaseDeduction",
            claim_id=claim.claim_id,
            deduction=deduction,
            amount=yuan(amount),
        )
        self._take(claim, -amount, self._own_or_dated(claim)).deduction -= amount

    def _own_or_dated(self, claim: Followed) -> int:
        """Return the claim's own month while that is not stated, else that of today."""
        country = self._country
        if claim.period is not None and claim.period > country.stated:
            return claim.period
        return country.first_unstated(country.month)

    def _will_hold(self, claim: Followed) -> None:
        self._country.in_days(self._random.randint(1, 12), self._hold, claim)

    def _hold(self, claim: Followed) -> None:
        self._country.send("HoldClaim", claim_id=claim.claim_id, reason="documents are missing")
        self.set_aside(claim)
        self._country.in_days(self._random.randint(3, 30), self.release, claim)

    def set_aside(self, claim: Followed) -> None:
        """Take a claim out of its month."""
        assert claim.period is not None
        self._count(claim, claim.period, -1)
        claim.period = None

    def release(self, claim: Followed) -> None:
        """Let a held claim into the first month not stated."""
        self._country.send("ReleaseClaim", claim_id=claim.claim_id)
        claim.period = self._country.first_unstated(claim.month)
        self._count(claim, claim.period, 1)

    def _count(self, claim: Followed, period: int, sign: int) -> None:
        sums = claim.corridor.sums(period)
        sums.visits += sign
        sums.medfee_sumamt += sign * claim.medfee_sumamt
        sums.classes[claim.cls] += sign * claim.payable
        sums.items += sign

    def dispute(self, period: int) -> None:
        """Dispute claims of the statements just made; a few weeks later they are let in again."""
        for claim in [each for each in self.to_dispute if each.month == period]:
            self._country.send(
                "DisputeStatementLine",
                **claim.corridor.fields,
                period=self._country.plan.period(period),
                claim_id=claim.claim_id,
                reason="the discharge summary does not match",
            )
            self.set_aside(claim)
            self._country.in_days(self._random.randint(5, 25), self.release, claim)
        self.to_dispute[:] = [each for each in self.to_dispute if each.month > period]

    def will_inquire(self, claim: Followed) -> None:
        """Let a costly stay be questioned, answered by the 26th of the month after, confirmed."""
        self._country.in_days(self._random.randint(5, 20), self._inquire, claim)

    def _inquire(self, claim: Followed) -> None:
        country = self._country
        country.send("OpenInquiry", claim_id=claim.claim_id, question="is the length of stay right")
        ahead = country.month + (2 if country.today.day >= 26 else 1)
        if ahead < country.plan.all_months:
            answered = country.plan.day(ahead, self._random.randint(5, 26))
            country.at(answered, self._answer, claim)

    def _answer(self, claim: Followed) -> None:
        wrong = self._random.random() < 0.2
        reason = {"reason": "billed twice"} if wrong else {}
        result = "ISSUE" if wrong else "NO_ISSUE"
        self._country.send("AnswerInquiry", claim_id=claim.claim_id, result=result, **reason)
        confirmed = self._country.workdays.after(self._country.today, self._random.randint(1, 5))
        self._country.at(confirmed, self._confirm, claim, wrong)

    def _confirm(self, claim: Followed, wrong: bool) -> None:  # noqa: FBT001 -- handed on
        self._country.send("ConfirmInquiry", claim_id=claim.claim_id)
        if wrong:
            self.deduct(claim)
