"""What the demonstration's sites saw of the crawler, from their own log of requests: it did as it was told."""

from __future__ import annotations

from itertools import groupby, pairwise
from urllib.parse import urlsplit

import pytest

from oracle.crawl.http import AGENT
from scripts.demo.sites import ALL_HOSTS, BUSY_HOST, HOSTS, OWN_HOST, PAUSING_HOST, SLOW_HOST, TRAP_HOSTS
from scripts.demo.traps import CRAWL_DELAY, FORBIDDEN_PLACES, RETRY_AFTER

# Between asking and being asked: the machine has other things to do.
JITTER = 0.15


@pytest.fixture(scope="module")
def asked(journey):
    """Requests to the sites during the demonstration, oldest first."""
    return sorted(journey.asked, key=lambda row: row["at"])


def by(rows, *names):
    """Rows that agree in these fields, by those fields."""

    def key(row):
        return tuple(row[name] for name in names)

    return {value: list(group) for value, group in groupby(sorted(rows, key=lambda r: (key(r), r["at"])), key)}


def urls(rows):
    return {f"https://{row['host']}{row['path']}" for row in rows if row["scheme"] == "https"}


def test_the_nodes_read_what_they_may(journey, asked):
    """A log that is empty, or a crawler that dares nothing, proves no obedience."""
    clients = by(asked, "client")
    assert set(clients) == {(name,) for name in journey.stack.doors}
    seen = urls(row for row in asked if row["status"] in (200, 304))
    assert {p.url for p in journey.truth if p.role in ("copy", "negative", "licensed")} - seen == set()
    assert {f"https://{host}/robots.txt" for host in (*HOSTS, *TRAP_HOSTS)} <= urls(asked)


def test_a_node_asks_a_site_for_its_robots_txt_before_anything_else(asked):
    for rows in by(asked, "client", "host").values():
        assert rows[0]["path"] == "/robots.txt"


def test_it_says_who_it_is(asked):
    assert asked
    assert {row["agent"].partition("/")[0] for row in asked} == {AGENT}


def test_what_robots_forbid_is_never_asked_for(asked):
    """By no request: neither by a link, nor by a redirect from where it may go."""
    wrong = [
        row
        for row in asked
        for host, start in FORBIDDEN_PLACES
        if row["host"] == host and row["path"].startswith(start) and row["path"] != "/robots.txt"
    ]
    assert wrong == []


def test_what_stands_on_reserved_pages_is_never_asked_for(journey, asked):
    forbidden = {p.url: p.transform for p in journey.truth if p.role == "forbidden"}
    assert len(forbidden) >= 10
    assert {url: kind for url, kind in forbidden.items() if url in urls(asked)} == {}


def test_the_pages_that_lead_into_the_traps_were_read(journey, asked):
    """Else nobody would know whether the crawler heeds them."""
    seen = urls(asked)
    robots = {f"https://{host}{start}" for host, start in FORBIDDEN_PLACES}
    pages = {p.page for p in journey.truth if p.role in ("forbidden", "reserved")}
    assert {page for page in pages if not any(page.startswith(place) for place in robots)} <= seen
    assert {p.url for p in journey.truth if p.role == "reserved"} & seen


def test_nothing_behind_a_trap_became_a_hit(journey):
    kept = {p.url for p in journey.truth if p.role in ("forbidden", "reserved")}
    assert {hit["image_url"] for hit in journey._hits()} & kept == set()
    rows = journey.matches()
    assert len(rows) > 40
    assert {r["image_url"] for r in rows} & kept == set()


def test_each_node_leaves_the_pause_that_a_site_asks_for(asked):
    """From the first request after robots.txt on, which tells how long it is."""
    clients = by([row for row in asked if row["host"] == SLOW_HOST], "client")
    assert max(map(len, clients.values())) > 4
    for rows in clients.values():
        after = [row for row in rows if row["path"] != "/robots.txt"]
        gaps = [(second["at"] - first["at"], first["path"], second["path"]) for first, second in pairwise(after)]
        assert [gap for gap in gaps if gap[0] < CRAWL_DELAY - JITTER] == []


@pytest.mark.parametrize(("host", "status"), [(BUSY_HOST, 429), (PAUSING_HOST, 503)])
def test_who_is_told_to_come_later_comes_later(asked, host, status):
    clients = by([row for row in asked if row["host"] == host], "client")
    told = {name: rows for name, rows in clients.items() if any(row["status"] == status for row in rows)}
    assert told, "the member to whom the site falls was refused at first"
    for rows in told.values():
        refused = next(row for row in rows if row["status"] == status)
        later = [row for row in rows if row["at"] > refused["at"]]
        waited = [row["at"] - refused["at"] for row in later]
        assert min(waited) >= RETRY_AFTER - JITTER
        assert any(row["path"] == refused["path"] and row["status"] == 200 for row in later), "and it does come"


def test_all_sites_have_a_certificate(journey):
    """What nobody can connect to, nobody disobeys."""
    from cryptography import x509

    certificate = x509.load_pem_x509_certificate((journey.stack.folder / "tls/cert.pem").read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    shown = {urlsplit(p.url).hostname for p in journey.truth}
    assert shown | {OWN_HOST} <= set(names.get_values_for_type(x509.DNSName)) == set(ALL_HOSTS)
