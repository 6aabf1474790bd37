"""Limits: counted in one step, for callers as they are, and on all that is open to anybody."""

import threading
import time

import pytest
from starlette.requests import Request

from oracle.store.cids import cid_of
from tests.conftest import noise

WORK = "0x" + "ab" * 32


def asked_by(host):
    return Request({"type": "http", "client": (host, 1) if host else None, "headers": []})


def test_callers_are_networks_of_households():
    from backend.core.limits import caller_of

    def same(one, other):
        return caller_of(asked_by(one)) == caller_of(asked_by(other))

    assert same("2001:db8:1:2::1", "2001:db8:1:2:ffff::9") and not same("2001:db8:1:2::1", "2001:db8:1:3::1")
    assert not same("192.0.2.1", "192.0.2.2") and same("::ffff:192.0.2.1", "192.0.2.1")
    assert same("fe80::1%eth0", "fe80::2%eth1")
    assert (caller_of(asked_by("testclient")), caller_of(asked_by(None))) == ("testclient", "?")


def test_every_counter_ends(backend):
    """Whatever happens to the process after a count: there is no counter without its end."""
    from backend.core.limits import limit
    from backend.core.services import redis

    for caller in ("a", "b", "c"):
        limit("ends", caller, 5, count=3)
    keys = list(redis().scan_iter("LIMITS*ends*"))
    assert len(keys) >= 3
    assert all(0 < redis().ttl(key) <= 120 for key in keys)


def test_a_limit_counts_what_is_asked_at_once(backend):
    from backend.core.errors import ApiError
    from backend.core.limits import limit

    limit("many", "x", 10, count=6)
    with pytest.raises(ApiError, match="Too many"):
        limit("many", "x", 10, count=5)
    limit("many", "x", 10, count=4)
    limit("many", "y", 10, count=10)
    limit("other", "x", 10, count=10)
    with pytest.raises(ApiError) as refused:
        limit("many", "x", 10, "Wait.")
    assert (refused.value.status, refused.value.message) == (429, "Wait.")


def test_only_so_many_do_what_is_heavy(monkeypatch):
    from backend.core import limits
    from backend.core.errors import ApiError

    monkeypatch.setattr(limits, "HEAVY_WAIT_SECONDS", 0.1)
    inside, most, refused = [], [], []
    barrier = threading.Barrier(limits.HEAVY_AT_ONCE + 3)

    def work():
        barrier.wait()
        try:
            with limits.few_at_once():
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.5)
                inside.pop()
        except ApiError as problem:
            refused.append((problem.status, problem.code))

    threads = [threading.Thread(target=work) for _ in range(barrier.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) <= limits.HEAVY_AT_ONCE and refused == [(429, "busy")] * 3


@pytest.mark.parametrize(
    ("module", "constant", "method", "path"),
    [
        ("backend.accounts.api", "NONCES_PER_MINUTE", "get", "/api/auth/nonce"),
        ("backend.accounts.api", "SIGN_INS_PER_MINUTE", "post", "/api/auth/sign-in"),
        ("backend.main", "PORTAL_ANSWERS_PER_MINUTE", "post", "/api/portal/x/quote"),
        ("backend.main", "PORTAL_ANSWERS_PER_MINUTE", "post", "/api/portal/x/objection"),
        ("backend.main", "PORTAL_ANSWERS_PER_MINUTE", "post", "/api/portal/x/licence"),
        ("backend.main", "PORTAL_ANSWERS_PER_MINUTE", "post", "/api/portal/x/panel"),
        ("backend.licences.api", "PURCHASES_PER_MINUTE", "post", f"/api/open/offers/{WORK}/purchase"),
    ],
)
def test_what_is_open_to_anybody_is_limited(backend, module, constant, method, path):
    import importlib

    most = getattr(importlib.import_module(module), constant)
    statuses = [getattr(backend.client, method)(path).status_code for _ in range(most + 1)]
    assert 429 not in statuses[:-1] and statuses[-1] == 429


def test_reading_the_portal_is_not_counted_as_answering(backend):
    from backend.main import PORTAL_ANSWERS_PER_MINUTE

    statuses = {backend.client.get("/api/portal/x").status_code for _ in range(PORTAL_ANSWERS_PER_MINUTE + 1)}
    assert statuses == {404}


def test_uploads_are_limited_for_each_account(user, monkeypatch):
    from backend.works import api

    monkeypatch.setattr(api, "UPLOADS_PER_MINUTE", 2)
    me, other = user(), user()
    assert [me.upload(noise(80_000 + n)).status_code for n in range(3)] == [202, 202, 429]
    assert other.upload(noise(80_003)).status_code == 202


def test_the_gateway_sends_from_the_disk_and_is_limited(backend, monkeypatch):
    from backend.core.limits import limit
    from backend.core.services import own_store
    from backend.public.api import EXPORTS_PER_MINUTE

    data = noise(81_000)
    cid = own_store().put(data)
    whole = own_store().export_car(cid)
    monkeypatch.setattr(own_store(), "export_car", None)  # what would read it whole
    for spelling in (cid, cid.upper()):
        answer = backend.client.get(f"/ipfs/{spelling}")
        assert answer.content == whole and answer.headers["content-type"] == "application/vnd.ipld.car"
    assert backend.client.get(f"/ipfs/{cid_of(b'nowhere')}").json()["code"] == "not_stored"
    limit("ipfs", "testclient", EXPORTS_PER_MINUTE, count=EXPORTS_PER_MINUTE - 10)
    statuses = [backend.client.head(f"/ipfs/{cid}").status_code for _ in range(11)]
    assert statuses[0] == 200 and statuses[-1] == 429
