"""WARC (ISO 28500) of what was sent and received."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from oracle.crawl.http import Exchange

SOFTWARE = "CopyTrack oracle"


def write_warc(exchanges: Iterable[Exchange]) -> bytes:
    """A .warc.gz with a request and a response record for each exchange.

    Bodies are as on the wire (content-encoding kept), only chunked transfer is undone, so Transfer-Encoding is dropped.
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
        headers = [(k, v) for k, v in exchange.headers if k.lower() != "transfer-encoding"]
        response = writer.create_warc_record(
            exchange.url,
            "response",
            payload=io.BytesIO(exchange.raw_body),
            http_headers=StatusAndHeaders(f"{exchange.status} {exchange.reason}".strip(), headers, protocol="HTTP/1.1"),
            warc_headers_dict=dict(stamped),
        )
        parts = urlsplit(exchange.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        request = writer.create_warc_record(
            exchange.url,
            "request",
            http_headers=StatusAndHeaders(f"GET {path} HTTP/1.1", list(exchange.request_headers), is_http_request=True),
            warc_headers_dict={"WARC-Date": at},
        )
        writer.write_request_response_pair(request, response)
    return out.getvalue()
