"""Which works can be looked for at all. Who registers one that cannot be told from others learns it at once."""

from __future__ import annotations

from oracle.matching.describe.fingerprint import Fingerprint, Work
from oracle.matching.index.index import WorkIndex
from oracle.matching.search import search
from oracle.matching.verify.blocks import TEXTURE, moments
from oracle.matching.verify.decision import COPY_THRESHOLD, MIN_BLOCKS
from oracle.matching.verify.uniqueness import character
from oracle.pictures.normalise import Picture, Pixels

# Features without which nothing names the work.
MIN_FEATURES = 16
NOT_RECOGNISED = "its details are so small that it cannot be told from similar pictures"


def why_not_monitored(public: Fingerprint, thumbnail: Pixels) -> str | None:
    """The end of the sentence “It is not monitored because …”, or None for a work that can be found."""
    structured = int((moments(thumbnail.astype("float32"))[1] > TEXTURE).sum())
    if structured < MIN_BLOCKS:
        return "it is too uniform: a single colour, a gradient, or very little on an empty background"
    if len(public.features) < MIN_FEATURES:
        return "it has too few details to be recognised"
    if not character(thumbnail).distinctive.any():
        return "it is made of repeating parts, such as a pattern, a grid or an empty form, so others look the same"
    return None


def why_not_recognised(picture: Picture, work: Work) -> str | None:
    """Ends “It is not monitored because …” for a graphic that is not even found in the picture that it was made from:
    the rule that tells it from others of its template does not forgive what a change of size does to small letters."""
    if not character(work.thumbnail).graphic:
        return None
    index = WorkIndex()
    index.add(0, work.fingerprint)
    if any(hit.chance >= COPY_THRESHOLD for hit in search(picture, index, lambda _: work).found):
        return None
    return NOT_RECOGNISED
