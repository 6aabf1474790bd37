"""Attestations of authorship: their evidence hash can be opened, and earlier works of others are found among many."""

import io
import uuid

import pytest
from PIL import Image
from sqlalchemy import select, update
from typer.testing import CliRunner

from backend.works.models import AttestationEvidence, Upload
from tests.backend.conftest import index
from tests.conftest import jpeg, noise


def attested(me, work):
    """The transaction that records the attestation, and the statement in it."""
    from backend.accounts.service import account_of
    from backend.core.database import transaction
    from backend.works.authorship import attest_authorship

    with transaction() as session:
        prepared = attest_authorship(session, account_of(session, me.wallet.address), work["work_id"])
    contract = me.backend.chain.contract("VerifierHub")
    return prepared, contract.decode_function_input(prepared.data)[1]["statement"]


def opened(me, work):
    from backend.core.database import transaction
    from backend.works.authorship import evidence_of

    with transaction() as session:
        return evidence_of(session, work["work_id"], me.wallet.address)


def registered(me, data):
    work = me.ready_work(data)
    me.send(me.get(f"/works/{work['id']}/registration").json())
    index()
    return work


def test_the_evidence_hash_covers_the_whole_original_and_can_be_opened(user, backend):
    from eth_utils.crypto import keccak

    from backend.core.database import transaction
    from backend.core.files import open_secret

    me, original = user(), noise(70_001)
    work = registered(me, original)
    prepared, statement = attested(me, work)
    me.send(prepared.model_dump())
    assert backend.chain.call("VerifierHub", "hasAuthorship", bytes.fromhex(work["work_id"][2:]), me.wallet.address)
    found = opened(me, work)
    assert found.original == original and len(found.salt) == 32
    assert statement["evidenceHash"] == found.hash == keccak(found.salt + original)
    assert keccak(found.salt + original[:-1]) != found.hash  # not only of its beginning
    with transaction() as session:
        kept = session.get_one(AttestationEvidence, (work["work_id"], me.wallet.address))
        assert found.salt not in kept.salt and open_secret(kept.salt) == found.salt


def test_asking_twice_keeps_one_salt_and_each_work_has_its_own(user):
    me = user()
    first, second = (registered(me, noise(70_010 + n)) for n in range(2))
    hashes = [attested(me, work)[1]["evidenceHash"] for work in (first, first, second)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert opened(me, first).salt != opened(me, second).salt


def test_the_verifier_opens_it_from_the_command_line(user, tmp_path):
    from backend.cli import app

    me, original = user(), noise(70_020)
    work = registered(me, original)
    told = attested(me, work)[1]["evidenceHash"].hex()
    out = tmp_path / "original"
    ran = CliRunner().invoke(app, ["open-evidence", work["work_id"], me.wallet.address, str(out)])
    assert told in ran.stdout and opened(me, work).salt.hex() in ran.stdout
    assert out.read_bytes() == original


def test_an_original_that_was_exchanged_opens_nothing(user):
    from backend.core.database import transaction
    from backend.core.files import keep_file
    from oracle.errors import VerificationError

    me = user()
    work = registered(me, noise(70_030))
    attested(me, work)
    with transaction() as session:
        session.execute(
            update(AttestationEvidence)
            .where(AttestationEvidence.work_id == work["work_id"])
            .values(file=keep_file(b"another file"))
        )
    with pytest.raises(VerificationError):
        opened(me, work)


def test_an_earlier_work_is_found_among_more_than_are_compared(user, photos, strangers, monkeypatch):
    from backend.core.errors import ApiError
    from backend.core.services import own_store
    from backend.works import authorship

    author, copyist = user(), user()
    for file in strangers[:3]:
        registered(author, file.read_bytes())
    theirs = registered(author, photos[0].read_bytes())
    copied = registered(copyist, jpeg(Image.open(io.BytesIO(photos[0].read_bytes())).resize((640, 480)), 70))
    monkeypatch.setattr(authorship, "MOST_COMPARED", 2)
    read, get_folder = [], own_store().get_folder
    monkeypatch.setattr(own_store(), "get_folder", lambda cid: read.append(cid) or get_folder(cid))
    with pytest.raises(ApiError) as refused:
        attested(copyist, copied)
    assert refused.value.code == "resembles" and theirs["work_id"] in refused.value.message
    assert len(read) == 1 + 2  # its own, and two others


def test_hashes_of_works_from_before_are_filled_in(user):
    from backend.core.database import transaction
    from backend.works.tasks import sweep

    work = user().ready_work()
    mine = Upload.id == uuid.UUID(work["id"])
    with transaction() as session:
        before = session.scalar(select(Upload.pdq).where(mine))
        session.execute(update(Upload).where(mine).values(pdq=None))
    sweep()
    with transaction() as session:
        assert session.scalar(select(Upload.pdq).where(mine)) == before and len(before) == 256
