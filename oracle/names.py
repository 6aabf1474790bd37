"""Names of places: hosts, sites and addresses, and the hashes under which they appear on-chain.

The rules: docs/decisions/002-names-of-places.md.

A host is the IDNA2008 A-label in lower case, without trailing dot or port; ß stays ß, an emoji is no name. ASCII labels
that IDNA does not speak of but browsers open (`my_shop`, `r3---sn`) stay as they are. An IP address is its canonical
text. The site of a host is the registrable domain under the Public Suffix List, ICANN and private sections, from the
snapshot that is installed with `publicsuffixlist`. `tests/vectors.json` has examples for all languages.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache
from urllib.parse import SplitResult, urlsplit

import ada_url
import idna
from eth_utils.crypto import keccak
from publicsuffixlist import PublicSuffixList

from oracle.errors import OracleError

# Signed addresses of picture services have some thousand characters; browsers and servers end at about eight.
MAX_URL = 8192
MAX_NAME = 253

_ASCII_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadNameError(OracleError):
    """Not a host name or address of the web."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def host_of(url: str) -> str:
    """Host of an http(s) URL as A-label; an IP address as its canonical text. Raises BadNameError."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadNameError(f"not a web address: {url!r}; it must start with http:// or https://")
    return canonical_host(parts.hostname)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as problem:
        raise BadNameError(f"not a valid address: {url!r} ({problem})") from problem
    # Browsers read it as a slash, so `a.example\@b.example` is a page of a.example to them, of b.example to urlsplit.
    if "\\" in parts.netloc:
        raise BadNameError(f"not a valid address: {url!r} (backslash in the host name)")
    return parts


def canonical_host(host: str) -> str:
    """Lower-case A-label without trailing dot, or the canonical text of an IP address. Raises BadNameError."""
    try:
        bare = idna.uts46_remap(host.strip(), std3_rules=False).removesuffix(".")
        if ":" in bare:
            return _ipv6_text(bare)
        labels = bare.split(".")
        # As in browsers, what ends in a number is an IPv4 address or nothing: `127.1` must not be a name.
        if _NUMBER.fullmatch(labels[-1]):
            return str(ipaddress.IPv4Address(bare))
        name = ".".join(map(_a_label, labels))
    except ValueError as problem:  # idna's errors are of this kind too
        raise BadNameError(f"not a valid host name: {host!r} ({problem})") from problem
    if len(name) > MAX_NAME:
        raise BadNameError(f"not a valid host name: {host!r} (longer than {MAX_NAME} characters)")
    return name


def _a_label(label: str) -> str:
    """Raises ValueError."""
    if not label.isascii() or label.startswith("xn--"):
        return idna.alabel(label).decode("ascii")
    if not _ASCII_LABEL.fullmatch(label):
        raise ValueError(f"{label!r} is not a valid label")
    return label


def _ipv6_text(text: str) -> str:
    """As browsers write it, without brackets. Raises ValueError."""
    address = ipaddress.IPv6Address(text.removeprefix("[").removesuffix("]"))
    if address.scope_id is not None:
        raise ValueError("an address with a zone is valid on one machine only")
    if address.ipv4_mapped is not None:  # Python's own text of these is another one since 3.13
        low = int(address.ipv4_mapped)
        return f"::ffff:{low >> 16:x}:{low & 0xFFFF:x}"
    return str(address)


def site_of(host: str) -> str:
    """Registrable domain of a canonical host; the host itself if it is an address or a public suffix."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)
    return host


def canonical_url(url: str) -> str:
    """The address under which a picture or page is remembered: as browsers read it (WHATWG URL), without fragment, user
    and default port, with escapes in capitals.

    Unreserved characters of the path stand plain (RFC 3986 § 6.2.2.2), so that nobody passes a rule of robots.txt, or
    gives one picture many addresses, by spelling. Raises BadNameError.
    """
    if len(url) > MAX_URL:
        raise BadNameError(f"the address is longer than {MAX_URL} characters")
    try:
        parsed = ada_url.URL(url)
    except (ValueError, OSError) as problem:
        raise BadNameError(f"not a valid address: {url!r}") from problem
    return _canonical(parsed, url)


def join_url(base: str, said: str) -> str:
    """The canonical address that a page at `base` means by what it says in an attribute. Raises BadNameError."""
    if len(said) > MAX_URL:
        raise BadNameError(f"the address is longer than {MAX_URL} characters")
    try:
        parsed = ada_url.URL(said, base)
    except (ValueError, OSError) as problem:
        raise BadNameError(f"not a valid address: {said!r}") from problem
    return _canonical(parsed, said)


def _canonical(parsed: ada_url.URL, said: str) -> str:
    if parsed.protocol not in ("http:", "https:"):
        raise BadNameError(f"not a web address: {said!r}; it must start with http:// or https://")
    host = canonical_host(parsed.hostname)
    shown = f"[{host}]" if ":" in host else host
    place = f"{shown}:{parsed.port}" if parsed.port else shown
    path = _ESCAPE.sub(_plain_if_unreserved, parsed.pathname)
    query = _ESCAPE.sub(lambda found: found[0].upper(), parsed.search)
    url = f"{parsed.protocol}//{place}{path}{query}"
    if len(url) > MAX_URL:
        raise BadNameError(f"the address is longer than {MAX_URL} characters")
    return url


def _plain_if_unreserved(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def name_hash(name: str) -> bytes:
    """keccak256 of a host or site name (32 bytes), as contracts know it."""
    return keccak(text=canonical_host(name))


def url_hash(url: str) -> bytes:
    """keccak256 of the canonical URL (32 bytes)."""
    return keccak(text=canonical_url(url))
