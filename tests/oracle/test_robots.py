"""What a site forbids to robots is left alone: by robots.txt, X-Robots-Tag, meta tags and nofollow."""

from __future__ import annotations

import pytest

from oracle.crawl.http import AGENT

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
    world.robots("a.test", FORBIDDING[way])
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
    world.robots("a.test", text)
    world.site.page("http://a.test/page", "<img src=/i.jpg>")
    world.picture("http://a.test/i.jpg")
    world.crawl("http://a.test/page")
    assert world.hits() == ["http://a.test/i.jpg"]


@pytest.mark.parametrize(
    "spelling", ["/private/x", "/pub/../private/x", "/pub/%2e%2e/private/x", "/%70rivate/x", "\\private\\x"]
)
def test_no_spelling_passes_by_a_rule(world, spelling):
    world.robots("a.test", "User-agent: *\nDisallow: /private/")
    world.site.page("http://a.test/", f'<a href="{spelling}.html">x</a><img src="{spelling}.jpg">')
    world.crawl("http://a.test/")
    assert world.asked() == ["a.test/"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_into_what_is_forbidden_is_not_followed(world, status):
    world.robots("a.test", "User-agent: *\nDisallow: /private/")
    world.robots("b.test", "User-agent: CopyTrackBot\nDisallow: /")
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


def test_the_crawler_says_who_it_is(world):
    assert world.fetcher.user_agent.startswith(f"{AGENT}/")
