"""Fetching: hostile sites get nowhere, polite ones are respected."""

import gzip
import time
import zlib

import brotli
import pytest
import zstandard

from oracle.crawl.addresses import Endpoint, Resolver, is_public
from oracle.crawl.http import Fetcher, SlowError
from oracle.crawl.wire import readable
from oracle.errors import FetchError, FetchRefusedError
from tests.conftest import Tarpit


def test_a_page_comes_with_what_was_on_the_wire(site, fetcher):
    site.answer("http://a.test/x", 200, gzip.compress(b"hello"), Content_Encoding="gzip", ETag='"1"')
    found = fetcher.fetch("http://a.test/x#part")
    assert found.body == b"hello"
    assert found.answer.raw_body == site.answers["a.test/x"][2]
    assert found.answer.header("etag") == '"1"'
    assert found.answer.server_address == "127.0.0.1"
    assert dict(found.answer.request_headers)["User-Agent"].startswith("CopyTrackBot")


def test_redirects_are_followed_and_noted(site, fetcher):
    site.answer("http://a.test/", 301, Location="http://b.test/next")
    site.page("http://b.test/next", "there")
    found = fetcher.fetch("http://a.test/")
    assert (found.final_url, len(found.exchanges)) == ("http://b.test/next", 2)


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/", "http://localhost/", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data", "http://[::1]/",
     "http://[::ffff:192.168.0.1]/", "http://2130706433/", "http://0x7f000001/", "file:///etc/passwd", "ftp://a.test/",
     "http://a.test:22/", "gopher://a.test/"],
)  # fmt: skip
def test_a_redirect_to_where_we_must_not_go_is_refused(site, fetcher, target):
    site.answer("http://a.test/", 302, Location=target)
    with pytest.raises(FetchError):
        fetcher.fetch("http://a.test/")
    with pytest.raises(FetchError):
        fetcher.fetch(target)


def test_a_loop_ends(site, fetcher):
    site.answer("http://a.test/", 302, Location="http://b.test/")
    site.answer("http://b.test/", 302, Location="http://a.test/")
    with pytest.raises(FetchError, match="loop"):
        fetcher.fetch("http://a.test/")
    for n in range(9):
        site.answer(f"http://a.test/{n}", 302, Location=f"http://a.test/{n + 1}")
    with pytest.raises(FetchError, match="more than"):
        fetcher.fetch("http://a.test/0")


def test_large_bodies_and_bombs_are_cut_off(site, fetcher):
    site.answer("http://a.test/big", 200, b"x" * 300_000)
    with pytest.raises(FetchRefusedError, match="larger than"):
        fetcher.fetch("http://a.test/big", max_bytes=100_000)
    site.answer("http://a.test/bomb", 200, gzip.compress(b"\0" * 5_000_000), Content_Encoding="gzip")
    with pytest.raises(FetchRefusedError, match="unpacks"):
        fetcher.fetch("http://a.test/bomb", max_bytes=1_000_000)
    site.answer("http://a.test/broken", 200, b"\x1f\x8bnonsense", Content_Encoding="gzip")
    with pytest.raises(FetchError, match="damaged"):
        fetcher.fetch("http://a.test/broken")
    site.answer("http://a.test/br", 200, b"??", Content_Encoding="br")
    with pytest.raises(FetchError, match=r"damaged|truncated"):
        fetcher.fetch("http://a.test/br")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_site_that_drips_is_left_when_its_time_is_over(head):
    tarpit = Tarpit(head, pause=0.1)
    try:
        drips = Fetcher(Resolver({"slow.test": {80: Endpoint("127.0.0.1", tarpit.port)}}))
        started = time.monotonic()
        with pytest.raises(SlowError):
            drips.fetch("http://slow.test/", total_seconds=1.0)
        assert time.monotonic() - started < 3
    finally:
        tarpit.close()


def test_a_site_that_is_down_is_said_so():
    down = Fetcher(Resolver({"down.test": {80: Endpoint("127.0.0.1", 9)}}))
    with pytest.raises(FetchError, match="cannot be reached"):
        down.fetch("http://down.test/")
    with pytest.raises(FetchError):
        down.fetch("http://no-such-name.invalid/")


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("10.1.2.3", False), ("127.0.0.1", False), ("0.0.0.0", False),
     ("100.64.0.1", False), ("169.254.1.1", False), ("192.0.2.1", False), ("224.0.0.1", False), ("::1", False),
     ("fe80::1%eth0", False), ("fc00::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
     ("192.0.0.8", False), ("3fff::1", False), ("2001:db8::1", False), ("5f00::1", False),
     ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("fec0::1", False), ("192.88.99.1", False)],
)  # fmt: skip
def test_public_addresses(address, public):
    assert is_public(address) is public


# --------------------------------------------------------------------------------------------- what browsers tolerate

HTML = b"<p>hello</p>" * 50
PACKED = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(HTML[:100]) + gzip.compress(HTML[100:])),
        ("gzip", gzip.compress(HTML) + b"\0\0 padding"),
        ("gzip, identity", gzip.compress(HTML)),
        ("X-GZIP", gzip.compress(HTML)),
        ("deflate", zlib.compress(HTML)),
        ("deflate", PACKED.compress(HTML) + PACKED.flush()),
        ("br", brotli.compress(HTML)),
        ("zstd", zstandard.ZstdCompressor().compress(HTML)),
        ("gzip, br", brotli.compress(gzip.compress(HTML))),
        ("none", HTML),
        ("utf-8", HTML),
        ("aws-chunked", HTML),
        ("", HTML),
        ("identity", HTML),
    ],
)
def test_codings_are_undone_as_browsers_do(site, fetcher, coding, body):
    site.answer("http://a.test/", 200, body, Content_Encoding=coding)
    assert fetcher.fetch("http://a.test/").body == HTML


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_cut_off_does_not_count_as_whole(site, fetcher, coding):
    pack = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[coding]
    for cut in (1, 3, 20):
        site.answer("http://a.test/", 200, pack(HTML)[:-cut], Content_Encoding=coding)
        with pytest.raises(FetchError):
            fetcher.fetch("http://a.test/")
    site.answer("http://a.test/", 200, pack(bytes(60_000_000)), Content_Encoding=coding)
    with pytest.raises(FetchRefusedError, match="unpacks"):
        fetcher.fetch("http://a.test/", max_bytes=1_000_000)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nBad Header: x\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 Tr\xe8s bien\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nX-A : spaced\r\nContent-Length : 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\x01\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: folded\r\n  on\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon at all\r\n: nothing\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\nHTTP/1.1 200 OK\r\nOdd Line\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_odd_heads_are_read_and_kept_byte_for_byte(site, fetcher, head):
    site.raw["a.test/"] = head + b"ok"
    found = fetcher.fetch("http://a.test/")
    assert (found.status, found.body) == (200, b"ok")
    assert head.endswith(found.answer.head) and found.answer.head


def test_two_lengths_that_differ_are_an_attack(site, fetcher):
    site.raw["a.test/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\nok..."
    with pytest.raises(FetchError):
        fetcher.fetch("http://a.test/")
    assert b"5" in readable(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 5\r\n\r\n")


@pytest.mark.parametrize(
    ("location", "led_to"),
    [
        (b"/caf\xc3\xa9", "http://a.test/caf%C3%A9"),
        (b"/caf\xe9", "http://a.test/caf%E9"),
        (b"\\\\b.test\\x", "http://b.test/x"),
        (b"//b.test/y#frag", "http://b.test/y"),
        (b"  /padded  ", "http://a.test/padded"),
        (b"/x/../y", "http://a.test/y"),
        (b"?q=1", "http://a.test/?q=1"),
    ],
)
def test_redirects_lead_where_browsers_go(site, fetcher, location, led_to):
    site.raw["a.test/"] = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
    site.page(led_to, "there")
    assert fetcher.fetch("http://a.test/").final_url == led_to


def test_a_cookie_wall_is_passed_within_one_fetch_and_forgotten(site, fetcher):
    serve = site.server.RequestHandlerClass.do_GET

    def wall(handler):
        inside = "seen=1" in handler.headers.get("Cookie", "")
        site.answer("http://a.test/", 200 if inside else 302, b"page", Location="/", Set_Cookie="seen=1; Path=/")
        serve(handler)

    site.server.RequestHandlerClass.do_GET = wall
    try:
        assert fetcher.fetch("http://a.test/").body == b"page"
        assert len(fetcher.fetch("http://a.test/").exchanges) == 2
    finally:
        site.server.RequestHandlerClass.do_GET = serve


def test_cookies_go_to_the_site_that_set_them_only(site, fetcher):
    sent = []
    serve = site.server.RequestHandlerClass.do_GET

    def note(handler):
        sent.append((handler.headers["Host"], handler.headers.get("Cookie")))
        serve(handler)

    site.server.RequestHandlerClass.do_GET = note
    try:
        site.raw["a.test/"] = (
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nSet-Cookie: own=1\r\nSet-Cookie: wide=1; Domain=b.test\r\n"
            b"Set-Cookie: top=1; Domain=test\r\nLocation: http://b.test/\r\n\r\n"
        )
        site.page("http://b.test/", "b")
        fetcher.fetch("http://a.test/")
    finally:
        site.server.RequestHandlerClass.do_GET = serve
    assert sent[-1] == ("b.test", None)


@pytest.mark.parametrize("etag", ['"\xe9t\xe9"', '"a\u0100"', '"a\r\nX: y"', '"a\x00"', 'W/"1"'])
def test_a_condition_of_any_bytes_is_sent_or_left_out(site, fetcher, etag):
    site.page("http://a.test/", "x")
    assert fetcher.fetch("http://a.test/", headers={"If-None-Match": etag}).status == 200


@pytest.mark.parametrize(
    ("stated", "kind", "charset"),
    [
        ("text/html; charset=utf-8", "text/html", "utf-8"),
        ("text/html, text/html; charset=utf-8", "text/html", "utf-8"),
        ("text/html charset=utf-8", "text/html", "utf-8"),
        ('Text/HTML;Charset="Shift_JIS"', "text/html", "Shift_JIS"),
        ("", "", ""),
        (";", "", ""),
    ],
)
def test_types_are_read_however_they_are_put_together(site, fetcher, stated, kind, charset):
    site.answer("http://a.test/", 200, b"x", Content_Type=stated)
    found = fetcher.fetch("http://a.test/")
    assert (found.content_type, found.charset) == (kind, charset)


def test_the_next_address_of_a_host_is_tried(site):
    class Two(Resolver):
        def resolve(self, host, port):
            return [Endpoint("127.0.0.1", 9), Endpoint("127.0.0.1", site.port)]

    site.page("http://a.test/", "x")
    assert Fetcher(Two()).fetch("http://a.test/").body == b"x"
