"""A member confirms only what it saw itself: a lying proposer is refused."""

import time
from dataclasses import replace

import pytest
from PIL import Image

from oracle.crawl.clock import RestingError, SiteClock
from oracle.crawl.visitor import Visitor
from oracle.errors import VerificationError
from oracle.evidence.bundle import make_bundle, seal_bundle
from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.normalise import load_picture
from oracle.report.items import make_item, place_hashes, use_hash
from oracle.report.member import Checker, propose
from oracle.report.requests import request_headers, requester
from oracle.sealing import new_key, public_key
from oracle.store.car import CarFolder
from scripts.stack.local import account
from tests.conftest import jpeg

WORK, OTHER_WORK = "0x" + "ab" * 32, "0x" + "cd" * 32
PAGE, IMAGE = "http://shop.test/page", "http://shop.test/pic.jpg"


@pytest.fixture
def world(site, fetcher, photos, tmp_path):
    """A site that shows a copy of a work, a member, and a way to propose any bundle to it."""

    class World:
        copy = jpeg(Image.open(photos[0]).convert("RGB").resize((600, 450)), 60)
        covered = False

        def __init__(self):
            self.matcher = Matcher()
            for work, path in ((WORK, photos[0]), (OTHER_WORK, photos[1])):
                public, thumbnail = fingerprint(load_picture(path.read_bytes()))
                self.matcher.add(work, public.to_bytes(), thumbnail)
            self.key = new_key()
            self.store = CarFolder(tmp_path / "store")
            visitor = Visitor(fetcher, SiteClock(0))
            self.checker = Checker(self.store, visitor, self.shows, lambda *_: self.covered, self.key)
            site.answer(IMAGE, 200, self.copy, Content_Type="image/jpeg")
            site.page(PAGE, "<p>News</p><img src=/pic.jpg>")

        def shows(self, work_id, picture):
            found = self.matcher.query_picture(picture)
            return any(m.work_id == work_id and m.match_class is MatchClass.COPY for m in found)

        def propose(self, image=None, facts=None, files=None, **item_changes):
            stated = {"workId": WORK, "pageUrl": PAGE, "imageUrl": IMAGE, "seenAt": int(time.time()), **(facts or {})}
            content = {"page.png": b"P", "page.warc.gz": b"W", "image.bin": image or self.copy, "match.json": b"{}"}
            bundle = make_bundle(stated, {**content, **(files or {})})
            bundle_key = new_key()
            cid = self.store.put_folder(seal_bundle(bundle, bundle_key))
            item = make_item(WORK, PAGE, IMAGE, bundle.bundle_hash, cid, stated["seenAt"])
            return propose(replace(item, **item_changes), PAGE, IMAGE, cid, bundle_key, public_key(self.key))

    return World()


def refused(world, proposal):
    with pytest.raises(VerificationError) as problem:
        world.checker.check(proposal)
    return problem.value.subject


def test_an_honest_proposal_is_confirmed(world):
    assert len(world.checker.check(world.propose())) == 32


def test_a_picture_that_is_no_copy_is_refused(world, strangers):
    assert refused(world, world.propose(image=strangers[0].read_bytes())) == "the bundle's picture"


def test_a_picture_that_the_site_does_not_show_is_refused(world, site, strangers):
    site.answer(IMAGE, 200, strangers[0].read_bytes(), Content_Type="image/jpeg")
    assert refused(world, world.propose()) == "our own fetch"
    site.answer(IMAGE, 404)
    assert refused(world, world.propose()) == "own fetch"


def test_a_page_that_does_not_show_the_picture_is_refused(world, site):
    site.page(PAGE, "<p>Nothing to see</p>")
    assert refused(world, world.propose()) == "own fetch"
    site.answer(PAGE, 301, Location="http://elsewhere.test/")
    site.page("http://elsewhere.test/", f"<img src={IMAGE}>")
    assert refused(world, world.propose()) == "own fetch"


@pytest.mark.parametrize(
    "page",
    [
        f"<a href={IMAGE}>see the picture</a>",
        f"<meta property=og:image content={IMAGE}>",
        f"<link rel=preload as=image href={IMAGE}>",
        f'<script type="application/ld+json">{{"image": "{IMAGE}"}}</script>',
    ],
)
def test_a_page_that_only_names_anothers_picture_does_not_use_it(world, site, page):
    """Whoever links to a photographer's own server shows nothing of hers."""
    there = "http://news.test/page"
    proposal = world.propose(facts={"pageUrl": there}, **place_hashes(there), url_hash=use_hash(there, IMAGE))
    site.page(there, page)
    assert refused(world, replace(proposal, page_url=there)) == "own fetch"
    site.page(there, f"<img src={IMAGE}>")
    assert len(world.checker.check(replace(proposal, page_url=there))) == 32


def test_a_member_does_not_ask_what_the_site_forbids(world, site):
    site.answer("http://shop.test/robots.txt", 200, b"User-agent: *\nDisallow: /pic.jpg")
    assert refused(world, world.propose()) == "own fetch"
    assert "shop.test/pic.jpg" not in site.asked


def test_a_site_that_has_no_time_now_refuses_nothing(world, site):
    site.answer(PAGE, 429, Retry_After="60")
    for _ in range(2):
        with pytest.raises(RestingError):
            world.checker.check(world.propose())
    assert site.asked.count("shop.test/page") == 1


def test_another_work_than_the_one_shown_is_refused(world):
    lie = world.propose(facts={"workId": OTHER_WORK}, work_id=bytes.fromhex(OTHER_WORK[2:]))
    assert refused(world, lie) == "the bundle's picture"


def test_another_place_than_the_page_is_refused(world):
    other = place_hashes("http://innocent.test/")
    assert refused(world, world.propose(site_hash=other["site_hash"])) == "place"
    assert refused(world, world.propose(host_hash=other["host_hash"])) == "place"
    assert refused(world, world.propose(url_hash=b"1" * 32)) == "place"


def test_a_bundle_that_does_not_say_what_the_item_says_is_refused(world):
    assert refused(world, world.propose(bundle_hash=b"1" * 32)) == "bundle"
    assert refused(world, world.propose(cid_hash=b"1" * 32)) == "bundle"
    assert refused(world, world.propose(facts={"pageUrl": "http://innocent.test/"})) == "bundle"
    assert refused(world, world.propose(seen_at=int(time.time()) - 100)) == "bundle"


def test_times_that_cannot_be_are_refused(world):
    for seen in (int(time.time()) + 3600, int(time.time()) - 30 * 86_400):
        assert refused(world, world.propose(facts={"seenAt": seen})) == "time"


def test_a_licensed_use_is_refused(world):
    world.covered = True
    assert refused(world, world.propose()) == "licence"


def test_a_key_or_bundle_that_does_not_open_is_refused(world):
    proposal = world.propose()
    assert refused(world, replace(proposal, sealed_key=b"x" * 80)) == "sealed box"
    other = propose(proposal.item, PAGE, IMAGE, proposal.bundle_cid, new_key(), public_key(world.key))
    assert refused(world, other) == "manifest.json"


def test_requests_are_signed_fresh_and_for_one_body_at_one_place():
    sender, recipient = account(5), account(6).address
    headers = request_headers(sender, recipient, "https://a.test:8100/base/checks", b"body")
    assert requester(headers, recipient, "/checks", b"body") == sender.address
    assert requester(headers, recipient, "/base/checks", b"body") == sender.address
    for place in (
        (recipient, "/checks", b"another body"),
        (recipient, "/signatures", b"body"),
        (account(7).address, "/checks", b"body"),
    ):
        assert requester(headers, *place) != sender.address
    for at in ("1", "\u00b2", "9" * 400, "", "-5", "1e9"):
        with pytest.raises(VerificationError):
            requester({**headers, "X-CopyTrack-Time": at}, recipient, "/checks", b"body")
    for broken in ({}, {**headers, "X-CopyTrack-Signature": "zz"}):
        with pytest.raises(VerificationError):
            requester(broken, recipient, "/checks", b"body")
