"""How far the nodes are, together: what several of them read or found counts once."""

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, update

from oracle.crawl.frontier import Frontier
from oracle.node.database import key_of, matches, open_database, pages
from oracle.node.turns import members_in_turn
from scripts.demo.progress import standing

MEMBERS = ["0xa", "0xb"]
SITE = "shop.example"
PAGE = f"https://{SITE}/"


@pytest.fixture
def nodes(servers):
    """Two nodes; the site falls to the first."""
    url = servers.postgres.create_database("oracle")
    engines = [open_database(url, f"progress{time.monotonic_ns()}") for _ in MEMBERS]
    order = members_in_turn(SITE, MEMBERS)
    made = [SimpleNamespace(engine=e, wallet=SimpleNamespace(address=a)) for e, a in zip(engines, order, strict=True)]
    for node in made:
        Frontier(node.engine, pages, 86_400, 10).add([PAGE], 0)
    yield made
    for engine in engines:
        engine.dispose()


def found(node, state):
    row = {
        "work_id": "0x1", "image_key": key_of(PAGE), "image_url": PAGE, "page_url": PAGE, "site": SITE,
        "embedded": "img", "state": state, "found_at": 1, "last_seen": 1, "next_at": 0.0, "attempts": 0, "match": {},
    }  # fmt: skip
    with node.engine.begin() as connection:
        connection.execute(insert(matches).values(row))


def test_a_page_is_to_be_read_by_the_node_to_whom_its_site_falls(nodes):
    assert standing(nodes).to_read == 1
    with nodes[0].engine.begin() as connection:
        connection.execute(update(pages).values(visits=1, next_at=time.time() + 86_400))
    now = standing(nodes)
    assert (now.pages, now.to_read) == (1, 0)


def test_a_use_counts_once_and_waits_as_long_as_one_node_waits(nodes):
    found(nodes[0], "reported")
    found(nodes[1], "found")
    now = standing(nodes)
    assert (now.found, now.reported, now.waiting) == (1, 1, 1)
