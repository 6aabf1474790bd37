"""Reading pages: every way in which a picture is embedded."""

from oracle.crawl.pages import read_page

HTML = b"""<!doctype html><html><head><title> A page </title><base href="/sub/">
<meta property="og:image" content="https://cdn.test/og.jpg">
<style>.hero { background: url("hero.webp") }</style>
<script type="application/ld+json">{"@type": "Article", "image": ["ld.jpg", {"url": "/ld2.jpg"}]}</script>
<script type="application/ld+json">{broken</script></head>
<body><img src="plain.jpg"><img src="data:image/gif;base64,xx" data-src="lazy.png">
<img srcset="s-320.jpg 320w, s-960.jpg 960w"><picture><source srcset="p.avif 1x, p2.avif 2x"><img src="p.jpg"></picture>
<div style="background-image:url('styled.jpg')"></div><a href="full.JPG">large</a>
<a href="next.html">next</a><a href="next.html#again">again</a><a href="mailto:x@y">mail</a>
<a href="javascript:void 0">x</a>
<a rel="nofollow" href="hidden.html">h</a><a href="http://[broken">b</a><img src=""><img src="plain.jpg"></html>"""


def test_all_pictures_and_links_are_found_once():
    page = read_page("https://a.test/dir/index.html", HTML)
    assert page.title == "A page"
    found = {image.url: image.embedded for image in page.images}
    base = "https://a.test/sub/"
    assert found == {
        base + "plain.jpg": "img",
        base + "lazy.png": "lazy",
        base + "s-960.jpg": "srcset",
        base + "p2.avif": "srcset",
        base + "p.jpg": "img",
        base + "styled.jpg": "css",
        base + "hero.webp": "css",
        "https://cdn.test/og.jpg": "meta",
        base + "ld.jpg": "json-ld",
        "https://a.test/ld2.jpg": "json-ld",
        base + "full.JPG": "link",
    }
    assert page.links == (base + "next.html",)
    assert not page.noindex


def test_a_page_may_forbid_indexing():
    assert read_page("https://a.test/", b'<meta name="ROBOTS" content="nofollow, NOINDEX">').noindex


def test_anything_is_a_page():
    for body in (b"", b"\xff\xfe\x00", b"<" * 10_000, b"<html" + b"<div>" * 3000):
        assert read_page("https://a.test/", body).images == ()
