"""In which encoding a page is written, found as browsers do (WHATWG Encoding and HTML)."""

from __future__ import annotations

import re

import webencodings

# Browsers look for a meta tag in the first kilobyte; some pages have long comments there.
_PRESCAN = 4096
_META = re.compile(rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_DEFAULT = "windows-1252"


def decode_page(body: bytes, stated: str = "") -> tuple[str, str]:
    """Text of a page and the name of its encoding: by byte order mark, else the server's charset, else a meta tag.

    Without any of them UTF-8 where the bytes are that, else windows-1252.
    """
    for encoding in (_by_mark(body), _known(stated), _by_meta(body)):
        if encoding:
            return _decoded(body, encoding), encoding
    try:
        return body.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _decoded(body, _DEFAULT), _DEFAULT


def _by_mark(body: bytes) -> str:
    marks = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16le"), (b"\xfe\xff", "utf-16be"))
    return next((name for mark, name in marks if body.startswith(mark)), "")


def _by_meta(body: bytes) -> str:
    found = _META.search(_COMMENT.sub(b"", body[:_PRESCAN]))
    name = _known(found[1].decode("ascii", "replace")) if found else ""
    # What could be read as ASCII to find this is not UTF-16.
    return "utf-8" if name.startswith("utf-16") else name


def _known(label: str) -> str:
    """Standard name of an encoding that browsers know by this label, or nothing."""
    found = webencodings.lookup(label.strip())
    return found.name if found else ""


def _decoded(body: bytes, encoding: str) -> str:
    text, _ = webencodings.decode(body, webencodings.lookup(encoding) or encoding, errors="replace")
    return str(text)


def query_in(encoding: str, said: str) -> str:
    """An address as a page says it, with the letters of its query in the page's encoding, as browsers send them."""
    if encoding.lower() in ("utf-8", "utf-16le", "utf-16be", "replacement") or said.isascii() or "?" not in said:
        return said
    path, _, rest = said.partition("?")
    query, hash_mark, fragment = rest.partition("#")
    found = webencodings.lookup(encoding)
    if found is None:
        return said
    written = "".join(c if c.isascii() else _escaped(c, found) for c in query)
    return f"{path}?{written}{hash_mark}{fragment}"


def _escaped(character: str, encoding: webencodings.Encoding) -> str:
    try:
        data = encoding.codec_info.encode(character)[0]
    except UnicodeError:
        return f"%26%23{ord(character)}%3B"
    return "".join(f"%{byte:02X}" for byte in data)
