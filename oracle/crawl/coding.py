"""Content codings of HTTP (RFC 9110 § 8.4), undone as browsers do, within a size.

A coding that nobody knows (`none`, `utf-8`, `aws-chunked` of storage services) says nothing about the bytes: they are
taken as they are.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli
import zstandard

from oracle.errors import FetchError, FetchRefusedError

_BROTLI_STEP = 64 * 1024
# Four bytes may stand for 128 KiB: so much can come of one step at most as is bearable.
_ZSTD_STEP = 512


def decoded(raw: bytes, codings: str, max_bytes: int, what: str) -> bytes:
    """The body without its codings, the last one first. `what` names it in errors.

    Raises FetchError for what is damaged or cut off, FetchRefusedError for more than `max_bytes`.
    """
    body = raw
    for coding in reversed([part.strip().lower() for part in codings.split(",")]):
        undo = _CODINGS.get(coding)
        if undo is None or not body:
            continue
        try:
            body = undo(body, max_bytes)
        except (zlib.error, brotli.error, zstandard.ZstdError) as problem:
            raise FetchError(f"{what}: the compressed data is damaged ({coding})") from problem
        except EOFError as problem:
            raise FetchError(f"{what}: the compressed data is truncated") from problem
        if len(body) > max_bytes:
            raise FetchRefusedError(f"{what} unpacks to more than {max_bytes} bytes")
    return body


def _gunzip(data: bytes, most: int) -> bytes:
    """All members (RFC 1952 § 2.2); what follows the last one is no part of the content."""
    out = bytearray()
    while True:
        unpacker = zlib.decompressobj(wbits=31)
        out += unpacker.decompress(data, most + 1 - len(out))
        if len(out) > most:
            break
        if not unpacker.eof:
            raise EOFError
        data = unpacker.unused_data
        if not data.startswith(b"\x1f\x8b"):
            break
    return bytes(out)


def _inflate(data: bytes, most: int) -> bytes:
    """zlib, or the bare stream that some servers send by that name."""
    try:
        return _inflated(data, most, zlib.MAX_WBITS)
    except zlib.error:
        return _inflated(data, most, -zlib.MAX_WBITS)


def _inflated(data: bytes, most: int, wbits: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=wbits)
    out = unpacker.decompress(data, most + 1)
    if len(out) <= most and not unpacker.eof:
        raise EOFError
    return out


def _unbrotli(data: bytes, most: int) -> bytes:
    unpacker = brotli.Decompressor()
    out = bytearray()
    while not unpacker.is_finished() and len(out) <= most:
        part = unpacker.process(data, output_buffer_limit=_BROTLI_STEP)
        if not part and not unpacker.is_finished():
            raise EOFError
        out += part
        data = b""
    return bytes(out)


def _unzstd(data: bytes, most: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).decompressobj()
    out = bytearray()
    for start in range(0, len(data), _ZSTD_STEP):
        out += unpacker.decompress(data[start : start + _ZSTD_STEP])
        if len(out) > most or unpacker.eof:
            break
    if len(out) <= most and not unpacker.eof:
        raise EOFError
    return bytes(out)


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
