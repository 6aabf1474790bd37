"""What a site reserves from text and data mining is not used (TDMRep)."""

from __future__ import annotations

import json

import pytest


def tdm_file(*rules):
    return json.dumps([{"location": where, "tdm-reservation": reserved} for where, reserved in rules]).encode()


@pytest.mark.parametrize(
    ("file", "used"),
    [
        (tdm_file(("/", 1)), []),
        (tdm_file(("/pictures/*.jpg$", 1)), []),
        (tdm_file(("/", 0), ("/pictures/", 1)), []),
        (b"\xef\xbb\xbf" + tdm_file(("/", 1)), []),
        (tdm_file(("/", 1), ("/page", 0), ("/pictures/", 0)), ["http://a.test/pictures/i.jpg"]),
        (tdm_file(("/elsewhere/", 1)), ["http://a.test/pictures/i.jpg"]),
        (b"[" * 100_000, ["http://a.test/pictures/i.jpg"]),
        (b'{"location": 5}', ["http://a.test/pictures/i.jpg"]),
    ],
)
def test_the_file_of_a_text_and_data_mining_reservation_binds(world, file, used):
    world.site.answer("http://a.test/.well-known/tdmrep.json", 200, file, Content_Type="application/json")
    world.site.page("http://a.test/page", "<img src=/pictures/i.jpg>")
    world.picture("http://a.test/pictures/i.jpg")
    world.crawl("http://a.test/page")
    assert world.hits() == used


def test_what_is_nearer_to_the_content_counts_more(world):
    world.site.answer("http://a.test/.well-known/tdmrep.json", 200, tdm_file(("/", 1)))
    world.site.page("http://a.test/1", "<img src=/i.jpg>", tdm_reservation="0")
    world.site.page("http://a.test/2", "<meta name=tdm-reservation content=0><img src=/i.jpg>", tdm_reservation="1")
    world.site.page("http://a.test/3", "<meta name=tdm-reservation content=1><img src=/i.jpg>", tdm_reservation="0")
    world.picture("http://a.test/i.jpg", tdm_reservation="0")
    world.crawl("http://a.test/3")
    assert world.hits() == []
    world.crawl("http://a.test/1")
    assert world.hits() == ["http://a.test/i.jpg"]
