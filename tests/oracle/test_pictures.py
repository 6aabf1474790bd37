"""Untrusted files become pictures or a clear refusal."""

import contextlib
import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from oracle.errors import BadImageError
from oracle.matching import normalise
from oracle.matching.fingerprint import MAX_BYTES, BadFingerprintError, Fingerprint, decode_thumbnail, fingerprint
from oracle.matching.normalise import load_picture
from tests.conftest import jpeg, noise


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_bomb(side):
    """A PNG header that promises side × side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    written = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(written)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"just text, no picture", "known format"),
        (b"<html><body>not found</body></html>", "known format"),
        (noise(1)[:400], "cut off"),
        (noise(1)[:-300], "cut off"),
        (png_bomb(60_000), "pixels"),
        (png_bomb(12_000), "pixels"),
        (jpeg(Image.new("RGB", (20, 400))), "too few"),
        (b"\xff\xd8\xff" + b"\0" * 500, "."),
        (b"GIF89a" + b"\xff" * 50, "."),
    ],
)
def test_what_is_no_usable_picture_is_refused_with_the_reason(data, told):
    with pytest.raises(BadImageError, match=told):
        load_picture(data)


def test_too_many_bytes_are_refused_unread(monkeypatch):
    monkeypatch.setattr(normalise, "MAX_BYTES", 100)
    with pytest.raises(BadImageError, match="smaller version"):
        load_picture(noise(1))


def test_random_damage_never_does_more_than_refuse():
    rng = random.Random(5)
    sources = [noise(2), saved(Image.open(io.BytesIO(noise(3))), "PNG"), saved(Image.new("RGB", (90, 90)), "WEBP")]
    for _ in range(300):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randint(1, 30)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        with contextlib.suppress(BadImageError):
            load_picture(bytes(data[: rng.randint(1, len(data))]))


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("RGB", "JPEG"), ("L", "PNG"), ("RGBA", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("1", "TIFF"),
     ("RGB", "WEBP"), ("RGB", "BMP"), ("RGB", "AVIF"), ("LA", "PNG")],
)  # fmt: skip
def test_all_modes_become_rgb(mode, kind):
    image = Image.new(mode, (120, 80))
    picture = load_picture(saved(image, kind))
    assert picture.rgb.shape == (80, 120, 3)
    assert picture.rgb.dtype == np.uint8


def test_orientation_transparency_and_size_are_normalised():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn right when shown
    turned = load_picture(saved(Image.new("RGB", (200, 100)), "JPEG", exif=exif))
    assert (turned.width, turned.height) == (100, 200)
    clear = load_picture(saved(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    assert clear.rgb.min() == 255
    large = load_picture(jpeg(Image.new("RGB", (3000, 1500))))
    assert max(large.rgb.shape) <= normalise.WORK_SIDE
    assert (large.width, large.height) == (3000, 1500)


def test_a_fingerprint_is_the_same_on_every_run_and_small(photos):
    for path in photos[:4]:
        picture = load_picture(path.read_bytes())
        one, thumbnail = fingerprint(picture)
        two, again = fingerprint(load_picture(path.read_bytes()))
        assert one.to_bytes() == two.to_bytes() and thumbnail == again
        assert len(one.to_bytes()) + len(thumbnail) <= MAX_BYTES
        assert max(decode_thumbnail(thumbnail).shape) == 256


def test_a_fingerprint_survives_writing_and_reading(photos):
    public, _ = fingerprint(load_picture(photos[0].read_bytes()))
    read = Fingerprint.from_bytes(public.to_bytes())
    assert read.to_bytes() == public.to_bytes()
    assert np.array_equal(read.features.descriptors, public.features.descriptors)


def test_broken_fingerprints_are_refused(photos):
    public, thumbnail = fingerprint(load_picture(photos[0].read_bytes()))
    whole = public.to_bytes()
    for broken in (b"", b"CTFP", whole[:-1], whole + b"x", b"XXXX" + whole[4:], whole[:4] + b"\x63" + whole[5:]):
        with pytest.raises(BadFingerprintError):
            Fingerprint.from_bytes(broken)
    for broken in (b"", b"no jpeg", thumbnail[:10]):
        with pytest.raises(BadFingerprintError):
            decode_thumbnail(broken)
