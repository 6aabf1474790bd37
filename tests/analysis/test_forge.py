"""forge's tests of what is promised to owner, licensee and accused, and its invariants, in a short run.

`scripts/soak` runs them for long.
"""

from scripts.analysis import forge

SEED = 20261125


def test_what_is_promised_holds_whatever_is_done_in_whatever_order():
    assert forge.fuzz(runs=32, depth=48, seed=SEED, more=[]) == 0
