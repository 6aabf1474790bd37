"""Fetching: hostile sites get nowhere, polite ones are respected."""

import gzip

import pytest

from oracle.crawl.addresses import Resolver, is_public
from oracle.crawl.http import Fetcher
from oracle.crawl.robots import Robots, reserved
from oracle.errors import FetchError, FetchRefusedError


def test_a_page_comes_with_what_was_on_the_wire(site, fetcher):
    site.answer("http://a.test/x", 200, gzip.compress(b"hello"), Content_Encoding="gzip", ETag='"1"')
    found = fetcher.fetch("http://a.test/x#part")
    assert found.body == b"hello"
    assert found.answer.raw_body == gzip.compress(b"hello") or found.answer.raw_body[:2] == b"\x1f\x8b"
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
    with pytest.raises(FetchError, match="did not ask"):
        fetcher.fetch("http://a.test/br")


def test_a_slow_site_is_left(site, fetcher):
    site.page("http://a.test/", "x" * 100_000)
    with pytest.raises(FetchError, match=r"in time|too long"):
        fetcher.fetch("http://a.test/", total_seconds=-1)


def test_a_site_that_is_down_is_said_so():
    from oracle.crawl.addresses import Endpoint

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
     ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("fec0::1", False), ("192.88.99.1", False)],
)  # fmt: skip
def test_public_addresses(address, public):
    assert is_public(address) is public


def test_robots_bind(site, fetcher):
    site.answer("http://a.test/robots.txt", 200, b"User-agent: *\nDisallow: /private/\nCrawl-delay: 2")
    robots = Robots(fetcher)
    assert robots.allows("http://a.test/open")
    assert not robots.allows("http://a.test/private/x")
    assert robots.delay("http://a.test/") == 2
    assert robots.allows("http://b.test/")  # 404: everything is allowed
    site.answer("http://c.test/robots.txt", 503)
    assert not robots.allows("http://c.test/")
    assert site.asked.count("a.test/robots.txt") == 1


@pytest.mark.parametrize(
    ("header", "value", "binds"),
    [("X-Robots-Tag", "noindex", True), ("X-Robots-Tag", "otherbot: noindex", False), ("tdm-reservation", "1", True),
     ("X-Robots-Tag", "copytrackbot: noimageindex", True), ("tdm-reservation", "0", False),
     ("X-Robots-Tag", "max-snippet: 20", False)],
)  # fmt: skip
def test_reservations_in_headers_bind(site, fetcher, header, value, binds):
    site.page("http://a.test/", "x", **{header: value})
    assert bool(reserved(fetcher.fetch("http://a.test/").answer)) is binds
