"""Opening reports: each leaf once however it is spelt, no report for ever, none before the others for long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from oracle.sealing import new_key
from tests.backend.conftest import index


@pytest.fixture
def reported(user, report, backend):
    """(user, root, place where the members answer for it)."""
    me = user()
    root = report(me.registered_work()["work_id"])
    place = next(p for p in backend.members.answers if root in p)
    return me, root, place


def leaves(root):
    from backend.core.database import transaction
    from backend.hits.models import Hit

    with transaction() as session:
        return list(session.scalars(select(Hit.leaf).where(Hit.root == root)))


def openings(root):
    from backend.core.database import transaction
    from backend.hits.models import ReportOpening

    with transaction() as session:
        found = session.get(ReportOpening, root)
        return (found.attempts, (found.next_at - datetime.now(UTC)).total_seconds()) if found else (0, 0.0)


def make_due(root):
    from backend.core.database import transaction
    from backend.hits.models import ReportOpening

    with transaction() as session:
        session.get_one(ReportOpening, root).next_at = datetime.now(UTC) - timedelta(seconds=1)


def forget(root):
    from sqlalchemy import delete

    from backend.core.database import transaction
    from backend.hits.models import Hit, ReportOpening

    with transaction() as session:
        session.execute(delete(Hit).where(Hit.root == root))
        session.execute(delete(ReportOpening).where(ReportOpening.root == root))


def test_however_a_member_spells_a_leaf_it_is_one_hit(reported, backend):
    from backend.hits.tasks import open_reports

    _, root, place = reported
    (leaf,) = leaves(root)
    forget(root)
    status, headers, body = backend.members.answers[place]
    (row,) = json.loads(body)
    bare = leaf[2:]
    spelt = [f"0x{bare.upper()}", f"0x {bare}", bare, f"0x{bare[:8]} {bare[8:]}", leaf]
    rows = [{**row, "leaf": spelling} for spelling in spelt] + [{"leaf": 5}, "x", None]
    backend.members.answers[place] = (status, headers, json.dumps(rows[:5]).encode())
    open_reports()
    assert leaves(root) == [leaf]


def test_what_does_not_open_is_asked_for_less_and_less_and_then_given_up(reported, backend):
    from backend.core.database import transaction
    from backend.hits import service
    from backend.hits.models import ReportOpening
    from backend.hits.tasks import open_reports

    _, root, place = reported
    forget(root)
    backend.members.answers[place] = (200, {}, b"[]")
    pauses = []
    for attempt in range(1, 6):
        open_reports()
        attempts, wait = openings(root)
        assert attempts == attempt
        pauses.append(wait)
        before = len(backend.members.asked)
        open_reports()
        assert not [a for a in backend.members.asked[before:] if root in a], "not before its time"
        make_due(root)
    assert all(later > earlier * 1.5 for earlier, later in pairwise(pauses))
    with transaction() as session:
        session.get_one(ReportOpening, root).attempts = service.MAX_OPENINGS
    before = len(backend.members.asked)
    open_reports()
    assert not [a for a in backend.members.asked[before:] if root in a]


def test_the_newest_report_comes_first_and_one_that_breaks_stops_none(user, report, backend, monkeypatch):
    from backend.hits import service
    from backend.hits.tasks import open_reports

    me = user()
    roots = []
    for _ in range(2):
        roots.append(report(me.registered_work()["work_id"]))
        backend.chain.web3.provider.make_request("evm_increaseTime", [5])
        backend.chain.web3.provider.make_request("evm_mine", [])
    for root in roots:
        forget(root)
    asked = []
    opened = service.open_report

    def odd(found):
        asked.append(found.root)
        if found.root == roots[1]:
            raise RecursionError("a graph made to hurt")
        return opened(found)

    monkeypatch.setattr(service, "open_report", odd)
    open_reports()
    mine = [root for root in asked if root in roots]
    assert mine == [roots[1], roots[0]]
    assert leaves(roots[0]) and not leaves(roots[1])


def test_what_was_sealed_to_an_earlier_key_is_opened_after_a_rotation(reported, backend, monkeypatch):
    from pydantic import SecretStr

    from backend.core.settings import settings
    from backend.hits.tasks import open_reports

    _, root, _ = reported
    forget(root)
    before = settings().custodian_key
    monkeypatch.setattr(settings(), "custodian_key", SecretStr(new_key().hex()))
    open_reports()
    assert leaves(root) == []
    make_due(root)
    monkeypatch.setattr(settings(), "custodian_former_keys", before)
    open_reports()
    assert len(leaves(root)) == 1


def test_committee_and_rate_signers_are_never_read_from_the_first_block_again(user, backend, monkeypatch):
    """As a process that starts anew does it: what the indexer keeps is enough."""
    from backend.chain import roster
    from backend.core.services import chain

    index()
    asked = []
    events = chain().events
    monkeypatch.setattr(chain(), "events", lambda c, first, last: asked.append((first, last)) or events(c, first, last))
    roster._roster.cache_clear()
    members, signers = roster.committee(), roster.rate_signers()
    assert len(members) == 3 and len(signers) == 3
    for _ in range(3):
        assert (roster.committee(), roster.rate_signers()) == (members, signers)
    assert sum(max(0, last - first + 1) for first, last in asked) <= 2
