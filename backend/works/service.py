"""Uploads become fingerprints, fingerprints become registrations."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import structlog
from eth_abi.abi import encode
from eth_utils.crypto import keccak
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.chain.roster import committee
from backend.chain.transactions import Transaction, prepare
from backend.core.database import among
from backend.core.errors import ApiError, not_found
from backend.core.files import keep_file, read_file
from backend.core.pictures import PREVIEW_SIDE, TILE_SIDE, rendition
from backend.core.services import chain, own_store
from backend.core.settings import settings
from backend.works.models import AnchoredBatch, Attestation, BatchDraft, RegisteredWork, Upload, UploadState
from oracle.chain.batches import Entry, batch_leaves
from oracle.errors import OracleError
from oracle.matching.describe.fingerprint import (
    ENGINE_VERSION,
    PUBLIC_NAME,
    THUMBNAIL_NAME,
    Fingerprint,
    Work,
    fingerprint,
)
from oracle.matching.monitoring import why_not_monitored, why_not_recognised
from oracle.merkle import MerkleTree
from oracle.pictures.decoding import decode_untrusted
from oracle.report.items import write_manifest
from oracle.sealing import seal_to
from oracle.store.cids import cid_to_bytes

log = structlog.get_logger()

IMAGE = 0
STALE_SECONDS = 30
SWEEP_LIMIT = 100
MAX_TITLE = 200
# Gas of one transaction stays far below the cap of 16.7 million (EIP-7825).
CLAIMS_AT_ONCE = 60
# Owners claim for themselves, so IWorkRegistry.Consent is not read.
NO_CONSENT = (0, b"")


# -------------------------------------------------------------------------------------------------------------- uploads


def upload(session: Session, account: Account, data: bytes, title: str) -> Upload:
    """Keep a picture. Raises BadImageError for what is none, ApiError for a duplicate or a full free tier."""
    if len(data) > settings().max_upload_bytes:
        raise ApiError(413, "too_large", f"The file is too large. The limit is {settings().max_upload_bytes} bytes.")
    picture = decode_untrusted(data)
    content_hash = "0x" + picture.sha256.hex()
    known = session.scalars(
        select(Upload).where(Upload.account_id == account.id, Upload.content_hash == content_hash)
    ).first()
    if known:
        raise ApiError(409, "duplicate", f"You already uploaded this file, as work {known.id} “{known.title}”.")
    count = session.scalar(select(func.count()).where(Upload.account_id == account.id)) or 0
    if count >= settings().free_works:
        raise ApiError(
            403, "tier_full", f"The free tier is limited to {settings().free_works} works. Ask us to raise your limit."
        )
    made = Upload(
        account_id=account.id,
        title=title.strip()[:MAX_TITLE] or "Untitled",
        content_hash=content_hash,
        file=keep_file(data),
        format=picture.format,
        width=picture.width,
        height=picture.height,
        work_id=work_id_of(account.address, content_hash),
    )
    session.add(made)
    session.flush()
    return made


def work_id_of(owner: str, content_hash: str) -> str:
    """As WorkRegistry.workIdOf: known before anything is paid."""
    deployment = chain().deployment
    encoded = encode(
        ["uint256", "address", "address", "bytes32"],
        [deployment.chain_id, deployment.addresses["WorkRegistry"], owner, _raw(content_hash)],
    )
    return "0x" + keccak(encoded).hex()


def prepare_upload(session: Session, upload_id: uuid.UUID) -> None:
    """Fingerprint a work and keep the public files. Doing it twice changes nothing."""
    found = session.get(Upload, upload_id, with_for_update={"skip_locked": True})
    if found is None or found.state != UploadState.UPLOADED:
        return
    try:
        picture = decode_untrusted(read_file(found.file))
        public, thumbnail = fingerprint(picture)
        recipients = [member.key for member in committee()]
        if not recipients:
            raise OracleError("no committee member has published a key yet")
        files = {PUBLIC_NAME: public.to_bytes(), THUMBNAIL_NAME: seal_to(thumbnail, recipients)}
        found.fingerprint_cid = own_store().put_folder(files)
        found.pdq = bits_of(public)
        work = Work.of("", public, thumbnail)
        found.not_monitored = why_not_monitored(public, work.thumbnail) or why_not_recognised(picture, work)
        # Public, so without the title: file names tell of clients and of people.
        metadata = {"version": 1, "kind": "image", "width": found.width, "height": found.height}
        found.thumbnail_file = keep_file(thumbnail)
        original = read_file(found.file)
        found.preview_file = keep_file(rendition(original, PREVIEW_SIDE))
        found.tile_file = keep_file(rendition(original, TILE_SIDE))
        found.metadata_cid = own_store().put(json.dumps(metadata, sort_keys=True).encode())
        found.engine_version = ENGINE_VERSION
        found.state = UploadState.READY
        found.problem = None
    except OracleError as problem:
        found.problem = str(problem)  # the sweeper asks again


def stale_uploads(session: Session) -> Sequence[uuid.UUID]:
    """Uploads whose preparation was lost or failed."""
    before = datetime.now(UTC) - timedelta(seconds=STALE_SECONDS)
    query = select(Upload.id).where(Upload.state == UploadState.UPLOADED, Upload.created_at < before)
    return session.scalars(query.order_by(Upload.created_at).limit(SWEEP_LIMIT)).all()


def bits_of(public: Fingerprint) -> str:
    """The perceptual hash of a fingerprint as the database compares it: 256 ones and zeros."""
    return "".join(f"{byte:08b}" for byte in public.pdq.tobytes())


def fill_hashes(session: Session) -> int:
    """Note the perceptual hash of works that were prepared before it was kept. Returns how many were looked at."""
    waiting = select(Upload).where(Upload.state == UploadState.READY, Upload.pdq.is_(None)).order_by(func.random())
    found = session.scalars(waiting.limit(SWEEP_LIMIT).with_for_update(skip_locked=True)).all()
    for upload_ in found:
        try:
            public = own_store().get_folder(upload_.fingerprint_cid or "")[PUBLIC_NAME]
            upload_.pdq = bits_of(Fingerprint.from_bytes(public))
        except (OracleError, KeyError) as problem:  # it is compared with everything, as if it looked like everything
            log.warning("fingerprint not read", upload=str(upload_.id), problem=str(problem))
    return len(found)


def uploads_of(session: Session, account: Account) -> Sequence[Upload]:
    return session.scalars(select(Upload).where(Upload.account_id == account.id).order_by(Upload.created_at)).all()


def picture_of(session: Session, account: Account, work_id: str, size: str) -> bytes:
    """WebP of a work, for who uploaded it or owns its certificate. `size` is preview or tile."""
    found, work = upload_by_work(session, work_id), registered(session, work_id)
    mine = found is not None and (found.account_id == account.id or (work and work.owner == account.address))
    if found is None or not mine:
        raise not_found("work")
    return shown_picture(found, size)


def shown_picture(found: Upload, size: str) -> bytes:
    """WebP of an upload. Who may see it is the caller's matter."""
    file = {"preview": found.preview_file, "tile": found.tile_file}.get(size)
    if file is None:
        raise not_found("picture")
    return read_file(file)


def upload_of(session: Session, account: Account, upload_id: uuid.UUID) -> Upload:
    found = session.scalars(select(Upload).where(Upload.id == upload_id, Upload.account_id == account.id)).first()
    if found is None:
        raise not_found("work")
    return found


# --------------------------------------------------------------------------------------------------------- registration


def registration(session: Session, account: Account, upload_id: uuid.UUID) -> Transaction:
    """The transaction with which the holder's own wallet registers a work."""
    found = upload_of(session, account, upload_id)
    if registered(session, found.work_id):
        raise ApiError(409, "registered", "This work is already registered.")
    return prepare("WorkRegistry", "register", entry_of(found), summary=f"Register “{found.title}”")


def entry_of(found: Upload) -> Entry:
    """The contract's Entry of a ready upload."""
    if found.state != UploadState.READY or not found.fingerprint_cid or not found.metadata_cid:
        reason = f" ({found.problem})" if found.problem else ""
        raise ApiError(
            409, "not_ready", f"The fingerprint of “{found.title}” is not ready yet{reason}. Try again in a moment."
        )
    return (
        IMAGE,
        _raw(found.content_hash),
        found.engine_version or ENGINE_VERSION,
        cid_to_bytes(found.fingerprint_cid),
        cid_to_bytes(found.metadata_cid),
    )


def draft_batch(session: Session, account: Account, upload_ids: Sequence[uuid.UUID]) -> tuple[BatchDraft, Transaction]:
    """Anchor many works in one transaction. Returns the draft and the transaction."""
    if not upload_ids or len(set(upload_ids)) != len(upload_ids):
        raise ApiError(422, "bad_batch", "A batch needs at least one work, and can include each work only once.")
    found = [upload_of(session, account, i) for i in upload_ids]
    tree = MerkleTree(batch_leaves((account.address, entry_of(u)) for u in found))
    cid = own_store().put(write_manifest(tree.leaves))
    draft = BatchDraft(
        account_id=account.id, root="0x" + tree.root.hex(), manifest_cid=cid, upload_ids=[str(u.id) for u in found]
    )
    session.add(draft)
    session.flush()
    summary = f"Date {len(found)} {'work' if len(found) == 1 else 'works'}"
    return draft, prepare("WorkRegistry", "anchorBatch", tree.root, len(tree), cid_to_bytes(cid), summary=summary)


def batch_claims(session: Session, account: Account, draft_id: uuid.UUID) -> list[Transaction]:
    """Transactions that mint the certificates of an anchored batch; none for those that are minted."""
    draft = session.scalars(
        select(BatchDraft).where(BatchDraft.id == draft_id, BatchDraft.account_id == account.id)
    ).first()
    if draft is None:
        raise not_found("batch")
    # Whoever anchored it: a leaf names its owner, so a stranger's transaction serves as well.
    anchored = session.scalars(select(AnchoredBatch).where(AnchoredBatch.root == draft.root)).first()
    if anchored is None:
        raise ApiError(
            409, "not_anchored", "This batch is not on-chain yet. Send its transaction or wait until it is confirmed."
        )
    found = [upload_of(session, account, uuid.UUID(i)) for i in draft.upload_ids]
    entries = [entry_of(u) for u in found]
    tree = MerkleTree(batch_leaves((account.address, e) for e in entries))
    missing = [at for at, u in enumerate(found) if registered(session, u.work_id) is None]
    return [
        prepare(
            "WorkRegistry",
            "claimMany",
            _raw(anchored.root),
            account.address,
            [entries[at] for at in part],
            [tree.proof(at) for at in part],
            NO_CONSENT,
            summary=f"Collect {len(part)} {'certificate' if len(part) == 1 else 'certificates'}",
        )
        for part in (missing[i : i + CLAIMS_AT_ONCE] for i in range(0, len(missing), CLAIMS_AT_ONCE))
    ]


def batches_of(session: Session, account: Account) -> list[tuple[BatchDraft, bool, int]]:
    """The account's batches, latest first: draft, whether it is on-chain, certificates not claimed yet."""
    drafts = session.scalars(
        select(BatchDraft).where(BatchDraft.account_id == account.id).order_by(BatchDraft.created_at.desc())
    ).all()
    roots = [draft.root for draft in drafts]
    anchored = set(session.scalars(select(AnchoredBatch.root).where(AnchoredBatch.root.in_(roots))))
    claimed = set(
        session.scalars(
            select(Upload.id)
            .join(RegisteredWork, RegisteredWork.work_id == Upload.work_id)
            .where(Upload.account_id == account.id)
        )
    )
    return [(d, d.root in anchored, sum(uuid.UUID(i) not in claimed for i in d.upload_ids)) for d in drafts]


def registered(session: Session, work_id: str) -> RegisteredWork | None:
    return session.get(RegisteredWork, work_id)


def registered_among(session: Session, work_ids: Collection[str]) -> dict[str, RegisteredWork]:
    """Those of the works that are registered, by their ids."""
    found = session.scalars(select(RegisteredWork).where(among(RegisteredWork.work_id, work_ids)))
    return {work.work_id: work for work in found}


def registered_to(session: Session, owner: str) -> list[RegisteredWork]:
    """Works whose certificates the account owns."""
    return list(session.scalars(select(RegisteredWork).where(RegisteredWork.owner == owner)))


def attestation(session: Session, work_id: str, subject: str) -> Attestation | None:
    """The attestation of a work to somebody that lasts longest, whichever verifier gave it."""
    of = (Attestation.work_id == work_id, Attestation.subject == subject)
    return session.scalars(select(Attestation).where(*of).order_by(Attestation.expires_at.desc()).limit(1)).first()


def titles_of(session: Session, work_ids: Collection[str]) -> dict[str, str]:
    """Titles of works by their ids, as their holders named them."""
    known = select(Upload.work_id, Upload.title).where(among(Upload.work_id, work_ids))
    return dict.fromkeys(work_ids, "a registered photograph") | {
        row.work_id: row.title for row in session.execute(known)
    }


def upload_by_work(session: Session, work_id: str) -> Upload | None:
    return session.scalars(select(Upload).where(Upload.work_id == work_id)).first()


def _raw(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
