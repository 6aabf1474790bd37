"""The one way to fetch from the web: hardened, and remembering exactly what was sent and received.

http and https only; the address is checked and pinned after DNS, at every redirect; times, sizes and decompression are
limited. Chromium gets everything through it too (see `oracle.evidence.capture`). What browsers tolerate in an answer is
tolerated here: a site is not unreadable for a fault that nobody sees.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any
from urllib.parse import urlsplit

import httpcore

from oracle.crawl.addresses import Resolver
from oracle.crawl.coding import decoded
from oracle.crawl.wire import WebStream
from oracle.deadlines import deadline, left
from oracle.errors import FetchError, FetchRefusedError
from oracle.names import BadNameError, canonical_url, host_of, join_url, site_of

AGENT = "CopyTrackBot"
USER_AGENT = f"{AGENT}/{version('copytrack')}"
MAX_BYTES = 20 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_SECONDS = 30.0
_TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 15.0}
# One value of a request's header: what could end the line, or is no byte, is not sent.
_SENDABLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """One request and its response. `head` is the response's head byte for byte, `headers` what it says."""

    url: str
    request_headers: Headers
    status: int
    reason: str
    headers: Headers
    raw_body: bytes
    fetched_at: float
    server_address: str
    certificate: bytes | None = None
    head: bytes = b""

    def header(self, name: str) -> str | None:
        """First value of a header, by any case."""
        return next(iter(self.header_values(name)), None)

    def header_values(self, name: str) -> list[str]:
        """All values of a header, by any case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass(frozen=True)
class Fetched:
    """What a URL led to. `body` is decoded; `exchanges` are the redirects and the answer."""

    url: str
    final_url: str
    body: bytes
    exchanges: tuple[Exchange, ...] = field(repr=False)

    @property
    def answer(self) -> Exchange:
        return self.exchanges[-1]

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def content_type(self) -> str:
        """Type without parameters, lower case; empty if the server names none.

        Of a header that was put together wrongly (doubled by a proxy, without semicolon) the first type counts.
        """
        said = re.match(r"\s*([^\s;,]*)", self.answer.header("content-type") or "")
        return said[1].lower() if said else ""

    @property
    def charset(self) -> str:
        """Charset that the server states, as it is written; empty if it states none."""
        said = re.search(r"charset\s*=\s*[\"']?([^\s;\"',]+)", self.answer.header("content-type") or "", re.IGNORECASE)
        return said[1] if said else ""


class Fetcher:
    """Fetches with one resolver and one set of trusted authorities. Safe to use from several threads."""

    def __init__(self, resolver: Resolver, ca_file: str | None = None, user_agent: str = USER_AGENT) -> None:
        context = ssl.create_default_context()
        if ca_file:
            context.load_verify_locations(cafile=ca_file)
        self.user_agent = user_agent
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            network_backend=_PinningBackend(resolver),
            max_connections=40,
            max_keepalive_connections=10,
            keepalive_expiry=10,
        )

    def close(self) -> None:
        self._pool.close()

    def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        max_bytes: int = MAX_BYTES,
        total_seconds: float = TOTAL_SECONDS,
        before_each: Callable[[str], None] | None = None,
        cut_off: bool = False,
    ) -> Fetched:
        """GET the URL, following redirects; the caller judges the status. Raises FetchRefusedError, FetchError.

        `before_each` is called with each address before it is asked, redirects included; it may raise, and its time
        does not count. With `cut_off` what is longer than `max_bytes` is cut instead of refused.
        """
        end = time.monotonic() + total_seconds
        exchanges: list[Exchange] = []
        cookies = _Cookies()
        asked: set[tuple[str, str]] = set()
        try:
            at = canonical_url(url)
        except BadNameError as problem:
            raise FetchRefusedError(str(problem)) from problem
        while True:
            sent = dict(headers or {})
            if carried := cookies.header_for(at):
                sent["Cookie"] = "; ".join(filter(None, (sent.get("Cookie"), carried)))
            if (at, sent.get("Cookie", "")) in asked:
                raise FetchError(f"{url} redirects in a loop")
            asked.add((at, sent.get("Cookie", "")))
            if before_each is not None:
                started = time.monotonic()
                before_each(at)
                end += time.monotonic() - started
            exchange = self._exchange(at, sent, max_bytes, end, cut_off)
            exchanges.append(exchange)
            target = exchange.header("location")
            if exchange.status not in (301, 302, 303, 307, 308) or not target:
                body = exchange.raw_body
                if not (cut_off and len(body) >= max_bytes):
                    body = decoded(body, exchange.header("content-encoding") or "", max_bytes, at)
                return Fetched(url, at, body, tuple(exchanges))
            if len(exchanges) > MAX_REDIRECTS:
                raise FetchError(f"{url} redirects more than {MAX_REDIRECTS} times")
            cookies.keep(exchange)
            at = _redirected(at, target, url)

    def _exchange(self, url: str, extra: Mapping[str, str], max_bytes: int, end: float, cut_off: bool) -> Exchange:
        wanted = {
            "Host": urlsplit(url).netloc,
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            **extra,
        }
        sent = {name: value for name, value in wanted.items() if _SENDABLE.fullmatch(value)}
        raw_headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in sent.items()]
        for is_last in (False, True):
            try:
                return self._once(url, sent, raw_headers, max_bytes, end, cut_off)
            except httpcore.TimeoutException as problem:
                raise SlowError(f"{url} did not respond in time") from problem
            except _ClosedError as problem:
                # A server may close a kept connection just as we ask: as browsers do, ask once more on a new one.
                if is_last:
                    raise FetchError(f"{url} cannot be reached: {problem}") from problem
            except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as problem:
                raise FetchError(f"{url} cannot be reached: {problem}") from problem
        raise AssertionError

    def _once(
        self,
        url: str,
        sent: Mapping[str, str],
        raw_headers: list[tuple[bytes, bytes]],
        max_bytes: int,
        end: float,
        cut_off: bool,
    ) -> Exchange:
        raw = bytearray()
        with ExitStack() as stack:
            stack.enter_context(deadline(end))
            asked = self._pool.stream("GET", url, headers=raw_headers, extensions={"timeout": dict(_TIMEOUTS)})
            try:
                response = stack.enter_context(asked)
            except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError) as problem:
                raise _ClosedError(str(problem)) from problem
            # Asked before the body is read: afterwards the connection may be closed.
            connection = _connection(response.extensions.get("network_stream"))
            for part in response.iter_stream():
                raw += part
                if len(raw) > max_bytes:
                    if cut_off:
                        del raw[max_bytes:]
                        break
                    raise FetchRefusedError(f"{url} is larger than {max_bytes} bytes")
                if time.monotonic() > end:
                    raise SlowError(f"{url} took too long")
            return Exchange(
                url=url,
                request_headers=tuple(sent.items()),
                status=response.status,
                reason=bytes(response.extensions.get("reason_phrase", b"")).decode("latin-1"),
                headers=tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers),
                raw_body=bytes(raw),
                fetched_at=time.time(),
                **connection,
            )


class _ClosedError(Exception):
    """The connection was closed before an answer came."""


class SlowError(FetchError):
    """The server let us wait until the time was over."""


def ignore(_: Exchange) -> None:
    """Nothing is to be done about an answer."""


class _Cookies:
    """Cookies of one fetch: a server that sets one and leads to the same address again means to see it there."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, str]] = {}

    def keep(self, exchange: Exchange) -> None:
        host = host_of(exchange.url)
        for line in exchange.header_values("set-cookie"):
            pair, *attributes = line.split(";")
            name, equals, value = pair.strip().partition("=")
            if not equals or not name or not _SENDABLE.fullmatch(pair.strip()):
                continue
            said = {k.strip().lower(): v.strip() for k, _, v in (a.partition("=") for a in attributes)}
            domain = said.get("domain", "").lstrip(".").lower()
            shared = domain and (host == domain or host.endswith(f".{domain}")) and site_of(domain) == site_of(host)
            self._kept.setdefault(f".{domain}" if shared else host, {})[name] = value

    def header_for(self, url: str) -> str:
        host = host_of(url)
        sets = (kept for place, kept in self._kept.items() if host == place or f".{host}".endswith(place))
        return "; ".join(f"{name}={value}" for kept in sets for name, value in kept.items())


def _redirected(at: str, target: str, url: str) -> str:
    """Where a Location leads. Its bytes are what a browser would percent-encode. Raises FetchError."""
    said = "".join(c if c < "\x80" else f"%{ord(c):02X}" for c in target)
    try:
        return join_url(at, said)
    except BadNameError as problem:
        raise FetchRefusedError(
            f"{url} redirects to something that is not a web address: {target[:200]!r}"
        ) from problem


class _PinningBackend(httpcore.SyncBackend):
    """Resolves and checks the name, then connects to just those addresses; TLS still checks the name."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__()
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        endpoints = self._resolver.resolve(host.strip("[]"), port)
        for number, endpoint in enumerate(endpoints, 1):
            try:
                opened = super().connect_tcp(
                    endpoint.address, endpoint.port, left(timeout), local_address, socket_options
                )
                return WebStream(opened)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(endpoints):
                    raise
        raise FetchError(f"{host} has no address")

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise FetchRefusedError("local sockets are not allowed")


def _connection(stream: Any) -> dict[str, Any]:
    """Server address, TLS certificate (DER), and the head of the answer as it was sent."""
    found: dict[str, Any] = {"server_address": "", "certificate": None, "head": b""}
    if stream is not None:
        address = stream.get_extra_info("server_addr")
        found["server_address"] = str(address[0]) if address else ""
        found["head"] = stream.get_extra_info("head") or b""
        tls = stream.get_extra_info("ssl_object")
        if tls is not None:
            found["certificate"] = tls.getpeercert(True)
    return found
