"""What pairs of features propose."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oracle.matching.describe.regions import remainders
from oracle.matching.verify.geometry import LOOSE_DEGREES, LOOSE_OCTAVES, similarity, squared_misses, turned_alike
from oracle.matching.verify.linear import products

places = arrays(np.float64, (6, 2), elements=st.floats(0, 640, width=32))
octaves = arrays(np.float64, 6, elements=st.floats(-4, 4, width=32))
degrees = arrays(np.float64, 6, elements=st.floats(-720, 720, width=32))


@given(places, places, octaves, degrees, st.integers(1, 6))
def test_misses_are_how_far_each_proposal_puts_the_other_pairs_off(q, w, scales, turns, first):
    misses = squared_misses(q, w, scales, turns, first)
    assert misses.shape == (first, 6)
    for at in range(first):
        laid = np.column_stack([q, np.ones(6)]) @ similarity(q[at], w[at], scales[at], turns[at]).T
        assert np.allclose(misses[at], ((laid[:, :2] - w) ** 2).sum(axis=1), rtol=1e-6, atol=1e-3)
        assert misses[at, at] < 1e-6


@given(octaves, degrees)
def test_pairs_turn_alike_all_around_the_circle(scales, turns):
    apart = np.abs((turns[None, :] - turns[:, None] + 180) % 360 - 180)
    expected = (apart < LOOSE_DEGREES) & (np.abs(scales[None, :] - scales[:, None]) < LOOSE_OCTAVES)
    clear = np.abs(apart - LOOSE_DEGREES) > 1e-3
    assert (turned_alike(scales, turns, 6) == expected)[clear].all()


@given(arrays(np.uint8, (4, 8)), arrays(np.uint8, (5, 8)))
def test_products_are_those_of_the_rows(one, other):
    expected = [[float(np.dot(a.astype(int), b.astype(int))) for b in other] for a in one]
    assert np.allclose(products(one.astype(np.float32), other.astype(np.float32)), expected)


@given(arrays(np.float32, (4, 2), elements=st.floats(-50, 450, width=32)))
def test_what_remains_lies_beside_the_outline_and_has_room(outline):
    height, width = 300, 400
    low, high = outline.min(axis=0), outline.max(axis=0)
    for region in remainders(outline, (height, width)):
        right, bottom = region.left + region.width, region.top + region.height
        assert 0 <= region.left < right <= width and 0 <= region.top < bottom <= height
        assert region.area >= 0.2 * height * width
        assert right <= low[0] + 1 or region.left >= high[0] - 1 or bottom <= low[1] + 1 or region.top >= high[1] - 1
