"""A node's crawler and the web that it meets."""

from __future__ import annotations

import io
import time
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from oracle.crawl.frontier import Frontier
from oracle.crawl.visitor import Visitor
from oracle.matching.engine import Match
from oracle.matching.verify.decision import MatchClass
from oracle.node.crawler import Crawler
from oracle.node.database import matches, open_database, pages
from oracle.node.sightings import open_clock

WORK = "0x" + "ab" * 32
INTERVAL = 0.05
COPY = Match(WORK, MatchClass.COPY, 0.99, 50, 1.0, 1.0, False, (1.0,) * 9, ("it is the same picture",))


def photo(seed):
    rng = np.random.default_rng(seed)
    out = io.BytesIO()
    Image.fromarray(rng.integers(0, 255, (60, 80, 3), dtype=np.uint8)).resize((320, 240)).save(out, "JPEG")
    return out.getvalue()


class World:
    """A node's crawler on real tables and a real server, for which every picture is a copy of one work."""

    def __init__(self, servers, site, fetcher, schema=None):
        self.schema = schema or f"crawler{time.monotonic_ns()}"
        self.engine = open_database(servers.postgres.create_database("oracle"), self.schema)
        self.site = site
        self.fetcher = fetcher
        register = SimpleNamespace(query=lambda picture, keep: [COPY], covered=lambda *_: False)
        self.frontier = Frontier(self.engine, pages, revisit_seconds=86_400, max_per_site=100)
        self.visitor = Visitor(fetcher, open_clock(self.engine, INTERVAL))
        self.crawler = Crawler(self.engine, self.visitor, self.frontier, register, max_depth=3)

    def picture(self, url, seed=1, **headers):
        self.site.answer(url, 200, photo(seed), Content_Type="image/jpeg", **headers)

    def robots(self, host, text):
        self.site.answer(f"http://{host}/robots.txt", 200, text if isinstance(text, bytes) else text.encode())

    def crawl(self, *urls, seconds=8.0, pause=INTERVAL * 2):
        """Visit what is due, until nothing is for a while."""
        self.frontier.add(urls, 0)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.crawler.step():
                time.sleep(pause)
                if not self.crawler.step():
                    return

    def again(self):
        self.frontier.revisit_all()
        self.crawl()

    def asked(self, ending=""):
        """Addresses that were asked for, without those that every crawler asks first."""
        return [a for a in self.site.asked if not a.endswith(("/robots.txt", "/tdmrep.json")) and a.endswith(ending)]

    def hits(self):
        with self.engine.begin() as connection:
            return sorted(connection.scalars(select(matches.c.image_url)))

    def rows(self, table):
        with self.engine.begin() as connection:
            return {row.url: row for row in connection.execute(select(table)).all()}


@pytest.fixture
def world(servers, site, fetcher):
    made = World(servers, site, fetcher)
    yield made
    made.engine.dispose()
