"""Hits: the committee's reports, opened with the custodian's key, checked, and shown to the works' holders."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import time
import uuid
import zipfile
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from eth_utils.crypto import keccak
from pydantic import BaseModel, Field
from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.chain.models import ChainEvent
from backend.chain.roster import Member, committee, store
from backend.chain.service import Projection
from backend.core.database import among
from backend.core.errors import not_found
from backend.core.files import keep_file, open_secret, read_file, seal_secret
from backend.core.pictures import PREVIEW_SIDE, TILE_SIDE, found_rendition, page_rendition
from backend.core.settings import settings
from backend.hits.models import CommitteeReport, Hit, Mark, ReportOpening
from backend.works.models import RegisteredWork
from oracle.errors import OracleError, VerificationError
from oracle.evidence.bundle import Bundle, open_bundle
from oracle.evidence.package import CAR_NAME, DOSSIER_NAME
from oracle.merkle import MerkleTree
from oracle.names import host_of, site_of
from oracle.peers import ask
from oracle.report.dossier import Dossier
from oracle.report.items import read_manifest, use_hash
from oracle.sealing import public_key
from oracle.store.cids import cid_from_bytes, cid_to_bytes

log = structlog.get_logger()

TIMEOUT_SECONDS = 15
MEMBERS_AT_ONCE = 8
REPORTS_AT_ONCE = 50
# Pauses between two looks for what a report still hides, in seconds: a day in all, then it is given up.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 3600.0
MAX_OPENINGS = 34
# Bundles that were checked a moment ago: the gate, its pictures and the claim ask one after the other.
CHECKED_KEPT, CHECKED_SECONDS = 3, 30.0
# Pixels of a page's screenshot that are shown.
PAGE_SIZE = (1100, 2200)


class MatchTold(BaseModel):
    """What a bundle's match.json must say."""

    score: float = Field(ge=0, le=1)
    mirrored: bool
    transform: list[float] = Field(min_length=9, max_length=9)
    reasons: list[str]
    coverage: float = 0.0
    visible: float = 0.0
    inliers: int = 0
    frame: int = Field(default=0, ge=0)
    """Of an animation, the frame that holds the work."""


def reports_to_open(session: Session) -> list[CommitteeReport]:
    """Reports of which not every leaf is opened yet and whose turn has come, the newest first."""
    known = select(Hit.root, func.count().label("n")).group_by(Hit.root).subquery()
    now = datetime.now(UTC)
    return list(
        session.scalars(
            select(CommitteeReport)
            .outerjoin(known, known.c.root == CommitteeReport.root)
            .outerjoin(ReportOpening, ReportOpening.root == CommitteeReport.root)
            .where(
                func.coalesce(known.c.n, 0) < CommitteeReport.size,
                func.coalesce(ReportOpening.attempts, 0) < MAX_OPENINGS,
                or_(ReportOpening.next_at.is_(None), ReportOpening.next_at <= now),
            )
            .order_by(CommitteeReport.reported_at.desc())
            .limit(REPORTS_AT_ONCE)
        )
    )


def note_opening(session: Session, root: str) -> None:
    """A report was asked for. What is still missing is asked for again after a pause, each time after twice as long."""
    session.execute(insert(ReportOpening).values(root=root, attempts=0).on_conflict_do_nothing())
    found = session.get_one(ReportOpening, root)
    found.next_at = datetime.now(UTC) + timedelta(seconds=min(FIRST_PAUSE * 2**found.attempts, LONGEST_PAUSE))
    found.attempts += 1
    if found.attempts == MAX_OPENINGS:
        log.error("report given up: its dossiers do not open", root=root)


def open_report(report: CommitteeReport) -> list[dict[str, Any]]:
    """Rows of hits that the members' sealed dossiers of a report open. Whatever a member sends, the others count."""
    try:
        tree = read_manifest(store().get(report.manifest_cid), bytes.fromhex(report.root[2:]))
    except OracleError as problem:
        log.warning("report without its manifest", root=report.root, problem=str(problem))
        return []
    opened: dict[bytes, dict[str, Any]] = {}
    for leaf, sealed, key in _sealed_dossiers(report.root):
        if leaf in opened:
            continue
        try:
            opened[leaf] = _checked_row(report, tree, leaf, Dossier.opened(sealed, key))
        except Exception as problem:
            log.warning(
                "dossier refused", root=report.root, leaf=leaf.hex(), problem=f"{type(problem).__name__}: {problem}"
            )
    return list(opened.values())


def keep(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep opened hits. Twice is the same as once."""
    for row in rows:
        session.execute(insert(Hit).values(row).on_conflict_do_nothing())


def _sealed_dossiers(root: str) -> list[tuple[bytes, bytes, bytes]]:
    """Leaf that each envelope is said to open, the envelope, and our key for it, from all members side by side."""
    wanted = [(member, key) for member in committee() for key in settings().custodian_keys()]
    with ThreadPoolExecutor(MEMBERS_AT_ONCE) as pool:
        answers = pool.map(lambda asked: _dossiers_of(asked[0], asked[1], root), wanted)
        return [found for answer in answers for found in answer]


def _dossiers_of(member: Member, key: bytes, root: str) -> list[tuple[bytes, bytes, bytes]]:
    recipient = "0x" + public_key(key).hex()
    url = f"{member.endpoint.rstrip('/')}/dossiers/{root}?recipient={recipient}"
    try:
        rows = ask("GET", url, TIMEOUT_SECONDS)
        # However a member spells a leaf, it is one leaf.
        return [(bytes.fromhex(str(row["leaf"]).removeprefix("0x")), bytes.fromhex(row["sealed"]), key) for row in rows]
    except (OracleError, ValueError, KeyError, TypeError) as problem:
        log.warning("member does not answer", member=member.address, problem=str(problem))
        return []


def _checked_row(report: CommitteeReport, tree: MerkleTree, leaf: bytes, dossier: Dossier) -> dict[str, Any]:
    """The hit, if the dossier opens the leaf and its key opens the bundle that the leaf names."""
    item = dossier.item
    try:
        proof = tree.proof(tree.index(leaf))
    except ValueError as problem:
        raise VerificationError("dossier", "its leaf is not in the report") from problem
    if item.leaf() != leaf:
        raise VerificationError("dossier", "it does not match this leaf of the report")
    same = use_hash(dossier.page_url, dossier.image_url) == item.url_hash
    if not same or keccak(cid_to_bytes(dossier.bundle_cid)) != item.cid_hash:
        raise VerificationError("dossier", "its addresses or CID do not match the leaf")
    bundle = open_bundle(store().get_folder(dossier.bundle_cid), dossier.bundle_key)
    if bundle.bundle_hash != item.bundle_hash:
        raise VerificationError("dossier", "its bundle does not match the leaf")
    match = MatchTold.model_validate_json(bundle.files["match.json"])
    return {
        "leaf": "0x" + leaf.hex(),
        "root": report.root,
        "work_id": "0x" + item.work_id.hex(),
        "page_url": dossier.page_url,
        "image_url": dossier.image_url,
        "picture_hash": "0x" + hashlib.sha256(bundle.files["image.bin"]).hexdigest(),
        "site": site_of(host_of(dossier.page_url)),
        "seen_at": item.seen_at,
        "match": match.model_dump(),
        "item": item.to_json(),
        "proof": ["0x" + p.hex() for p in proof],
        "bundle_cid": dossier.bundle_cid,
        "bundle_key": seal_secret(dossier.bundle_key),
        "pictures": _renditions(bundle, match.frame),
    }


def _renditions(bundle: Bundle, frame: int) -> dict[str, str]:
    """What people look at, made once: the found picture, its tile, and the top of the page's screenshot."""
    made: dict[str, str] = {}
    wanted: dict[str, Callable[[], bytes]] = {
        "found": lambda: found_rendition(bundle.files["image.bin"], PREVIEW_SIDE, frame),
        "tile": lambda: found_rendition(bundle.files["image.bin"], TILE_SIDE, frame),
        "page": lambda: page_rendition(bundle.files["page.png"], *PAGE_SIZE),
    }
    for name, make in wanted.items():
        try:
            made[name] = keep_file(make())
        except (OracleError, KeyError) as problem:
            log.warning("not shown", picture=name, problem=str(problem))
    return made


def picture_of(hit: Hit, name: str) -> bytes:
    """WebP of a hit: found, tile or page."""
    if name not in hit.pictures:
        raise not_found("picture")
    return read_file(hit.pictures[name])


def hits_of(session: Session, account: Account, work_id: str | None = None) -> Sequence[Hit]:
    """Hits on works whose certificates the account owns."""
    query = (
        select(Hit)
        .join(RegisteredWork, RegisteredWork.work_id == Hit.work_id)
        .where(RegisteredWork.owner == account.address)
        .order_by(Hit.seen_at.desc(), Hit.id)
    )
    return session.scalars(query.where(Hit.work_id == work_id) if work_id else query).all()


def hit_of(session: Session, account: Account, hit_id: uuid.UUID) -> Hit:
    found = session.scalars(
        select(Hit)
        .join(RegisteredWork, RegisteredWork.work_id == Hit.work_id)
        .where(Hit.id == hit_id, RegisteredWork.owner == account.address)
    ).first()
    if found is None:
        raise not_found("hit")
    return found


def works_in_one_picture(session: Session, account: Account, hit: Hit) -> list[str]:
    """Works of the account that the same picture on this site shows: the hit's own, and near-duplicates of it.

    Two registered crops of one photograph are both in a picture of it. They are one use, which is claimed once.
    """
    on_site = select(Hit).where(Hit.site == hit.site)
    shown = session.scalars(on_site.where(Hit.work_id == hit.work_id)).all()
    pictures = {h.picture_hash for h in shown} - {""}
    same = on_site.join(RegisteredWork, RegisteredWork.work_id == Hit.work_id).where(
        RegisteredWork.owner == account.address,
        Hit.image_url.in_({h.image_url for h in shown}) | Hit.picture_hash.in_(pictures),
    )
    return sorted({hit.work_id, *(h.work_id for h in session.scalars(same))})


def mark(session: Session, account: Account, hit_id: uuid.UUID, value: Mark | None) -> Hit:
    """The holder's own judgement; None takes it back."""
    found = hit_of(session, account, hit_id)
    found.mark = value
    return found


def by_id(session: Session, hit_id: uuid.UUID) -> Hit:
    return session.get_one(Hit, hit_id)


def by_ids(session: Session, hit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Hit]:
    return {hit.id: hit for hit in session.scalars(select(Hit).where(among(Hit.id, hit_ids)))}


def report_of(session: Session, hit: Hit) -> CommitteeReport | None:
    return session.get(CommitteeReport, hit.root)


def reports_of(session: Session, hits: Collection[Hit]) -> dict[str, CommitteeReport]:
    """The reports that hold the hits, by their roots."""
    found = session.scalars(select(CommitteeReport).where(among(CommitteeReport.root, {hit.root for hit in hits})))
    return {report.root: report for report in found}


def dossier_of(hit: Hit) -> dict[str, Any]:
    """All that is needed to check the evidence without us: `oracle verify <bundle_cid> --key … --dossier FILE`."""
    return {
        "item": hit.item,
        "root": hit.root,
        "proof": hit.proof,
        "page_url": hit.page_url,
        "image_url": hit.image_url,
        "bundle_cid": hit.bundle_cid,
        "bundle_key": open_secret(hit.bundle_key).hex(),
    }


def package_of(hit: Hit) -> bytes:
    """ZIP with all that a check without us needs: the dossier, and the sealed bundle as a CAR."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        package.writestr(DOSSIER_NAME, json.dumps(dossier_of(hit), indent=1))
        package.writestr(CAR_NAME, store().export_car(hit.bundle_cid))
    return out.getvalue()


def check_evidence(hit: Hit) -> Bundle:
    """Fetch and open the bundle. Raises OracleError if a byte is not as reported."""
    bundle = _opened(hit.bundle_cid, open_secret(hit.bundle_key))
    if "0x" + bundle.bundle_hash.hex() != hit.item["bundle_hash"]:
        raise VerificationError("manifest.json", "does not match the committee's report")
    hit.evidence_checked = True
    return bundle


def _opened(cid: str, key: bytes) -> Bundle:
    """The bundle, every byte checked; one that was checked a moment ago is not read again."""
    now = time.monotonic()
    with _checked_lock:
        known = _checked.get((cid, key))
    if known and now - known[0] < CHECKED_SECONDS:
        return known[1]
    bundle = open_bundle(store().get_folder(cid), key)
    with _checked_lock:
        _checked[cid, key] = (now, bundle)
        while len(_checked) > CHECKED_KEPT:
            _checked.pop(next(iter(_checked)))
    return bundle


_checked: dict[tuple[str, bytes], tuple[float, Bundle]] = {}
_checked_lock = threading.Lock()


def _clear(session: Session) -> None:
    session.execute(delete(CommitteeReport))


def _apply(session: Session, event: ChainEvent) -> None:
    if (event.contract, event.name) == ("EvidenceOracle", "Reported"):
        told = event.arguments
        session.add(
            CommitteeReport(
                root=told["root"],
                number=told["number"],
                size=told["size"],
                manifest_cid=cid_from_bytes(bytes.fromhex(told["manifestCid"][2:])),
                reported_at=event.time,
                tx_hash=event.tx_hash,
            )
        )


projection = Projection(_clear, _apply)
