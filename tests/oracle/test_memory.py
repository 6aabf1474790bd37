"""What a node remembers: over failed looks, unchanged pages, years and a restart."""

from __future__ import annotations

import time

from sqlalchemy import select, update

from oracle.node.database import images, pages, sightings
from tests.oracle.conftest import World, photo


def test_the_rest_of_a_site_survives_a_restart_of_the_node(world, servers, site, fetcher):
    site.answer("http://a.test/1", 429, Retry_After="3600")
    world.crawl("http://a.test/1")
    again = World(servers, site, fetcher, world.schema)
    again.crawl("http://www.a.test/2")
    again.engine.dispose()
    assert world.asked() == ["a.test/1"]


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


def test_a_second_visit_with_an_etag_of_any_bytes_works(world):
    world.site.raw["a.test/"] = (
        b'HTTP/1.1 200 OK\r\nETag: "\xe9t\xe9"\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx'
    )
    world.crawl("http://a.test/")
    world.again()
    (row,) = world.rows(pages).values()
    assert (row.visits, row.failures, row.problem) == (2, 0, None)
