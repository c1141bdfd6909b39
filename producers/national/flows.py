"""Who travels where: strongly one-sided flows, a few corridors with much of the load.

Source: domain.md 1, 4 ("never assume i to t is similar to t to i"); the weights are ASSUMED.
"""

from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import Final

from producers.national.provinces import NEIGHBOURS, Province

_SIMILAR: Final = 1.5
"""Two directions whose weights differ by less are pulled apart."""
_SPREAD: Final = 1.0
"""Of the logarithm of what no rule explains."""


def flows(members: Sequence[Province], random: Random) -> dict[tuple[int, int], float]:
    """Return each corridor's share of the claims, by the numbers of its regions; together 1.

    With three regions or more one corridor stays empty: its few claims are sent one by one.
    """
    weights = {
        (i, t): members[i].sends * members[t].draws * _way(members[i], members[t], random)
        for i in range(len(members))
        for t in range(len(members))
        if i != t
    }
    for a, b in combinations(range(len(members)), 2):
        more, less = sorted(((a, b), (b, a)), key=weights.__getitem__, reverse=True)
        if weights[more] < _SIMILAR * weights[less]:
            weights[more] *= _SIMILAR
    if len(members) > 2:
        weights[quiet_corridor(weights)] = 0.0
    whole = sum(weights.values())
    return {ends: weight / whole for ends, weight in weights.items()}


def quiet_corridor(weights: dict[tuple[int, int], float]) -> tuple[int, int]:
    """Return the corridor with the fewest travellers."""
    return min(weights, key=lambda ends: (weights[ends], ends))


def _way(insured: Province, treatment: Province, random: Random) -> float:
    known = NEIGHBOURS.get((insured.code[:2], treatment.code[:2]), 1)
    return known * random.lognormvariate(0, _SPREAD)
