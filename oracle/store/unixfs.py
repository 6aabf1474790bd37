"""Reading UnixFS: files and flat folders out of IPFS blocks.

Sources: https://specs.ipfs.tech/unixfs/, https://ipld.io/specs/codecs/dag-pb/spec/, https://ipld.io/specs/transport/car/carv1/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from oracle.errors import CorruptContentError
from oracle.store.cids import RAW, block_matches

# {"roots": [CID], "version": 1} in DAG-CBOR, around a 36-byte CID behind its identity-multibase zero.
_HEADER_START = bytes.fromhex("a265726f6f747381d82a582500")
_HEADER_END = bytes.fromhex("6776657273696f6e01")


class Link(NamedTuple):
    name: str
    cid: bytes


def write_car(root: bytes, blocks: dict[bytes, bytes]) -> bytes:
    """A CARv1 with one root."""
    out = bytearray(_section(_HEADER_START + root + _HEADER_END))
    for cid, block in blocks.items():
        out += _section(cid + block)
    return bytes(out)


def read_car(data: bytes) -> dict[bytes, bytes]:
    """Blocks of a CARv1 by the binary CID that they claim; `checked` tells whether that is true.

    Raises CorruptContentError if the sections do not add up.
    """
    sections = _sections(data)
    next(sections, None)  # the header: roots are of no use to a reader who knows which CID he wants
    return {section[:36]: section[36:] for section in sections}


def checked(blocks: dict[bytes, bytes]) -> Callable[[bytes], bytes]:
    """Reads blocks, each checked against its CID when it is read. Raises CorruptContentError."""

    def block_of(cid: bytes) -> bytes:
        block = blocks.get(cid)
        if block is None:
            raise CorruptContentError(f"block {cid.hex()} is missing")
        if not block_matches(cid, block):
            raise CorruptContentError(f"block {cid.hex()} does not hash to its CID")
        return block

    return block_of


def read_file(cid: bytes, block_of: Callable[[bytes], bytes]) -> bytes:
    """Bytes of a file from its root CID."""
    if cid[1] == RAW:
        return block_of(cid)
    links, inline = _parse_node(block_of(cid))
    return inline + b"".join(read_file(link.cid, block_of) for link in links)


def read_folder(cid: bytes, block_of: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """Files of a flat folder from its root CID. An error names the file that it is about."""
    if cid[1] == RAW:
        raise CorruptContentError("a file, not a folder")
    try:
        links = _parse_node(block_of(cid))[0]
    except CorruptContentError as problem:
        raise CorruptContentError(f"the list of files: {problem}") from problem
    files = {}
    for link in links:
        try:
            files[link.name] = read_file(link.cid, block_of)
        except CorruptContentError as problem:
            raise CorruptContentError(f"{link.name}: {problem}") from problem
    return files


def all_cids(cid: bytes, block_of: Callable[[bytes], bytes]) -> Iterator[bytes]:
    """The CID and every CID below it."""
    yield cid
    if cid[1] != RAW:
        for link in _parse_node(block_of(cid))[0]:
            yield from all_cids(link.cid, block_of)


def _parse_node(block: bytes) -> tuple[list[Link], bytes]:
    """Links and inline file bytes of a dag-pb node."""
    links: list[Link] = []
    inline = b""
    try:
        for field, value in _fields(block):
            if field == 2:
                parts = dict(_fields(value))
                links.append(Link(parts.get(2, b"").decode(), parts[1]))
            elif field == 1:
                inline = dict(_fields(value)).get(2, b"")
    except (UnicodeDecodeError, KeyError) as problem:
        raise CorruptContentError("not a UnixFS node") from problem
    if any(len(link.cid) != 36 for link in links):
        raise CorruptContentError("a link is no CIDv1 over sha2-256")
    return links, inline


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Length-delimited fields of a protobuf message; numbers are passed over."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        size, at = _varint(message, at)
        if key & 7 == 2:
            yield key >> 3, message[at : at + size]
            at += size
        elif key & 7 != 0:
            raise CorruptContentError("not a UnixFS node")


def _sections(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size, at = _varint(data, at)
        if at + size > len(data):
            raise CorruptContentError("the CAR file is truncated")
        yield data[at : at + size]
        at += size


def _section(payload: bytes) -> bytes:
    size, length = len(payload), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes(length) + bytes([size]) + payload


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise CorruptContentError("a number is cut off")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
