"""HTTP of hits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel

from backend.accounts.api import Me
from backend.cases import service as cases
from backend.core.database import Db
from backend.core.errors import not_found
from backend.core.files import zipped
from backend.core.limits import few_at_once
from backend.core.pictures import webp
from backend.hits import service
from backend.hits.models import CommitteeReport, Hit, Mark
from backend.works import service as works

router = APIRouter(prefix="/hits", tags=["hits"])

_TYPES = {"png": "image/png", "json": "application/json", "mhtml": "multipart/related", "gz": "application/warc"}


class ShownHit(BaseModel):
    """A hit as its holder sees it."""

    id: uuid.UUID
    work_id: str
    work_title: str
    page_url: str
    image_url: str
    site: str
    seen_at: int
    score: float
    mirrored: bool
    transform: list[float]
    reasons: list[str]
    bundle_cid: str
    report_root: str
    report_tx: str | None
    mark: Mark | None
    evidence_checked: bool
    pictures: list[str]
    """Which of found, tile and page can be shown."""
    case_id: uuid.UUID | None


class Judgement(BaseModel):
    """The holder's; null takes the mark back."""

    mark: Mark | None


def _shown(session: Db, hit: Hit) -> ShownHit:
    return _all_shown(session, [hit])[0]


def _all_shown(session: Db, found: Sequence[Hit]) -> list[ShownHit]:
    titles = works.titles_of(session, {hit.work_id for hit in found})
    reports = service.reports_of(session, found)
    claimed = cases.case_ids_of_hits(session, [hit.id for hit in found])
    return [_with(hit, titles[hit.work_id], reports.get(hit.root), claimed.get(hit.id)) for hit in found]


def _with(hit: Hit, title: str, report: CommitteeReport | None, case_id: uuid.UUID | None) -> ShownHit:
    return ShownHit(
        id=hit.id,
        work_id=hit.work_id,
        work_title=title,
        page_url=hit.page_url,
        image_url=hit.image_url,
        site=hit.site,
        seen_at=hit.seen_at,
        score=hit.match["score"],
        mirrored=hit.match["mirrored"],
        transform=hit.match["transform"],
        reasons=hit.match["reasons"],
        bundle_cid=hit.bundle_cid,
        report_root=hit.root,
        report_tx=report.tx_hash if report else None,
        mark=hit.mark,
        evidence_checked=hit.evidence_checked,
        pictures=sorted(hit.pictures),
        case_id=case_id,
    )


@router.get("")
def list_hits(account: Me, session: Db, work_id: str | None = None) -> list[ShownHit]:
    return _all_shown(session, service.hits_of(session, account, work_id))


@router.get("/{hit_id}")
def show(hit_id: uuid.UUID, account: Me, session: Db) -> ShownHit:
    return _shown(session, service.hit_of(session, account, hit_id))


@router.post("/{hit_id}/mark")
def mark(hit_id: uuid.UUID, body: Judgement, account: Me, session: Db) -> ShownHit:
    return _shown(session, service.mark(session, account, hit_id, body.mark))


@router.get("/{hit_id}/pictures/{name}", response_class=Response)
def picture(hit_id: uuid.UUID, name: str, account: Me, session: Db) -> Response:
    """WebP: found (the picture on the page), tile, or page (top of the screenshot)."""
    return webp(service.picture_of(service.hit_of(session, account, hit_id), name))


@router.get("/{hit_id}/package", response_class=Response)
def package(hit_id: uuid.UUID, account: Me, session: Db) -> Response:
    """The evidence package: a ZIP that `oracle verify` and the verify page check without us."""
    hit = service.hit_of(session, account, hit_id)
    with few_at_once():
        return zipped(service.package_of(hit), f"evidence-{hit_id}.zip")


@router.get("/{hit_id}/dossier")
def dossier(hit_id: uuid.UUID, account: Me, session: Db) -> dict[str, Any]:
    """Item, proof and key: with them anybody checks the evidence without us."""
    return service.dossier_of(service.hit_of(session, account, hit_id))


@router.get("/{hit_id}/evidence/{name}")
def evidence(hit_id: uuid.UUID, name: str, account: Me, session: Db) -> Response:
    """One file of the evidence, decrypted and checked."""
    hit = service.hit_of(session, account, hit_id)
    with few_at_once():
        bundle = service.check_evidence(hit)
    data = bundle.manifest if name == "manifest.json" else bundle.files.get(name)
    if data is None:
        raise not_found("file")
    kind = _TYPES.get(name.rsplit(".", 1)[-1], "application/octet-stream")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type=kind, headers=headers)
