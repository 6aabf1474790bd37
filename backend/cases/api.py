"""HTTP of cases, for the holder."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from backend.accounts.api import Me
from backend.cases import answers, service
from backend.cases.files import CaseFile, file_of, files_of
from backend.cases.models import Answer, Case, ChainCase, Transition
from backend.cases.states import CaseState
from backend.chain.transactions import Transaction
from backend.core.database import Db
from backend.core.errors import ApiError
from backend.core.limits import few_at_once
from backend.core.money import Money, show_cpy
from backend.hits import service as hits

router = APIRouter(tags=["cases"])


class Claim(BaseModel):
    """The demand, in minor units of a currency."""

    amount: int = Field(gt=0, lt=10**11)
    currency: str = Field(pattern="^[A-Z]{3}$")


class Step(BaseModel):
    state: CaseState
    at: datetime
    actor: str
    why: str
    tx_hash: str | None


class Payout(BaseModel):
    """Amounts in CPY wei, as text: they do not fit a JSON number."""

    amount: str
    holder: str
    commission: str
    shown: str
    released_until: int
    tx_hash: str


class ShownAnswer(BaseModel):
    """What the image user answered, and what the holder made of it."""

    id: uuid.UUID
    at: datetime
    kind: str
    finding: str
    words: str
    licence_id: str | None
    decision: str | None
    decision_words: str


class Upholding(BaseModel):
    words: str = Field(max_length=answers.MAX_WORDS)


class ShownCheck(BaseModel):
    """One line of the gate: what must hold before anybody is asked for money."""

    name: str
    passed: bool
    told: str


class ShownCase(BaseModel):
    id: uuid.UUID
    work_title: str
    site: str
    page_url: str
    seen_at: int
    created_at: datetime
    answers: list[ShownAnswer]
    code: str
    link: str
    work_id: str
    hit_id: uuid.UUID
    state: CaseState
    chain_case_id: int | None
    demand: str
    timeline: list[Step]
    payout: Payout | None


@router.post("/hits/{hit_id}/claim", status_code=201)
def claim(hit_id: uuid.UUID, body: Claim, account: Me, session: Db) -> ShownCase:
    try:
        amount = Money(body.amount, body.currency)
    except ValueError as problem:
        raise ApiError(422, "bad_amount", f"{problem}.") from problem
    with few_at_once():  # the gate reads the evidence
        case = service.claim(session, account, hit_id, amount)
    return _shown(session, case)


@router.get("/hits/{hit_id}/gate")
def gate(hit_id: uuid.UUID, account: Me, session: Db) -> list[ShownCheck]:
    """What must hold before this hit can be claimed, and whether it does."""
    hit = hits.hit_of(session, account, hit_id)
    with few_at_once():
        checks = service.gate(session, account, hit)
    return [ShownCheck(name=c.name, passed=c.passed, told=c.told) for c in checks]


@router.get("/cases")
def list_cases(account: Me, session: Db) -> list[ShownCase]:
    return [_file_shown(file) for file in files_of(session, service.cases_of(session, account))]


@router.get("/cases/{case_id}")
def show(case_id: uuid.UUID, account: Me, session: Db) -> ShownCase:
    return _shown(session, service.case_of(session, account, case_id))


@router.get("/cases/{case_id}/opening")
def opening(case_id: uuid.UUID, account: Me, session: Db) -> list[Transaction]:
    """Transactions for the holder's wallet, in order."""
    return service.opening(session, account, case_id)


@router.post("/cases/{case_id}/withdrawal")
def withdraw(case_id: uuid.UUID, account: Me, session: Db) -> Transaction | None:
    """Give the claim up: at once, or by the transaction returned if it is open on-chain."""
    return service.withdraw(session, account, case_id)


@router.post("/cases/{case_id}/answers/{answer_id}/uphold")
def uphold(case_id: uuid.UUID, answer_id: uuid.UUID, body: Upholding, account: Me, session: Db) -> ShownCase:
    """Keep the claim after the image user's answer, with a reason that they read."""
    service.uphold(session, account, case_id, answer_id, body.words)
    return _shown(session, service.case_of(session, account, case_id))


def _shown(session: Db, case: Case) -> ShownCase:
    return _file_shown(file_of(session, case))


def _file_shown(file: CaseFile) -> ShownCase:
    case = file.case
    return ShownCase(
        id=case.id,
        work_title=file.work_title,
        site=file.hit.site,
        page_url=file.hit.page_url,
        seen_at=file.hit.seen_at,
        created_at=case.created_at,
        answers=shown_answers(file.answers),
        code=case.code,
        link=service.portal_link(case),
        work_id=case.work_id,
        hit_id=case.hit_id,
        state=file.state,
        chain_case_id=file.on_chain.case_id if file.on_chain else None,
        demand=str(file.demand),
        timeline=shown_timeline(file.steps),
        payout=shown_payout(file.on_chain),
    )


def shown_answers(given: Sequence[Answer]) -> list[ShownAnswer]:
    return [
        ShownAnswer(
            id=a.id,
            at=a.created_at,
            kind=a.kind,
            finding=a.finding,
            words=answers.words_of(a.words),
            licence_id=a.licence_id,
            decision=a.decision,
            decision_words=answers.words_of(a.decision_words),
        )
        for a in given
    ]


def shown_timeline(steps: Sequence[Transition]) -> list[Step]:
    return [Step(state=t.state, at=t.at, actor=t.actor, why=t.why, tx_hash=t.tx_hash) for t in steps]


def shown_payout(found: ChainCase | None) -> Payout | None:
    if found is None or found.settled_tx is None or found.amount is None:
        return None
    return Payout(
        amount=str(int(found.amount)),
        holder=str(int(found.holder_part or 0)),
        commission=str(int(found.commission or 0)),
        shown=show_cpy(int(found.amount)),
        released_until=found.released_until or 0,
        tx_hash=found.settled_tx,
    )
