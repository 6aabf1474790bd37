"""The frontier: a page that was read rests, unless somebody asked for another visit meanwhile."""

import time

import pytest
from sqlalchemy import select

from oracle.crawl.frontier import MAX_RETRY_SECONDS, RETRY_SECONDS, Frontier
from oracle.node.database import open_database, pages

PAGE = "https://shop.example/"


@pytest.fixture
def frontier(servers):
    engine = open_database(servers.postgres.create_database("oracle"), f"frontier{time.monotonic_ns()}")
    made = Frontier(engine, pages, revisit_seconds=86_400, max_per_site=10)
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
    assert (
        again is not None
        and again.url == PAGE
        and (again.visits, again.failures) == ((1, 0) if end == "done" else (0, 1))
    )
    frontier.done(again, 200, b"body", None, None)
    assert frontier.take() is None


def test_a_site_has_a_budget(frontier):
    frontier.add([f"{PAGE}{number}" for number in range(50)], 1)
    taken = 0
    while frontier.take():
        taken += 1
    assert taken == 10


def waits(frontier):
    """Seconds until the page is due."""
    with frontier._engine.begin() as connection:
        next_at = connection.scalar(select(pages.c.next_at).where(pages.c.url == PAGE))
    return next_at - time.time()


def make_due(frontier):
    frontier.revisit([PAGE])
    return frontier.take()


def test_one_failure_after_many_good_visits_is_soon_forgiven(frontier):
    """Twelve good visits do not make the thirteenth wait for a week."""
    due = frontier.take()
    for _ in range(12):
        frontier.done(due, 200, b"body", None, None)
        due = make_due(frontier)
    frontier.failed(due, "the chain did not answer")
    assert waits(frontier) == pytest.approx(RETRY_SECONDS, abs=5)
    due = make_due(frontier)
    frontier.failed(due, "again")
    assert waits(frontier) == pytest.approx(RETRY_SECONDS * 2, abs=5)
    due = make_due(frontier)
    frontier.done(due, 200, b"body", None, None)
    due = make_due(frontier)
    frontier.failed(due, "a first one again")
    assert waits(frontier) == pytest.approx(RETRY_SECONDS, abs=5)


def test_failures_in_a_row_wait_longer_and_longer_up_to_a_week(frontier):
    for _ in range(20):
        due = frontier.take() or make_due(frontier)
        frontier.failed(due, "gone")
        assert 0 < waits(frontier) <= MAX_RETRY_SECONDS
    assert waits(frontier) == pytest.approx(MAX_RETRY_SECONDS, abs=5)


def test_a_page_whose_site_rests_has_not_failed(frontier):
    due = frontier.take()
    frontier.postpone(due, time.time() + 3600, "the site asked to be left alone")
    assert waits(frontier) == pytest.approx(3600, abs=5)
    assert make_due(frontier).failures == 0


def test_addresses_longer_than_an_index_takes_are_kept(frontier):
    long = [f"{PAGE}?sig={letter * 7000}" for letter in "ab"]
    frontier.add(long, 1)
    frontier.add(long, 1)
    urls = []
    while due := frontier.take():
        urls.append(due.url)
    assert sorted(urls) == sorted([PAGE, *long])


def test_links_are_added_without_counting_the_site_for_each(frontier):
    """A page of 500 links is one question to the table, however many pages it holds."""
    from sqlalchemy import event

    asked = []
    event.listen(frontier._engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    frontier.add([f"https://shop{n % 3}.example/{n}" for n in range(500)], 1)
    assert len(asked) <= 4


def test_tables_of_another_version_are_not_used(servers):
    from sqlalchemy import text

    from oracle.node.database import DatabaseVersionError

    url, schema = servers.postgres.create_database("oracle"), f"old{time.monotonic_ns()}"
    engine = open_database(url, schema)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {schema}.schema_version SET version = 1"))
    with pytest.raises(DatabaseVersionError, match="ORACLE_DATABASE_SCHEMA"):
        open_database(url, schema)
    engine.dispose()


@pytest.fixture
def shared(frontier):
    """A frontier of a node to whom shop.example does not fall, for an hour."""
    return Frontier(frontier._engine, pages, 86_400, 10, lambda site: 3600.0 if site == "shop.example" else 0.0)


def due_in(frontier, url):
    with frontier._engine.begin() as connection:
        found = connection.scalar(select(pages.c.next_at).where(pages.c.url == url))
    return found - time.time()


def test_a_site_is_left_to_the_member_to_whom_it_falls(shared):
    shared.add([f"{PAGE}a", "https://mine.example/"], 0)
    assert due_in(shared, f"{PAGE}a") == pytest.approx(3600, abs=5)
    assert due_in(shared, "https://mine.example/") <= 0


def test_what_an_operator_asks_for_is_read_at_once(shared):
    shared.seed([f"{PAGE}a"])
    assert due_in(shared, f"{PAGE}a") <= 0


def test_what_waits_for_another_member_is_read_at_once_when_an_operator_asks_for_it(shared):
    shared.add([f"{PAGE}a"], 0)
    shared.seed([f"{PAGE}a"])
    assert due_in(shared, f"{PAGE}a") <= 0


def test_a_site_that_is_being_read_is_read_on(shared):
    """Else every link of a site that was taken over would wait anew."""
    shared.add([f"{PAGE}a", "https://shop.example.org/"], 1, {"shop.example"})
    assert due_in(shared, f"{PAGE}a") <= 0


def test_another_members_pages_are_visited_less_often(shared):
    due = shared.take()
    shared.done(due, 200, b"body", None, None)
    assert due_in(shared, PAGE) == pytest.approx(86_400 + 3600, abs=5)


def test_all_that_was_visited_comes_again_and_what_waits_goes_on_waiting(shared):
    shared.add([f"{PAGE}a"], 0)
    shared.done(shared.take(), 200, b"body", None, None)
    shared.revisit_all()
    assert due_in(shared, PAGE) <= 0 < due_in(shared, f"{PAGE}a")
