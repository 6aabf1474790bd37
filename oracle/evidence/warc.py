"""WARC (ISO 28500) of what was sent and received, byte for byte."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from oracle.crawl.http import Exchange

SOFTWARE = "CopyTrack oracle"
# Chunks are undone when an answer is read, and a reader of the archive must not look for them.
_CHUNKED = re.compile(rb"^(transfer-encoding[ \t]*:)", re.IGNORECASE | re.MULTILINE)


class _Head(StatusAndHeaders):  # type: ignore[misc]
    """Head of a message that is written as it is: warcio would escape what is not ASCII, and rewrite the first line."""

    def __init__(self, head: bytes, is_request: bool = False) -> None:
        first, _, _ = head.partition(b"\r\n")
        super().__init__(first.decode("latin-1"), [], protocol="", is_http_request=is_request)
        self._head = head

    def to_ascii_bytes(self, header_filter: object = None) -> bytes:
        return self._head


def write_warc(exchanges: Iterable[Exchange]) -> bytes:
    """A .warc.gz with a request and a response record for each exchange.

    Heads and bodies are as on the wire (content-encoding kept). Only chunked transfer is undone: that header is kept as
    `X-Archive-Orig-Transfer-Encoding`, the name that other archives use.
    """
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    writer.write_record(
        writer.create_warcinfo_record("page.warc.gz", {"software": SOFTWARE, "format": "WARC File Format 1.0"})
    )
    for exchange in exchanges:
        at = datetime.fromtimestamp(exchange.fetched_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        stamped = {"WARC-Date": at}
        if exchange.server_address:
            stamped["WARC-IP-Address"] = exchange.server_address
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.raw_body),
            http_headers=_Head(_CHUNKED.sub(rb"X-Archive-Orig-\1", exchange.head or _composed(exchange))),
            warc_headers_dict=dict(stamped),
        )
        request = writer.create_warc_record(
            exchange.url,
            "request",
            http_headers=_Head(_request_head(exchange), is_request=True),
            warc_headers_dict={"WARC-Date": at},
        )
        writer.write_request_response_pair(request, response)
    return out.getvalue()


def _request_head(exchange: Exchange) -> bytes:
    parts = urlsplit(exchange.url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return _head(f"GET {path} HTTP/1.1", exchange.request_headers)


def _composed(exchange: Exchange) -> bytes:
    return _head(f"HTTP/1.1 {exchange.status} {exchange.reason}".rstrip(), exchange.headers)


def _head(first: str, headers: Iterable[tuple[str, str]]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
