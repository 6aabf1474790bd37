"""Icons and cursors of Windows: several pictures in one file, of which browsers show the largest."""

from __future__ import annotations

import struct

from oracle.pictures.containers import PNG

_HEADS = (b"\0\0\1\0", b"\0\0\2\0")
_MAX_ENTRIES = 256


def is_icon(data: bytes) -> bool:
    return data[:4] in _HEADS and 0 < int.from_bytes(data[4:6], "little") <= _MAX_ENTRIES and len(data) > 22


def largest(data: bytes) -> bytes:
    """The largest picture of an icon or cursor, by what its list says: a PNG, or an icon of only that picture.

    A bitmap that is cut off is filled up with zeros.
    """
    count = int.from_bytes(data[4:6], "little")
    entries = [data[at : at + 16] for at in range(6, min(6 + 16 * count, len(data) - 15), 16)]
    entry = max(entries, key=lambda e: ((e[0] or 256) * (e[1] or 256), _depth(data, e)))
    size, offset = struct.unpack("<II", entry[8:])
    body = data[offset:]
    if body.startswith(PNG):
        return body
    body = body[:size]
    bits = _depth(data, entry)
    if len(body) >= 40:
        width, height = struct.unpack_from("<ii", body, 4)
        if 0 < width <= 1024 and 0 < height <= 2048:
            colours = struct.unpack_from("<I", body, 32)[0] or (1 << bits if bits <= 8 else 0)
            pixels = (width * bits + 31) // 32 * 4 * (height // 2)
            mask = (width + 31) // 32 * 4 * (height // 2)
            body = body.ljust(40 + 4 * min(colours, 256) + pixels + mask, b"\0")
    listed = entry[:4] + struct.pack("<HHII", 1, bits, len(body), 22)
    return _HEADS[0] + struct.pack("<H", 1) + listed + body


def _depth(data: bytes, entry: bytes) -> int:
    """Bits of each pixel; a cursor's list holds its hot spot there, so the bitmap itself is asked."""
    offset = int.from_bytes(entry[12:16], "little")
    if data[offset : offset + 8] == PNG:
        return 32
    return int.from_bytes(data[offset + 14 : offset + 16], "little")
