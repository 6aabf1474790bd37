"""A work that is registered after a picture was seen meets it: the pages that showed it become due."""

import time

import pytest
from PIL import Image
from sqlalchemy import insert

from oracle.crawl.frontier import Frontier
from oracle.matching.describe.fingerprint import fingerprint
from oracle.node.crawler import Crawler
from oracle.node.database import images, key_of, open_database, pages, sightings
from oracle.node.encounters import Encounters
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg

SHOWN, OTHER = "https://shop.example/shown", "https://shop.example/other"


def add(encounters, path):
    public, thumbnail = fingerprint(load_picture(path.read_bytes()))
    encounters.add_work(path.name, public.to_bytes(), thumbnail)


def test_work_and_picture_meet_whichever_comes_first(tmp_path, photos, strangers):
    one, other = (load_picture(path.read_bytes()) for path in photos[:2])
    encounters = Encounters(tmp_path)
    assert not encounters.remembers
    assert encounters.query(one, keep=True) == [] and encounters.remembers
    encounters.query(load_picture(strangers[0].read_bytes()), keep=True)
    encounters.query(other)  # a member's check is not kept
    add(encounters, photos[0])
    add(encounters, photos[1])
    assert encounters.take_hinted() == {one.sha256.hex()} and encounters.take_hinted() == set()
    assert [m.work_id for m in encounters.query(one)] == [photos[0].name]
    encounters.forget({one.sha256.hex()})
    add(encounters, photos[0])
    assert encounters.take_hinted() == set()


def test_a_picture_that_is_nearly_a_line_is_kept_like_any_other(tmp_path):
    line = load_picture(jpeg(Image.new("RGB", (4000, 40), "navy")))
    encounters = Encounters(tmp_path)
    assert encounters.query(line, keep=True) == [] and encounters.remembers


@pytest.fixture
def frontier(servers):
    engine = open_database(servers.postgres.create_database("oracle"), f"met{time.monotonic_ns()}")
    made = Frontier(engine, pages, revisit_seconds=86_400, max_per_site=10)
    made.add([SHOWN, OTHER], 0)
    now = int(time.time())
    with engine.begin() as connection:
        for name, page in (("a" * 64, SHOWN), ("b" * 64, OTHER)):
            image = f"https://shop.example/{name[0]}.jpg"
            seen = {"first_seen": now, "last_seen": now}
            known = {"key": key_of(image), "url": image, "site": "shop.example", "sha256": name, "checked_at": now}
            connection.execute(insert(images).values(**known, **seen))
            there = {"image_key": key_of(image), "page_key": key_of(page), "image_url": image, "page_url": page}
            connection.execute(insert(sightings).values(**there, embedded="img", **seen))
    yield engine, made
    engine.dispose()


def test_only_the_pages_that_showed_a_picture_are_asked_again(frontier):
    engine, frontier = frontier
    while (due := frontier.take()) is not None:
        frontier.done(due, 200, b"body", None, None)
    crawler = Crawler(engine, None, frontier, None, max_depth=1)
    assert crawler.ask_again(set()) == set()
    # The one that is on no page yet is being looked at: it has to be told again.
    assert crawler.ask_again({"a" * 64, "c" * 64}) == {"c" * 64}
    again = frontier.take()
    assert again is not None and again.url == SHOWN and frontier.take() is None
