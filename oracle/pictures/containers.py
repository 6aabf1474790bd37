"""The parts that files of pictures are made of, read as far as they go and put together again.

Nothing is decoded here. A part that is cut off is told apart from a whole one; what no browser shows is left out.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PNG = b"\x89PNG\r\n\x1a\n"
GIFS = (b"GIF87a", b"GIF89a")

# ----------------------------------------------------------------------------------------------------------------- jpeg

_SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)
_SOS, _EOI, _APP1, _APP2, _APP14 = 0xDA, 0xD9, 0xE1, 0xE2, 0xEE
_FRAMES = {*range(0xC0, 0xD0)}  # frames, and with them DHT, DAC and JPG
_TABLES = {0xDB, 0xDD}
_BARE = {0x00, 0x01, *range(0xD0, 0xD9)}
# Bytes without which libjpeg passes over an Adobe segment.
_ADOBE = 12


def jpeg_file(data: bytes) -> bytes:
    """The JPEG with only those segments that tell how it looks, ended properly.

    libjpeg passes over much that Pillow's own reader of segments stumbles on.
    """
    kept, place, turned = [data[:2]], 2, False
    while place + 4 <= len(data):
        if data[place] != 0xFF or data[place + 1] in (0xFF, *_BARE):
            place = data.find(b"\xff", place + 1) if data[place] != 0xFF else place + _width(data, place)
            if place < 0:
                break
            continue
        marker = data[place + 1]
        if marker == _EOI:
            break
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        segment = data[place:end]
        if marker == _SOS:
            found = _SCAN_END.search(data, end)
            end = found.start() if found else len(data)
            kept.append(data[place:end])
        elif marker in _FRAMES | _TABLES:
            kept.append(segment)
        elif (
            (marker == _APP1 and segment[4:10] == b"Exif\0\0" and not turned)
            or (marker == _APP2 and segment[4:16] == b"ICC_PROFILE\0")
            or (marker == _APP14 and segment[4:9] == b"Adobe" and len(segment) >= 4 + _ADOBE)
        ):
            turned |= marker == _APP1
            kept.append(segment)
        place = end
    return b"".join([*kept, b"\xff\xd9"])


def _width(data: bytes, place: int) -> int:
    """How far to go from a byte 0xFF that begins no segment."""
    return 1 if data[place + 1] == 0xFF else 2


# ------------------------------------------------------------------------------------------------------------------ png

_PNG_SHOWN = (b"PLTE", b"tRNS", b"iCCP", b"eXIf")


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """Kind, body, and whether its checksum is right. The last body may be cut off."""
    place = len(PNG)
    while place + 8 <= len(data):
        size, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        body = data[place + 8 : place + 8 + size]
        place += 12 + size
        yield kind, body, data[place - 4 : place] == struct.pack(">I", zlib.crc32(kind + body))


def png_file(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """With right checksums."""
    parts = [PNG]
    for kind, body in chunks:
        parts += [struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))]
    return b"".join(parts)


@dataclass(frozen=True)
class Png:
    """Header and pixels of a PNG, whatever its checksums say."""

    header: bytes
    shown: tuple[tuple[bytes, bytes], ...]
    pixels: bytes

    @property
    def size(self) -> tuple[int, int]:
        return struct.unpack(">II", self.header[:8])

    @property
    def interlaced(self) -> bool:
        return self.header[12] == 1

    def row_bytes(self, width: int) -> int:
        """Of one row of so many pixels, with its filter's byte."""
        samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(self.header[9], 4)
        return 1 + (width * samples * self.header[8] + 7) // 8

    def file(self) -> bytes:
        """One picture without texts and without checksums that are wrong."""
        # zlib's header says nothing that matters: the largest window does for all.
        pixels = b"\x78\x01" + self.pixels[2:]
        return png_file([(b"IHDR", self.header), *self.shown, (b"IDAT", pixels), (b"IEND", b"")])


def png_read(data: bytes) -> Png | None:
    """None if its header is not there."""
    chunks = png_chunks(data)
    kind, header, right = next(chunks, (b"", b"", False))
    if kind != b"IHDR" or len(header) < 13 or not right:
        return None
    shown: dict[bytes, bytes] = {}
    pixels: list[bytes] = []
    for kind, body, right in chunks:
        if kind == b"IDAT":
            pixels.append(body)
        elif kind in _PNG_SHOWN and (right or kind == b"PLTE") and not pixels:
            shown.setdefault(kind, body)
        elif kind == b"IEND":
            break
    return Png(header[:13], tuple(shown.items()), b"".join(pixels))


# ------------------------------------------------------------------------------------------------------------------ gif


_GIF_BLOCK = re.compile(rb"[!,;]")


@dataclass(frozen=True)
class Gif:
    """Head (screen and colours), then for each frame its extensions, descriptor and data."""

    head: bytes
    frames: tuple[bytes, ...]
    # Whether the last frame's data breaks off.
    cut: bool

    def file(self, frames: Sequence[bytes]) -> bytes:
        return b"".join([self.head, *frames, b";"])


def gif_read(data: bytes) -> Gif:
    """What is cut off within its extensions or before its first pixel is left out."""
    end = 13 + _colours(data[10:11])
    head, start, place, frames = data[:end], end, end, []
    while place < len(data):
        kind = data[place]
        if kind == 0x21:
            place, _ = _blocks_end(data, place + 2)
        elif kind == 0x2C and place + 11 < len(data):
            place, whole = _blocks_end(data, place + 11 + _colours(data[place + 9 : place + 10]))
            frames.append(data[start:place])
            start = place
            if not whole:
                return Gif(head, tuple(frames), cut=True)
        elif kind == 0x3B:
            break
        else:
            found = _GIF_BLOCK.search(data, place + 1)
            place = found.start() if found else len(data)
    return Gif(head, tuple(frames), cut=False)


def gif_box(frame: bytes) -> tuple[int, int, int, int]:
    """Left, top, width and height of a frame. Raises ValueError if it has no descriptor."""
    place = 0
    while place < len(frame) and frame[place] != 0x2C:
        place = _blocks_end(frame, place + 2)[0] if frame[place] == 0x21 else place + 1
    if place + 10 > len(frame):
        raise ValueError("a frame has no descriptor")
    left, top, width, height = struct.unpack_from("<HHHH", frame, place + 1)
    return left, top, width, height


def _colours(flags: bytes) -> int:
    """Bytes of the table of colours that follows."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _blocks_end(data: bytes, place: int) -> tuple[int, bool]:
    """Where the blocks from here on end, and whether they do."""
    while place < len(data):
        size = data[place]
        if size == 0:
            return place + 1, True
        if place + 1 + size > len(data):
            break
        place += 1 + size
    return min(place, len(data)), False


# ----------------------------------------------------------------------------------------------------------------- webp


def riff_chunks(data: bytes, start: int = 12) -> Iterator[tuple[bytes, bytes, bool]]:
    """Kind, body, and whether the body is whole, of a RIFF file whatever size it states."""
    place = start
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        body = data[place + 8 : place + 8 + size]
        yield kind, body, len(body) == size
        place += 8 + size + size % 2


def riff_file(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A WebP of these chunks."""
    body = b"".join(part for chunk in chunks for part in _riff_chunk(*chunk))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _riff_chunk(kind: bytes, body: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    return kind, struct.pack("<I", len(body)), body, bytes(len(body) % 2)


_WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ANMF")
# More than any file has: how much a chunk may hold hangs on it.
_ENDLESS = struct.pack("<I", 0x7FFF_FFF6)


def webp_read(data: bytes) -> tuple[bytes, bool]:
    """A WebP of the parts that are whole, or its only picture as far as it goes; and whether that is cut off."""
    chunks = list(riff_chunks(data))
    whole = [(kind, body) for kind, body, is_whole in chunks if is_whole]
    if any(kind in _WEBP_PIXELS for kind, _ in whole):
        return riff_file(whole), False
    kind, body, _ = chunks[-1] if chunks else (b"", b"", False)
    if kind != b"ANMF":
        return b"RIFF" + _ENDLESS + data[8:], True
    # The first frame of an animation: width and height (less one) stand where VP8X has them too.
    head = (b"VP8X", b"\x10\0\0\0" + body[6:12]) if body[16:20] == b"ALPH" else None
    extended = b"".join(_riff_chunk(*head)) if head else b""
    return b"RIFF" + _ENDLESS + b"WEBP" + extended + body[16:], True
