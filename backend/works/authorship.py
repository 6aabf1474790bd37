"""Authorship: the verifier looks at the original and signs, or says why not."""

from __future__ import annotations

import os
from dataclasses import dataclass

from eth_account import Account as KeyAccount
from eth_utils.crypto import keccak
from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import BIT, insert
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.chain.transactions import Transaction, prepare
from backend.core.errors import ApiError, not_found
from backend.core.files import open_secret, read_file, seal_secret
from backend.core.limits import few_at_once
from backend.core.services import chain, own_store
from backend.core.settings import settings
from backend.works import service
from backend.works.models import PDQ_BITS, AttestationEvidence, RegisteredWork, Upload, UploadState
from oracle.chain.signing import sign
from oracle.chain.works import REJECTED
from oracle.errors import VerificationError
from oracle.matching.describe.fingerprint import ENGINE_VERSION, PUBLIC_NAME, Fingerprint, fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.decoding import decode_untrusted
from oracle.pictures.normalise import Picture
from oracle.store.cids import cid_to_bytes

ATTESTATION_DAYS = 365
# Some milliseconds each, while the holder waits.
MOST_COMPARED = 200


def attest_authorship(session: Session, account: Account, work_id: str) -> Transaction | None:
    """The verifier's attestation as a transaction; None if a live one stands on-chain.

    The verifier gets the original, recomputes its hash and its fingerprint, and signs only if both are those of
    the register and no other work of the register has the same content earlier.
    """
    if service.attestation(session, work_id, account.address) and bool(
        chain().call("VerifierHub", "hasAuthorship", bytes.fromhex(work_id[2:]), account.address)
    ):
        return None
    found, work = service.upload_by_work(session, work_id), service.registered(session, work_id)
    if found is None or work is None or work.owner != account.address:
        raise ApiError(409, "not_registered", "This work is not registered to you on-chain.")
    original = decode_untrusted(read_file(found.file))
    if "0x" + original.sha256.hex() != work.content_hash:
        raise ApiError(409, "other_original", "The original file does not match the registered hash.")
    public, _ = fingerprint(original)
    stated = work.fingerprints.get(str(ENGINE_VERSION), "")
    if not found.fingerprint_cid or stated != "0x" + cid_to_bytes(found.fingerprint_cid).hex():
        raise ApiError(409, "other_fingerprint", "The on-chain fingerprint does not match your upload.")
    if own_store().get_folder(found.fingerprint_cid)[PUBLIC_NAME] != public.to_bytes():
        raise ApiError(409, "other_fingerprint", "The original file does not match the registered fingerprint.")
    if _attested_before(original.sha256, work):
        raise ApiError(
            409,
            "earlier_registration",
            "Someone registered the same content earlier, and their authorship is attested. Open a dispute to "
            "challenge it.",
        )
    if resembled := _earlier_work_in(session, work, original, public):
        raise ApiError(
            409,
            "resembles",
            f"This picture matches work {resembled}, which someone else registered earlier. A person must review it "
            "before authorship can be attested.",
        )
    now = chain().head()[1]
    evidence = _evidence(session, work_id, account.address, found.file).hash
    statement = (bytes.fromhex(work_id[2:]), account.address, evidence, now, now + ATTESTATION_DAYS * 86_400)
    names = ("workId", "subject", "evidenceHash", "issuedAt", "expiresAt")
    verifier = KeyAccount.from_key(settings().verifier_key.get_secret_value())
    signature = sign(verifier, chain().deployment, "Authorship", dict(zip(names, statement, strict=True)))
    origin = (work.registrant, original.sha256)
    return prepare(
        *("VerifierHub", "attest", statement, origin, verifier.address, signature),
        summary="Record the attestation of authorship",
    )


def _attested_before(content_hash: bytes, work: RegisteredWork) -> bool:
    """Whether an earlier registration of the content has live authorship and was not rejected.

    One that nobody attested stands in nobody's way: registering costs next to nothing.
    """
    _, others = chain().call("VerifierHub", "authorship", bytes(32), work.owner, content_hash)
    for other in others:
        _, owner, found = chain().call("WorkRegistry", "entitlement", other, 0)
        is_earlier = "0x" + bytes(other).hex() != work.work_id and found[0] <= work.registered_at
        if is_earlier and found[3] != REJECTED and chain().call("VerifierHub", "hasAuthorship", other, owner):
            return True
    return False


@dataclass(frozen=True)
class Evidence:
    """What an attestation was made on. `hash` stands on-chain; salt and original open it, between the parties."""

    hash: bytes
    salt: bytes
    original: bytes


def evidence_hash(salt: bytes, original: bytes) -> bytes:
    """keccak256 of 32 bytes of salt and the whole original."""
    return keccak(salt + original)


def evidence_of(session: Session, work_id: str, subject: str) -> Evidence:
    """What opens the evidence hash of the attestations of a work. Raises ApiError 404, VerificationError."""
    kept = session.get(AttestationEvidence, (work_id, subject))
    if kept is None:
        raise not_found("attestation")
    salt, original = open_secret(kept.salt), read_file(kept.file)
    if "0x" + evidence_hash(salt, original).hex() != kept.evidence_hash:
        raise VerificationError("original", "does not match the evidence hash of its attestation")
    return Evidence(bytes.fromhex(kept.evidence_hash[2:]), salt, original)


def _evidence(session: Session, work_id: str, subject: str, file: str) -> Evidence:
    """One record for all attestations of a work to one account: asking again adds nothing."""
    salt = os.urandom(32)
    hashed = "0x" + evidence_hash(salt, read_file(file)).hex()
    made = {"work_id": work_id, "subject": subject, "evidence_hash": hashed, "file": file, "salt": seal_secret(salt)}
    session.execute(insert(AttestationEvidence).values(made).on_conflict_do_nothing())
    return evidence_of(session, work_id, subject)


def _earlier_work_in(session: Session, work: RegisteredWork, original: Picture, public: Fingerprint) -> str | None:
    """An earlier work of another owner that the picture is a copy of, among those whose originals we keep.

    Compared are the MOST_COMPARED that look most alike by their perceptual hash; with fewer, all of them.
    """
    distance = func.bit_count(Upload.pdq.op("#")(cast(service.bits_of(public), BIT(PDQ_BITS))))
    others = session.execute(
        select(Upload, RegisteredWork)
        .join(RegisteredWork, RegisteredWork.work_id == Upload.work_id)
        .where(
            Upload.state == UploadState.READY,
            RegisteredWork.owner != work.owner,
            RegisteredWork.registered_at <= work.registered_at,
        )
        .order_by(distance.nulls_first(), Upload.id)
        .limit(MOST_COMPARED)
    )
    with few_at_once(), Matcher() as matcher:
        for upload_, other in others:
            if upload_.fingerprint_cid and upload_.thumbnail_file:
                stored = own_store().get_folder(upload_.fingerprint_cid)[PUBLIC_NAME]
                matcher.add(other.work_id, stored, read_file(upload_.thumbnail_file))
        found = [m for m in matcher.query_picture(original) if m.match_class is MatchClass.COPY]
    return found[0].work_id if found else None
