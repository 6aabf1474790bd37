"""The one way to fetch from the web: hardened, and remembering exactly what was sent and received.

http and https only; the address is checked and pinned after DNS, at every redirect; times, sizes and decompression are
limited. Chromium gets everything through it too (see `oracle.evidence.capture`).
"""

from __future__ import annotations

import ssl
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from oracle.crawl.addresses import Resolver
from oracle.errors import FetchError, FetchRefusedError
from oracle.names import BadNameError, canonical_url

USER_AGENT = "CopyTrackBot/0.1 (+https://copytrack.example/bot)"
MAX_BYTES = 20 * 1024 * 1024
MAX_REDIRECTS = 5
TOTAL_SECONDS = 30.0
_TIMEOUTS = {"connect": 5.0, "read": 10.0, "write": 5.0, "pool": 15.0}

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """One request and its response, as they were on the wire."""

    url: str
    request_headers: Headers
    status: int
    reason: str
    headers: Headers
    raw_body: bytes
    fetched_at: float
    server_address: str
    certificate: bytes | None = None

    def header(self, name: str) -> str | None:
        """First value of a header, by any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


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
        return (self.answer.header("content-type") or "").split(";")[0].strip().lower()


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
            max_connections=20,
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
    ) -> Fetched:
        """GET the URL, following redirects; the caller judges the status. Raises FetchRefusedError, FetchError."""
        deadline = time.monotonic() + total_seconds
        exchanges: list[Exchange] = []
        at = url
        while True:
            try:
                at = canonical_url(at)
            except BadNameError as problem:
                raise FetchRefusedError(str(problem)) from problem
            if any(at == seen.url for seen in exchanges):
                raise FetchError(f"{url} redirects in a loop")
            exchange = self._exchange(at, headers or {}, max_bytes, deadline)
            exchanges.append(exchange)
            target = exchange.header("location")
            if exchange.status not in (301, 302, 303, 307, 308) or not target:
                body = _decoded(exchange, max_bytes)
                return Fetched(url, at, body, tuple(exchanges))
            if len(exchanges) > MAX_REDIRECTS:
                raise FetchError(f"{url} redirects more than {MAX_REDIRECTS} times")
            try:
                at = urljoin(at, target)
            except ValueError as problem:
                raise FetchError(f"{url} redirects to what is no address: {target!r}") from problem

    def _exchange(self, url: str, extra: Mapping[str, str], max_bytes: int, deadline: float) -> Exchange:
        host = urlsplit(url).netloc
        sent = {
            "Host": host,
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            **extra,
        }
        raw = bytearray()
        _deadline.at = deadline
        try:
            with self._pool.stream(
                "GET", url, headers=list(sent.items()), extensions={"timeout": dict(_TIMEOUTS)}
            ) as response:
                # Asked before the body is read: afterwards the connection may be closed.
                connection = _connection(response.extensions.get("network_stream"))
                for part in response.iter_stream():
                    raw += part
                    if len(raw) > max_bytes:
                        raise FetchRefusedError(f"{url} is larger than {max_bytes} bytes")
                    if time.monotonic() > deadline:
                        raise FetchError(f"{url} took too long")
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
        except httpcore.TimeoutException as problem:
            raise FetchError(f"{url} does not answer in time") from problem
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError) as problem:
            raise FetchError(f"{url} cannot be reached: {problem}") from problem


# When the fetch that this thread is at must be over; connections outlive fetches.
_deadline = threading.local()


def _left(timeout: float | None) -> float:
    """Seconds that the next step on the wire may take. Raises ReadTimeout when the time is over."""
    left = float(getattr(_deadline, "at", time.monotonic() + TOTAL_SECONDS)) - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the fetch took too long")
    return left if timeout is None else min(timeout, left)


class _DeadlineStream(httpcore.NetworkStream):
    """A connection on which no step outlasts the fetch, however slowly the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _PinningBackend(httpcore.SyncBackend):
    """Resolves and checks the name, then connects to just that address; TLS still checks the name."""

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
        endpoint = self._resolver.resolve(host.strip("[]"), port)
        opened = super().connect_tcp(endpoint.address, endpoint.port, _left(timeout), local_address, socket_options)
        return _DeadlineStream(opened)

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise FetchRefusedError("local sockets are not the web")


def _connection(stream: Any) -> dict[str, Any]:
    """Server address and TLS certificate (DER) of a connection."""
    found: dict[str, Any] = {"server_address": "", "certificate": None}
    if stream is not None:
        address = stream.get_extra_info("server_addr")
        found["server_address"] = str(address[0]) if address else ""
        tls = stream.get_extra_info("ssl_object")
        if tls is not None:
            found["certificate"] = tls.getpeercert(True)
    return found


def _decoded(exchange: Exchange, max_bytes: int) -> bytes:
    encoding = (exchange.header("content-encoding") or "identity").strip().lower()
    if encoding in ("identity", ""):
        return exchange.raw_body
    if encoding not in ("gzip", "x-gzip"):
        raise FetchError(f"{exchange.url} is encoded as {encoding}, which we did not ask for")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(exchange.raw_body, max_bytes)
    except zlib.error as problem:
        raise FetchError(f"{exchange.url}: damaged compression") from problem
    if unpacker.unconsumed_tail:
        raise FetchRefusedError(f"{exchange.url} unpacks to more than {max_bytes} bytes")
    return body
