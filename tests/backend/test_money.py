"""Money is whole minor units; nothing is rounded away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.money import MINOR_UNITS, Money, show_cpy


@given(st.integers(0, 10**15), st.sampled_from(sorted(MINOR_UNITS)))
def test_an_amount_is_shown_whole(minor, currency):
    shown = str(Money(minor, currency))
    digits = shown.removesuffix(f" {currency}")
    assert int(digits.replace(".", "")) == minor


@given(st.integers(0, 10**27))
def test_cpy_is_shown_to_the_wei(wei):
    whole, _, part = show_cpy(wei).removesuffix(" CPY").partition(".")
    assert int(whole) * 10**18 + int(part.ljust(18, "0") or 0) == wei


def test_amounts_that_cannot_be():
    for minor, currency in ((-1, "EUR"), (1, "XYZ")):
        with pytest.raises(ValueError, match=r"not a supported currency|cannot be negative"):
            Money(minor, currency)
