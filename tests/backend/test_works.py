"""Uploads and registrations: bad files are refused with the reason, nothing happens twice."""

import io

import pytest
from PIL import Image

from oracle.errors import ChainError
from oracle.matching.describe.fingerprint import ENGINE_VERSION
from tests.backend.conftest import index
from tests.conftest import noise
from tests.oracle.test_pictures import png_bomb


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "empty"),
        (b"no picture at all", "supported format"),
        (noise(1)[:-300], "incomplete"),
        (png_bomb(60_000), "pixels"),
    ],
)
def test_bad_files_are_refused_with_the_reason(user, data, told):
    me = user()
    answer = me.upload(data)
    assert answer.status_code == 422 and answer.json()["code"] == "bad_image"
    assert told in answer.json()["message"]
    assert me.get("/works").json() == []


def test_a_file_that_is_too_large_is_refused(user, monkeypatch):
    from backend.core.settings import settings

    monkeypatch.setattr(settings(), "max_upload_bytes", 1000)
    answer = user().upload(noise(2))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_same_file_twice_names_the_first(user):
    me, data = user(), noise(3)
    first = me.upload(data, "Sunrise").json()
    again = me.upload(data, "Sunset")
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert first["id"] in again.json()["message"] and "Sunrise" in again.json()["message"]
    assert user().upload(data).status_code == 202  # a duplicate of another holder is recorded, never blocked


def test_the_free_tier_is_full_at_some_time(user, monkeypatch):
    from backend.core.settings import settings

    monkeypatch.setattr(settings(), "free_works", 1)
    me = user()
    assert me.upload(noise(4)).status_code == 202
    assert me.upload(noise(5)).json()["code"] == "tier_full"


def test_the_task_may_run_twice_and_may_be_lost(user, backend):
    from backend.core.database import transaction
    from backend.works import service
    from backend.works.tasks import prepare

    me = user()
    work = me.upload(noise(6)).json()
    assert me.get(f"/works/{work['id']}/registration").json()["code"] == "not_ready"
    with transaction() as session:
        service.STALE_SECONDS, kept = -1, service.STALE_SECONDS
        assert work["id"] in {str(i) for i in service.stale_uploads(session)}
        service.STALE_SECONDS = kept
    prepare(work["id"])
    first = me.get(f"/works/{work['id']}").json()
    prepare(work["id"])
    assert me.get(f"/works/{work['id']}").json() == first
    assert first["state"] == "ready" and first["fingerprint_cid"] and first["problem"] is None


def test_who_uploads_what_cannot_be_found_learns_it_at_once(user):
    """It can be registered all the same: its date and its licences do not depend on it."""
    stripes = Image.new("L", (600, 400), 255)
    for x in range(0, 600, 30):
        stripes.paste(0, (x, 0, x + 15, 400))
    file = io.BytesIO()
    stripes.convert("RGB").save(file, "PNG")
    me = user()
    work = me.ready_work(file.getvalue())
    assert work["state"] == "ready" and "too few details" in work["not_monitored"]
    assert me.get(f"/works/{work['id']}/registration").json()["function"] == "register"
    assert me.ready_work()["not_monitored"] is None


def test_the_thumbnail_is_sealed_to_the_members_only(user, backend):
    from backend.core.services import own_store
    from oracle.errors import VerificationError
    from oracle.matching.describe.fingerprint import PUBLIC_NAME, THUMBNAIL_NAME, Fingerprint, decode_thumbnail
    from oracle.sealing import new_key, open_sealed

    files = own_store().get_folder(user().ready_work()["fingerprint_cid"])
    assert set(files) == {PUBLIC_NAME, THUMBNAIL_NAME}
    Fingerprint.from_bytes(files[PUBLIC_NAME])
    for index_ in range(3):
        secret = bytes.fromhex(backend.stack.secrets[f"node{index_}"])
        decode_thumbnail(open_sealed(files[THUMBNAIL_NAME], secret))
    with pytest.raises(VerificationError):
        open_sealed(files[THUMBNAIL_NAME], new_key())


def test_the_holders_own_wallet_registers(user, backend):
    me = user()
    work = me.ready_work()
    prepared = me.get(f"/works/{work['id']}/registration").json()
    assert prepared["chain_id"] == 31337
    receipt = me.send(prepared)
    index()
    seen = me.get(f"/works/{work['id']}").json()
    assert seen["registration_tx"] == "0x" + receipt["transactionHash"].hex()
    assert seen["registered_at"] == backend.chain.block_time(receipt["blockNumber"])
    assert backend.chain.call("WorkRegistry", "ownerOf", int(work["work_id"], 16)) == me.wallet.address
    again = me.get(f"/works/{work['id']}/registration")
    assert (again.status_code, again.json()["code"]) == (409, "registered")
    shown = user(signed_in=False).get(f"/open/works/{work['work_id']}").json()
    assert shown["owner"] == me.wallet.address
    assert shown["fingerprints"] == {str(ENGINE_VERSION): work["fingerprint_cid"]}


def test_a_batch_is_anchored_and_claimed(user, backend):
    me = user()
    works = [me.ready_work() for _ in range(3)]
    drafted = me.post("/works/batches", {"works": [w["id"] for w in works]}).json()
    early = me.get(f"/works/batches/{drafted['id']}/claims")
    assert (early.status_code, early.json()["code"]) == (409, "not_anchored")
    anchored = me.send(drafted["transaction"])
    index()
    assert [(b["size"], b["anchored"], b["unclaimed"]) for b in me.get("/works/batches").json()] == [(3, True, 3)]
    claims = me.get(f"/works/batches/{drafted['id']}/claims").json()
    assert [c["function"] for c in claims] == ["claimMany"]
    with pytest.raises(ChainError):  # nobody else registers in the owner's name
        user().send(claims[0])
    me.send(claims[0])
    index()
    assert me.get(f"/works/batches/{drafted['id']}/claims").json() == []
    assert me.get("/works/batches").json()[0]["unclaimed"] == 0
    when = backend.chain.block_time(anchored["blockNumber"])
    assert {me.get(f"/works/{w['id']}").json()["registered_at"] for w in works} == {when}
    bad = me.post("/works/batches", {"works": [works[0]["id"]] * 2})
    assert bad.json()["code"] == "bad_batch"


def test_more_certificates_than_fit_one_transaction_are_claimed_in_several(user, backend, monkeypatch):
    from backend.works import service

    monkeypatch.setattr(service, "CLAIMS_AT_ONCE", 2)
    me = user()
    drafted = me.post("/works/batches", {"works": [me.ready_work()["id"] for _ in range(5)]}).json()
    me.send(drafted["transaction"])
    index()
    claims = me.get(f"/works/batches/{drafted['id']}/claims").json()
    assert len(claims) == 3
    for claim in claims:
        me.send(claim)
    index()
    assert all(w["registered_at"] for w in me.get("/works").json())


def test_a_work_is_shown_to_its_holder_only(user):
    me = user()
    work = me.ready_work(noise(77, (2000, 1000)))
    for size, side in (("preview", 1280), ("tile", 320)):
        answer = me.get(f"/works/pictures/{work['work_id']}/{size}")
        assert answer.headers["content-type"] == "image/webp" and "private" in answer.headers["cache-control"]
        assert Image.open(io.BytesIO(answer.content)).size == (side, side // 2)
        assert user().get(f"/works/pictures/{work['work_id']}/{size}").status_code == 404
        assert user(signed_in=False).get(f"/works/pictures/{work['work_id']}/{size}").status_code == 401
    assert me.get(f"/works/pictures/{work['work_id']}/original").status_code == 404


def test_works_of_others_do_not_exist(user):
    mine, other = user().ready_work(), user()
    for path in (f"/works/{mine['id']}", f"/works/{mine['id']}/registration"):
        assert other.get(path).status_code == 404
    assert other.post("/works/batches", {"works": [mine["id"]]}).status_code == 404
    assert other.get("/works").json() == []
