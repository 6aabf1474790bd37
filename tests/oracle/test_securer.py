"""Whose turn it is to secure a finding: somebody's at every moment, everybody's in the end."""

import time
from urllib.parse import urlsplit

import pytest
from sqlalchemy import insert, select, update

from oracle.names import site_of
from oracle.node.database import key_of, matches, open_database
from oracle.node.securer import Securer
from oracle.node.turns import Turns
from scripts.stack.local import Roles, account

MEMBERS = [account(index).address for index in Roles.MEMBERS]
TAKEOVER = 100.0


def turns(account):
    return Turns(lambda: MEMBERS, account)


@pytest.fixture
def securers(servers):
    """One securer for each member, over one table."""
    engine = open_database(servers.postgres.create_database("oracle"), f"securer{time.monotonic_ns()}")
    yield engine, [Securer(engine, None, None, None, None, turns(a), None, TAKEOVER) for a in MEMBERS]
    engine.dispose()


def found(engine, page, ago):
    row = {
        "work_id": "0x1", "image_key": key_of(page), "image_url": page + "i.jpg", "page_url": page,
        "site": site_of(urlsplit(page).hostname), "embedded": "img", "state": "found",
        "found_at": int(time.time() - ago), "last_seen": 1, "next_at": 0.0, "attempts": 0, "match": {},
    }  # fmt: skip
    with engine.begin() as connection:
        connection.execute(insert(matches).values(row))


@pytest.mark.parametrize(("ago", "eligible"), [(0, 1), (90, 1), (110, 2), (190, 2), (210, 3), (100_000, 3)])
def test_the_assigned_member_keeps_its_turn_while_others_join(securers, ago, eligible):
    engine, members = securers
    found(engine, "https://shop.example/p/", ago)
    assert sum(member._next() is not None for member in members) == eligible


def test_ones_own_pages_come_before_those_taken_over(securers):
    engine, members = securers
    for number in range(12):
        found(engine, f"https://shop{number}.example/", 100_000)
    for member, account_ in zip(members, MEMBERS, strict=True):
        assert turns(account_).place(member._next().site) == 0


def test_who_is_no_member_secures_nothing(securers):
    engine, _ = securers
    found(engine, "https://shop.example/p/", 100_000)
    assert Securer(engine, None, None, None, None, turns(account(0).address), None, TAKEOVER)._next() is None


def test_a_finding_that_others_reported_while_it_was_being_secured_stays_reported(securers):
    engine, members = securers
    found(engine, "https://shop.example/p/", 100_000)
    row = members[0]._next()
    with engine.begin() as connection:
        connection.execute(update(matches).values(state="elsewhere", root="0x77"))
    members[0]._set(row, state="secured", attempts=0)
    with engine.begin() as connection:
        assert connection.scalar(select(matches.c.state)) == "elsewhere"
