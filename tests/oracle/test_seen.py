"""Pictures seen before meet works that come later."""

import hashlib

import pytest
from PIL import Image, ImageOps

from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.seen import SeenPictures
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg


def work_of(data):
    public, thumbnail = fingerprint(load_picture(data))
    return Work.of("work", public, thumbnail)


@pytest.fixture(scope="module")
def originals(photos):
    return [Image.open(path).convert("RGB") for path in photos[:2]]


def see(seen, name, data):
    with Matcher() as nothing:
        seen.note(name, nothing.look(load_picture(data)).views)


@pytest.fixture(scope="module")
def crowd(originals, strangers, tmp_path_factory):
    """Many renditions of one photograph, and strangers."""
    folder = tmp_path_factory.mktemp("seen")
    photo = originals[0]
    with SeenPictures(folder) as seen:
        for side in range(200, 440, 20):
            see(seen, f"small-{side}", jpeg(ImageOps.contain(photo, (side, side))))
        see(seen, "mirrored", jpeg(ImageOps.mirror(photo)))
        see(
            seen,
            "cropped",
            jpeg(
                photo.crop(
                    tuple(round(v * side) for v, side in zip((0.2, 0.2, 0.85, 0.9), photo.size * 2, strict=True))
                )
            ),
        )
        page = Image.new("RGB", (900, 700), (235, 240, 230))
        page.paste(ImageOps.contain(photo, (300, 300)), (420, 300))
        see(seen, "page", jpeg(page))
        for path in strangers:
            see(seen, f"stranger-{path.name}", path.read_bytes())
    return folder


def test_a_new_work_hints_at_every_picture_that_shows_it_and_at_few_others(crowd, originals, strangers):
    with SeenPictures(crowd) as seen:
        hinted = seen.hinted_at(work_of(jpeg(originals[0], 95)))
    renditions = {f"small-{side}" for side in range(200, 440, 20)}
    assert renditions | {"mirrored", "cropped", "page"} <= hinted
    assert len([name for name in hinted if name.startswith("stranger")]) <= len(strangers) / 4


def test_a_work_that_was_never_seen_hints_at_nothing(crowd, originals):
    with SeenPictures(crowd) as seen:
        assert seen.hinted_at(work_of(jpeg(originals[1]))) == set()


def test_a_picture_is_noted_once_and_forgotten_with_all_its_views(tmp_path, originals):
    data = jpeg(originals[0])
    name = hashlib.sha256(data).hexdigest()
    with SeenPictures(tmp_path) as seen:
        see(seen, name, data)
        views = len(seen)
        see(seen, name, data)
        assert len(seen) == views > 0 and name in seen
    with SeenPictures(tmp_path) as again:
        assert again.hinted_at(work_of(data)) == {name}
        again.forget(name)
        assert len(again) == 0 and again.hinted_at(work_of(data)) == set()
