"""Securing a match: one visit to the page, the picture as served, and why it is a copy, as one bundle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

from oracle.crawl.http import Fetched
from oracle.errors import EvidenceError
from oracle.evidence.bundle import Bundle, make_bundle
from oracle.evidence.capture import PageCapture
from oracle.evidence.warc import write_warc
from oracle.matching.describe.fingerprint import ENGINE_VERSION, decode_thumbnail
from oracle.matching.engine import Match
from oracle.pictures.normalise import Picture, Pixels


@dataclass(frozen=True)
class Finding:
    """A match at its place. Times are Unix seconds."""

    work_id: str
    page_url: str
    image_url: str
    match: Match
    first_seen: int
    embedded: str = ""
    """How the page embeds the picture (`oracle.crawl.pages`)."""
    shown_as: str = ""
    """Address of the picture of the work that the visit loaded: the same one, or another rendition."""


@dataclass(frozen=True)
class WorkFiles:
    """The two files of a work's fingerprint: the public one, and the thumbnail (JPEG)."""

    fingerprint: bytes
    thumbnail: bytes


def make_evidence(
    finding: Finding, page: PageCapture, image: Fetched, picture: Picture, work: WorkFiles, node: str
) -> Bundle:
    """The bundle for a finding, with all that is needed to do the match again. Raises EvidenceError."""
    if image.status != 200:
        raise EvidenceError(f"{finding.image_url} returned status {image.status}: there is no picture to secure")
    seen_at = min(page.seen_at, int(image.answer.fetched_at))
    certificates = {e.url: e.certificate for e in (*page.exchanges, *image.exchanges) if e.certificate}
    answer = image.answer
    served = {
        "url": finding.image_url,
        "finalUrl": image.final_url,
        "status": answer.status,
        "headers": answer.headers,
        "serverAddress": answer.server_address,
        "fetchedAt": _iso(answer.fetched_at),
        "tlsCertificateSha256": hashlib.sha256(answer.certificate).hexdigest() if answer.certificate else None,
    }
    files = {
        "page.png": page.screenshot,
        "page.mhtml": page.mhtml,
        "page.warc.gz": write_warc((*page.exchanges, *image.exchanges)),
        "image.bin": image.body,
        "image.json": _json(served),
        "match.json": _json(match_report(finding.match)),
        "overlay.png": overlay(picture, decode_thumbnail(work.thumbnail), finding.match),
        "work.ctfp": work.fingerprint,
        "work.jpg": work.thumbnail,
    }
    for number, certificate in enumerate(dict.fromkeys(certificates.values())):
        files[f"certificate-{number}.der"] = certificate
    custody = [
        {"at": _iso(finding.first_seen), "by": node, "did": "found the picture and matched it with the work"},
        {"at": _iso(page.seen_at), "by": node, "did": "visited the page with Chromium and kept everything served"},
        {"at": _iso(answer.fetched_at), "by": node, "did": "fetched the picture and matched it again"},
    ]
    facts = {
        "workId": finding.work_id,
        "pageUrl": finding.page_url,
        "imageUrl": finding.image_url,
        "embedded": finding.embedded,
        "shownAs": finding.shown_as,
        "pageTitle": page.title,
        "seenAt": seen_at,
        "firstSeen": finding.first_seen,
        "engineVersion": ENGINE_VERSION,
        "tools": {
            "userAgent": page.user_agent,
            "chromium": page.browser_version,
            "copytrack": version("copytrack"),
        },
        "custody": _chained(custody),
    }
    return make_bundle(facts, files)


def match_report(match: Match) -> dict[str, Any]:
    """The match as JSON: class, score, transform and reasons."""
    return {**asdict(match), "match_class": match.match_class.value}


def overlay(picture: Picture, thumbnail: Pixels, match: Match) -> bytes:
    """PNG with the work's thumbnail, the found picture laid onto it, and their difference, side by side."""
    grey = picture.at(match.frame).grey
    view = grey[:, ::-1] if match.mirrored else grey
    height, width = thumbnail.shape
    relative = np.array(match.transform).reshape(3, 3)
    scaled = np.diag([width, height, 1.0]) @ relative @ np.diag([1 / view.shape[1], 1 / view.shape[0], 1.0])
    laid = cv2.warpPerspective(np.ascontiguousarray(view), scaled, (width, height), flags=cv2.INTER_AREA)
    difference = cv2.absdiff(thumbnail, np.asarray(laid, np.uint8))
    gap = np.full((height, 8), 255, np.uint8)
    done, encoded = cv2.imencode(".png", np.hstack([thumbnail, gap, laid, gap, difference]))
    if not done:
        raise EvidenceError("the overlay could not be written")
    return encoded.tobytes()


def _chained(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Custody log in which each entry carries the hash of the one before."""
    previous, chained = "0" * 64, []
    for entry in entries:
        linked = {**entry, "previous": previous}
        previous = hashlib.sha256(_json(linked)).hexdigest()
        chained.append(linked)
    return chained


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
