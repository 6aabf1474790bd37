"""API keys: made with a session, listed, revoked, and over at their time; sessions that end everywhere."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from backend.accounts.models import Token


def program(user, key):
    made = user(signed_in=False)
    made.headers = {"Authorization": f"Bearer {key}"}
    return made


def test_a_key_is_listed_without_what_opens_the_account(user):
    me = user()
    made = me.post("/api-keys", {"name": "script"}).json()
    (listed,) = me.get("/api-keys").json()
    assert listed == {k: made[k] for k in ("id", "name", "created_at", "last_used_at", "expires_at")}
    assert listed["last_used_at"] is None and listed["expires_at"] is None
    assert made["key"] not in me.get("/api-keys").text
    assert user().get("/api-keys").json() == []


def test_a_revoked_key_opens_nothing(user):
    me, other = user(), user()
    made = me.post("/api-keys", {"name": "script"}).json()
    script = program(user, made["key"])
    assert script.get("/works").status_code == 200
    assert other.delete(f"/api-keys/{made['id']}").status_code == 404
    assert script.get("/works").status_code == 200
    assert me.delete(f"/api-keys/{made['id']}").status_code == 204
    assert script.get("/works").status_code == 401 and me.get("/api-keys").json() == []
    assert me.delete(f"/api-keys/{made['id']}").status_code == 404
    assert me.delete(f"/api-keys/{uuid.uuid4()}").status_code == 404


def test_a_session_is_no_key(user):
    from backend.core.database import transaction

    me = user()
    with transaction() as session:
        ids = session.scalars(select(Token.id).where(Token.kind == "session")).all()
    assert all(me.delete(f"/api-keys/{i}").status_code == 404 for i in ids[-5:])
    assert me.get("/works").status_code == 200


def test_a_key_ends_at_its_time(user):
    from backend.core.database import transaction

    me = user()
    made = me.post("/api-keys", {"name": "for a week", "days": 7}).json()
    ends = datetime.fromisoformat(made["expires_at"])
    assert abs(ends - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
    script = program(user, made["key"])
    assert script.get("/works").status_code == 200
    with transaction() as session:
        passed = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Token).where(Token.id == uuid.UUID(made["id"])).values(expires_at=passed))
    assert script.get("/works").json()["code"] == "session_over" and me.get("/api-keys").json() == []


@pytest.mark.parametrize("days", [0, -1, 3651, 2**31, 2**63 - 1, 1.5, "x", True])
def test_a_key_lives_for_days(user, days):
    assert user().post("/api-keys", {"name": "x", "days": days}).status_code == (201 if days is True else 422)


def test_an_account_has_twenty_keys_at_most(user):
    from backend.core.database import transaction

    me = user()
    made = [me.post("/api-keys", {"name": str(n)}).json() for n in range(20)]
    refused = me.post("/api-keys", {"name": "one more"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_keys")
    assert user().post("/api-keys", {"name": "of another"}).status_code == 201
    me.delete(f"/api-keys/{made[3]['id']}")
    assert me.post("/api-keys", {"name": "in its place"}).status_code == 201
    with transaction() as session:
        passed = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Token).where(Token.id == uuid.UUID(made[0]["id"])).values(expires_at=passed))
    assert me.post("/api-keys", {"name": "in place of one that is over"}).status_code == 201
    assert [k["name"] for k in me.get("/api-keys").json()][-2:] == ["in its place", "in place of one that is over"]


def test_the_last_use_is_noted_to_the_minute(user, monkeypatch):
    from backend.accounts import service

    me = user()
    script = program(user, me.post("/api-keys", {"name": "script"}).json()["key"])
    script.get("/works")
    first = me.get("/api-keys").json()[0]["last_used_at"]
    assert datetime.now(UTC) - datetime.fromisoformat(first) < timedelta(minutes=1)
    script.get("/works")
    assert me.get("/api-keys").json()[0]["last_used_at"] == first
    monkeypatch.setattr(service, "USE_NOTED_EVERY", timedelta(0))
    script.get("/works")
    assert me.get("/api-keys").json()[0]["last_used_at"] > first


def test_a_key_makes_no_keys(user):
    script = program(user, user().post("/api-keys", {"name": "script"}).json()["key"])
    refused = script.post("/api-keys", {"name": "its child"})
    assert (refused.status_code, refused.json()["code"]) == (403, "session_only")


def test_signing_out_everywhere_ends_all_sessions_and_no_key(user):
    me, other = user(), user()
    second = user(key=me.wallet.account.key.hex())
    script = program(user, me.post("/api-keys", {"name": "script"}).json()["key"])
    assert me.post("/auth/sign-out-everywhere").status_code == 204
    assert [who.get("/works").status_code for who in (me, second, script, other)] == [401, 401, 200, 200]


def test_sessions_that_are_over_do_not_pile_up(user):
    from backend.core.database import transaction

    me = user()
    with transaction() as session:
        mine = session.scalars(select(Token).order_by(Token.created_at.desc())).first()
        mine.expires_at = datetime.now(UTC) - timedelta(days=1)
        gone = mine.id
    user(key=me.wallet.account.key.hex())
    with transaction() as session:
        assert session.get(Token, gone) is None
