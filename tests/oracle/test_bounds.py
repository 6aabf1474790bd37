"""What a node keeps in memory has a bound, however many hosts, sites, sheets, pictures and gateways it meets."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from oracle.crawl import clock as clock_module
from oracle.crawl import hosts as hosts_module
from oracle.crawl import site_pages
from oracle.crawl.clock import SiteClock
from oracle.crawl.reservations import TdmFiles
from oracle.crawl.robots import Robots
from oracle.crawl.visitor import Visitor
from oracle.errors import NotStoredError
from oracle.matching.engine import Matcher
from oracle.node import encounters as encounters_module
from oracle.node.encounters import Encounters
from oracle.pictures.normalise import load_picture
from oracle.store import gateway as gateway_module
from oracle.store.car import CarFolder
from oracle.store.cids import cid_of
from oracle.store.gateway import GatewayStore
from tests.conftest import noise

FILES = {
    "robots.txt": lambda fetcher: Robots(fetcher).rules,
    ".well-known/tdmrep.json": lambda fetcher: TdmFiles(fetcher.fetch).reserves,
}


def asked_again(site, ask, count):
    """Which of so many hosts are asked again for their files, the newest first, after all were asked."""
    hosts = [f"h{n}.test" for n in range(count)]
    for host in hosts:
        ask(f"http://{host}/")
    site.asked.clear()
    for host in reversed(hosts):
        before = len(site.asked)
        ask(f"http://{host}/")
        if len(site.asked) > before:
            yield host


@pytest.mark.parametrize("file", FILES)
def test_of_many_hosts_those_asked_longest_ago_are_forgotten(site, fetcher, monkeypatch, file):
    monkeypatch.setattr(hosts_module, "MAX_HOSTS", 3)
    ask = FILES[file](fetcher)
    assert next(asked_again(site, ask, 3), None) is None
    assert next(asked_again(site, ask, 5)) == "h1.test"


@pytest.mark.parametrize("file", FILES)
def test_long_files_count_for_more_hosts(site, fetcher, monkeypatch, file):
    monkeypatch.setattr(hosts_module, "MAX_BYTES", 35_000)
    for n in range(5):
        site.answer(f"http://h{n}.test/{file}", 200, b"#" * 10_000)
    assert next(asked_again(site, FILES[file](fetcher), 5)) == "h1.test"


@pytest.mark.parametrize("file", FILES)
def test_a_host_that_is_asked_anew_counts_once(site, fetcher, monkeypatch, file):
    monkeypatch.setattr(hosts_module, "MAX_BYTES", 35_000)
    ask = FILES[file](fetcher)
    for n in range(3):
        site.answer(f"http://h{n}.test/{file}", 200, b"#" * 10_000)
    for _ in range(5):
        ask("http://h0.test/")
        with monkeypatch.context() as later:
            now = time.monotonic()
            later.setattr(hosts_module.time, "monotonic", lambda now=now: now + 100_000)
            ask("http://h0.test/")
    assert list(asked_again(site, ask, 3)) == []


def test_sites_that_may_be_asked_anyway_are_forgotten_before_those_that_rest(monkeypatch):
    monkeypatch.setattr(clock_module, "MAX_SITES", 10)
    clock = SiteClock(0)
    for n in range(5):
        clock.rest(f"resting{n}.test", 3600)
    for n in range(100):
        clock.take_turn(f"free{n}.test", 0, time.time())
        assert len(clock._sites) <= 10
    assert clock.busy() == [f"resting{n}.test" for n in range(5)]


def test_of_many_sites_that_rest_those_whose_turns_come_soonest_are_forgotten(monkeypatch):
    monkeypatch.setattr(clock_module, "MAX_SITES", 10)
    clock = SiteClock(0)
    for n in range(100):
        clock.rest(f"resting{n}.test", 1000 - n)
        assert len(clock.busy()) <= 10
    assert {f"resting{n}.test" for n in range(9)} <= set(clock.busy())


def test_of_many_style_sheets_those_not_needed_for_longest_are_forgotten(site, fetcher, monkeypatch):
    monkeypatch.setattr(site_pages, "SHEETS_KEPT", 2)
    for n in range(3):
        site.page(f"http://a.test/{n}", f"<link rel=stylesheet href=/{n}.css>")
        site.answer(f"http://a.test/{n}.css", 200, b"", Content_Type="text/css")
    reader = site_pages.PageReader(Visitor(fetcher, SiteClock(0)))
    for n in (0, 1, 0, 2, 0, 1):
        reader.read(f"http://a.test/{n}")
    assert [a for a in site.asked if a.endswith(".css")] == [f"a.test/{n}.css" for n in (0, 1, 2, 1)]


def test_answers_about_many_pictures_are_forgotten(monkeypatch):
    monkeypatch.setattr(encounters_module, "ANSWERS_KEPT", 2)
    looked = []
    monkeypatch.setattr(Matcher, "look", lambda _, picture: looked.append(picture) or SimpleNamespace(matches=[]))
    encounters, pictures = Encounters(), [load_picture(noise(n)) for n in range(3)]
    for n in (0, 1, 0, 1):
        encounters.query(pictures[n])
    assert len(looked) == 2, "what was answered a moment ago is known"
    for n in (2, 0):
        encounters.query(pictures[n])
    assert len(looked) == 4


def test_gateways_that_were_published_once_and_never_asked_again_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(gateway_module, "REST_SECONDS", 0.0)
    monkeypatch.setattr(gateway_module, "FORGET_SECONDS", 0.0)
    addresses = [f"http://127.0.0.1:9/{n}" for n in range(20)]
    store = GatewayStore(CarFolder(tmp_path), lambda anew: addresses)
    with pytest.raises(NotStoredError):
        store.get(cid_of(b"nowhere"))
    assert len(store._resting) == 1
