"""Names of places: hosts, sites and addresses, and the hashes under which they appear on-chain (DESIGN §3).

A host is the IDNA2008 A-label in lower case, without trailing dot or port. Its site is the registrable domain under the
Public Suffix List, ICANN and private sections, from the snapshot that is installed with `publicsuffixlist`.
"""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna
from eth_utils.crypto import keccak
from publicsuffixlist import PublicSuffixList

from oracle.errors import OracleError

# Longer addresses are traps, and do not fit an index of the database.
MAX_URL = 2048


class BadNameError(OracleError):
    """Not a host name or address of the web."""


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=True)


def host_of(url: str) -> str:
    """Host of an http(s) URL as A-label; an IP address as its canonical text. Raises BadNameError."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadNameError(f"not an address of the web: {url!r}; it must begin with http:// or https://")
    return canonical_host(parts.hostname)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as problem:
        raise BadNameError(f"not an address: {url!r} ({problem})") from problem


def canonical_host(host: str) -> str:
    """Lower-case A-label without trailing dot. Raises BadNameError."""
    bare = host.strip().rstrip(".").lower()
    try:
        return str(ipaddress.ip_address(bare.strip("[]")))
    except ValueError:
        pass
    try:
        return idna.encode(bare, uts46=True).decode("ascii")
    except idna.IDNAError as problem:
        raise BadNameError(f"not a host name: {host!r} ({problem})") from problem


def site_of(host: str) -> str:
    """Registrable domain of a canonical host; the host itself if it is an address or a public suffix."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)
    return host


def canonical_url(url: str) -> str:
    """The URL under which a picture or page is remembered: canonical host, no fragment, no default port, no user."""
    if len(url) > MAX_URL:
        raise BadNameError(f"the address is longer than {MAX_URL} characters")
    parts = _split(url.strip())
    host = host_of(urlunsplit(parts))
    try:
        port = parts.port
    except ValueError as problem:
        raise BadNameError(f"not a port: {url!r}") from problem
    default = {"http": 80, "https": 443}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    place = shown if port in (None, default) else f"{shown}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return urlunsplit(SplitResult(parts.scheme, place, path, query, ""))


def name_hash(name: str) -> bytes:
    """keccak256 of a host or site name (32 bytes), as contracts know it."""
    return keccak(text=canonical_host(name))


def url_hash(url: str) -> bytes:
    """keccak256 of the canonical URL (32 bytes)."""
    return keccak(text=canonical_url(url))
