"""Pictures of the web that browsers show although they are damaged are read; uploads of the same are refused."""

import io
import random
import struct
import time
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

from oracle.errors import BadImageError
from oracle.pictures.damaged import MIN_SHARE
from oracle.pictures.decoding import Decoder
from oracle.pictures.normalise import load_found, load_picture
from scripts.soaking.picture_files import damaged, png_chunks, png_file, samples, saved

SIZE = (320, 240)


@pytest.fixture(scope="module")
def photo(photos):
    with Image.open(photos[1]) as image:
        return image.convert("RGB").resize(SIZE)


@pytest.fixture(scope="module")
def decoder():
    with Decoder() as made:
        yield made


def interlaced_png(photo):
    pixels = np.asarray(photo)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx])
    header = struct.pack(">IIBBBBB", *photo.size, 8, 2, 0, 0, 1)
    return png_file([(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])


def files(photo):
    """Of each kind that Chromium shows when it is cut off, and how much of the first rows must then be right."""
    clear = photo.copy()
    clear.putalpha(255)
    return {
        "jpeg": saved(photo, "JPEG", quality=85),
        "jpeg with restarts": saved(photo, "JPEG", quality=85, restart_marker_rows=1),
        "jpeg grey": saved(photo.convert("L"), "JPEG"),
        "jpeg cmyk": saved(photo.convert("CMYK"), "JPEG"),
        "png": saved(photo, "PNG"),
        "png alpha": saved(clear, "PNG"),
        "png palette": saved(photo.quantize(200), "PNG"),
        "png grey": saved(photo.convert("L"), "PNG"),
        "png 16 bit": saved(Image.fromarray(np.asarray(photo.convert("L"), np.uint16) * 257), "PNG"),
        "webp": saved(photo, "WEBP", quality=85),
        "webp lossless": saved(photo, "WEBP", lossless=True),
        "webp with exif": saved(photo, "WEBP", quality=85, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0"),
        "gif": saved(photo.quantize(200), "GIF", interlace=0),
        "gif animated": saved(photo, "GIF", save_all=True, append_images=[photo.rotate(180)], interlace=0),
        "webp animated": saved(photo, "WEBP", quality=85, save_all=True, append_images=[photo.rotate(180)]),
        "apng": saved(photo, "PNG", save_all=True, append_images=[photo.rotate(180)]),
        "bmp of a palette": saved(photo.quantize(200), "BMP").ljust(100),
    }


def refused(data):
    """What an upload of it is told."""
    with pytest.raises(BadImageError) as told:
        load_picture(data)
    assert "export it again" in str(told.value), told.value


@pytest.mark.parametrize("percent", [95, 80, 40])
def test_what_is_left_of_a_picture_that_is_cut_off_is_read(photo, percent):
    for name, data in files(photo).items():
        # Of an animation, cut within its first frame.
        whole = load_picture(data)
        percent_of_file = percent // 3 if name in ("gif animated", "webp animated", "apng") else percent
        cut = data[: len(data) * percent_of_file // 100]
        refused(cut)
        shown = load_found(cut)
        assert (shown.width, shown.height, shown.rgb.shape) == (*SIZE, whole.rgb.shape), name
        # Bottom up: the last rows are what is left.
        one, other = (whole.rgb, shown.rgb) if not name.startswith("bmp") else (whole.rgb[::-1], shown.rgb[::-1])
        rows = int(240 * (percent_of_file / 100 - 0.17))
        assert rows <= 0 or np.abs(one[:rows].astype(int) - other[:rows]).mean() < 1, name
        if percent < 80 and rows > 0:
            assert (other[-20:] == 255).all(), name
        assert np.array_equal(load_found(cut).rgb, shown.rgb), name


def test_pictures_that_come_in_passes_are_seen_as_a_whole(photo):
    kinds = {
        "progressive jpeg": saved(photo, "JPEG", quality=85, progressive=True),
        "interlaced png": interlaced_png(photo),
        "interlaced gif": saved(photo.quantize(200), "GIF", interlace=1),
    }
    for name, data in kinds.items():
        cut = data[: len(data) * 60 // 100]
        refused(cut)
        shown = load_found(cut)
        assert shown.rgb.shape == (240, 320, 3), name
        small = [np.asarray(Image.fromarray(p.rgb).resize((20, 15), Image.Resampling.BOX), int)
                 for p in (load_picture(data), shown)]  # fmt: skip
        assert np.abs(small[0] - small[1]).mean() < 12, name


@pytest.mark.parametrize("missing", [1, 2, 3, 20])
def test_the_last_bytes_of_a_jpeg_do_not_matter(photo, missing):
    for progressive in (False, True):
        data = saved(photo, "JPEG", quality=85, progressive=progressive)
        refused(data[:-missing])
        shown, whole = load_found(data[:-missing]).rgb, load_picture(data).rgb
        assert np.abs(shown[:220].astype(int) - whole[:220]).max() <= (90 if progressive and missing > 2 else 0)


CHUNKS = [(b"tEXt", b"Comment\0hello"), (b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 500)),
          (b"iTXt", b"Comment\0\0\0\0\0hello"), (b"eXIf", b"II*\0\x08\0\0\0\0\0"), (b"tIME", b"\x07\xe0\1\1\1\1\1"),
          (b"pHYs", b"\0\0\1\0\0\0\1\0\1"), (b"gAMA", b"\0\0\xb1\x8f"), (b"cHRM", bytes(32)), (b"sRGB", b"\0"),
          (b"iCCP", b"a\0\0" + zlib.compress(b"no profile")), (b"bKGD", bytes(6)), (b"acTL", bytes(8)),
          (b"tRNS", bytes(6)), (b"abCd", b"unknown")]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), CHUNKS)
def test_a_wrong_checksum_beside_the_picture_does_not_matter(photo, kind, body):
    data = saved(photo, "PNG")
    chunk = struct.pack(">I", len(body)) + kind + body + b"\0\1\2\3"
    spoilt = data[:33] + chunk + data[33:]
    refused(spoilt)
    assert np.array_equal(load_found(spoilt).rgb, load_picture(data).rgb)


def test_odd_files_that_browsers_show_are_read(photo):
    jpeg, png = saved(photo, "JPEG", quality=85), saved(photo, "PNG")
    head, *_ = chunks = png_chunks(png)
    pixels = b"".join(body for kind, body in chunks if kind == b"IDAT")
    rows = bytearray(zlib.decompress(pixels))
    rows[961 * 200] = 9  # no such filter
    odd = {
        "marker that stands alone": (jpeg[:2] + b"\xff\x01" + jpeg[2:], jpeg),
        "short Adobe segment": (jpeg[:2] + b"\xff\xee\0\7Adobe" + jpeg[2:], jpeg),
        "text that unpacks to much": (png_file([head, (b"zTXt", b"C\0\0" + zlib.compress(bytes(3_000_000))),
                                                *chunks[1:]]), png),
        "wrong sum of the pixels": (png_file([head, (b"IDAT", pixels[:-4] + bytes(4)), (b"IEND", b"")]), png),
        "wrong filter": (png_file([head, (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b"")]), png),
        "broken stream": (png_file([head, (b"IDAT", pixels[: len(pixels) * 8 // 10] + b"\xff" * 99), (b"IEND", b"")]),
                          png),
    }  # fmt: skip
    for name, (data, like) in odd.items():
        refused(data)
        shown = load_found(data).rgb
        assert np.abs(shown[:160].astype(int) - load_picture(like).rgb[:160]).max() == 0, name


def test_bitmaps_with_unusual_colours_and_packings_are_read(photo):
    pixels = np.asarray(photo).astype(np.uint32)
    wide = (pixels[..., 0] << 20) | (pixels[..., 1] << 10) | pixels[..., 2]
    masks = struct.pack("<III", 0xFF << 20, 0xFF << 10, 0xFF)
    head = struct.pack("<IiiHHIIiiII", 40, *SIZE, 1, 32, 3, 0, 0, 0, 0, 0)
    data = b"BM" + struct.pack("<IHHI", 0, 0, 0, 66) + head + masks + wide[::-1].astype("<u4").tobytes()
    assert np.array_equal(load_found(data).rgb, np.asarray(photo))
    half = load_found(data[: 66 + 320 * 4 * 120]).rgb
    assert (half[:120] == 255).all() and np.array_equal(half[120:], np.asarray(photo)[120:])
    levels = np.asarray(photo.convert("L")) // 64
    runs = b"".join(b"".join(bytes([1, value]) for value in row) + b"\0\0" for row in levels[::-1]) + b"\0\1"
    palette = b"".join(bytes([0, value, value, 0]) for value in range(256))
    head = struct.pack("<IiiHHIIiiII", 40, *SIZE, 1, 8, 1, len(runs), 0, 0, 0, 0)
    packed = b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + palette + runs
    whole = load_picture(packed).rgb
    for end in (20_001, 20_002):
        assert np.array_equal(load_found(packed[: len(packed) - end]).rgb[120:], whole[120:])


def test_a_picture_of_which_too_little_is_left_is_refused(photo):
    for kind in ("JPEG", "PNG", "BMP"):
        data = saved(photo, kind)
        with pytest.raises(BadImageError, match="damaged"):
            load_found(data[: int(len(data) * MIN_SHARE * 0.4)])


def test_an_intact_picture_is_the_same_found_or_uploaded():
    for name, data in samples().items():
        one, other = load_picture(data), load_found(data)
        assert np.array_equal(one.rgb, other.rgb), name
        assert (one.width, one.height, one.format, one.sha256) == (other.width, other.height, other.format, one.sha256)


def test_the_decoder_mends_as_we_do_here(decoder, photo):
    for name, data in files(photo).items():
        cut = data[: len(data) * (25 if "anim" in name or name == "apng" else 80) // 100]
        here, there = load_found(cut), decoder.decode_found(cut)
        assert np.array_equal(here.rgb, there.rgb), name
        with pytest.raises(BadImageError, match="export it again"):
            decoder.decode(cut)


@seed(20261125)
@settings(max_examples=250, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 99), number=st.integers(0, 2**32), at=st.floats(0, 1))
def test_damaged_files_that_are_mended_do_no_more_than_be_refused(decoder, all_kinds, which, number, at):
    source, valid = random.Random(number), list(all_kinds.values())
    data = valid[which % len(valid)]
    changes = source.randrange(4)
    if changes == 0:
        data = data[: int(at * len(data))]
    elif changes == 1:
        data = flipped(data, source)
    elif changes == 2:
        data = doubled(data, source)
    else:
        data = damaged(data, source, valid)
    started = time.monotonic()
    try:
        got = decoder.decode_found(data)
    except BadImageError as problem:
        assert "survive" not in str(problem) and "within" not in str(problem)
    else:
        assert all(frame.rgb.shape == got.rgb.shape for frame in got.frames)
        assert max(got.rgb.shape) <= 640 and got.rgb.shape[2] == 3
    assert time.monotonic() - started < 15


@pytest.fixture(scope="module")
def all_kinds(photo):
    icon = io.BytesIO()
    photo.resize((128, 96)).save(icon, "ICO", bitmap_format="bmp", sizes=[(128, 96)])
    return {**samples(), **files(photo), "interlaced": interlaced_png(photo), "icon": icon.getvalue()}


def flipped(data, source):
    changed = bytearray(data)
    for _ in range(source.randint(1, 30)):
        changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def doubled(data, source):
    """A chunk of a PNG, or any stretch, twice or more often."""
    if data.startswith(b"\x89PNG"):
        chunks = png_chunks(data)
        at = source.randrange(len(chunks))
        return png_file(chunks[:at] + [chunks[at]] * source.randint(2, 4) + chunks[at + 1 :])
    start = source.randrange(len(data))
    end = start + source.randint(1, 2000)
    return data[:end] + data[start:end] * source.randint(1, 3) + data[end:]
