"""A side of a work beside something else."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.describe.regions import Region
from oracle.matching.describe.views import View
from oracle.matching.engine import explain
from oracle.matching.verify.decision import COPY_THRESHOLD, MatchClass
from oracle.matching.verify.halves import agreeing_side
from oracle.matching.verify.photometry import Comparison
from oracle.matching.verify.uniqueness import character
from oracle.matching.verify.verification import compare, to_whole, verify
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg


def compared(agreeing):
    """A comparison in which these blocks (1), and not those (0), agree; −1 was not compared."""
    values = np.select([agreeing == 1, agreeing == 0], [0.95, 0.1], np.nan).astype(np.float32)
    return Comparison(np.eye(3), values, np.zeros((*values.shape, 2), np.float32), 1.0, 0.0)


def work_of(path):
    public, thumbnail = fingerprint(load_picture(path.read_bytes()))
    return Work.of(path.name, public, thumbnail)


@pytest.mark.parametrize(
    ("turns", "corners"),
    [
        (0, [(0, 0), (96, 0), (96, 168), (0, 168)]),
        (1, [(0, 72), (168, 72), (168, 168), (0, 168)]),
        (2, [(72, 0), (168, 0), (168, 168), (72, 168)]),
        (3, [(0, 0), (168, 0), (168, 96), (0, 96)]),
    ],
)
def test_the_side_ends_at_the_border(turns, corners):
    blocks = np.zeros((20, 20), int)
    blocks[:, :12] = 1
    side = agreeing_side(compared(np.rot90(blocks, turns)))
    assert side is not None and np.abs(side - corners).max() <= 8


def test_a_frame_of_a_scene_that_half_stands_still_has_no_side():
    rng = np.random.default_rng(3)
    blocks = np.ones((20, 20), int)
    blocks[:, 10:] = rng.random((20, 10)) < 0.5
    assert agreeing_side(compared(blocks)) is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 1.0])
def test_blocks_that_agree_here_and_there_have_no_side(share):
    blocks = (np.random.default_rng(4).random((20, 20)) < share).astype(int)
    assert agreeing_side(compared(blocks)) is None


def test_the_strip_of_a_frame_that_bears_a_caption_is_no_side():
    blocks = np.zeros((20, 20), int)
    blocks[14:] = -1
    blocks[15:17, 2:18] = 1
    assert agreeing_side(compared(blocks)) is None
    blocks[11:14] = -1  # a large strip, in which little can be compared
    assert agreeing_side(compared(blocks)) is None


def test_a_side_needs_enough_blocks():
    blocks = np.full((20, 20), -1)
    blocks[8, 8:12] = (1, 1, 0, 0)
    assert agreeing_side(compared(blocks)) is None


def halved(image, other, reflect):
    """The left of the image and the right of the other one, without a visible border."""
    size = (600, 400)
    left, right = (np.asarray(ImageOps.fit(picture, size), np.float32) for picture in (image, other))
    fade = np.clip((np.arange(size[0]) - 225) / 30, 0, 1)[None, :, None]
    mixed = Image.fromarray((left * (1 - fade) + right * fade).astype(np.uint8))
    return ImageOps.mirror(mixed) if reflect else mixed


@pytest.mark.parametrize("reflect", [False, True])
def test_a_side_of_a_work_that_melts_into_another_picture_is_found_where_it_is(photos, strangers, reflect):
    other = Image.open(strangers[0]).convert("RGB")
    found = on_its_side = 0
    for path in photos[:8]:
        image = ImageOps.fit(Image.open(path).convert("RGB"), (600, 400))
        public, thumbnail = fingerprint(load_picture(jpeg(image)))
        hit = compare(load_picture(jpeg(halved(image, other, reflect))), Work.of("w", public, thumbnail))
        if hit is not None and hit.chance >= COPY_THRESHOLD:
            x = hit.evidence.outline[:, 0]
            found += 1
            on_its_side += bool(x.min() > 310 if reflect else x.max() < 290)
    # Where much of the other picture happens to agree, the whole is a copy that something was laid over.
    assert found >= 7 and on_its_side >= 3


def test_what_a_part_cut_off_from_a_work_counts(photos):
    work = work_of(photos[1])
    sheet = np.full((480, 640), 250, np.uint8)
    image = np.asarray(Image.open(photos[1]).convert("L").resize((400, 300)))
    sheet[90:390, 120:520] = image
    region = Region(120, 90, 180, 130)  # a fifth of the work
    part = verify(0, work, View.of(np.ascontiguousarray(region.cut(sheet))), None)
    assert part is not None and part.evidence.comparison.visible < 0.24
    whole = to_whole(part, region, sheet, work)
    assert whole.chance >= COPY_THRESHOLD and whole.evidence.comparison.visible > 0.9
    assert cv2.boundingRect(whole.evidence.outline) == pytest.approx((120, 90, 400, 300), abs=6)


def two_panels(right_seed):
    """A drawn page: the left panel is that of its template, the right one has content of its own."""
    page = Image.new("RGB", (960, 560), "white")
    draw = ImageDraw.Draw(page)
    for left, seed in ((20, 1), (490, right_seed)):
        chance = np.random.default_rng(seed)
        for row in range(12):
            words = " ".join("".join(chance.choice(list("abcdefghklmnoprstuvw"), 6)) for _ in range(4))
            draw.text((left, 16 + 44 * row), words, "black", ImageFont.load_default(26))
    return page


def test_the_common_half_of_two_graphics_makes_no_copy():
    public, thumbnail = fingerprint(load_picture(jpeg(two_panels(2), 95)))
    work = Work.of("w", public, thumbnail)
    assert character(work.thumbnail).graphic
    assert explain(load_picture(jpeg(two_panels(2))), work).match_class is MatchClass.COPY
    for seed in (3, 4, 5):
        found = explain(load_picture(jpeg(two_panels(seed))), work)
        assert found is None or found.match_class is not MatchClass.COPY
