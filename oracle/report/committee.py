"""The committee's rule: whose agreement makes a report."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from oracle.errors import VerificationError

# More members than this are not tried in all combinations.
MAX_TO_COMBINE = 12


@dataclass(frozen=True)
class Rule:
    """`threshold` members sign, and among them are `methods` different methods of comparing pictures."""

    threshold: int
    methods: int

    def is_met_by(self, methods: Iterable[str]) -> bool:
        """Whether signers with these methods (empty: none declared) make a report."""
        given = list(methods)
        return len(given) >= self.threshold and (self.methods < 2 or len({m for m in given if m}) >= self.methods)


def largest_common(
    confirmed: Mapping[str, set[int]], methods: Mapping[str, str], own: str, rule: Rule
) -> tuple[set[int], set[str]]:
    """The most items that enough members all confirmed, and all members who confirmed just those.

    `confirmed`: items by member; `methods`: those of the members; `own`: the proposer's, who signs as well. Raises
    VerificationError if the proposer would sign alone.
    """
    if rule.threshold < 2:
        raise VerificationError("committee", "a threshold of one is not a committee")
    best: set[int] = set()
    for group in _groups(confirmed, rule):
        if rule.is_met_by([own, *(methods.get(address, "") for address in group)]):
            common = set.intersection(*(confirmed[address] for address in group))
            if len(common) > len(best):
                best = common
    return best, {address for address, ids in confirmed.items() if best and best <= ids}


def _groups(confirmed: Mapping[str, set[int]], rule: Rule) -> Iterable[tuple[str, ...]]:
    """Members who might sign together: no more than are needed for the number, and for the methods."""
    least, most = rule.threshold - 1, rule.threshold - 1 + max(rule.methods - 1, 0)
    if len(confirmed) <= MAX_TO_COMBINE:
        for size in range(least, min(most, len(confirmed)) + 1):
            yield from itertools.combinations(sorted(confirmed), size)
    else:  # a large committee: those who confirmed most
        ranked = sorted(confirmed, key=lambda a: (-len(confirmed[a]), a))
        yield from (tuple(ranked[:size]) for size in range(least, len(ranked) + 1))
