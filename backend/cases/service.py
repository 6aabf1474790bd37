"""Cases: from a hit that the holder judged to a settlement seen on-chain."""

from __future__ import annotations

import hashlib
import secrets
import time
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.cases import answers
from backend.cases.models import Answer, Case, ChainCase, Transition
from backend.cases.states import CaseState
from backend.chain.models import ChainEvent
from backend.chain.service import Projection, last_block
from backend.chain.transactions import Transaction, prepare
from backend.core.database import among
from backend.core.errors import ApiError, not_found
from backend.core.limits import limit
from backend.core.money import Money, show_amount
from backend.core.services import chain
from backend.core.settings import settings
from backend.hits import service as hits
from backend.hits.models import Hit, Mark
from backend.licences import service as licences
from backend.works import authorship
from backend.works import service as works
from oracle.report.items import Item

# Steps of a case: as the chain has them, and between them what was done here, each after what it could know.
IN_ORDER = (Transition.block, Transition.log_index.nulls_last(), Transition.at)
# IArbitration.Matter of a case.
MATTER_CASE = 2
# Without letters and digits that are read wrongly; 30 ** 6 codes, and guessing is limited.
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ234567"
CODE_LENGTH = 6
GUESSES_PER_MINUTE = 10


@dataclass(frozen=True)
class Check:
    """One line of the gate before a claim."""

    name: str
    passed: bool
    told: str


def gate(session: Session, account: Account, hit: Hit) -> list[Check]:
    """What must hold before anybody is asked for money (docs/decisions/003-gate-before-a-claim.md)."""
    report, work = hits.report_of(session, hit), works.registered(session, hit.work_id)
    raw = bytes.fromhex(hit.work_id[2:])
    # One use is a picture on a site, whichever of the claimant's works is named.
    shown = hits.works_in_one_picture(session, account, hit)
    owns = work is not None and work.owner == account.address
    owned = owns and str(chain().call("WorkRegistry", "ownerAt", raw, hit.seen_at)) == account.address
    places = [(bytes.fromhex(w[2:]), bytes.fromhex(hit.item["site_hash"][2:])) for w in shown]
    is_open = any(chain().call("Settlement", "openCase", *place) for place in places)
    free_from = max(int(chain().call("Settlement", "freeFrom", *place)) for place in places)
    covered = any(licences.covered(w, hit.page_url, hit.seen_at) for w in shown)
    try:
        hits.check_evidence(hit)
        evidence = Check("evidence", True, "every byte matches the committee's report")
    except Exception as problem:  # whatever is wrong with the evidence, the claim does not go on
        evidence = Check("evidence", False, str(problem))
    return [
        Check("match", report is not None, "the committee verified the match and reported it on-chain"),
        Check("holder", hit.mark == Mark.NOT_LICENSED, "you reviewed this hit and marked it as not licensed"),
        Check("owner", owns, "you own the certificate"),
        Check("owner then", owned, "you owned the certificate when the use was seen"),
        Check("site", not licences.is_platform(hit.page_url), "the site is not a sharing platform"),
        Check(
            "licence",
            not covered,
            "no licence or release for this work, or for another of your works in the picture, covers the use",
        ),
        Check("open", not is_open, "no other case about this picture is open for this site"),
        Check(
            "claimed",
            not _claimed(session, account, hit, shown),
            "you have not already claimed this picture on this site",
        ),
        Check("later", hit.seen_at > free_from, "the use was seen after the last case about this picture ended"),
        evidence,
    ]


def _claimed(session: Session, account: Account, hit: Hit, work_ids: list[str]) -> bool:
    """Whether a claim of one of these works on the hit's site is under way, on-chain or not yet."""
    query = (
        select(Case)
        .join(Hit, Hit.id == Case.hit_id)
        .where(Case.account_id == account.id, Case.work_id.in_(work_ids), Hit.site == hit.site, Hit.id != hit.id)
    )
    return any(not state_of(session, case).is_over for case in session.scalars(query))


def claim(session: Session, account: Account, hit_id: uuid.UUID, amount: Money) -> Case:
    """Make a case of a hit. Claiming the same hit again gives the same case."""
    hit = hits.hit_of(session, account, hit_id)
    known = session.scalars(select(Case).where(Case.hit_id == hit.id)).first()
    if known and known.account_id != account.id:
        raise ApiError(409, "claimed", "A previous owner of the certificate has already claimed this hit.")
    if known:
        return known
    if amount.minor == 0:
        raise ApiError(422, "no_amount", "Enter an amount greater than zero.")
    failed = [check for check in gate(session, account, hit) if not check.passed]
    if failed:
        told = "; ".join(f"{check.name} ({check.told})" for check in failed)
        raise ApiError(409, "gate", f"This hit cannot be claimed. These conditions are not met: {told}.")
    case = Case(
        account_id=account.id,
        hit_id=hit.id,
        leaf=hit.leaf,
        work_id=hit.work_id,
        claimant=account.address,
        code="".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH)),
        token=secrets.token_urlsafe(24),
        currency=amount.currency,
        demand=amount.minor,
    )
    session.add(case)
    session.flush()
    _note(session, case, CaseState.CLAIMED, account.address, "the rights holder made the claim")
    return case


def opening(session: Session, account: Account, case_id: uuid.UUID) -> list[Transaction]:
    """Transactions with which the holder opens the case on-chain: attestation if it is missing, bond, opening."""
    case = case_of(session, account, case_id)
    if case.withdrawn:
        raise ApiError(409, "over", "You withdrew this claim, so you cannot open a case for it.")
    if chain_case(session, case):
        raise ApiError(409, "open", "This case has already been opened on-chain.")
    hit = hits.by_id(session, case.hit_id)
    _require_proven(session, hit)
    work = works.registered(session, case.work_id)
    assert work is not None
    attest = authorship.attest_authorship(session, account, case.work_id)
    bond = int(chain().call("Settlement", "bond"))
    settlement = chain().deployment.addresses["Settlement"]
    item = Item.from_json(hit.item)
    arguments = (
        bytes.fromhex(hit.root[2:]),
        item.encoded(),
        [bytes.fromhex(p[2:]) for p in hit.proof],
        bytes.fromhex(work.content_hash[2:]),
        case.currency.encode(),
        case.demand,
    )
    demand = Money(case.demand, case.currency)
    return [
        *([attest] if attest else []),
        prepare(
            "CPYToken",
            "approve",
            settlement,
            bond,
            summary="Approve the bond (returned unless the panel finds the case abusive)",
        ),
        prepare("Settlement", "open", arguments, summary=f"Open the case for {demand}"),
    ]


def _require_proven(session: Session, hit: Hit) -> None:
    """Before, the contract refuses the last of the transactions, when the holder has sent the others."""
    report = hits.report_of(session, hit)
    if report is None:
        raise ApiError(409, "not_reported", "This use has not been reported on-chain yet. Try again later.")
    proven_at = report.reported_at + int(chain().call("Settlement", "challengeWindow"))
    # The next block has the time of now; the latest one of a quiet chain may be old.
    if max(chain().head()[1], time.time()) < proven_at:
        until = datetime.fromtimestamp(proven_at, UTC)
        at = f"{until:%H:%M} UTC on {until.day} {until:%B %Y}"
        raise ApiError(
            409, "challengeable", f"Anyone can challenge this evidence until {at}. Open the case after that."
        )


def case_of(session: Session, account: Account, case_id: uuid.UUID) -> Case:
    found = session.scalars(select(Case).where(Case.id == case_id, Case.account_id == account.id)).first()
    if found is None:
        raise not_found("case")
    return found


def cases_of(session: Session, account: Account) -> Sequence[Case]:
    return session.scalars(select(Case).where(Case.account_id == account.id).order_by(Case.created_at)).all()


def by_token(session: Session, token: str) -> Case:
    """The case behind the link of a letter."""
    found = session.scalars(select(Case).where(Case.token == token)).first()
    if found is None:
        raise not_found("case")
    return found


def by_code(session: Session, code: str, caller: str) -> Case:
    """The case behind the code of a letter. Guessing is limited for each caller."""
    limit(
        "guesses",
        caller,
        GUESSES_PER_MINUTE,
        "Too many attempts. Check the code in the letter and try again in a minute.",
    )
    found = session.scalars(select(Case).where(Case.code == code.strip().upper())).first()
    if found is None:
        raise ApiError(
            404, "unknown_code", "There is no case with this code. Check the six letters and digits in the letter."
        )
    return found


def chain_case(session: Session, case: Case) -> ChainCase | None:
    """What the chain says of a case."""
    return chain_cases(session, [case.leaf]).get(case.leaf)


def chain_cases(session: Session, leaves: Collection[str]) -> dict[str, ChainCase]:
    """The latest case of each of the leaves that have one: a case that was closed may be opened again."""
    found = session.scalars(select(ChainCase).where(among(ChainCase.leaf, leaves)).order_by(ChainCase.case_id))
    return {opened.leaf: opened for opened in found}


def case_ids_of_hits(session: Session, hit_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Cases by the hits on which they were claimed."""
    claimed = session.execute(select(Case.hit_id, Case.id).where(among(Case.hit_id, hit_ids)))
    return {row.hit_id: row.id for row in claimed}


def state_of(session: Session, case: Case) -> CaseState:
    return state_from(case, chain_case(session, case), answers.answers_of(session, case.id))


def state_from(case: Case, found: ChainCase | None, answered: Sequence[Answer]) -> CaseState:
    """The state of a case of which the chain and the image user's answers say this."""
    if found and found.stage is not CaseState.OPEN:
        return found.stage
    if case.withdrawn and found is None:  # one that was opened meanwhile is closed on-chain, or not at all
        return CaseState.CLOSED
    decisions = [answer.decision for answer in answered]
    if "accepted" in decisions:
        return CaseState.LICENSED
    if None in decisions:
        return CaseState.IN_REVIEW
    return CaseState.OPEN if found else CaseState.CLAIMED


def same_as_claimed(case: Case, found: ChainCase) -> bool:
    """Whether the case on-chain asks what the letter says, or less. A wallet can open what the API did not prepare."""
    same = (found.currency, found.claimant) == (case.currency, case.claimant)
    return same and int(found.demand) <= case.demand


def demand_from(case: Case, found: ChainCase | None) -> Money:
    """What is asked now: the claimant may have lowered it on-chain."""
    lowered = found is not None and same_as_claimed(case, found)
    return Money(int(found.demand) if found and lowered else case.demand, case.currency)


def withdraw(session: Session, account: Account, case_id: uuid.UUID) -> Transaction | None:
    """Give a claim up. On-chain the holder's wallet does it, with the transaction returned; else it is done at once."""
    case = case_of(session, account, case_id)
    found = chain_case(session, case)
    if found and found.stage.is_alive:
        bond = "the bond is returned" if found.stage is CaseState.OPEN else "the bond stays until the panel decides"
        return prepare("Settlement", "close", found.case_id, summary=f"Withdraw case {case.code}; {bond}")
    if found or case.withdrawn:
        raise ApiError(409, "over", "This case has already ended.")
    case.withdrawn = True
    _note(session, case, CaseState.CLOSED, account.address, "withdrawn by the claimant")
    return None


def answer_with_licence(session: Session, token: str, licence_id: str, words: str) -> Answer:
    """The image user names a licence of the ledger; it is checked on-chain at once."""
    case = _answerable(session, token)
    made = answers.with_licence(session, case.id, hits.by_id(session, case.hit_id), licence_id, words)
    _note(session, case, state_of(session, case), "image user", f"submitted licence {licence_id}: {made.finding}")
    return made


def answer_with_objection(session: Session, token: str, kind: str, words: str) -> Answer:
    """The image user contests the claim. It costs nothing, and the holder has to look at it."""
    case = _answerable(session, token)
    made = answers.with_objection(session, case.id, kind, words)
    _note(session, case, state_of(session, case), "image user", f"contested: {made.finding}")
    return made


def ask_panel(session: Session, token: str) -> Case:
    """The image user wants the panel to decide, after the holder kept the claim. It costs them nothing: the operator
    brings the contest on-chain and bears the fee. Asking twice is asking once."""
    case = _answerable(session, token)
    found = chain_case(session, case)
    if found is None or not found.stage.is_alive:
        raise ApiError(
            409, "not_open", "This case is not open on-chain yet, so there is nothing for the panel to decide."
        )
    if all(answer.decision != "upheld" for answer in answers.answers_of(session, case.id)):
        raise ApiError(
            409,
            "not_answered",
            "Contest the claim first. You can ask for the panel once the rights holder keeps the claim.",
        )
    if not case.panel_asked:
        case.panel_asked = True
        _note(session, case, state_of(session, case), "image user", "asked the panel to decide")
    return case


def contests_to_bring(session: Session) -> list[tuple[int, bytes]]:
    """Cases that wait to be brought before the panel: number on-chain, and sha256 of what the image user said."""
    waiting = session.scalars(select(Case).where(Case.panel_asked)).all()
    found = []
    for case in waiting:
        opened = chain_case(session, case)
        if opened and opened.stage is CaseState.OPEN and opened.dispute_id is None:
            said = [f"{a.id} {a.kind} {answers.words_of(a.words)}" for a in answers.answers_of(session, case.id)]
            found.append((opened.case_id, hashlib.sha256("\n".join(said).encode()).digest()))
    return found


def uphold(session: Session, account: Account, case_id: uuid.UUID, answer_id: uuid.UUID, words: str) -> None:
    """The holder looked at an answer and keeps the claim, with a reason that the image user reads."""
    case = case_of(session, account, case_id)
    answers.uphold(session, case.id, answer_id, words)
    _note(session, case, state_of(session, case), account.address, "reviewed the answer and kept the claim")


def _answerable(session: Session, token: str) -> Case:
    case = by_token(session, token)
    if state_of(session, case).is_over:
        raise ApiError(409, "over", "This case has ended. You do not need to do anything.")
    return case


def portal_link(case: Case) -> str:
    return f"{settings().public_url}/portal/{case.token}"


def _note(session: Session, case: Case, state: CaseState, actor: str, why: str) -> None:
    """A step that somebody takes here and now."""
    step = Transition(case_id=case.id, state=state, actor=actor, why=why)
    step.at, step.block = datetime.now(UTC), last_block(session)
    session.add(step)


# ---------------------------------------------------------------------------------------------------------- projection


def _clear(session: Session) -> None:
    session.execute(delete(ChainCase))
    session.execute(delete(Transition).where(Transition.tx_hash.is_not(None)))


def _apply(session: Session, event: ChainEvent) -> None:
    told = event.arguments
    if event.contract == "Arbitration" and event.name == "DisputeRaised" and told["matter"] == MATTER_CASE:
        session.get_one(ChainCase, int(told["subject"], 16)).dispute_id = told["disputeId"]
    if event.contract != "Settlement":
        return
    match event.name:
        case "CaseOpened":
            opened = ChainCase(
                case_id=told["caseId"],
                leaf=told["leaf"],
                work_id=told["workId"],
                site_hash=told["siteHash"],
                claimant=told["claimant"],
                currency=bytes.fromhex(told["currency"][2:]).decode("ascii"),
                demand=int(told["demand"]),
                stage=CaseState.OPEN,
                opened_tx=event.tx_hash,
            )
            session.add(opened)
            session.flush()
            _note_on_chain(session, opened, told["claimant"], "opened on-chain", event)
        case "CaseSettled":
            settled = session.get_one(ChainCase, told["caseId"])
            settled.stage = CaseState.SETTLED
            settled.settled_tx = event.tx_hash
            settled.payer = told["payer"]
            settled.amount = int(told["amount"])
            settled.holder_part = int(told["holderPart"])
            settled.commission = int(told["commission"])
            _note_on_chain(session, settled, told["payer"], "paid; a release was granted", event)
        case "ReleaseGranted":
            session.get_one(ChainCase, told["caseId"]).released_until = told["until"]
        case "DemandLowered":
            lowered = session.get_one(ChainCase, told["caseId"])
            lowered.demand = int(told["demand"])
            why = f"demand lowered to {show_amount(int(told['demand']), lowered.currency)}"
            _note_on_chain(session, lowered, lowered.claimant, why, event)
        case "CaseContested" | "CaseUpheld" | "CaseDismissed":
            stage, why = RULED[event.name]
            ruled = session.get_one(ChainCase, told["caseId"])
            ruled.stage = stage
            _note_on_chain(session, ruled, "panel", why, event)
        case "CaseClosed":
            closed = session.get_one(ChainCase, told["caseId"])
            closed.stage = CaseState.CLOSED
            _note_on_chain(session, closed, closed.claimant, "withdrawn by the claimant", event)


# Stage and words for what the panel does.
RULED = {
    "CaseContested": (CaseState.CONTESTED, "referred to the panel, at no cost to the image user"),
    "CaseUpheld": (CaseState.OPEN, "the panel upheld the case"),
    "CaseDismissed": (CaseState.DISMISSED, "the panel dismissed the case or did not rule in time"),
}


def _note_on_chain(session: Session, found: ChainCase, actor: str, why: str, event: ChainEvent) -> None:
    case = session.scalars(select(Case).where(Case.leaf == found.leaf)).first()
    if case:
        step = Transition(case_id=case.id, state=found.stage, actor=actor, why=why, tx_hash=event.tx_hash)
        step.at, step.block, step.log_index = datetime.fromtimestamp(event.time, UTC), event.block, event.index
        session.add(step)


projection = Projection(_clear, _apply)
