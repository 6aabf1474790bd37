"""A site is asked as seldom as it wants, left alone when it says so, and takes no more than its share of time."""

from __future__ import annotations

import time
from itertools import pairwise
from types import SimpleNamespace

import pytest

from oracle.node import crawler as crawler_module
from oracle.node.database import pages
from tests.conftest import Tarpit


def gaps(world, host):
    """Seconds between requests to a host, its robots.txt not counted: the pace is known only when that was read."""
    times = [at for at, a in world.site.times if a.startswith(host) and not a.endswith(".txt")]
    return [later - earlier for earlier, later in pairwise(times)]


@pytest.mark.parametrize("rule", ["Crawl-delay: 0.6", "Request-rate: 1/1s", "Request-rate: 5/3"])
def test_a_site_is_asked_as_slowly_as_it_wants_pages_and_pictures_alike(world, rule):
    world.robots("a.test", f"User-agent: *\n{rule}")
    world.site.page("http://a.test/1", "<img src=/1.jpg><a href=/2>2</a>")
    world.site.page("http://a.test/2", "<img src=/2.jpg>")
    for n in (1, 2):
        world.picture(f"http://a.test/{n}.jpg", n)
    world.crawl("http://a.test/1", seconds=15, pause=2.5)
    assert sorted(world.asked()) == ["a.test/1", "a.test/1.jpg", "a.test/2", "a.test/2.jpg"]
    assert min(gaps(world, "a.test")) >= 0.55


def test_a_delay_longer_than_a_visit_is_kept_by_coming_again(world, monkeypatch):
    monkeypatch.setattr(crawler_module, "PAGE_SECONDS", 0.5)
    world.robots("a.test", "User-agent: *\nCrawl-delay: 3600")
    world.site.page("http://a.test/1", "<img src=/1.jpg><img src=/2.jpg>")
    world.crawl("http://a.test/1", seconds=2)
    assert world.asked() == ["a.test/1"]
    (row,) = world.rows(pages).values()
    assert 3000 < row.next_at - time.time() <= 3600 and row.round_at is not None


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


def test_slow_pictures_do_not_hold_up_the_rest_of_the_web(world, monkeypatch):
    """A page of many pictures that never come is left after its time; its site pays for it, others come first."""
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
