"""Reading UnixFS: files and flat folders out of IPFS blocks, by anybody, within bounds.

A graph of blocks may name one block again and again, so that a few kilobytes stand for more links than there are atoms.
Every walk here is bounded in links, depth and bytes.

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
CID_BYTES = 36

# A bundle has some ten files of some ten megabytes: 200 MiB are 800 chunks. Trees are as deep as files are large; with
# 174 links a node, three levels hold a terabyte.
MAX_LINKS = 20_000
MAX_DEPTH = 16
MAX_FILE_BYTES = 200 * 1024 * 1024

# Types of UnixFS nodes.
_RAW, _DIRECTORY, _FILE = 0, 1, 2

BlockOf = Callable[[bytes], bytes]


class Link(NamedTuple):
    name: str
    cid: bytes


class _Node(NamedTuple):
    kind: int
    links: list[Link]
    inline: bytes


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
    next(sections, None)  # the header: roots are of no use to a reader who knows which CID they want
    return {section[:CID_BYTES]: section[CID_BYTES:] for section in sections}


def checked(blocks: dict[bytes, bytes]) -> BlockOf:
    """Reads blocks, each checked against its CID when it is read. Raises CorruptContentError."""

    def block_of(cid: bytes) -> bytes:
        block = blocks.get(cid)
        if block is None:
            raise CorruptContentError(f"block {cid.hex()} is missing")
        if not block_matches(cid, block):
            raise CorruptContentError(f"block {cid.hex()} does not match its CID")
        return block

    return block_of


def read_file(cid: bytes, block_of: BlockOf) -> bytes:
    """Bytes of a file from its root CID. Raises CorruptContentError, also for a folder and above MAX_FILE_BYTES."""
    parts: list[bytes] = []
    size = links = 0
    waiting = [(cid, 0)]
    while waiting:
        at, depth = waiting.pop()
        if at[1] == RAW:
            part = block_of(at)
        else:
            node = _parse_node(block_of(at))
            if node.kind not in (_FILE, _RAW):
                raise CorruptContentError("not a file, but a folder or something else")
            links += len(node.links)
            _check_bounds(links, depth)
            waiting += [(link.cid, depth + 1) for link in reversed(node.links)]
            part = node.inline
        size += len(part)
        if size > MAX_FILE_BYTES:
            raise CorruptContentError(f"the file is larger than {MAX_FILE_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def read_folder(cid: bytes, block_of: BlockOf) -> dict[str, bytes]:
    """Files of a flat folder from its root CID. An error names the file that it is about."""
    if cid[1] == RAW:
        raise CorruptContentError("a file, not a folder")
    try:
        node = _parse_node(block_of(cid))
    except CorruptContentError as problem:
        raise CorruptContentError(f"the list of files: {problem}") from problem
    if node.kind != _DIRECTORY:
        raise CorruptContentError("not a plain folder")
    _check_bounds(len(node.links), 0)
    files: dict[str, bytes] = {}
    size = 0
    for link in node.links:
        if not link.name or "/" in link.name or link.name in files:
            raise CorruptContentError(f"the list of files: {link.name!r} is not a valid name, or appears twice")
        try:
            files[link.name] = read_file(link.cid, block_of)
        except CorruptContentError as problem:
            raise CorruptContentError(f"{link.name}: {problem}") from problem
        size += len(files[link.name])
        if size > MAX_FILE_BYTES:
            raise CorruptContentError(f"the folder is larger than {MAX_FILE_BYTES} bytes")
    return files


def all_cids(cid: bytes, block_of: BlockOf) -> Iterator[bytes]:
    """The CID and every CID below it, each once. Raises CorruptContentError for a graph out of all proportion."""
    seen = {cid}
    links = 0
    waiting = [(cid, 0)]
    while waiting:
        at, depth = waiting.pop()
        yield at
        if at[1] == RAW:
            continue
        below = _parse_node(block_of(at)).links
        links += len(below)
        _check_bounds(links, depth)
        for link in reversed(below):
            if link.cid not in seen:
                seen.add(link.cid)
                waiting.append((link.cid, depth + 1))


def _check_bounds(links: int, depth: int) -> None:
    if links > MAX_LINKS:
        raise CorruptContentError(f"more than {MAX_LINKS} links")
    if depth > MAX_DEPTH:
        raise CorruptContentError(f"blocks more than {MAX_DEPTH} levels deep")


def _parse_node(block: bytes) -> _Node:
    """Type, links and inline file bytes of a dag-pb node."""
    links: list[Link] = []
    kind, inline = -1, b""
    try:
        for field, value in _fields(block):
            if field == 2 and isinstance(value, bytes):
                parts = {f: v for f, v in _fields(value) if isinstance(v, bytes)}
                links.append(Link(parts.get(2, b"").decode(), parts[1]))
            elif field == 1 and isinstance(value, bytes):
                data = dict(_fields(value))
                said, held = data.get(1), data.get(2, b"")
                if not isinstance(said, int) or not isinstance(held, bytes):
                    raise CorruptContentError("not a UnixFS node")
                kind, inline = said, held
    except (UnicodeDecodeError, KeyError) as problem:
        raise CorruptContentError("not a UnixFS node") from problem
    if any(len(link.cid) != CID_BYTES for link in links):
        raise CorruptContentError("a link is not a CIDv1 with sha2-256")
    return _Node(kind, links, inline)


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Fields of a protobuf message: numbers, and what is delimited by its length."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == 0:
            yield key >> 3, value
        elif key & 7 == 2:
            if at + value > len(message):
                raise CorruptContentError("a field is truncated")
            yield key >> 3, message[at : at + value]
            at += value
        else:
            raise CorruptContentError("not a UnixFS node")


def _sections(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size, at = _varint(data, at)
        if at + size > len(data):
            raise CorruptContentError("the CAR file is truncated")
        if size < CID_BYTES:
            raise CorruptContentError("a section of the CAR file is too short")
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
            raise CorruptContentError("a number is truncated")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
