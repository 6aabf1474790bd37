"""Graphics that are the same but for their colours are not copies of each other; a copy may fade, or be tinted."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.engine import Matcher, explain
from oracle.matching.verify.colours import Recoloured, recoloured
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg, png

RED, BLUE, BLACK = (205, 35, 40), (30, 70, 190), (15, 15, 15)


def wordmark(colour, ground="white", ink=BLACK):
    """A star in a colour beside a name."""
    page = Image.new("RGB", (900, 420), ground)
    draw = ImageDraw.Draw(page)
    angles = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    radii = np.where(np.arange(18) % 2, 90, 170)
    draw.polygon([(210 + r * np.cos(a), 210 + r * np.sin(a)) for r, a in zip(radii, angles, strict=True)], fill=colour)
    for x, y, size in ((150, 180, 24), (240, 150, 30), (225, 260, 36), (170, 245, 18)):
        draw.ellipse([x, y, x + size, y + size], fill=ground)
    draw.text((430, 150), "Northern Quartz", ink, ImageFont.load_default(58), "lm")
    draw.text((432, 250), "Trading & Forwarding, est. 1911", ink, ImageFont.load_default(30), "lm")
    return page


def work_of(image):
    public, thumbnail = fingerprint(load_picture(png(image)))
    return Work.of("w", public, thumbnail)


def what(image, work):
    return explain(load_picture(jpeg(image, 80)), work)


@pytest.fixture(scope="module")
def red():
    return work_of(wordmark(RED))


@pytest.mark.parametrize("colour", [BLUE, BLACK, (30, 140, 60)])
def test_the_same_sign_in_another_colour_is_its_template(red, colour):
    found = what(wordmark(colour), red) if colour != BLACK else what(wordmark(RED), work_of(wordmark(BLACK)))
    assert found.match_class is MatchClass.SAME_TEMPLATE
    assert "the colours differ: same template, but not this work" in found.reasons


def test_a_large_ground_of_one_faint_colour_hides_no_other_sign():
    work = work_of(wordmark((48, 242, 156), (19, 41, 61), "white"))
    found = what(wordmark((242, 102, 48), (19, 41, 61), "white"), work)
    assert found.match_class is MatchClass.SAME_TEMPLATE


@pytest.mark.parametrize("colour", [(45, 215, 240), (220, 50, 245), (150, 150, 150)])
def test_a_small_sign_in_another_colour_counts_on_a_ground_of_a_strong_one(colour):
    def logo(colour):
        page = Image.new("RGB", (1000, 560), (48, 30, 80))
        small = wordmark(colour, (48, 30, 80), "white").resize((600, 280))
        page.paste(small, (200, 140))
        return page

    work = work_of(logo((212, 240, 50)))
    assert what(logo((212, 240, 50)), work).match_class is MatchClass.COPY
    assert what(logo(colour), work).match_class is MatchClass.SAME_TEMPLATE


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        ImageOps.grayscale,
        ImageOps.mirror,
        ImageOps.invert,
        lambda image: ImageEnhance.Color(image).enhance(0.4),
        lambda image: ImageEnhance.Color(image).enhance(1.8),
        lambda image: ImageEnhance.Brightness(image).enhance(0.7),
        lambda image: image.resize((360, 168)).rotate(4, expand=True, fillcolor="white"),
        # Paper under a warm lamp.
        lambda image: Image.fromarray((np.asarray(image) * (1.0, 0.93, 0.82)).astype(np.uint8)),
    ],
    ids=["coded", "grey", "mirrored", "negative", "paler", "more vivid", "darker", "turned", "warm"],
)
def test_a_copy_that_faded_or_was_tinted_is_a_copy(red, change):
    assert what(change(wordmark(RED)), red).match_class is MatchClass.COPY


def test_of_two_registered_colours_the_search_names_the_right_one():
    with Matcher() as matcher:
        for name, colour in (("red", RED), ("blue", BLUE)):
            public, thumbnail = fingerprint(load_picture(png(wordmark(colour))))
            matcher.add(name, public.to_bytes(), thumbnail)
        for name, colour in (("red", RED), ("blue", BLUE)):
            page = Image.new("RGB", (1200, 800), (238, 238, 240))
            page.paste(wordmark(colour).resize((675, 315)), (60, 90))
            for image in (wordmark(colour), page):
                found = matcher.query(jpeg(image, 80))
                assert [m.work_id for m in found if m.match_class is MatchClass.COPY] == [name]


def test_colours_are_compared_where_the_picture_lies():
    red, blue = (np.asarray(wordmark(colour).resize((256, 119))) for colour in (RED, BLUE))
    grey = np.repeat(np.asarray(wordmark(RED).convert("L").resize((256, 119)))[..., None], 3, axis=2)
    assert recoloured(red, red, np.eye(3)) == Recoloured(0.0, 0.0)
    different = recoloured(red, blue, np.eye(3))
    assert different.share > 0.5 and different.turned > 0.05
    assert recoloured(grey, grey, np.eye(3)) == Recoloured(0.0, 0.0)
    assert recoloured(red, blue, np.array([[1, 0, 1000], [0, 1, 0], [0, 0, 1.0]])) == Recoloured(0.0, 0.0)
