"""Every way in which pages carry pictures and links, as browsers read them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.crawl import srcset
from oracle.crawl.css import pictures_of_sheet, pictures_of_style
from oracle.crawl.nesting import MAX_DEPTH, bounded
from oracle.crawl.pages import NAMED, SHOWN, read_page
from oracle.crawl.reading import read_untrusted_page
from oracle.crawl.structured import json_ld_pictures
from oracle.errors import FetchRefusedError

BASE = "https://a.test/dir/"


def pictures(html, charset=""):
    body = html if isinstance(html, bytes) else html.encode()
    return [image.url.removeprefix(BASE) for image in read_page(f"{BASE}page", body, charset).images]


SRCSETS = {
    "a.jpg 480w, b.jpg 1600w": "b.jpg",
    "a.jpg 480w,b.jpg 1600w": "b.jpg",
    "a.jpg, b.jpg 2x": "b.jpg",
    "a.jpg,": "a.jpg",
    "https://i.test/t/w_100,h_80/x.jpg 97w,https://i.test/fit(700,350)/x.jpg 595w": "https://i.test/fit(700,350)/x.jpg",
    "data:image/gif;base64,R0lGODlhAQAB 2000w, real.jpg 300w": "real.jpg",
    "  a.jpg   1x ,\n\tb.jpg\t1.5x  ": "b.jpg",
    "a.jpg 1x, b.jpg -2x, c.jpg 1e1x": "c.jpg",
    "a.jpg 100w 50h, b.jpg 50w 500h": "a.jpg",
    "a.jpg 1q, b.jpg 1x": "b.jpg",
    ", , a.jpg 1x": "a.jpg",
    "": "",
    ",,,": "",
}


@pytest.mark.parametrize("said", SRCSETS)
def test_the_largest_of_a_srcset_is_found(said):
    assert srcset.largest(said) == SRCSETS[said]


SOURCES = {
    '<img srcset="a.jpg 1x,b.jpg 2x" src="s.jpg">': ["b.jpg"],
    '<img src="data:image/gif;base64,AA" data-lazy-srcset="a.jpg 800w, b.jpg 2000w">': ["b.jpg"],
    '<img data-whatever="full.jpg">': ["full.jpg"],
    '<img lazyload="full.jpg">': ["full.jpg"],
    '<img data-src="/media/12345">': ["https://a.test/media/12345"],
    '<div data-bg="bg.jpg"></div>': ["bg.jpg"],
    '<div data-bg="url(bg.jpg)"></div>': ["bg.jpg"],
    '<section data-settings=\'{"a": "x.jpg"}\'></section>': [],
    '<a data-title="not a picture.txt" href="x.html">x</a>': [],
    '<amp-img src="a.jpg" srcset="b.jpg 2x"></amp-img>': ["b.jpg"],
    '<svg><image href="i.jpg"/><image xlink:href="j.jpg"/></svg>': ["i.jpg", "j.jpg"],
    '<input type="IMAGE" src="b.jpg"><input type="text" src="c.jpg">': ["b.jpg"],
    '<table background="t.jpg"><tr><td background="d.jpg">x</table>': ["t.jpg", "d.jpg"],
    '<object data="o.jpg"></object><embed src="e.png"><object data="x.swf"></object>': ["o.jpg", "e.png"],
    '<object type="image/png" data="o"></object><object type="text/html" data="x.jpg"></object>': ["o"],
    '<x-a><template shadowrootmode="open"><img src="t.jpg"></template></x-a>': ["t.jpg"],
    '<template><img src="t.jpg"></template>': [],
    '<iframe srcdoc="&lt;img src=s.jpg&gt;"></iframe>': ["s.jpg"],
    '<noscript><img src="n.jpg"></noscript>': ["n.jpg"],
    '<video poster="p.jpg"></video>': ["p.jpg"],
    '<picture><source srcset="a.avif 1x, b.avif 2x"><img src="c.jpg"></picture>': ["b.avif", "c.jpg"],
    "<div style=\"background-image:image-set('a.jpg' 1x, 'b.jpg' 2x)\"></div>": ["b.jpg"],
    "<div style=\"background:-webkit-image-set(url(a.jpg) 96dpi, url('b.jpg') 192dpi)\"></div>": ["b.jpg"],
    "<div style=\"background:url('img(1).jpg')\"></div>": ["img(1).jpg"],
    "<div style='background:url(a\\ b.jpg), url( \"c.jpg\" )'></div>": ["a%20b.jpg", "c.jpg"],
    "<style>@font-face{src:url(f.woff2)}@import url(x.css);.a{background:url(a.jpg)}</style>": ["a.jpg"],
    "<style>@media print{.a{background:url(a.jpg)} @font-face{src:url(f.woff)} .b{background:url(b.jpg)}}</style>": [
        "a.jpg",
        "b.jpg",
    ],
    "<style>@layer x { .a { & .b { background: url(n.jpg) } } }</style>": ["n.jpg"],
    '<img src="\\img\\a.jpg">': ["https://a.test/img/a.jpg"],
    '<img src=" spaced.jpg\n">': ["spaced.jpg"],
    '<base href="/other/"><base href="/no/"><img src="a.jpg">': ["https://a.test/other/a.jpg"],
    '<img src="/a.jpg?sig=' + "x" * 4000 + '">': ["https://a.test/a.jpg?sig=" + "x" * 4000],
    '<META PROPERTY="OG:IMAGE" CONTENT="u.jpg">': ["u.jpg"],
    '<meta property="og:image:secure_url" content="s.jpg"><meta name="twitter:image:src" content="t.jpg">': [
        "s.jpg",
        "t.jpg",
    ],
    '<meta name="og:image" content="n.jpg"><meta property="twitter:image" content="m.jpg">': ["n.jpg", "m.jpg"],
    '<meta itemprop="image" content="i.jpg"><link itemprop="image" href="j.jpg">': ["i.jpg", "j.jpg"],
    '<link rel="image_src" href="i.jpg">': ["i.jpg"],
    '<link rel="preload" as="image" imagesrcset="a.jpg 400w, b.jpg 1600w" href="a.jpg">': ["b.jpg"],
    '<link rel="preload" as="script" href="a.jpg">': [],
    '<a href="x.JFIF">a</a><a href="y.heic?v=1">b</a><a href="z.html">c</a>': ["x.JFIF", "y.heic?v=1"],
}


@pytest.mark.parametrize("html", SOURCES, ids=lambda h: h[:60])
def test_pictures_are_found_wherever_they_stand(html):
    assert pictures(html) == SOURCES[html]


def test_what_is_shown_is_told_from_what_is_named():
    html = '<img src="a.jpg"><meta property="og:image" content="b.jpg"><a href="c.jpg">c</a>'
    html += '<link rel=preload as=image href="d.jpg"><meta property="og:image" content="a.jpg">'
    found = {i.url.removeprefix(BASE): i for i in read_page(f"{BASE}page", html.encode()).images}
    assert {name: image.is_shown for name, image in found.items()} == {
        "a.jpg": True,
        "b.jpg": False,
        "c.jpg": False,
        "d.jpg": False,
    }
    assert not SHOWN & NAMED


JSON_LD = {
    '{"image":"a.jpg"};': ["a.jpg"],
    '{"description":"one\ntwo\tthree","image":"a.jpg"}': ["a.jpg"],
    '<!-- {"image":"a.jpg"} -->': ["a.jpg"],
    '//<![CDATA[\n{"image":"a.jpg"}\n//]]>': ["a.jpg"],
    '/* <![CDATA[ */ {"image":"a.jpg"} /* ]]> */': ["a.jpg"],
    '{"@graph":[{"@type":"ImageObject","url":"g.jpg","contentUrl":"c.jpg"}]}': ["g.jpg", "c.jpg"],
    '{"image":{"@type":"ImageObject","contentUrl":"c.jpg"}}': ["c.jpg"],
    '{"image":{"@list":["a.jpg",["b.jpg"]]}}': ["a.jpg", "b.jpg"],
    '{"image":{"url":["a.jpg","b.jpg"]}}': ["a.jpg", "b.jpg"],
    '{"photo":{"url":"p.jpg"},"primaryImageOfPage":{"url":"q.jpg"}}': ["p.jpg", "q.jpg"],
    '{"image":"https://c.test/a.jpg?x=1&amp;y=2"}': ["https://c.test/a.jpg?x=1&y=2"],
    '{"url":"page.html","name":"x","image":null}': [],
    '{"image":"a.jpg",}': ["a.jpg"],
    '{"image": ["a.jpg" "b.jpg"]}': ["a.jpg"],
    '{"@type":["Thing","ImageObject"],"url":"t.jpg"}': ["t.jpg"],
    "[[[[": [],
    "": [],
}


@pytest.mark.parametrize("block", JSON_LD)
def test_json_ld_is_read_however_it_is_written(block):
    assert list(json_ld_pictures(block)) == JSON_LD[block]


def test_a_json_ld_block_may_state_a_charset_or_shout():
    html = '<script type="application/ld+json; charset=utf-8">{"image":"a.jpg"}</script>'
    html += '<script type="Application/LD+JSON">{"image":"b.jpg"}</script><script>{"image":"c.jpg"}</script>'
    assert pictures(html) == ["a.jpg", "b.jpg"]


CHARSETS = {
    "stated by the server": ("<img src=/ф.jpg>".encode("windows-1251"), "windows-1251", "%D1%84.jpg"),
    "in a meta tag": (b"<meta charset=iso-8859-1><img src=/gr\xfc\xdfe.jpg>", "", "gr%C3%BC%C3%9Fe.jpg"),
    "in an old meta tag": (
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1251"><img src="/ф.jpg">'.encode("cp1251"),
        "",
        "%D1%84.jpg",
    ),
    "Shift_JIS": ("<meta charset=Shift_JIS><img src=/画.jpg>".encode("shift_jis"), "", "%E7%94%BB.jpg"),
    "UTF-16 by its mark": ("<img src=/ü.jpg>".encode("utf-16"), "utf-8", "%C3%BC.jpg"),
    "UTF-8 by its mark": (b"\xef\xbb\xbf" + "<img src=/ü.jpg>".encode(), "latin-1", "%C3%BC.jpg"),
    "UTF-8 without a word": ("<img src=/ü.jpg>".encode(), "", "%C3%BC.jpg"),
    "nothing that is UTF-8": (b"<img src=/\xfc.jpg>", "", "%C3%BC.jpg"),
    "an unknown charset": ("<img src=/ü.jpg>".encode(), "no-such-thing", "%C3%BC.jpg"),
    "a meta tag in a comment": ("<!--<meta charset=koi8-r>--><img src=/ü.jpg>".encode(), "", "%C3%BC.jpg"),
    "a query in the page's own": (b"<meta charset=iso-8859-1><img src='/\xfc.jpg?q=\xfc'>", "", "%C3%BC.jpg?q=%FC"),
}


@pytest.mark.parametrize("way", CHARSETS)
def test_pages_are_read_in_their_own_encoding(way):
    body, stated, name = CHARSETS[way]
    assert pictures(body, stated) == [f"https://a.test/{name}"]


def test_a_title_is_read_in_its_own_encoding():
    body = "<meta charset=windows-1251><title>Фото</title>".encode("cp1251")
    assert read_page(BASE, body).title == "Фото"


def test_links_are_found_wherever_they_stand():
    html = (
        '<a href="a.html">x</a><map><area href="b.html"></map>'
        '<link rel="next" href="d.html"><link rel="canonical" href="e.html"><link rel="stylesheet" href="s.css">'
        '<iframe src="f.html"></iframe><a rel="NoFollow" href="n.html">n</a><a rel="notnofollower" href="g.html">g</a>'
        '<meta http-equiv="Refresh" content="0; URL=\'h.html\'"><a href="javascript:x">j</a><a href=" tel:1 ">t</a>'
    )
    links = read_page(f"{BASE}page", html.encode()).links
    assert {link.removeprefix(BASE) for link in links} == {f"{letter}.html" for letter in "abdefgh"}
    assert read_page(BASE, b'<frameset><frame src="c.html"></frameset>').links == (f"{BASE}c.html",)


# ------------------------------------------------------------------------------------------------- pages made to hurt

N = 150_000


def repeated(piece):
    return piece * (N // len(piece))


HOSTILE = {
    "depth": repeated(b"<div>"),
    "formatting": b"".join(b"<b id=%d>" % n for n in range(3000)) + repeated(b"<p>x"),
    "pictures": repeated(b"<img src=a.jpg>"),
    "style": b"<style>" + repeated(b"a{b:(") + b"</style>",
    "blocks of style": b"<style>" + repeated(b"{"),
    "nested functions": b"<p style='" + repeated(b"a(") + b"'>",
    "JSON-LD": b"<script type=application/ld+json>" + repeated(b"["),
    "broken JSON-LD": b"<script type=application/ld+json>" + repeated(b'{"image":"'),
    "blanks": b"<script type=application/ld+json>" + repeated(b" "),
    "a srcset": b"<img srcset='" + repeated(b"a (,") + b"'>",
    "shadow roots": repeated(b"<template shadowrootmode=open>"),
    "frames": repeated(b"<iframe srcdoc='&lt;img src=x.jpg>'>"),
    "tags that are none": repeated(b"<meta charset"),
    "comments": repeated(b"<!--"),
    "tables": repeated(b"<table><td>"),
    "SVG": repeated(b"<svg><g>"),
    "refresh": b"<meta http-equiv=refresh content='" + repeated(b"0 ") + b"'>",
    "entities": repeated(b"&"),
    "a long address": b"<a href='" + repeated(b"../") + b"'>",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_page_costs_bounded_time(kind):
    started = time.monotonic()
    page = read_page(BASE, HOSTILE[kind])
    assert time.monotonic() - started < 20
    assert len(page.images) <= 500 and len(page.links) <= 500


def test_what_no_parser_bears_ends_in_another_process():
    body = b"<img " + b" ".join(b"data-%d=x.jpg" % n for n in range(300_000)) + b">"
    with pytest.raises(FetchRefusedError, match="cannot be read"):
        read_untrusted_page(BASE, body)
    assert read_untrusted_page(BASE, b"<img src=a.jpg>").images[0].url == f"{BASE}a.jpg"


def test_deep_pages_are_read_flat_and_keep_their_pictures():
    deep = "<div>" * (MAX_DEPTH * 3)
    html = f'<img src="a.jpg">{deep}<section style="background:url(b.jpg)"><img src="c.jpg">' + "</div>" * 50
    assert pictures(html) == ["a.jpg", "b.jpg", "c.jpg"]
    flat = "<p><b>x</b>" * 5000
    assert bounded(flat) == flat


@given(st.binary(max_size=400), st.sampled_from(["", "utf-8", "utf-16", "shift_jis", "x-user-defined", "\0"]))
def test_any_bytes_are_a_page(body, charset):
    page = read_page(BASE, body, charset)
    assert all(i.url.startswith("http") for i in page.images)


@given(st.text(max_size=200))
def test_any_text_is_a_page_a_sheet_a_style_a_srcset_and_a_block(text):
    read_page(BASE, text.encode("utf-8", "surrogatepass"))
    pictures_of_sheet(text)
    pictures_of_style(text)
    srcset.largest(text)
    list(json_ld_pictures(text))


PIECES = st.sampled_from(
    ["<div", ">", "<img src=", "a.jpg", "'", '"', "<style>", "</style>", "url(", ")", "{", "}", "<!--", "-->", " ", "=",
     "<script type=application/ld+json>", "</script>", '{"image":', "[", "srcset=", "1x,",
     "<template shadowrootmode=open>",
     "<iframe srcdoc=", "<svg>", "<meta ", "content=", "http-equiv=refresh", "&lt;", "\0", "\ud800", "é", "@media", ";"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=60))
def test_any_pieces_put_together_are_a_page(pieces):
    read_page(BASE, "".join(pieces).encode("utf-8", "surrogatepass"))
