"""What the crawler makes of a page: which pictures it takes for the page's own, and what it takes for a page."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from oracle.node.database import confirmations, matches
from tests.oracle.conftest import COPY


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


@pytest.mark.parametrize(("reported", "state"), [(True, "elsewhere"), (False, "found")])
def test_a_use_that_was_reported_before_this_node_saw_it_is_not_secured_again(world, reported, state):
    """Another member, to whom the site falls, was quicker; this one confirmed it."""
    page, image = "http://a.test/", "http://a.test/i.jpg"
    row = {
        "leaf": "0x1", "work_id": COPY.work_id, "image_url": image, "page_url": page, "site": "a.test", "seen_at": 1,
        "proposer": "0x2", "confirmed_at": 1, "root": "0x77", "reported": reported,
    }  # fmt: skip
    with world.engine.begin() as connection:
        connection.execute(insert(confirmations).values(row))
    world.site.answer(page, 200, b"<img src=/i.jpg>", Content_Type="text/html")
    world.picture(image)
    world.crawl(page)
    with world.engine.begin() as connection:
        (known,) = connection.execute(select(matches.c.state, matches.c.root)).all()
    assert tuple(known) == (state, "0x77" if reported else None)
