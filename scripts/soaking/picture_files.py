"""Picture files to try decoders with: valid ones of all formats, damaged copies of them, and noise."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms

from scripts.demo.web import PHOTOS

SIZE = (320, 240)
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
MAGICS = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", PNG_MAGIC, b"GIF89a", b"BM", b"II*\x00", b"MM\x00*",
    b"RIFF\xff\x00\x00\x00WEBPVP8 ", b"\x00\x00\x00\x1cftypavif", b"\x00\x00\x00\x18ftypheic",
    b"<svg xmlns='http://www.w3.org/2000/svg' ", b"\x1f\x8b\x08\x00",
)  # fmt: skip


def photographs() -> list[Path]:
    """The demonstration's registered ones."""
    rows = json.loads((PHOTOS / "photos.json").read_text())
    return [PHOTOS / row["file"] for row in rows if row["registered"]]


def fuzzed(count: int, seed: int) -> Iterator[bytes]:
    """Damaged copies of files of all formats, and every tenth time noise."""
    source = random.Random(seed)
    valid = list(samples().values())
    for number in range(count):
        yield noise(source) if number % 10 == 9 else damaged(source.choice(valid), source, valid)


def noise(source: random.Random) -> bytes:
    """Random bytes, most of which begin as a format does."""
    data = source.randbytes(source.randrange(1, 4000))
    return source.choice(MAGICS) + data if source.random() < 0.8 else data


def damaged(data: bytes, source: random.Random, others: list[bytes]) -> bytes:
    """One to four kinds of damage in a row. Half of the PNGs get new checksums, so that more than these are met."""
    changed = bytearray(data)
    for _ in range(source.randint(1, 4)):
        if len(changed) < 16:
            break
        kind = source.randrange(8)
        at, length = source.randrange(len(changed)), source.randint(1, max(1, len(changed) // 8))
        if kind == 0:
            for _ in range(source.randint(1, 20)):
                changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
        elif kind == 1:
            del changed[at:]
        elif kind == 2:
            to = source.randrange(len(changed))
            part, other = changed[at : at + length], changed[to : to + length]
            changed[at : at + len(other)], changed[to : to + len(part)] = other, part
        elif kind == 3:
            changed[at : at + length] = source.randbytes(length)
        elif kind == 4:
            # In the first bytes, where sizes and offsets are.
            place = source.randrange(min(len(changed) - 4, 200))
            value = source.choice((0, 1, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF, source.getrandbits(32)))
            changed[place : place + 4] = struct.pack(source.choice("<>") + "I", value)
        elif kind == 5:
            del changed[at : at + length]
        elif kind == 6:
            changed[at:at] = changed[at : at + length] * source.randint(1, 5)
        else:
            other_file = source.choice(others)
            start = source.randrange(len(other_file))
            changed[at:at] = other_file[start : start + length]
    if changed.startswith(PNG_MAGIC) and source.random() < 0.5:
        return with_checksums(bytes(changed))
    return bytes(changed)


def png_chunks(png: bytes) -> list[tuple[bytes, bytes]]:
    """Kinds and bodies of the chunks of an intact PNG."""
    chunks, place = [], 8
    while place + 12 <= len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        chunks.append((png[place + 4 : place + 8], png[place + 8 : place + 8 + size]))
        place += 12 + size
    return chunks


def png_file(chunks: list[tuple[bytes, bytes]]) -> bytes:
    """A PNG of these chunks, with right checksums."""
    written = (struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
               for kind, body in chunks)  # fmt: skip
    return PNG_MAGIC + b"".join(written)


def with_checksums(png: bytes) -> bytes:
    """The chunks with right CRCs, as far as they can be told apart."""
    out, place = png[:8], 8
    while place + 12 <= len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        if place + 12 + size > len(png):
            break
        body = png[place + 4 : place + 8 + size]
        out += png[place : place + 4] + body + struct.pack(">I", zlib.crc32(body))
        place += 12 + size
    return out + png[place:]


def samples() -> dict[str, bytes]:
    """Small valid files: every format in its more unusual kinds."""
    with Image.open(photographs()[0]) as opened:
        photo = opened.convert("RGB").resize(SIZE)
    grey = photo.convert("L")
    sixteen = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    clear = photo.copy()
    clear.putalpha(grey)
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a photograph"
    written = exif.tobytes()
    turned = [photo.rotate(90 * n) for n in (1, 2)]
    return {
        "jpeg": saved(photo, "JPEG", exif=written, icc_profile=srgb),
        "jpeg progressive": saved(photo, "JPEG", progressive=True, icc_profile=lab),
        "jpeg grey": saved(grey, "JPEG"),
        "jpeg cmyk": saved(photo.convert("CMYK"), "JPEG"),
        "mpo": saved(photo, "MPO", save_all=True, append_images=[image.copy() for image in turned]),
        "png": saved(photo, "PNG", icc_profile=srgb, exif=written),
        "png alpha": saved(clear, "PNG"),
        "png palette": saved(clear.quantize(64), "PNG"),
        "png 16 bit": saved(sixteen, "PNG"),
        "png grey and alpha": saved(clear.convert("LA"), "PNG"),
        "apng": saved(photo, "PNG", save_all=True, append_images=turned),
        "gif": saved(photo, "GIF", save_all=True, append_images=turned),
        "bmp": saved(photo, "BMP"),
        "tiff": saved(photo, "TIFF", exif=written),
        "tiff lzw": saved(photo, "TIFF", compression="tiff_lzw"),
        "tiff deflate": saved(sixteen, "TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": saved(photo, "TIFF", compression="jpeg"),
        "tiff cmyk": saved(photo.convert("CMYK"), "TIFF", save_all=True, append_images=turned),
        "tiff float": saved(Image.fromarray(np.asarray(grey, dtype=np.float32) / 255), "TIFF"),
        "webp": saved(photo, "WEBP", exif=written),
        "webp lossless": saved(clear, "WEBP", lossless=True),
        "webp animated": saved(photo, "WEBP", save_all=True, append_images=turned),
        "avif": saved(photo, "AVIF", speed=10),
        "avif alpha": saved(clear, "AVIF", speed=10, exif=written),
        "heic": heic(photo, exif=written),
        "heic alpha": heic(clear),
        "svg": drawing(photo),
        "svgz": gzip.compress(drawing(photo), mtime=0),
    }


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, **options)
    return out.getvalue()


def drawing(photo: Image.Image) -> bytes:
    """An SVG with most of what SVG has, a picture and an entity too."""
    picture = base64.b64encode(saved(photo.resize((64, 48)), "PNG")).decode()
    return f"""<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY blue "#22f">]>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="320" height="240">
<style>.a {{ fill: url(#g); stroke: red }}</style>
<defs><linearGradient id="g"><stop stop-color="&blue;"/><stop offset="1" stop-color="gold"/></linearGradient>
<pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse"><circle cx="9" cy="9" r="7"/></pattern>
<clipPath id="c"><circle cx="160" cy="120" r="110"/></clipPath>
<mask id="m"><rect width="320" height="200" fill="white"/></mask>
<filter id="f"><feGaussianBlur stdDeviation="2"/><feOffset dx="3"/></filter>
<symbol id="s" viewBox="0 0 10 10"><path d="M1 1 C 9 1 1 9 9 9 Z"/></symbol></defs>
<rect class="a" width="320" height="240"/><g clip-path="url(#c)" mask="url(#m)" filter="url(#f)">
<rect width="320" height="240" fill="url(#p)"/>
<image width="160" height="120" xlink:href="data:image/png;base64,{picture}"/>
<use href="#s" x="50" y="50" width="100" height="80" transform="rotate(20)"/><text x="9" y="99">words</text></g></svg>
""".encode()
