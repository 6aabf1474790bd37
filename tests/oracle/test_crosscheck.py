"""The second method of comparing pictures: what it confirms and what it does not, without the engine that searches."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from oracle.crosscheck.verdict import is_copy, is_drawn
from oracle.errors import BadImageError
from oracle.matching.describe.fingerprint import decode_thumbnail_colours, fingerprint
from oracle.pictures.normalise import load_picture
from tests.benchmarks.graphics.kinds import graphics
from tests.conftest import jpeg, png

SEED = 20261201


def thumbnail_of(image):
    return fingerprint(load_picture(png(image)))[1]


def confirmed(image, work, quality=80):
    return is_copy(load_picture(jpeg(image.convert("RGB"), quality)), thumbnail_of(work))


@pytest.fixture(scope="module")
def work(photos):
    return Image.open(photos[0]).convert("RGB")


@pytest.fixture(scope="module")
def other(photos):
    return Image.open(photos[1]).convert("RGB")


def cropped(image):
    width, height = image.size
    return image.crop((width // 5, height // 6, width, height))


def written_on(image):
    done = image.copy()
    pen = ImageDraw.Draw(done)
    pen.rectangle((0, 0, image.width, image.height // 7), "white")
    pen.text((20, 20), "SALE SALE SALE", "black", font_size=image.height // 9)
    return done


def on_a_page(image):
    page = Image.new("RGB", (1200, 900), "white")
    page.paste(image.resize((420, round(420 * image.height / image.width))), (640, 300))
    pen = ImageDraw.Draw(page)
    for y in range(60, 860, 26):
        pen.line((60, y, 560, y), "black", 3)
    return page


def turned_a_little(image):
    return image.rotate(7, Image.Resampling.BICUBIC, expand=True)


@pytest.mark.parametrize(
    "edit",
    [
        lambda image: image,
        lambda image: image.resize((image.width // 3, image.height // 3)),
        cropped,
        ImageOps.mirror,
        ImageOps.invert,
        ImageOps.grayscale,
        written_on,
        on_a_page,
        turned_a_little,
        lambda image: image.transpose(Image.Transpose.ROTATE_90),
    ],
    ids=[
        "same",
        "small",
        "cropped",
        "mirrored",
        "negative",
        "grey",
        "written on",
        "on a page",
        "turned",
        "on its side",
    ],
)
def test_copies_are_confirmed(work, edit):
    assert confirmed(edit(work), work, 60)


def test_a_half_beside_another_picture_is_confirmed(work, other):
    pair = Image.new("RGB", work.size)
    pair.paste(work.crop((0, 0, work.width // 2, work.height)))
    pair.paste(other.resize(work.size).crop((0, 0, work.width // 2, work.height)), (work.width // 2, 0))
    assert confirmed(pair, work)


def test_other_photographs_are_not_confirmed(photos, strangers, work):
    for path in [*photos[1:3], *strangers[:3]]:
        assert not confirmed(Image.open(path), work), path.name


def test_a_frame_in_which_things_moved_differently_is_not_confirmed(work):
    """As another frame of a series: near things have moved by more than far ones."""
    pixels = np.asarray(work.resize((640, 480)))
    y, x = np.mgrid[:480, :640].astype(np.float32)
    near = 18 * np.sin(x / 61) * np.cos(y / 47)
    moved = cv2.remap(pixels, x + near.astype(np.float32), y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    assert not confirmed(Image.fromarray(moved), work)


@pytest.mark.parametrize("kind", ["certificates", "bar charts", "crosswords", "tickets", "business cards", "shirts"])
def test_another_graphic_of_a_template_is_not_confirmed_and_a_copy_is(kind):
    first, second = (
        Image.open(io.BytesIO(g.data)).convert("RGB")
        for g in graphics(SEED, 1, 2)
        if g.kind == kind
    )  # fmt: skip
    assert is_drawn(decode_thumbnail_colours(thumbnail_of(first)))
    assert confirmed(first.resize((first.width // 2, first.height // 2), Image.Resampling.LANCZOS), first)
    assert not confirmed(second, first)


def poster(ground, figure):
    image = Image.new("RGB", (600, 600), ground)
    pen = ImageDraw.Draw(image)
    rng = np.random.default_rng(5)
    for _ in range(18):
        x, y, r = (int(v) for v in rng.integers((40, 40, 20), (560, 560, 70)))
        pen.polygon([(x, y - r), (x + r, y + r), (x - r, y + r // 2)], figure)
    return image


def test_the_colours_of_a_graphic_count():
    """One design in two colours of one luminance."""
    white = (255, 255, 255)
    red, green = poster(white, (200, 40, 40)), poster(white, (20, 118, 20))
    greys = [np.asarray(image.convert("L")).astype(int) for image in (red, green)]
    assert np.abs(greys[0] - greys[1]).max() < 12
    assert confirmed(red, red) and confirmed(green, green)
    assert not confirmed(red, green)
    assert confirmed(red.convert("L"), red)  # without colours nothing speaks against it


def test_a_thumbnail_keeps_colours_and_tells_greys_from_them(work):
    colours = decode_thumbnail_colours(thumbnail_of(work))
    assert np.ptp(colours, axis=2).max() > 40
    greys = decode_thumbnail_colours(thumbnail_of(work.convert("L")))
    assert np.ptp(greys, axis=2).max() == 0
    assert confirmed(work, work.convert("L"))


def test_what_is_no_thumbnail_is_refused(work):
    with pytest.raises(BadImageError):
        is_copy(load_picture(png(work)), b"nothing")


def test_pictures_without_anything_in_them_are_no_copies(work):
    for picture in (Image.new("RGB", (300, 200), "white"), Image.new("L", (64, 64))):
        assert not confirmed(picture, work)
        assert not confirmed(work, picture)
        assert not confirmed(picture, picture)
