"""HTTP of the portal, for anyone who got a letter: by link or code, without an account.

See docs/decisions/004-answering-is-free.md.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from backend.cases import answers, service
from backend.cases.api import Payout, ShownAnswer, Step, shown_answers, shown_payout, shown_timeline
from backend.cases.files import file_of
from backend.cases.models import Case
from backend.cases.states import CaseState
from backend.core.database import Db
from backend.core.errors import ApiError, not_found
from backend.core.files import zipped
from backend.core.limits import caller_of, few_at_once
from backend.core.money import Money
from backend.core.pictures import webp
from backend.hits import service as hits
from backend.hits.models import Hit
from backend.payments import service as payments
from backend.works import service as works
from backend.works.models import RegisteredWork

OTHER_DEMAND = (
    "The on-chain case does not match this claim, so payment is disabled here until the rights holder corrects it. "
    "You can contest the claim or wait."
)
router = APIRouter(prefix="/portal", tags=["portal"])
Token = Annotated[str, Path(max_length=64)]


class AmountLine(BaseModel):
    what: str
    amount: str
    why: str


class RightsLine(BaseModel):
    """One link of the chain of rights, with the transaction that proves it."""

    what: str
    who: str
    at: int | None
    tx_hash: str | None


class Portal(BaseModel):
    """All that the image user needs to judge the claim, with the means to check it without us.

    The work's title is not among it: titles come from file names, and those tell of the holder's clients.
    """

    code: str
    state: CaseState
    plain_words: str
    work_id: str
    content_hash: str
    holder: str
    rights: list[RightsLine]
    page_url: str
    image_url: str
    site: str
    seen_at: int
    score: float
    mirrored: bool
    transform: list[float]
    reasons: list[str]
    pictures: list[str]
    demand: str
    amount_lines: list[AmountLine]
    report_root: str
    report_tx: str | None
    bundle_cid: str
    chain_case_id: int | None
    timeline: list[Step]
    answers: list[ShownAnswer]
    objections: dict[str, str]
    panel_asked: bool
    payout: Payout | None


class Link(BaseModel):
    link: str
    token: str


class LicenceNamed(BaseModel):
    licence_id: str = Field(pattern="^0x[0-9a-fA-F]{64}$")
    words: str = Field(default="", max_length=answers.MAX_WORDS)


class Objection(BaseModel):
    kind: str
    words: str = Field(max_length=answers.MAX_WORDS)


@router.get("/by-code/{code}")
def find(code: str, request: Request, session: Db) -> Link:
    """From the code that a letter prints to the portal's link."""
    case = service.by_code(session, code, caller_of(request))
    return Link(link=service.portal_link(case), token=case.token)


@router.get("/{token}")
def portal(token: Token, session: Db) -> Portal:
    case = service.by_token(session, token)
    file = file_of(session, case)
    hit, work, opened = file.hit, works.registered(session, case.work_id), file.on_chain
    report = hits.report_of(session, hit)
    assert work is not None
    state = file.state
    if opened and state.is_payable and not service.same_as_claimed(case, opened):
        state = CaseState.DISPUTED
    demand, payout = file.demand, shown_payout(opened)
    return Portal(
        code=case.code,
        state=state,
        plain_words=_plain_words(state, hit.site, demand, payout.released_until if payout else 0),
        work_id=case.work_id,
        content_hash=work.content_hash,
        holder=work.owner,
        rights=_rights(session, case, work),
        page_url=hit.page_url,
        image_url=hit.image_url,
        site=hit.site,
        seen_at=hit.seen_at,
        score=hit.match["score"],
        mirrored=hit.match["mirrored"],
        transform=hit.match["transform"],
        reasons=hit.match["reasons"],
        pictures=sorted(hit.pictures),
        demand=str(demand),
        amount_lines=[
            AmountLine(what="Release for this use", amount=str(demand), why="amount set by the rights holder")
        ],
        report_root=hit.root,
        report_tx=report.tx_hash if report else None,
        bundle_cid=hit.bundle_cid,
        chain_case_id=opened.case_id if opened else None,
        timeline=shown_timeline(file.steps),
        answers=shown_answers(file.answers),
        objections=answers.OBJECTIONS,
        panel_asked=case.panel_asked,
        payout=payout,
    )


@router.get("/{token}/pictures/{name}", response_class=Response)
def picture(token: Token, name: Literal["work", "found", "page"], session: Db) -> Response:
    """WebP of the work, of the picture that was found, or of the page. A party to the case may see them."""
    case, hit = _case_and_hit(session, token)
    if name != "work":
        return webp(hits.picture_of(hit, name))
    upload = works.upload_by_work(session, case.work_id)
    if upload is None:
        raise not_found("picture")
    return webp(works.shown_picture(upload, "preview"))


@router.get("/{token}/dossier")
def dossier(token: Token, session: Db) -> dict[str, Any]:
    """Item, proof and key of the evidence, for `oracle verify`: the image user is a party and may check everything."""
    return hits.dossier_of(_case_and_hit(session, token)[1])


@router.get("/{token}/package", response_class=Response)
def package(token: Token, session: Db) -> Response:
    """The evidence package: a ZIP that `oracle verify` and the verify page check without us."""
    case, hit = _case_and_hit(session, token)
    with few_at_once():
        return zipped(hits.package_of(hit), f"evidence-{case.code}.zip")


@router.post("/{token}/quote")
def quote(token: Token, session: Db) -> payments.SignedQuote:
    """A price in CPY, signed by the rate signers, valid for some minutes; with the transactions that pay it."""
    case = service.by_token(session, token)
    found = service.chain_case(session, case)
    if found is None or not service.state_of(session, case).is_payable:
        raise ApiError(409, "not_open", "This case is not open for payment.")
    if not service.same_as_claimed(case, found):
        raise ApiError(409, "other_demand", OTHER_DEMAND)
    return payments.quote(found.case_id, int(found.demand), found.currency)


@router.post("/{token}/licence", status_code=201)
def name_licence(token: Token, body: LicenceNamed, session: Db) -> Portal:
    """Prove a licence by its id in the ledger. One that covers the use ends the claim at once."""
    service.answer_with_licence(session, token, body.licence_id, body.words)
    return portal(token, session)


@router.post("/{token}/objection", status_code=201)
def contest(token: Token, body: Objection, session: Db) -> Portal:
    """Contest the claim, free of charge. The holder has to look at it."""
    service.answer_with_objection(session, token, body.kind, body.words)
    return portal(token, session)


@router.post("/{token}/panel", status_code=202)
def ask_panel(token: Token, session: Db) -> Portal:
    """Let the panel decide, after the holder kept the claim. It costs nothing."""
    service.ask_panel(session, token)
    return portal(token, session)


def _case_and_hit(session: Db, token: str) -> tuple[Case, Hit]:
    case = service.by_token(session, token)
    return case, hits.by_id(session, case.hit_id)


def _rights(session: Db, case: Case, work: RegisteredWork) -> list[RightsLine]:
    """Who registered, who looked at the original, who claims."""
    how = f"registered in batch {work.batch_id}" if work.batch_id else "registered"
    lines = [RightsLine(what=how, who=work.registrant, at=work.registered_at, tx_hash=work.tx_hash)]
    if work.owner != work.registrant:
        what = "certificate acquired by transfer"
        lines.append(RightsLine(what=what, who=work.owner, at=work.transferred_at, tx_hash=work.transfer_tx))
    attested = works.attestation(session, case.work_id, case.claimant)
    if attested:
        what = "authorship attested by a verifier who checked the original file"
        lines.append(RightsLine(what=what, who=attested.verifier, at=None, tx_hash=attested.tx_hash))
    opened = service.chain_case(session, case)
    if opened:
        what = "case opened from the rights holder's own wallet, which authorises the claim"
        lines.append(RightsLine(what=what, who=opened.claimant, at=None, tx_hash=opened.opened_tx))
    return lines


def _plain_words(state: CaseState, site: str, demand: Money, released_until: int) -> str:
    """The case in a few sentences. `released_until` in Unix seconds, 0 where there is no release."""
    found = f"This photograph was found on {site}."
    if state is CaseState.SETTLED:
        settled = f"{found} This case is settled. Nothing more is asked of you for the use so far."
        if not released_until:
            return f"{settled} A release covers that use."
        until = datetime.fromtimestamp(released_until, UTC)
        return (
            f"{settled} A release covers the use until {until.day} {until:%B %Y}. Take the picture down by then, or "
            "buy a licence to keep using it."
        )
    if state is CaseState.CLOSED:
        return f"{found} The rights holder withdrew this case. You do not need to do anything."
    if state is CaseState.LICENSED:
        return (
            f"{found} A licence covers this use. You do not need to do anything. The rights holder is asked to "
            "withdraw the case."
        )
    if state is CaseState.CONTESTED:
        return f"{found} The claim was contested, and the panel will decide. You do not need to do anything until then."
    if state is CaseState.DISMISSED:
        return f"{found} This case was dismissed. You do not need to do anything."
    if state is CaseState.DISPUTED:
        return f"{found} {OTHER_DEMAND}"
    if state is CaseState.IN_REVIEW:
        return (
            f"{found} You answered the claim, and the rights holder has to review your answer. You do not need to do "
            "anything until then."
        )
    if state is CaseState.CLAIMED:
        return (
            f"{found} Its registered rights holder is preparing a case for {demand}. The case is not open yet, so you "
            "cannot pay, but you can already check every statement here, show a licence, or contest the claim."
        )
    return (
        f"{found} Its registered rights holder has no licence on record for this use and asks for {demand}. You can "
        "check every statement here yourself, show a licence, contest the claim, or pay. Nothing here alleges that you "
        "knew."
    )
