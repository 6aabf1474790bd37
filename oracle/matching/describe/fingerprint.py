"""The fingerprint of a work: a versioned file, the same bytes on every run, that matching and re-checking need.

The public part (hashes, descriptors with geometry) is stored openly; the thumbnail, from which a person could recognise
an unpublished picture, is sealed to the committee (see `oracle.sealing`). Both lie in one folder of the content store.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.errors import BadImageError
from oracle.matching.describe.features import Features, extract_at, joined
from oracle.matching.describe.hashes import pdq, phash, small
from oracle.pictures.normalise import Picture, Pixels

ENGINE_VERSION = 2
FORMAT_VERSION = 2
# 380 descriptors × 136 bytes + thumbnail stay below the 64 kB that a work may cost.
MAX_FEATURES = 380
MAX_BYTES = 64_000
# Features are sought at two sizes, so that what is left of a work in a small copy of it is there too; the first ones,
# which are indexed, hold both.
FINE_SIDE, FINE_FEATURES, FINE_DESCRIBED = 512, 280, 600
COARSE_SIDE, COARSE_FEATURES = 192, 100
FINE_FIRST = 200
THUMBNAIL_SIDE = 256
THUMBNAIL_QUALITIES = (80, 65, 50, 35, 20, 10)
PUBLIC_NAME = "fingerprint.ctfp"
THUMBNAIL_NAME = "thumbnail.sealed"

_MAGIC = b"CTFP"
_HEADER = struct.Struct("<4sBHHHHHH")  # magic, format, engine, width, height, thumbnail width and height, feature count
_PLACE = 65535.0


class BadFingerprintError(BadImageError):
    """The file is not a fingerprint of a version that this engine reads."""


@dataclass(frozen=True)
class Fingerprint:
    """Public part. Feature coordinates are in pixels of the thumbnail (at most 256 on the long side)."""

    width: int
    height: int
    thumbnail_size: tuple[int, int]
    phash: NDArray[np.uint8]
    pdq: NDArray[np.uint8]
    features: Features
    engine_version: int = ENGINE_VERSION

    def to_bytes(self) -> bytes:
        width, height = self.thumbnail_size
        points = np.rint(self.features.points / (width, height) * _PLACE).clip(0, _PLACE).astype("<u2")
        sizes = np.rint(self.features.sizes * 64).clip(0, _PLACE).astype("<u2")
        angles = np.rint(self.features.angles / 360.0 * 65536.0).astype(np.int64).astype("<u2")
        header = _HEADER.pack(
            _MAGIC,
            FORMAT_VERSION,
            self.engine_version,
            min(self.width, 65535),
            min(self.height, 65535),
            width,
            height,
            len(self.features),
        )
        parts = [self.phash, self.pdq, points, sizes, angles, self.features.descriptors]
        return header + b"".join(part.tobytes() for part in parts)

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """Raises BadFingerprintError."""
        if len(data) < _HEADER.size or data[:4] != _MAGIC:
            raise BadFingerprintError("not a fingerprint file")
        _, form, engine, width, height, thumb_w, thumb_h, count = _HEADER.unpack_from(data)
        if form != FORMAT_VERSION:
            raise BadFingerprintError(f"fingerprint format {form} is not known: update the oracle")
        whole = len(data) == _HEADER.size + 40 + count * (4 + 2 + 2 + 128)
        if count > MAX_FEATURES or not whole or not thumb_w or not thumb_h:
            raise BadFingerprintError("the fingerprint file is damaged")
        at = _HEADER.size

        def take(kind: str, n: int) -> NDArray[np.generic]:
            nonlocal at
            found = np.frombuffer(data, dtype=kind, count=n, offset=at)
            at += found.nbytes
            return found

        hashes = take("u1", 40).astype(np.uint8)
        points = take("<u2", count * 2).reshape(count, 2).astype(np.float32) / np.float32(_PLACE)
        sizes = take("<u2", count).astype(np.float32) / np.float32(64)
        angles = take("<u2", count).astype(np.float32) * np.float32(360.0 / 65536.0)
        descriptors = take("u1", count * 128).reshape(count, 128).astype(np.uint8)
        scaled = (points * np.array([thumb_w, thumb_h], np.float32)).astype(np.float32)
        features = Features(scaled, sizes, angles, descriptors)
        return cls(width, height, (thumb_w, thumb_h), hashes[:8], hashes[8:], features, engine)


def head(data: bytes) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """Size of the thumbnail and PDQ of a fingerprint file, without reading the rest."""
    width, height = _HEADER.unpack_from(data)[5:7]
    return (width, height), np.frombuffer(data, np.uint8, 32, _HEADER.size + 8)


@dataclass(frozen=True)
class Work:
    """A work as the verification needs it: `thumbnail` in greys, and the `file` that has its colours."""

    work_id: str
    fingerprint: Fingerprint
    thumbnail: Pixels
    file: bytes

    @classmethod
    def of(cls, work_id: str, public: Fingerprint, thumbnail: bytes) -> Work:
        """Raises BadFingerprintError."""
        return cls(work_id, public, decode_thumbnail(thumbnail), thumbnail)

    @property
    def colours(self) -> Pixels:
        """H × W × 3 RGB, decoded each time: few works are asked."""
        return decode_thumbnail_colours(self.file)


def fingerprint(picture: Picture) -> tuple[Fingerprint, bytes]:
    """Public part, and the thumbnail as JPEG: in colour, unless the picture is grey."""
    public = _public_part(picture.grey, _features(picture.grey))
    coloured = bool(np.ptp(picture.rgb, axis=2).any())
    thumb = cv2.cvtColor(thumbnail_of(picture.rgb), cv2.COLOR_RGB2BGR) if coloured else thumbnail_of(picture.grey)
    encoded = _encode_thumbnail(np.asarray(thumb, np.uint8), public)
    return replace(public, width=picture.width, height=picture.height), encoded


def described(grey: Pixels, features: Features) -> tuple[Fingerprint, bytes]:
    """Public part and grey thumbnail of an H × W picture that is described already, by features in its pixels; the
    first ones are kept."""
    public = _public_part(grey, features)
    return public, _encode_thumbnail(thumbnail_of(grey), public)


def _public_part(grey: Pixels, features: Features) -> Fingerprint:
    square, thumb = small(grey), thumbnail_of(grey)
    size = thumb.shape[1], thumb.shape[0]
    kept = features.taken(slice(0, MAX_FEATURES)).moved((size[0] / grey.shape[1], size[1] / grey.shape[0]))
    kept = replace(kept, points=kept.points.clip(0, None))
    public = Fingerprint(grey.shape[1], grey.shape[0], size, phash(square), pdq(square), kept)
    # Through bytes and back, so that what was just made equals what is read later.
    return Fingerprint.from_bytes(public.to_bytes())


def _features(grey: Pixels) -> Features:
    """Features of a work in its pixels."""
    fine = extract_at(grey, FINE_SIDE, FINE_FEATURES, FINE_DESCRIBED)
    coarse = extract_at(grey, COARSE_SIDE, COARSE_FEATURES)
    return joined([fine.taken(slice(0, FINE_FIRST)), coarse, fine.taken(slice(FINE_FIRST, None))])


def _encode_thumbnail(thumb: Pixels, public: Fingerprint) -> bytes:
    """JPEG (of greys, or BGR) of the best quality that leaves the fingerprint within its limit."""
    room = MAX_BYTES - len(public.to_bytes())
    for quality in THUMBNAIL_QUALITIES:
        done, encoded = cv2.imencode(".jpg", thumb, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if done and len(encoded) <= room:
            return encoded.tobytes()
    raise BadImageError("the thumbnail could not be written within its limit")


def thumbnail_of(pixels: Pixels) -> Pixels:
    """The picture (H × W, or with channels) with THUMBNAIL_SIDE on its long side."""
    height, width = pixels.shape[:2]
    factor = THUMBNAIL_SIDE / max(height, width)
    size = max(8, round(width * factor)), max(8, round(height * factor))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def decode_thumbnail(encoded: bytes) -> Pixels:
    """Grey H × W pixels of a thumbnail file. Raises BadFingerprintError."""
    return _decode_thumbnail(encoded, cv2.IMREAD_GRAYSCALE)


def decode_thumbnail_colours(encoded: bytes) -> Pixels:
    """RGB H × W × 3 pixels of a thumbnail file; three times the greys if it has no colours. Raises
    BadFingerprintError."""
    return np.asarray(cv2.cvtColor(_decode_thumbnail(encoded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def _decode_thumbnail(encoded: bytes, way: int) -> Pixels:
    pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), way) if encoded else None
    if pixels is None or max(pixels.shape) > THUMBNAIL_SIDE:
        raise BadFingerprintError("not a thumbnail")
    return np.asarray(pixels, dtype=np.uint8)
