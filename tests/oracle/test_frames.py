"""Every frame of an animation that differs is looked at, in bounded work."""

import io
import struct
import time

import numpy as np
import pytest
from PIL import Image

from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.engine import Matcher, explain
from oracle.matching.verify.decision import MatchClass
from oracle.node.encounters import Encounters
from oracle.pictures.decoding import Decoder, decode_found, decode_untrusted
from oracle.pictures.frames import MAX_OTHERS
from oracle.pictures.normalise import load_found, load_picture
from scripts.soaking.picture_files import saved
from tests.conftest import jpeg

SIZE = (400, 300)


@pytest.fixture(scope="module")
def pictures(photos):
    made = []
    for path in photos[:4]:
        with Image.open(path) as image:
            made.append(image.convert("RGB").resize(SIZE))
    return made


def animated(frames, kind, durations=100, **options):
    options |= {"GIF": {"disposal": 2}, "WEBP": {"quality": 85}, "AVIF": {"quality": 80, "speed": 10}}.get(kind, {})
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=durations, **options)


KINDS = ["GIF", "WEBP", "PNG", "AVIF"]


@pytest.fixture(scope="module")
def prints(photos):
    return [(path.name, *fingerprint(load_picture(path.read_bytes()))) for path in photos[:4]]


@pytest.fixture(scope="module")
def matcher(prints):
    with Matcher() as made:
        for name, public, thumbnail in prints:
            made.add(name, public.to_bytes(), thumbnail)
        yield made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", ["clear", "white", "noise"])
def test_a_work_behind_an_empty_first_frame_is_found(matcher, photos, pictures, kind, first):
    noise = Image.effect_noise(SIZE, 90).convert("RGBA")
    empty = {"clear": Image.new("RGBA", SIZE), "white": Image.new("RGBA", SIZE, "white"), "noise": noise}[first]
    data = animated([empty, pictures[1].convert("RGBA")], kind, [10, 5000])
    found = [m for m in matcher.query(data) if m.match_class is MatchClass.COPY]
    assert [(m.work_id, m.frame) for m in found] == [(photos[1].name, 1)]
    assert matcher.query_picture(decode_untrusted(data)) == []  # as a work, it is its first frame


@pytest.mark.parametrize("kind", KINDS)
def test_all_works_of_an_animation_are_found_each_in_its_frame(matcher, prints, pictures, kind):
    data = animated(pictures[:3], kind, 500)
    picture = decode_found(data)
    assert [frame.frame for frame in picture.frames] == [0, 1, 2]
    assert {(m.work_id, m.frame) for m in matcher.query_picture(picture)} == {(prints[at][0], at) for at in range(3)}
    for at, frame in enumerate(picture.frames):
        assert np.abs(picture.at(at).rgb.astype(int) - np.asarray(pictures[at])).mean() < 9 and picture.at(at) is frame
    name, public, thumbnail = prints[2]
    told = explain(picture, Work.of(name, public, thumbnail))
    assert told is not None and told.match_class is MatchClass.COPY and told.frame == 2
    with pytest.raises(KeyError):
        picture.at(9)


def test_frames_that_look_alike_are_one(pictures):
    shaken = [Image.fromarray(np.clip(np.asarray(pictures[0]).astype(int) + n, 0, 255).astype(np.uint8))
              for n in range(5)]  # fmt: skip
    data = animated([*shaken, pictures[1], shaken[0], pictures[1]], "PNG")
    assert [frame.frame for frame in load_found(data).frames] == [0, 5]
    assert load_found(jpeg(pictures[0])).others == ()


def test_a_small_picture_that_changes_within_a_banner_counts(pictures):
    banner = Image.new("RGB", (728, 300), "navy")
    other = banner.copy()
    other.paste(pictures[2].resize((160, 120)), (500, 100))
    assert [f.frame for f in load_found(animated([banner, other], "GIF")).frames] == [0, 1]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_what_is_shown_for_long_is_kept_among_many_that_flash_by(pictures, kind):
    rng = np.random.default_rng(3)
    flashes = [Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(SIZE, Image.Resampling.NEAREST)
               for _ in range(40)]  # fmt: skip
    frames, durations = [*flashes[:20], pictures[1], *flashes[20:]], [20] * 41
    durations[20] = 3000
    chosen = load_found(animated(frames, kind, durations)).frames
    assert len(chosen) == 1 + MAX_OTHERS and 20 in [frame.frame for frame in chosen]


def long_gif(count, at, picture):
    """So many white frames, and one picture among them."""
    image = picture.resize((160, 120)).quantize(255)
    palette = (image.getpalette() or [])[:765]
    head = b"GIF89a" + struct.pack("<HH", 160, 120) + b"\xf7\0\0" + bytes(palette).ljust(765, b"\0") + b"\xff" * 3

    before = b"!\xf9\4\4\2\0\0\0," + struct.pack("<4HB", 0, 0, 160, 120, 0)
    shown = lzw(saved(image, "GIF", interlace=0, optimize=False))
    empty = lzw(saved(Image.new("P", (160, 120), 255), "GIF", interlace=0, optimize=False))
    frames = [before + (shown if number == at else empty) for number in range(count)]
    return head + b"".join(frames) + b";"


def lzw(gif):
    """The data of the only frame."""
    place = gif.index(b",", 13 + (3 << ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0))
    colours = 3 << ((gif[place + 9] & 7) + 1) if gif[place + 9] & 0x80 else 0
    return gif[place + 10 + colours : -1]


@pytest.mark.parametrize("at", [1, 5000, 9999])
def test_one_picture_among_ten_thousand_frames_is_found_in_bounded_time(pictures, at):
    data = long_gif(10_000, at, pictures[1])
    started = time.monotonic()
    with Decoder() as decoder:
        found = decoder.decode_found(data)
    assert time.monotonic() - started < 18
    assert [frame.frame for frame in found.frames] == [0, at]
    shown = np.asarray(Image.fromarray(found.others[0].rgb).resize(SIZE), int)
    assert np.abs(shown - np.asarray(pictures[1])).mean() < 15


def test_large_animations_are_looked_at_in_part(pictures):
    frames = [picture.convert("L").quantize(8).resize((1500, 1200)) for picture in pictures[:1]]
    plain = [Image.linear_gradient("L").resize((1500, 1200)).point(lambda v, n=n: (v + 4 * n) // 40 * 40 % 256)
             for n in range(60)]  # fmt: skip
    data = animated([*plain[:50], frames[0], *plain[50:]], "GIF")  # more than MAX_ANIMATION_PIXELS
    started = time.monotonic()
    with Decoder() as decoder:
        found = decoder.decode_found(data)
    assert time.monotonic() - started < 18
    assert 50 in [frame.frame for frame in found.frames] and len(found.frames) <= 1 + MAX_OTHERS


def test_a_frame_that_is_cut_off_is_looked_at_as_far_as_it_goes(matcher, photos, pictures):
    for kind in ("GIF", "PNG"):
        data = animated([Image.new("RGB", SIZE, "white"), pictures[1]], kind)
        found = [m.work_id for m in matcher.query(data[: len(data) * 85 // 100]) if m.match_class is MatchClass.COPY]
        assert found == [photos[1].name], kind


def test_what_was_seen_of_an_animation_meets_works_that_come_later(tmp_path, photos, pictures, prints):
    encounters = Encounters(tmp_path)
    data = animated([Image.new("RGB", SIZE, "white"), pictures[1], pictures[2]], "WEBP", 1000)
    picture = load_found(data)
    assert encounters.query(picture, keep=True) == []
    for name, public, thumbnail in prints[:3]:
        encounters.add_work(name, public.to_bytes(), thumbnail)
    assert encounters.take_hinted() == {picture.sha256.hex()}
    assert {m.work_id for m in encounters.query(picture)} == {photos[1].name, photos[2].name}
    # The same bytes read as a work are another question.
    assert encounters.query(load_picture(data)) == []
    assert {m.work_id for m in encounters.query(picture)} == {photos[1].name, photos[2].name}


def test_the_decoder_hands_over_the_frames_that_we_choose_here(pictures):
    with Decoder() as decoder:
        for kind in KINDS:
            data = animated(pictures, kind)
            here, there = load_found(data), decoder.decode_found(data)
            assert [f.frame for f in here.frames] == [f.frame for f in there.frames]
            for one, other in zip(here.frames, there.frames, strict=True):
                assert np.array_equal(one.rgb, other.rgb) and one.sha256 == other.sha256
            assert decoder.decode(data).others == ()


def test_a_hidden_default_picture_does_not_hide_the_animation(pictures):
    out = io.BytesIO()
    pictures[0].save(out, "PNG", save_all=True, append_images=pictures[1:3], default_image=True, duration=900)
    assert [frame.frame for frame in load_found(out.getvalue()).frames] == [0, 1, 2]
