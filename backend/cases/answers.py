"""What an image user answers to a claim: a licence, which is checked at once, or an objection, which the holder reads.

Answering is free and needs no account (docs/decisions/004-answering-is-free.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.cases.models import Answer
from backend.core.errors import ApiError, not_found
from backend.core.files import open_secret, seal_secret
from backend.hits.models import Hit
from backend.licences import service as licences

OBJECTIONS = {
    "not_the_work": "the picture is not a copy of this work",
    "not_my_site": "the site belongs to someone else",
    "licensed_elsewhere": "a licence was bought elsewhere",
    "lawful_use": "the law permits this use (such as quotation, parody, news reporting or fair use)",
    "amount": "the amount is disputed",
    "other": "another reason",
}
MAX_WORDS = 5000
LEAST_WORDS = 20
MAX_ANSWERS = 10


def with_licence(session: Session, case_id: uuid.UUID, hit: Hit, licence_id: str, words: str) -> Answer:
    """Check a licence of the ledger against the use. Raises ApiError if it cannot be about this work."""
    found = licences.licence(session, licence_id)
    if found is None:
        raise ApiError(
            404, "unknown_licence", "There is no licence with this ID on this chain. Check the ID and try again."
        )
    if found.work_id != hit.work_id:
        raise ApiError(422, "other_work", "This licence is for a different work, not the one in this case.")
    if licences.covered(hit.work_id, hit.page_url, hit.seen_at):
        return _keep(session, case_id, "licence", "a licence covers this use", words, licence_id, "accepted")
    _limit(session, case_id)  # never before a licence that ends the case
    if not licences.names(found, hit.page_url):
        finding = (
            "the licence is genuine and for this work, but names another end user; the rights holder has to review it"
        )
    else:
        finding = (
            "the licence names this site, but does not cover the time of the use; the rights holder has to review it"
        )
    return _keep(session, case_id, "licence", finding, words, licence_id)


def with_objection(session: Session, case_id: uuid.UUID, kind: str, words: str) -> Answer:
    """Keep an objection. Raises ApiError for an unknown kind or words that say nothing."""
    _limit(session, case_id)
    if kind not in OBJECTIONS:
        raise ApiError(422, "bad_kind", f"Choose a kind of objection: {', '.join(OBJECTIONS)}.")
    if len(words.strip()) < LEAST_WORDS:
        raise ApiError(
            422,
            "too_short",
            f"Explain why in at least {LEAST_WORDS} characters, so that your objection can be assessed.",
        )
    return _keep(session, case_id, kind, OBJECTIONS[kind], words)


def uphold(session: Session, case_id: uuid.UUID, answer_id: uuid.UUID, words: str) -> None:
    """The claim stands, with the holder's reason. Raises ApiError."""
    found = session.scalars(select(Answer).where(Answer.id == answer_id, Answer.case_id == case_id)).first()
    if found is None:
        raise not_found("answer")
    if found.decision:
        raise ApiError(409, "decided", "A decision on this answer has already been made.")
    if len(words.strip()) < LEAST_WORDS:
        raise ApiError(422, "too_short", f"Explain why the claim stands in at least {LEAST_WORDS} characters.")
    found.decision, found.decided_at = "upheld", datetime.now(UTC)
    found.decision_words = seal_secret(words.strip()[:MAX_WORDS].encode())


def answers_of(session: Session, case_id: uuid.UUID) -> Sequence[Answer]:
    return session.scalars(select(Answer).where(Answer.case_id == case_id).order_by(Answer.created_at)).all()


def words_of(sealed: bytes | None) -> str:
    return open_secret(sealed).decode() if sealed else ""


def _limit(session: Session, case_id: uuid.UUID) -> None:
    undecided = (Answer.case_id == case_id, Answer.decision.is_(None))
    if (session.scalar(select(func.count()).where(*undecided)) or 0) >= MAX_ANSWERS:
        raise ApiError(
            429,
            "too_many",
            f"The rights holder still has {MAX_ANSWERS} of your answers to review. Wait for a decision on one of them "
            "before you send another.",
        )


def _keep(
    session: Session,
    case_id: uuid.UUID,
    kind: str,
    finding: str,
    words: str,
    licence_id: str | None = None,
    decision: str | None = None,
) -> Answer:
    made = Answer(
        case_id=case_id,
        kind=kind,
        licence_id=licence_id,
        finding=finding,
        words=seal_secret(words.strip()[:MAX_WORDS].encode()),
        decision=decision,
        decided_at=datetime.now(UTC) if decision else None,
    )
    session.add(made)
    session.flush()
    return made
