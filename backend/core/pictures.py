"""Renditions: small WebP files that people look at, made beforehand, so that pages are quick."""

from __future__ import annotations

import io

from fastapi import Response
from PIL import Image

from oracle.pictures.decoding import decode_found, decode_untrusted

PREVIEW_SIDE = 1280
TILE_SIDE = 320


def rendition(data: bytes, side: int) -> bytes:
    """WebP, upright, at most `side` pixels on its long side. Raises BadImageError."""
    return _webp(Image.fromarray(decode_untrusted(data, side).rgb))


def found_rendition(data: bytes, side: int, frame: int) -> bytes:
    """WebP of a picture that was found on the web: read as browsers show it, the frame that a match is about.

    Raises BadImageError.
    """
    return _webp(Image.fromarray(decode_found(data, side).at(frame).rgb))


def page_rendition(png: bytes, width: int, height: int) -> bytes:
    """WebP of the top of a screenshot: `width` wide, at most `height` high. Raises BadImageError."""
    picture = decode_untrusted(png, 8192)
    shot = Image.fromarray(picture.rgb)
    scale = min(1.0, width / shot.width)
    shot = shot.resize((round(shot.width * scale), max(1, round(shot.height * scale))), Image.Resampling.LANCZOS)
    return _webp(shot.crop((0, 0, shot.width, min(height, shot.height))))


def webp(data: bytes) -> Response:
    """Answer with a rendition. It never changes, but only its owner may keep it."""
    headers = {
        "Cache-Control": "private, max-age=86400, immutable",
        "Vary": "Cookie",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(data, media_type="image/webp", headers=headers)


def _webp(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=82, method=1)
    return out.getvalue()
