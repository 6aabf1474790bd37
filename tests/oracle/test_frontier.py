"""The frontier: a page that was read rests, unless somebody asked for another visit meanwhile."""

import time

import pytest

from oracle.crawl.frontier import Frontier
from oracle.node.database import open_database, pages

PAGE = "https://shop.example/"


@pytest.fixture
def frontier(servers):
    engine = open_database(servers.postgres.create_database("oracle"), f"frontier{time.monotonic_ns()}")
    made = Frontier(engine, pages, site_interval=0, revisit_seconds=86_400, max_per_site=10)
    made.add([PAGE], 0)
    yield made
    engine.dispose()


def test_a_page_is_taken_once_and_rests_after_its_visit(frontier):
    due = frontier.take()
    assert due.url == PAGE and frontier.take() is None
    frontier.done(due, 200, b"body", None, None)
    assert frontier.take() is None


@pytest.mark.parametrize("end", ["done", "failed"])
def test_a_visit_that_was_asked_for_during_another_is_not_lost(frontier, end):
    """A work registered while a page is being read must meet that page too."""
    due = frontier.take()
    frontier.revisit_all()
    if end == "done":
        frontier.done(due, 200, b"body", None, None)
    else:
        frontier.failed(due, "it did not answer")
    again = frontier.take()
    assert again is not None and again.url == PAGE and again.visits == 1
    frontier.done(again, 200, b"body", None, None)
    assert frontier.take() is None


def test_a_site_has_a_budget(frontier):
    frontier.add([f"{PAGE}{number}" for number in range(50)], 1)
    taken = 0
    while frontier.take():
        taken += 1
    assert taken == 10
