"""The crawler, seen from the sites' side: what it asks for, what it leaves alone, and what it makes of what it got."""

from __future__ import annotations

import io
import json
import time
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update

from oracle.crawl.frontier import Frontier
from oracle.crawl.http import AGENT
from oracle.crawl.visitor import Visitor
from oracle.matching.decision import MatchClass
from oracle.matching.engine import Match
from oracle.node import crawler as crawler_module
from oracle.node.crawler import Crawler
from oracle.node.database import images, matches, open_database, pages, sightings
from oracle.node.sightings import open_clock

WORK = "0x" + "ab" * 32
INTERVAL = 0.05
COPY = Match(WORK, MatchClass.COPY, 0.99, 50, 1.0, 1.0, False, (1.0,) * 9, ("it is the same picture",))


def photo(seed):
    rng = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)).resize((320, 240)).save(out, "JPEG")
    return out.getvalue()


class World:
    """A node's crawler on real tables and a real server, for which every picture is a copy of one work."""

    def __init__(self, servers, site, fetcher, schema=None):
        self.schema = schema or f"crawler{time.monotonic_ns()}"
        self.engine = open_database(servers.postgres.create_database("oracle"), self.schema)
        self.site = site
        self.fetcher = fetcher
        register = SimpleNamespace(query=lambda picture, keep: [COPY], covered=lambda *_: False)
        self.frontier = Frontier(self.engine, pages, revisit_seconds=86_400, max_per_site=100)
        self.visitor = Visitor(fetcher, open_clock(self.engine, INTERVAL))
        self.crawler = Crawler(self.engine, self.visitor, self.frontier, register, max_depth=3)

    def picture(self, url, seed=1, **headers):
        self.site.answer(url, 200, photo(seed), Content_Type="image/jpeg", **headers)

    def crawl(self, *urls, seconds=8.0, pause=INTERVAL * 2):
        """Visit what is due, until nothing is for a while."""
        self.frontier.add(urls, 0)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.crawler.step():
                time.sleep(pause)
                if not self.crawler.step():
                    return

    def again(self):
        self.frontier.revisit_all()
        self.crawl()

    def asked(self, ending=""):
        """Addresses that were asked for, without those that every crawler asks first."""
        return [a for a in self.site.asked if not a.endswith(("/robots.txt", "/tdmrep.json")) and a.endswith(ending)]

    def hits(self):
        with self.engine.begin() as connection:
            return sorted(connection.scalars(select(matches.c.image_url)))

    def rows(self, table):
        with self.engine.begin() as connection:
            return {row.url: row for row in connection.execute(select(table)).all()}


@pytest.fixture
def world(servers, site, fetcher):
    made = World(servers, site, fetcher)
    yield made
    made.engine.dispose()


def robots(world, host, text):
    world.site.answer(f"http://{host}/robots.txt", 200, text if isinstance(text, bytes) else text.encode())


# ------------------------------------------------------------------------------------------------------------ robots


FORBIDDING = {
    "plain": b"User-agent: *\nDisallow: /",
    "a byte order mark": b"\xef\xbb\xbfUser-agent: *\nDisallow: /",
    "UTF-16": "User-agent: *\nDisallow: /".encode("utf-16"),
    "our name with a version": b"User-agent: CopyTrackBot/0.1\nDisallow: /",
    "our name in capitals": b"USER-AGENT: COPYTRACKBOT\nDISALLOW: /",
    "our name among others": b"User-agent: foo\nUser-agent: copytrackbot\nUser-agent: bar\nDisallow: /",
    "our name with a comment": b"User-agent: CopyTrackBot # the crawler\nDisallow: / # all",
    "two groups of ours": b"User-agent: CopyTrackBot\nDisallow: /a\n\nUser-agent: CopyTrackBot\nDisallow: /p\n"
    b"Disallow: /i",
    "a long file": b"User-agent: *\nDisallow: /p\nDisallow: /i\n" + b"# filling\n" * 80_000,
    "old line ends": b"User-agent: *\rDisallow: /",
}


@pytest.mark.parametrize("way", FORBIDDING)
def test_what_robots_txt_forbids_is_never_asked_for(world, way):
    robots(world, "a.test", FORBIDDING[way])
    world.site.page("http://a.test/page", "<img src=/i.jpg>")
    world.picture("http://a.test/i.jpg")
    world.crawl("http://a.test/page")
    assert world.asked() == [] and world.site.asked == ["a.test/robots.txt"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_whose_rules_cannot_be_had_now_is_left_alone(world, status):
    world.site.answer("http://a.test/robots.txt", status)
    world.site.page("http://a.test/page", "<img src=/i.jpg>")
    world.crawl("http://a.test/page")
    assert world.asked() == []


@pytest.mark.parametrize(
    "text",
    [b"", b"User-agent: copytrack\nDisallow: /", b"User-agent: copytrackingbot\nDisallow: /",
     b"User-agent: bot\nDisallow: /",
     b"User-agent: *\nDisallow: /\n\nUser-agent: CopyTrackBot\nDisallow: /admin", b"<html>not found</html>"],
)  # fmt: skip
def test_rules_for_others_do_not_bind(world, text):
    robots(world, "a.test", text)
    world.site.page("http://a.test/page", "<img src=/i.jpg>")
    world.picture("http://a.test/i.jpg")
    world.crawl("http://a.test/page")
    assert world.hits() == ["http://a.test/i.jpg"]


@pytest.mark.parametrize(
    "spelling", ["/private/x", "/pub/../private/x", "/pub/%2e%2e/private/x", "/%70rivate/x", "\\private\\x"]
)
def test_no_spelling_passes_by_a_rule(world, spelling):
    robots(world, "a.test", "User-agent: *\nDisallow: /private/")
    world.site.page("http://a.test/", f'<a href="{spelling}.html">x</a><img src="{spelling}.jpg">')
    world.crawl("http://a.test/")
    assert world.asked() == ["a.test/"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_into_what_is_forbidden_is_not_followed(world, status):
    robots(world, "a.test", "User-agent: *\nDisallow: /private/")
    robots(world, "b.test", "User-agent: CopyTrackBot\nDisallow: /")
    world.site.page("http://a.test/", "<a href=/go>x</a><a href=/away>y</a><img src=/go.jpg><img src=/away.jpg>")
    for start, target in (("go", "/private/gallery"), ("away", "http://b.test/page")):
        world.site.answer(f"http://a.test/{start}", status, Location=target)
        world.site.answer(f"http://a.test/{start}.jpg", status, Location=f"{target}.jpg")
    for url in ("http://a.test/private/gallery", "http://b.test/page"):
        world.site.page(url, "<img src=/found.jpg>")
        world.picture(f"{url}.jpg")
    world.crawl("http://a.test/")
    assert not [a for a in world.asked() if "private" in a or a.startswith("b.test")]
    assert world.hits() == []


def gaps(world, host):
    """Seconds between requests to a host, its robots.txt not counted: the pace is known only when that was read."""
    times = [at for at, a in world.site.times if a.startswith(host) and not a.endswith(".txt")]
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("rule", ["Crawl-delay: 0.6", "Request-rate: 1/1s", "Request-rate: 5/3"])
def test_a_site_is_asked_as_slowly_as_it_wants_pages_and_pictures_alike(world, rule):
    robots(world, "a.test", f"User-agent: *\n{rule}")
    world.site.page("http://a.test/1", "<img src=/1.jpg><a href=/2>2</a>")
    world.site.page("http://a.test/2", "<img src=/2.jpg>")
    for n in (1, 2):
        world.picture(f"http://a.test/{n}.jpg", n)
    world.crawl("http://a.test/1", seconds=15, pause=2.5)
    assert sorted(world.asked()) == ["a.test/1", "a.test/1.jpg", "a.test/2", "a.test/2.jpg"]
    assert min(gaps(world, "a.test")) >= 0.55


def test_a_delay_longer_than_a_visit_is_kept_by_coming_again(world, monkeypatch):
    monkeypatch.setattr(crawler_module, "PAGE_SECONDS", 0.5)
    robots(world, "a.test", "User-agent: *\nCrawl-delay: 3600")
    world.site.page("http://a.test/1", "<img src=/1.jpg><img src=/2.jpg>")
    world.crawl("http://a.test/1", seconds=2)
    assert world.asked() == ["a.test/1"]
    (row,) = world.rows(pages).values()
    assert 3000 < row.next_at - time.time() <= 3600 and row.round_at is not None


# ------------------------------------------------------------------------------------------------------- reservations


HEADERS = [
    "noindex",
    "noindex, unavailable_after: 25 Jun 2010 15:00:00 PST",
    "max-image-preview:large, noindex",
    "noindex, max-snippet:-1",
    "copytrackbot: noindex, max-snippet:0",
    "googlebot: nofollow, copytrackbot: noindex",
    "CopyTrackBot/0.4: NONE",
    "*: noimageindex",
    "noai, noimageai",
    "unavailable_after: 2010-06-25",
    "unavailable_after: Friday, 25-Jun-10 15:00:00 UTC",
    "none",
]


@pytest.mark.parametrize("value", HEADERS)
def test_a_robots_header_binds_on_pages_and_on_pictures(world, value):
    world.site.page("http://a.test/", "<img src=/i.jpg>", X_Robots_Tag=value)
    world.site.page("http://b.test/", "<img src=/i.jpg>")
    world.picture("http://a.test/i.jpg")
    world.picture("http://b.test/i.jpg", X_Robots_Tag=value)
    world.crawl("http://a.test/", "http://b.test/")
    assert world.hits() == [] and "a.test/i.jpg" not in world.asked()


@pytest.mark.parametrize(
    "value",
    ["otherbot: noindex", "otherbot: noindex, nofollow", "all", "max-snippet: 20", "index, follow",
     "unavailable_after: 2099-01-01", "unavailable_after: Friday, 25 Jun 2099 15:00:00 GMT", "copytrackbot: all", ""],
)  # fmt: skip
def test_other_headers_do_not_bind(world, value):
    world.site.page("http://a.test/", "<img src=/i.jpg>", X_Robots_Tag=value)
    world.picture("http://a.test/i.jpg", X_Robots_Tag=value)
    world.crawl("http://a.test/")
    assert world.hits() == ["http://a.test/i.jpg"]


METAS = [
    '<meta name="robots" content="noindex">',
    '<META NAME="ROBOTS" CONTENT="NOINDEX">',
    '<meta name="robots" content="max-image-preview:large"><meta name="robots" content="noindex">',
    '<meta name="robots" content="index"><meta name="copytrackbot" content="none">',
    '<meta name="CopyTrackBot" content="noimageindex, follow">',
    '<meta content="noai" name="robots">',
    '<meta name="robots" content="unavailable_after: 2010-06-25">',
    '<meta name="tdm-reservation" content="1">',
]


@pytest.mark.parametrize("meta", METAS)
def test_a_robots_meta_tag_binds_wherever_it_stands(world, meta):
    world.site.page("http://a.test/", f"<head>{meta}</head><img src=/i.jpg>")
    world.site.page("http://b.test/", f"<body>{meta}<img src=/i.jpg>")
    world.crawl("http://a.test/", "http://b.test/")
    assert sorted(world.asked()) == ["a.test/", "b.test/"]


@pytest.mark.parametrize(
    "page",
    ['<meta name="robots" content="nofollow">', '<meta name="copytrackbot" content="index, nofollow">',
     '<meta name="robots" content="none">', '<meta name="tdm-reservation" content="1">'],
)  # fmt: skip
def test_links_of_a_page_that_says_nofollow_are_not_followed(world, page):
    world.site.page("http://a.test/", f"{page}<a href=/next>next</a><link rel=canonical href=/canon><iframe src=/f>")
    world.site.page("http://b.test/", "<a href=/next>next</a>", X_Robots_Tag="nofollow")
    world.crawl("http://a.test/", "http://b.test/")
    assert sorted(world.asked()) == ["a.test/", "b.test/"]


def test_links_that_say_nofollow_are_not_followed_and_others_are(world):
    links = '<a rel="ugc nofollow" href=/no>x</a><a rel=notnofollower href=/yes>y</a><area href=/area>'
    world.site.page("http://a.test/", links + '<meta http-equiv=refresh content="5; url=/later">')
    world.crawl("http://a.test/")
    assert sorted(world.asked()) == ["a.test/", "a.test/area", "a.test/later", "a.test/yes"]


def tdm_file(*rules):
    return json.dumps([{"location": where, "tdm-reservation": reserved} for where, reserved in rules]).encode()


@pytest.mark.parametrize(
    ("file", "used"),
    [
        (tdm_file(("/", 1)), []),
        (tdm_file(("/pictures/*.jpg$", 1)), []),
        (tdm_file(("/", 0), ("/pictures/", 1)), []),
        (b"\xef\xbb\xbf" + tdm_file(("/", 1)), []),
        (tdm_file(("/", 1), ("/page", 0), ("/pictures/", 0)), ["http://a.test/pictures/i.jpg"]),
        (tdm_file(("/elsewhere/", 1)), ["http://a.test/pictures/i.jpg"]),
        (b"[" * 100_000, ["http://a.test/pictures/i.jpg"]),
        (b'{"location": 5}', ["http://a.test/pictures/i.jpg"]),
    ],
)
def test_the_file_of_a_text_and_data_mining_reservation_binds(world, file, used):
    world.site.answer("http://a.test/.well-known/tdmrep.json", 200, file, Content_Type="application/json")
    world.site.page("http://a.test/page", "<img src=/pictures/i.jpg>")
    world.picture("http://a.test/pictures/i.jpg")
    world.crawl("http://a.test/page")
    assert world.hits() == used


def test_what_is_nearer_to_the_content_counts_more(world):
    world.site.answer("http://a.test/.well-known/tdmrep.json", 200, tdm_file(("/", 1)))
    world.site.page("http://a.test/1", "<img src=/i.jpg>", tdm_reservation="0")
    world.site.page("http://a.test/2", "<meta name=tdm-reservation content=0><img src=/i.jpg>", tdm_reservation="1")
    world.site.page("http://a.test/3", "<meta name=tdm-reservation content=1><img src=/i.jpg>", tdm_reservation="0")
    world.picture("http://a.test/i.jpg", tdm_reservation="0")
    world.crawl("http://a.test/3")
    assert world.hits() == []
    world.crawl("http://a.test/1")
    assert world.hits() == ["http://a.test/i.jpg"]


# ---------------------------------------------------------------------------------------------------------- not now


@pytest.mark.parametrize("status", [429, 503])
def test_an_image_host_that_asks_for_time_is_left_alone_at_once(world, status):
    pictures = "".join(f"<img src=http://i.test/{n}.jpg>" for n in range(6))
    world.site.page("http://a.test/", pictures)
    world.site.page("http://b.test/", pictures)
    for n in range(6):
        world.site.answer(f"http://i.test/{n}.jpg", status, Retry_After="3600")
    world.crawl("http://a.test/", "http://b.test/")
    assert len(world.asked(".jpg")) == 1
    world.again()
    assert len(world.asked(".jpg")) == 1
    later = [row.next_at - time.time() for row in world.rows(pages).values()]
    assert all(3000 < wait <= 3600 for wait in later), "the pages come again when the pictures may be asked"


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("120", 100, 120),
        ("Wednesday, 21-Oct-37 07:28:00 GMT", 600_000, 604_800),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 600_000, 604_800),
        ("Wed Oct 21 07:28:00 2099", 600_000, 604_800),
        ("99999999999999999999", 600_000, 604_800),
        ("Wed, 21 Oct 2015 07:28:00 GMT", -1, 1),
        ("soon", 30, 61),
        ("-5", 30, 61),
        ("²", 30, 61),
        ("", 30, 61),
    ],
)
def test_retry_after_is_understood_in_every_form(world, said, least, most):
    world.site.answer("http://a.test/1", 503, Retry_After=said)
    world.site.page("http://a.test/2", "x")
    world.frontier.add(["http://a.test/1"], 0)
    world.crawler.step()
    assert least <= world.visitor.clock.next_turn("a.test") - time.time() <= most


def test_a_picture_that_was_refused_for_now_is_asked_for_when_its_time_has_come(world, monkeypatch):
    monkeypatch.setattr(crawler_module, "GO_ON_SECONDS", 0.2)
    world.site.page("http://a.test/", "<img src=http://i.test/1.jpg><img src=http://i.test/2.jpg>")
    world.picture("http://i.test/2.jpg")
    world.site.answer("http://i.test/1.jpg", 429, Retry_After="1")
    world.frontier.add(["http://a.test/"], 0)
    world.crawler.step()
    assert world.asked(".jpg") == ["i.test/1.jpg"]
    world.picture("http://i.test/1.jpg")
    world.crawl(seconds=6, pause=1.0)
    assert world.hits() == ["http://i.test/1.jpg", "http://i.test/2.jpg"]


def test_the_rest_of_a_site_survives_a_restart_of_the_node(world, servers, site, fetcher):
    site.answer("http://a.test/1", 429, Retry_After="3600")
    world.crawl("http://a.test/1")
    again = World(servers, site, fetcher, world.schema)
    again.crawl("http://www.a.test/2")
    again.engine.dispose()
    assert world.asked() == ["a.test/1"]


def test_a_site_that_always_refuses_is_asked_less_and_less(world):
    world.site.answer("http://a.test/1", 503)
    waits = []
    for _ in range(4):
        world.frontier.add(["http://a.test/1"], 0)
        world.frontier.revisit_all()
        world.visitor.clock._sites.get("a.test", SimpleNamespace()).__dict__.update(resting_until=0, free_at=0)
        world.crawler.step()
        waits.append(world.visitor.clock.next_turn("a.test") - time.time())
    assert all(later > earlier * 1.8 for earlier, later in pairwise(waits))


# ------------------------------------------------------------------------------------------------------------ budgets


def test_slow_pictures_do_not_hold_up_the_rest_of_the_web(world, monkeypatch):
    """A page of many pictures that never come is left after its time; its site pays for it, others come first."""
    from tests.conftest import Tarpit

    monkeypatch.setattr("oracle.crawl.http._TIMEOUTS", {"connect": 0.3, "read": 0.4, "write": 0.3, "pool": 0.3})
    monkeypatch.setattr(crawler_module, "PAGE_SECONDS", 3.0)
    tarpit = Tarpit(b"", pause=60)
    world.fetcher._pool._network_backend._resolver._mapped["slow.example"] = {
        80: SimpleNamespace(address="127.0.0.1", port=tarpit.port)
    }
    try:
        world.site.page("http://a.test/", "".join(f"<img src=http://slow.example/{n}.jpg>" for n in range(100)))
        world.site.page("http://b.test/", "<img src=/i.jpg>")
        world.picture("http://b.test/i.jpg")
        started = time.monotonic()
        world.crawl("http://a.test/", "http://b.test/")
        assert world.hits() == ["http://b.test/i.jpg"]
        assert time.monotonic() - started < 10 and tarpit.visits < 6
    finally:
        tarpit.close()


def test_what_a_visit_had_no_time_for_comes_at_the_next(world, monkeypatch):
    monkeypatch.setattr(crawler_module, "PAGE_SECONDS", 0.5)
    monkeypatch.setattr(crawler_module, "GO_ON_SECONDS", 0.2)
    world.site.page("http://a.test/", "".join(f"<img src=/{n}.jpg>" for n in range(30)))
    for n in range(30):
        world.picture(f"http://a.test/{n}.jpg", n)
    world.frontier.add(["http://a.test/"], 0)
    world.crawler.step()
    first = len(world.asked(".jpg"))
    assert 0 < first < 30
    end = time.monotonic() + 20
    while len(set(world.asked(".jpg"))) < 30 and time.monotonic() < end:
        world.crawler.step()
        time.sleep(0.1)
    assert sorted(set(world.asked(".jpg"))) == sorted(f"a.test/{n}.jpg" for n in range(30))
    assert len(world.asked(".jpg")) == 30, "none is asked for twice in one round"


# --------------------------------------------------------------------------------------------------- what is remembered


def test_a_failed_look_changes_nothing_of_what_was_seen(world):
    world.site.page("http://a.test/", "<img src=/i.jpg>")
    world.picture("http://a.test/i.jpg")
    world.crawl("http://a.test/")
    before = world.rows(images)["http://a.test/i.jpg"]
    for status, body in ((404, b""), (200, b"no picture"), (500, b"")):
        world.site.answer("http://a.test/i.jpg", status, body)
        time.sleep(1.1)
        world.again()
        after = world.rows(images)["http://a.test/i.jpg"]
        assert (after.sha256, after.last_seen, after.first_seen) == (before.sha256, before.last_seen, before.first_seen)
        assert after.problem and after.checked_at > before.checked_at


def test_an_unchanged_page_is_asked_about_what_it_shows_now(world):
    """Not about pictures that left it long ago."""
    world.site.page("http://a.test/", "<img src=/old.jpg>", ETag='"1"')
    world.picture("http://a.test/old.jpg", 1)
    world.picture("http://a.test/new.jpg", 2)
    world.crawl("http://a.test/")
    world.site.page("http://a.test/", "<img src=/new.jpg>", ETag='"2"')
    time.sleep(1.1)
    world.again()
    world.site.answer("http://a.test/", 304)
    with world.engine.begin() as connection:
        connection.execute(update(pages).values(next_at=0, round_at=None))
    world.site.asked.clear()
    time.sleep(0.1)
    world.crawl()
    assert world.asked() == ["a.test/", "a.test/new.jpg"]


def test_what_was_not_seen_for_two_years_is_forgotten(world):
    world.site.page("http://a.test/", "<img src=/i.jpg><img src=/j.jpg>")
    world.picture("http://a.test/i.jpg", 1)
    world.site.answer("http://a.test/j.jpg", 200, photo(2), X_Robots_Tag="noindex")
    world.crawl("http://a.test/")
    assert world.crawler.sightings.forget_old(time.time() - 1000) == set()
    assert len(world.rows(images)) == 2
    world.crawler.sightings.forget_old(time.time() + 10)
    # What a match is about stays as long as the match.
    assert list(world.rows(images)) == ["http://a.test/i.jpg"]
    with world.engine.begin() as connection:
        assert connection.execute(select(sightings)).all() == []


def test_pictures_that_a_page_only_names_on_another_server_are_not_asked_about(world):
    world.site.page(
        "http://a.test/",
        "<meta property=og:image content=http://b.test/og.jpg><a href=http://b.test/linked.jpg>x</a>"
        "<a href=/own.jpg>y</a>",
    )
    for url in ("http://b.test/og.jpg", "http://b.test/linked.jpg", "http://a.test/own.jpg"):
        world.picture(url)
    world.crawl("http://a.test/")
    assert world.asked(".jpg") == ["a.test/own.jpg"]


def test_linked_style_sheets_are_read(world):
    world.site.page("http://a.test/dir/", "<link rel=stylesheet href=/css/s.css><div class=hero></div>")
    sheet = (
        b"@import url(x.css); @font-face { src: url(f.woff2) } @media print { .hero { background: url(../hero.jpg) } }"
    )
    world.site.answer("http://a.test/css/s.css", 200, sheet, Content_Type="text/css")
    world.picture("http://a.test/hero.jpg")
    world.crawl("http://a.test/dir/")
    assert world.hits() == ["http://a.test/hero.jpg"]
    assert not [a for a in world.asked() if a.endswith(("x.css", "woff2"))]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("", b"<!DOCTYPE html><img src=/i.jpg>"),
        ("text/html, text/html", b"<img src=/i.jpg>"),
        ("TEXT/HTML charset=utf-8", b"<img src=/i.jpg>"),
    ],
)
def test_a_page_with_an_odd_type_is_a_page(world, kind, body):
    world.site.answer("http://a.test/", 200, body, Content_Type=kind)
    world.picture("http://a.test/i.jpg")
    world.crawl("http://a.test/")
    assert world.hits() == ["http://a.test/i.jpg"]


def test_a_second_visit_with_an_etag_of_any_bytes_works(world):
    world.site.raw["a.test/"] = (
        b'HTTP/1.1 200 OK\r\nETag: "\xe9t\xe9"\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx'
    )
    world.crawl("http://a.test/")
    world.again()
    (row,) = world.rows(pages).values()
    assert (row.visits, row.failures, row.problem) == (2, 0, None)


def test_the_crawler_says_who_it_is(world):
    assert world.fetcher.user_agent.startswith(f"{AGENT}/")
