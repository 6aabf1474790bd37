"""Lists ask the database as often for many rows as for one."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.backend.conftest import index


@contextmanager
def counted():
    """The statements that are sent to the database meanwhile."""
    from backend.core.database import engine

    sent = []

    def note(connection, cursor, statement, *_):
        sent.append(statement)

    event.listen(engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine(), "before_cursor_execute", note)


def claimed(me, report, page):
    """A claim on a hit on a new work of this user."""
    work = me.registered_work()
    report(work["work_id"], page=page)
    hit = next(h for h in me.get("/hits").json() if h["work_id"] == work["work_id"])
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    answer = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("listed", ["/works", "/hits", "/cases"])
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(user, report, listed):
    me = user()
    claimed(me, report, "https://one.example/page")
    index()
    with counted() as for_one:
        assert len(me.get(listed).json()) == 1
    for number in range(3):
        claimed(me, report, f"https://more-{number}.example/page")
    with counted() as for_many:
        assert len(me.get(listed).json()) == 4
    assert len(for_many) == len(for_one)


def test_a_value_among_more_than_a_statement_takes_parameters(backend):
    from backend.core.database import among, transaction
    from backend.works.models import Upload

    with transaction() as session:
        assert not session.query(Upload).where(among(Upload.work_id, (f"0x{n:064x}" for n in range(70_000)))).all()
        assert not session.query(Upload).where(among(Upload.id, [])).all()
