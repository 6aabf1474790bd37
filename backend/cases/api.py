"""HTTP of cases, for the holder; and the portal, for who got a letter, without an account."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.accounts.api import Me
from backend.cases import service
from backend.cases.models import Case
from backend.chain.transactions import Transaction
from backend.core.database import Db
from backend.core.errors import ApiError
from backend.core.money import Money, show_cpy
from backend.hits import service as hits
from backend.payments import service as payments
from backend.works import service as works

router = APIRouter(tags=["cases"])


class Claim(BaseModel):
    """The demand, in minor units of a currency."""

    amount: int = Field(gt=0, lt=2**53)
    currency: str = Field(pattern="^[A-Z]{3}$")


class Step(BaseModel):
    state: str
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


class ShownCase(BaseModel):
    id: uuid.UUID
    code: str
    link: str
    work_id: str
    hit_id: uuid.UUID
    state: str
    chain_case_id: int | None
    demand: str
    timeline: list[Step]
    payout: Payout | None


class AmountLine(BaseModel):
    what: str
    amount: str
    why: str


class Portal(BaseModel):
    """All that the image user needs to judge the claim, with the means to check it without us."""

    code: str
    state: str
    plain_words: str
    work_title: str
    work_id: str
    holder: str
    registered_at: int
    registration_tx: str
    page_url: str
    image_url: str
    seen_at: int
    reasons: list[str]
    demand: str
    amount_lines: list[AmountLine]
    report_root: str
    report_tx: str | None
    chain_case_id: int | None
    timeline: list[Step]
    payout: Payout | None


@router.post("/hits/{hit_id}/claim", status_code=201)
def claim(hit_id: uuid.UUID, body: Claim, account: Me, session: Db) -> ShownCase:
    try:
        amount = Money(body.amount, body.currency)
    except ValueError as problem:
        raise ApiError(422, "bad_amount", f"{problem}.") from problem
    return _shown(session, service.claim(session, account, hit_id, amount))


@router.get("/cases")
def list_cases(account: Me, session: Db) -> list[ShownCase]:
    return [_shown(session, case) for case in service.cases_of(session, account)]


@router.get("/cases/{case_id}")
def show(case_id: uuid.UUID, account: Me, session: Db) -> ShownCase:
    return _shown(session, service.case_of(session, account, case_id))


@router.get("/cases/{case_id}/opening")
def opening(case_id: uuid.UUID, account: Me, session: Db) -> list[Transaction]:
    """Transactions for the holder's wallet, in order."""
    return service.opening(session, account, case_id)


@router.get("/portal/by-code/{code}", tags=["portal"])
def find(code: str, request: Request, session: Db) -> dict[str, str]:
    """From the code that a letter prints to the portal's link."""
    caller = request.client.host if request.client else "?"
    return {"link": service.portal_link(service.by_code(session, code, caller))}


@router.get("/portal/{token}", tags=["portal"])
def portal(token: str, session: Db) -> Portal:
    case = service.by_token(session, token)
    hit, work = hits.by_id(session, case.hit_id), works.registered(session, case.work_id)
    upload = works.upload_by_work(session, case.work_id)
    report = hits.report_of(session, hit)
    assert work is not None
    title = upload.title if upload else "a registered photograph"
    demand = Money(case.demand, case.currency)
    return Portal(
        code=case.code,
        state=service.state_of(session, case),
        plain_words=_plain_words(service.state_of(session, case), title, hit.site, demand),
        work_title=title,
        work_id=case.work_id,
        holder=work.owner,
        registered_at=work.registered_at,
        registration_tx=work.tx_hash,
        page_url=hit.page_url,
        image_url=hit.image_url,
        seen_at=hit.seen_at,
        reasons=hit.match["reasons"],
        demand=str(demand),
        amount_lines=[AmountLine(what="Licence after the fact", amount=str(demand), why="fee stated by the holder")],
        report_root=hit.root,
        report_tx=report.tx_hash if report else None,
        chain_case_id=_chain_id(session, case),
        timeline=_timeline(session, case),
        payout=_payout(session, case),
    )


@router.get("/portal/{token}/dossier", tags=["portal"])
def dossier(token: str, session: Db) -> dict[str, Any]:
    """Item, proof and key of the evidence, for `oracle verify`: the image user is a party and may check everything."""
    return hits.dossier_of(hits.by_id(session, service.by_token(session, token).hit_id))


@router.post("/portal/{token}/quote", tags=["portal"])
def quote(token: str, session: Db) -> payments.SignedQuote:
    """A price in CPY, signed by the rate signers, valid for some minutes; with the transactions that pay it."""
    found = service.chain_case(session, service.by_token(session, token))
    if found is None or found.stage != "open":
        raise ApiError(409, "not_open", "The case is not open for payment.")
    return payments.quote(found.case_id, int(found.demand), found.currency)


def _plain_words(state: str, title: str, site: str, demand: Money) -> str:
    found = f"The photograph “{title}” was found on {site}."
    if state == "settled":
        return f"{found} This case is settled: nothing more is asked of you, and a release covers the use."
    if state == "closed":
        return f"{found} The holder withdrew this case: nothing is asked of you."
    return (
        f"{found} Its registered holder has no licence on record for this use and asks for {demand}. You can check "
        "every statement here yourself, show a licence, or pay. Nothing here says that you knew."
    )


def _shown(session: Db, case: Case) -> ShownCase:
    return ShownCase(
        id=case.id,
        code=case.code,
        link=service.portal_link(case),
        work_id=case.work_id,
        hit_id=case.hit_id,
        state=service.state_of(session, case),
        chain_case_id=_chain_id(session, case),
        demand=str(Money(case.demand, case.currency)),
        timeline=_timeline(session, case),
        payout=_payout(session, case),
    )


def _chain_id(session: Db, case: Case) -> int | None:
    found = service.chain_case(session, case)
    return found.case_id if found else None


def _timeline(session: Db, case: Case) -> list[Step]:
    return [
        Step(state=t.state, at=t.at, actor=t.actor, why=t.why, tx_hash=t.tx_hash)
        for t in service.timeline(session, case)
    ]


def _payout(session: Db, case: Case) -> Payout | None:
    found = service.chain_case(session, case)
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
