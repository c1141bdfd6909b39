"""The published figures that the generator keeps to. Source: domain.md 8, 3.2, 4, and as named.

What nobody publishes is marked ASSUMED; it is chosen so that the published totals come out.
Shares are of 1; amounts are in yuan.
"""

from typing import Final

VISIT_YUAN: Final = 1_981.80
"""Mean cost of a visit: 786.774 bn yuan / 397 M visits, 2024."""
EMPLOYEE_SHARE: Final = 0.66
"""262 M of 397 M visits, 2024; the rest are residents'."""
INPATIENT_SHARE: Final = 11.25 / (118 + 11.25)
"""Stays of all cross-province settlements, 2023."""
PAYABLE_SHARE: Final = 153.67 / 129 * 1_000 / VISIT_YUAN
"""What funds and accounts bear of the cost: 153.67 bn yuan not advanced in 129 M visits, 2023."""
INPATIENT_YUAN: Final = 16_000.0
"""ASSUMED: the mean cost of a stay. That of other visits follows from VISIT_YUAN."""

SCOPE_SHARE: Final = 0.85
"""ASSUMED: how much of a stay's cost is within the policy's scope."""
STAY_EMPLOYEE_SHARE: Final = 0.83
"""Reimbursed within scope, employees (domain.md 1, 17)."""
STAY_RESIDENT_SHARE: Final = 0.73
"""Reimbursed within scope, residents (domain.md 1, 17)."""
REFERRAL_POINTS: Final = 0.10
"""Less for the referred and for emergencies (domain.md 2.3)."""
TEMPORARY_POINTS: Final = 0.20
"""Less for those who travel without referral (domain.md 2.3)."""

REVERSED_SHARE: Final = 0.009
REFUNDED_SHARE: Final = 0.006
"""Reversals and refunds together: 1.5 % of claims."""
DEDUCTED_SHARE: Final = 0.02
RECOVERED_SHARE: Final = 0.003  # ASSUMED, as are the rest
DISPUTED_SHARE: Final = 0.000_2
HELD_SHARE: Final = 0.000_2
LATE_SHARE: Final = 0.000_3
"""Claims that arrive days after they were settled: the line was down."""
MANUAL_SHARE: Final = 0.000_2
"""Claims that were paid by hand besides; each is a break."""
BREAK_SHARE: Final = 0.000_6
"""Claims that a daily reconciliation disagrees on; with those paid by hand below 0.1 %."""
QUIET_SHARE: Final = 0.000_2
"""Days of corridors reported without a difference, for each claim."""
INQUIRED_SHARE: Final = 0.02
"""Of stays that may be inquired into."""
INQUIRY_YUAN: Final = 30_000
"""The least cost of a stay that may be inquired into (F15)."""

WORKING_HOURS: Final = range(8, 18)
WORKING_HOURS_SHARE: Final = 0.85
"""Of a day's claims, in these ten hours."""
PEAK_HOUR: Final = 9
PEAK_HOUR_FACTOR: Final = 1.5
"""The peak hour against the mean of the working hours."""
AFTER_REST_FACTOR: Final = 1.6
"""A Monday, or the first working day after a holiday, against another working day."""
REST_FACTOR: Final = 0.45
"""ASSUMED: a day off against a working day."""
