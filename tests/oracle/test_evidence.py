"""Evidence by a real Chromium, and its verification."""

import io
import json
import os

import pytest
from PIL import Image
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from oracle.cli import app
from oracle.errors import EvidenceError
from oracle.evidence.bundle import Bundle, make_bundle, seal_bundle
from oracle.evidence.capture import Camera
from oracle.evidence.secure import Finding, WorkFiles, make_evidence
from oracle.evidence.verify import verify_files, verify_inclusion
from oracle.matching.engine import Matcher
from oracle.matching.fingerprint import fingerprint
from oracle.matching.normalise import load_picture
from oracle.merkle import MerkleTree
from oracle.report.items import make_item
from oracle.sealing import new_key
from oracle.store.car import CarFolder
from tests.conftest import jpeg

WORK = "0x" + "ab" * 32
PAGE, IMAGE = "http://shop.test/page", "http://cdn.test/pic.jpg"


@pytest.fixture
def camera(fetcher):
    with Camera(fetcher, os.environ.get("CHROMIUM_PATH"), sandbox=os.geteuid() != 0) as made:
        yield made


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
