"""What the crawler makes of a page: which pictures it takes for the page's own, and what it takes for a page."""

from __future__ import annotations

import pytest


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
