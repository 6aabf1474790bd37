"""What Chromium shows of damaged and odd pictures, we read: it is asked itself."""

import base64
import gzip
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from oracle.errors import BadImageError
from oracle.evidence.capture import find_chromium
from oracle.pictures.normalise import load_found
from scripts.soaking.picture_files import png_chunks, png_file, saved

SIZE = (160, 120)
ACROSS = 6


def odd_pictures(photo):
    """Names and bytes, all of which Chromium shows at least in part."""
    jpeg, png = saved(photo, "JPEG", quality=85), saved(photo, "PNG")
    progressive = saved(photo, "JPEG", quality=85, progressive=True)
    gif, lined = saved(photo.quantize(200), "GIF", interlace=0), saved(photo.quantize(200), "GIF", interlace=1)
    bitmap = saved(photo, "BMP")
    head, *rest = png_chunks(png)
    pixels = b"".join(body for kind, body in rest if kind == b"IDAT")
    end = (b"IEND", b"")
    text = b"\0\0\0\5tEXta\0bcd\0\0\0\0"
    yield "jpeg", jpeg
    for percent in (95, 80, 40):
        for name, data in (("jpeg", jpeg), ("progressive", progressive), ("png", png), ("gif", gif),
                           ("interlaced gif", lined), ("bmp", bitmap)):  # fmt: skip
            yield f"{name} cut at {percent} %", data[: len(data) * percent // 100]
    yield "jpeg without end", jpeg[:-2]
    yield "jpeg with junk behind", jpeg + b"junk" * 99
    yield "jpeg with a bare marker", jpeg[:2] + b"\xff\x01" + jpeg[2:]
    yield "jpeg with a short Adobe segment", jpeg[:2] + b"\xff\xee\0\7Adobe" + jpeg[2:]
    yield "png with a wrong checksum of a text", png[:33] + text + png[33:]
    yield "png with a large text", png_file([head, (b"zTXt", b"C\0\0" + zlib.compress(bytes(3_000_000))), *rest])
    yield "png with a wrong sum of its pixels", png_file([head, (b"IDAT", pixels[:-4] + bytes(4)), end])
    xmp = b'http://ns.adobe.com/xap/1.0/\0<a tiff:Orientation="6"/>'
    yield "jpeg turned by XMP", jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp + jpeg[2:]
    icon = io.BytesIO()
    photo.save(icon, "ICO", sizes=[SIZE, (48, 36)])
    yield "icon", icon.getvalue()
    yield "cursor", b"\0\0\2\0" + icon.getvalue()[4:]
    inner = base64.b64encode(jpeg).decode()
    drawn = f'<image width="160" height="120" xlink:href="data:image/pjpeg;base64,{inner}"/>'
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    drawing = f'<svg {names} width="160" height="120">{drawn}</svg>'
    yield "svg with image/pjpeg", drawing.encode()
    yield "svg in UTF-16", drawing.encode("utf-16")
    yield "svg after a long comment", f"<!--{'x' * 100_000}-->{drawing}".encode()
    yield "svg without size", f'<svg {names} viewBox="0 0 160 120">{drawn}</svg>'.encode()


@pytest.fixture(scope="module")
def pictures(photos):
    with Image.open(photos[1]) as image:
        return dict(odd_pictures(image.convert("RGB").resize(SIZE)))


@pytest.fixture(scope="module")
def shown(pictures):
    """What Chromium shows of each, at SIZE on white; None where it shows nothing."""
    tags = ""
    for number, data in enumerate(pictures.values()):
        kind = "image/svg+xml" if b"<svg" in data or b"<\0s\0v\0" in data else "image/jpeg"
        style = (
            f"position:absolute;left:{number % ACROSS * 170}px;top:{number // ACROSS * 130}px;width:160px;height:120px"
        )
        tags += f'<img src="data:{kind};base64,{base64.b64encode(data).decode()}" style="{style}">'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 170 * ACROSS, "height": 130 * (len(pictures) // ACROSS + 1)})
        page.set_content(f"<body style='margin:0;background:white'>{tags}", wait_until="load")
        sizes = page.evaluate("[...document.images].map(i => [i.naturalWidth, i.naturalHeight])")
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        browser.close()
    answers = {}
    for number, (name, size) in enumerate(zip(pictures, sizes, strict=True)):
        left, top = number % ACROSS * 170, number // ACROSS * 130
        answers[name] = (size, np.asarray(shot.crop((left, top, left + 160, top + 120)), int))
    return answers


def test_we_read_what_chromium_shows(pictures, shown):
    for name, data in pictures.items():
        (width, height), theirs = shown[name]
        assert (theirs < 250).any(axis=(1, 2)).mean() > 0.15, f"{name}: Chromium shows nothing, so this proves nothing"
        ours = load_found(data)
        assert (ours.width, ours.height) == (width, height) or "without size" in name, name
        mine = np.asarray(Image.fromarray(ours.rgb).resize(SIZE, Image.Resampling.BILINEAR), int)
        # Where Chromium shows something; of what it leaves out, there are at most the rows of a block and a half.
        there = (theirs < 250).any(axis=(1, 2))
        assert np.abs(mine - theirs)[there].mean() < 7, name
        assert ((mine < 250).any(axis=(1, 2)) & ~there).sum() <= 24, name


def test_a_drawing_that_is_packed_is_read_too(pictures):
    """Servers send these as such, or packed by themselves; in an address of its own Chromium shows neither."""
    packed = gzip.compress(pictures["svg in UTF-16"])
    assert np.array_equal(load_found(packed).rgb, load_found(pictures["svg in UTF-16"]).rgb)


def test_what_is_no_picture_stays_none():
    for data in (b"<html><body><svg></svg>", b"\xff\xd8\xff\xd9", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"):
        with pytest.raises(BadImageError):
            load_found(data)
