"""Which machines we may talk to: names are resolved here, and only public addresses on the web's ports are allowed.

For development and tests a resolver map gives names under reserved domains to a local server; nothing else reaches a
private address, by whatever redirect.
"""

from __future__ import annotations

import ipaddress
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from oracle.errors import FetchError, FetchRefusedError

DNS_SECONDS = 5.0
WEB_PORTS = (80, 443)

# A name may have many; each costs a connection's time.
MAX_ADDRESSES = 4

_RELAY_ANYCAST = ipaddress.ip_network("192.88.99.0/24")  # 6to4 relays, deprecated by RFC 7526
# Special purposes that Python's tables of some versions do not know: https://www.iana.org/assignments/iana-ipv6-special-registry
# and its sister for IPv4.
_SPECIAL = [ipaddress.ip_network(n) for n in ("192.0.0.0/24", "3fff::/20", "5f00::/16", "100:0:0:1::/64", "2001::/23")]
_POOL = ThreadPoolExecutor(max_workers=16, thread_name_prefix="dns")


@dataclass(frozen=True)
class Endpoint:
    """Where to connect to."""

    address: str
    port: int


class Resolver:
    """Names to endpoints, under the rules above."""

    def __init__(self, mapped: dict[str, dict[int, Endpoint]] | None = None) -> None:
        self._mapped = mapped or {}

    @classmethod
    def from_file(cls, file: Path | None) -> Resolver:
        """A JSON file {"*.example": {"443": "127.0.0.1:8443"}}; without a file, the public DNS alone."""
        if file is None:
            return cls()
        mapped: dict[str, dict[int, Endpoint]] = {}
        for pattern, ports in json.loads(file.read_text()).items():
            mapped[pattern] = {}
            for port, place in ports.items():
                address, _, real = place.rpartition(":")
                mapped[pattern][int(port)] = Endpoint(address, int(real))
        return cls(mapped)

    def resolve(self, host: str, port: int) -> list[Endpoint]:
        """Endpoints to connect to, in order. Raises FetchRefusedError for a forbidden address, FetchError for none."""
        for pattern, ports in self._mapped.items():
            if fnmatch(host, pattern):
                if port not in ports:
                    raise FetchRefusedError(f"{host}: port {port} is not a web port")
                return [ports[port]]
        if port not in WEB_PORTS:
            raise FetchRefusedError(f"{host}: port {port} is not a web port")
        addresses = _look_up(host)
        for address in addresses:
            if not is_public(address):
                raise FetchRefusedError(f"{host} resolves to {address}, which is not a public address")
        return [Endpoint(address, port) for address in addresses[:MAX_ADDRESSES]]


def is_public(address: str) -> bool:
    """Whether the address is a public unicast one, in whatever form it is written."""
    found = ipaddress.ip_address(address.split("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    if found in _RELAY_ANYCAST or any(found in network for network in _SPECIAL):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def _look_up(host: str) -> list[str]:
    try:
        answers = _POOL.submit(socket.getaddrinfo, host, None, type=socket.SOCK_STREAM).result(timeout=DNS_SECONDS)
    except (OSError, UnicodeError) as problem:
        raise FetchError(f"{host} has no address: {problem}") from problem
    except FutureTimeout as problem:
        raise FetchError(f"{host}: the name server is not responding") from problem
    addresses = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
    if not addresses:
        raise FetchError(f"{host} has no address")
    return addresses
