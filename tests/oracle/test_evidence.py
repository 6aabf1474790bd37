"""Evidence by a real Chromium, and its verification."""

import gzip
import io
import json
import os

import pytest
from PIL import Image
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from oracle.cli import app
from oracle.crawl.addresses import Endpoint, Resolver
from oracle.crawl.http import Fetcher
from oracle.errors import EvidenceError
from oracle.evidence.bundle import Bundle, make_bundle, seal_bundle
from oracle.evidence.capture import Camera
from oracle.evidence.secure import Finding, WorkFiles, make_evidence
from oracle.evidence.verify import verify_files, verify_inclusion
from oracle.evidence.warc import write_warc
from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.merkle import MerkleTree
from oracle.pictures.normalise import load_picture
from oracle.report.items import make_item
from oracle.sealing import new_key
from oracle.store.car import CarFolder
from tests.conftest import Site, jpeg

WORK = "0x" + "ab" * 32
PAGE, IMAGE = "http://shop.test/page", "http://cdn.test/pic.jpg"


@pytest.fixture(scope="module")
def web():
    """One server, fetcher and browser for all tests of this file: a browser takes seconds to start."""
    site = Site()
    fetcher = Fetcher(Resolver({"*.test": {80: Endpoint("127.0.0.1", site.port)}}))
    with Camera(fetcher, os.environ.get("CHROMIUM_PATH"), sandbox=os.geteuid() != 0) as camera:
        yield site, fetcher, camera
    fetcher.close()
    site.server.shutdown()


@pytest.fixture
def site(web):
    web[0].forget()
    return web[0]


@pytest.fixture
def fetcher(web):
    return web[1]


@pytest.fixture
def camera(web):
    return web[2]


@pytest.fixture
def shop(site, photos):
    """A page that shows a copy of the first photograph, found after a redirect, with a style sheet of another host."""
    copy = jpeg(Image.open(photos[0]).convert("RGB").resize((600, 450)), 60)
    site.answer("http://www.shop.test/", 301, Location=PAGE)
    site.page(
        PAGE,
        f"<html><head><title>Shop</title><link rel=stylesheet href=http://cdn.test/s.css></head><body><h1>Shop</h1>"
        f"<img src={IMAGE} width=600><script>fetch('http://127.0.0.1:1/');document.title='Shop now'</script>"
        f"<div style='height:3000px'></div></body></html>",
    )
    site.answer(IMAGE, 200, copy, Content_Type="image/jpeg")
    site.answer("http://cdn.test/s.css", 200, b"body { background: rgb(200, 30, 30) }", Content_Type="text/css")
    return site


def secured(shop, fetcher, camera, photos) -> Bundle:
    public, thumbnail = fingerprint(load_picture(photos[0].read_bytes()))
    matcher = Matcher()
    matcher.add(WORK, public.to_bytes(), thumbnail)
    image = fetcher.fetch(IMAGE)
    picture = load_picture(image.body)
    finding = Finding(WORK, PAGE, IMAGE, matcher.query(image.body)[0], 1_700_000_000)
    page = camera.capture(PAGE)
    return make_evidence(finding, page, image, picture, WorkFiles(public.to_bytes(), thumbnail), "0xmember")


def test_a_visit_keeps_what_was_shown_and_what_was_served(shop, camera):
    capture = camera.capture("http://www.shop.test/")
    assert capture.final_url == PAGE
    assert capture.title == "Shop now"
    shown = Image.open(io.BytesIO(capture.screenshot)).convert("RGB")
    assert shown.size[0] == 1280 and shown.size[1] > 3000
    assert shown.getpixel((1200, 2500)) == (200, 30, 30)
    assert b"Shop" in capture.mhtml
    urls = [e.url for e in capture.exchanges]
    assert urls[:2] == ["http://www.shop.test/", PAGE]
    assert {IMAGE, "http://cdn.test/s.css"} <= set(urls)
    assert not any("127.0.0.1" in url for url in urls)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [(404, "gone", "404"), (500, "oops", "500"), (200, "<h1>Please solve the CAPTCHA</h1>", "CAPTCHA"),
     (200, "<title>Access denied</title>", "access wall")],
)  # fmt: skip
def test_error_pages_and_walls_are_no_evidence(site, camera, status, body, told):
    site.answer("http://a.test/", status, body.encode())
    with pytest.raises(EvidenceError, match=told):
        camera.capture("http://a.test/")


def colour(capture, at=(640, 500)):
    return Image.open(io.BytesIO(capture.screenshot)).convert("RGB").getpixel(at)


LEADING_AWAY = {
    "a script at once": '<script>location.replace("http://b.test/other")</script>',
    "a script that assigns": '<script>location = "http://b.test/other"</script>',
    "a script after loading": '<script>onload = () => setTimeout(() => location.href = "http://b.test/other")</script>',
    "a script while it is looked at": '<script>onscroll = () => location.assign("http://b.test/other")</script>',
    "a meta tag": '<meta http-equiv="refresh" content="0;url=http://b.test/other">',
    "a meta tag that waits": '<meta http-equiv="refresh" content="1;url=http://b.test/other">',
    "a form": '<form id=f action="http://b.test/other"></form><script>f.submit()</script>',
    "a link that clicks itself": '<a id=l href="http://b.test/other"></a><script>l.click()</script>',
    "its own address anew": "<script>if (!sessionStorage.x) { sessionStorage.x = 1; location.reload() }</script>",
    "a frame that breaks out": '<iframe srcdoc="<script>top.location = &quot;http://b.test/other&quot;</script>"></iframe>',
}


@pytest.mark.parametrize("way", LEADING_AWAY)
def test_a_page_that_leads_elsewhere_never_gives_evidence_of_the_other_site(site, camera, way):
    """Either the page as it was served, or nothing: never page B under the address of page A."""
    body = "<title>Shop A</title><body style='background:#0f0;height:3000px'>"
    site.page("http://a.test/", f"{body}{LEADING_AWAY[way]}")
    site.page("http://b.test/other", "<title>Site B</title><body style='background:#f00'>B")
    capture = camera.capture("http://a.test/")
    assert capture.final_url == "http://a.test/" and capture.title == "Shop A"
    assert colour(capture) == (0, 255, 0)
    assert b"Site B" not in capture.mhtml
    assert not any(e.url.startswith("http://b.test") for e in capture.exchanges)


@pytest.mark.parametrize("target", ["about:blank", "URL.createObjectURL(new Blob(['B'], {type: 'text/html'}))"])
def test_a_page_that_becomes_another_document_is_no_evidence(site, camera, target):
    there = f"'{target}'" if target.startswith("about") else target
    site.page("http://a.test/", f"<title>A</title><body>a<script>onload = () => location.href = {there}</script>")
    with pytest.raises(EvidenceError):
        camera.capture("http://a.test/")


def test_a_page_may_write_its_address_anew(site, camera):
    """As single-page shops do: the document stays."""
    site.page("http://a.test/", "<title>A</title><body>a<script>history.pushState({}, '', '/product/1')</script>")
    assert camera.capture("http://a.test/").title == "A"


HINDERING = [
    'Object.defineProperty(document.documentElement, "scrollHeight", {get: () => 0})',
    'Object.defineProperty(document.body, "innerText", {get: () => { throw 1 }})',
    'Object.defineProperty(Element.prototype, "scrollHeight", {get: () => { throw 1 }})',
    'Object.defineProperty(document, "title", {get: () => { throw 1 }})',
    "window.scrollTo = () => { throw 1 }",
    "window.setTimeout = () => 0; window.Promise = null",
    'Object.defineProperty(document, "images", {get: () => { throw 1 }})',
    "document.documentElement.remove = null; delete window.document",
    "window.JSON = null; Array.prototype.map = () => { throw 1 }",
    "window.print = window.stop = null; alert(1); confirm(2)",
]


@pytest.mark.parametrize("script", HINDERING)
def test_no_script_keeps_a_page_out_of_evidence(site, camera, script):
    body = f"<title>Z</title><body style='background:#0f0;height:2000px'>hello<script>{script}</script>"
    site.page("http://a.test/", body)
    capture = camera.capture("http://a.test/")
    assert capture.title == "Z" and colour(capture, (640, 1900)) == (0, 255, 0)


def test_a_picture_that_is_given_only_to_its_own_page_is_shown(site, camera):
    """Hotlink protection, content negotiation and cookies: the browser's own headers go with each request."""
    from http.server import BaseHTTPRequestHandler

    red = io.BytesIO()
    Image.new("RGB", (600, 400), "red").save(red, "PNG")
    serve = site.server.RequestHandlerClass.do_GET

    def guarded(handler: BaseHTTPRequestHandler) -> None:
        if handler.path == "/hot.png":
            well = handler.headers.get("Referer", "").startswith("http://a.test/")
            well = well and "image/" in handler.headers.get("Accept", "")
            site.answers["c.test/hot.png"] = (
                (200, {"Content-Type": "image/png"}, red.getvalue()) if well else (403, {}, b"")
            )
        if handler.path == "/cookie.png":
            well = {"one=1", "two=2"} <= set(handler.headers.get("Cookie", "").split("; "))
            site.answers["a.test/cookie.png"] = (
                (200, {"Content-Type": "image/png"}, red.getvalue()) if well else (403, {}, b"")
            )
        serve(handler)

    site.server.RequestHandlerClass.do_GET = guarded
    site.answers["a.test/"] = (
        200,
        {"Set-Cookie": "one=1\r\nSet-Cookie: two=2", "Content-Type": "text/html"},
        b"<body style=margin:0><img src=http://c.test/hot.png width=600 height=400><br>"
        b"<img src=/cookie.png width=600 height=400>",
    )
    try:
        capture = camera.capture("http://a.test/")
    finally:
        site.server.RequestHandlerClass.do_GET = serve
    assert colour(capture, (300, 200)) == (255, 0, 0)
    assert colour(capture, (300, 700)) == (255, 0, 0)


def test_odd_heads_of_answers_keep_nothing_out_of_evidence(site, camera):
    """A reason in another language, letters that are not ASCII, a line that is no header: the archive has the bytes."""
    site.page("http://a.test/", "<title>A</title><img src=/gone.png>")
    site.raw["a.test/gone.png"] = (
        b"HTTP/1.0 404 Non trouv\xe9\r\nX-Odd: caf\xe9\r\nBad Line here\r\nContent-Length: 2\r\n"
        b'Content-Disposition: inline; filename="\xfcber.png"\r\n\r\nno'
    )
    capture = camera.capture("http://a.test/")
    odd = next(e for e in capture.exchanges if e.url.endswith("gone.png"))
    archive = gzip.decompress(write_warc(capture.exchanges))
    assert site.raw["a.test/gone.png"] in archive
    assert (odd.status, odd.header("x-odd")) == (404, "caf\xe9")
    records = list(ArchiveIterator(io.BytesIO(write_warc(capture.exchanges))))
    assert [r.rec_type for r in records].count("response") == len(capture.exchanges)


def test_chunks_are_undone_and_said_so(site, camera):
    site.raw["a.test/"] = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    )
    archive = gzip.decompress(write_warc(camera.capture("http://a.test/").exchanges))
    assert b"X-Archive-Orig-Transfer-Encoding: chunked\r\n\r\nhello world" in archive


def test_a_page_that_is_not_there_is_said_so(camera):
    with pytest.raises(EvidenceError, match="cannot be fetched"):
        camera.capture("http://127.0.0.1/")


def test_the_bundle_holds_everything_and_verifies(shop, fetcher, camera, photos):
    bundle = secured(shop, fetcher, camera, photos)
    assert {"page.png", "page.mhtml", "page.warc.gz", "image.bin", "image.json", "match.json", "overlay.png"} <= set(
        bundle.files
    )
    assert bundle.files["image.bin"] == shop.answers["cdn.test/pic.jpg"][2]
    records = {
        (r.rec_type, r.rec_headers.get_header("WARC-Target-URI")): r.content_stream().read()
        for r in ArchiveIterator(io.BytesIO(bundle.files["page.warc.gz"]))
    }
    assert records["response", IMAGE] == bundle.files["image.bin"]
    assert ("request", PAGE) in records
    served = json.loads(bundle.files["image.json"])
    assert served["serverAddress"] == "127.0.0.1" and served["status"] == 200
    key = new_key()
    sealed = seal_bundle(bundle, key)
    assert not any(b"shop.test" in data for data in sealed.values())
    opened, steps = verify_files(sealed, key)
    assert opened is not None and all(step.passed for step in steps), steps


def test_inclusion_holds_for_this_bundle_only(shop, fetcher, camera, photos, tmp_path):
    bundle = secured(shop, fetcher, camera, photos)
    cid = CarFolder(tmp_path).put_folder(seal_bundle(bundle, new_key()))
    item = make_item(WORK, PAGE, IMAGE, bundle.bundle_hash, cid, bundle.facts["seenAt"])
    other = make_item(WORK, "http://other.test/", IMAGE, bundle.bundle_hash, cid, bundle.facts["seenAt"])
    tree = MerkleTree([item.leaf(), other.leaf()])
    assert all(s.passed for s in verify_inclusion(bundle, cid, item, tree.root, tree.proof(0), None))
    failed = {s.subject for s in verify_inclusion(bundle, cid, other, tree.root, tree.proof(0), None) if not s.passed}
    assert failed == {"facts", "inclusion"}


def test_oracle_verify_names_the_file_whose_byte_was_changed(shop, fetcher, camera, photos, tmp_path):
    bundle = secured(shop, fetcher, camera, photos)
    key, store = new_key(), CarFolder(tmp_path / "store")
    sealed = seal_bundle(bundle, key)
    cid = store.put_folder(sealed)
    arguments = ["verify", cid, "--key", key.hex(), "--store", f"car:{tmp_path}/store"]
    good = CliRunner().invoke(app, arguments)
    assert good.exit_code == 0, good.output
    car = tmp_path / "store" / f"{cid}.car"
    whole = car.read_bytes()
    for name in ("page.png", "image.bin", "manifest.json"):
        data = sealed[f"{name}.sealed"]
        at = whole.index(data[:200]) + 150
        car.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        bad = CliRunner().invoke(app, arguments)
        assert bad.exit_code == 1 and name in bad.output, bad.output
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, data in sealed.items():
        (folder / name).write_bytes(data)
    assert CliRunner().invoke(app, ["verify", str(folder), "--key", key.hex()]).exit_code == 0
    (folder / "page.mhtml.sealed").write_bytes(b"\0" + sealed["page.mhtml.sealed"][1:])
    bad = CliRunner().invoke(app, ["verify", str(folder), "--key", key.hex()])
    assert bad.exit_code == 1 and "page.mhtml" in bad.output


def test_a_rewritten_custody_log_or_another_picture_fails(shop, fetcher, camera, photos, strangers):
    bundle = secured(shop, fetcher, camera, photos)
    facts = {k: v for k, v in bundle.facts.items() if k != "files"}
    facts["custody"] = [{**entry, "by": "0xsomebody"} for entry in facts["custody"]]
    swapped = {**bundle.files, "image.bin": strangers[0].read_bytes()}
    key = new_key()
    _, steps = verify_files(seal_bundle(make_bundle(facts, swapped), key), key)
    assert {s.subject for s in steps if not s.passed} == {"custody log", "image.bin"}
