"""This node as a committee member for others: it checks their proposals, signs reports, and signs quotes."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from eth_account.signers.local import LocalAccount
from sqlalchemy import Engine, func, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.chain.client import Chain
from oracle.chain.licensing import Offer
from oracle.chain.signing import sign
from oracle.crawl.clock import RestingError
from oracle.errors import ChainError, NotStoredError, OracleError, VerificationError
from oracle.evidence.bundle import open_bundle
from oracle.merkle import MerkleTree
from oracle.names import host_of, site_of
from oracle.node.database import confirmations, dossiers
from oracle.node.register import Register
from oracle.node.reported import root_of_use
from oracle.node.reporter import keep_dossier
from oracle.quotes import Payment
from oracle.report.dossier import Dossier
from oracle.report.items import MAX_ITEMS, Report, write_manifest
from oracle.report.member import Checker, Proposal
from oracle.store.cids import cid_of, cid_to_bytes

log = structlog.get_logger()

# Stages of a case, as ISettlement.Stage: open, and contested.
PAYABLE = (1, 2)
MAX_QUOTE_SECONDS = 15 * 60
PENDING_SECONDS = 120


@dataclass(frozen=True)
class MemberService:
    """Answers to the other members and to the case engine."""

    engine: Engine
    chain: Chain
    account: LocalAccount
    register: Register
    checker: Checker
    custodian: str
    fresh_seconds: float
    rates: Callable[[], dict[str, int]]
    rate_tolerance: float

    def must_be_member(self, address: str) -> None:
        """Raises VerificationError for anybody who is not in the committee."""
        if not self.chain.call("EvidenceOracle", "isMember", address):
            raise VerificationError("request", f"{address} is not a member of the committee")

    # ------------------------------------------------------------------------------------------------------- evidence

    def check(self, proposer: str, proposals: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A verdict for each proposal; what is confirmed is remembered, so that it can be signed."""
        verdicts = []
        for data in proposals[:MAX_ITEMS]:
            try:
                proposal = Proposal.from_json(data)
                work_id, site = "0x" + proposal.item.work_id.hex(), site_of(host_of(proposal.page_url))
                known = root_of_use(self.engine, self.register.covered, work_id, proposal.image_url, site)
                if known:
                    verdicts.append({"confirmed": False, "reason": "already reported", "reported_root": known})
                    continue
                if self._pending_elsewhere(proposer, proposal):
                    verdicts.append({"confirmed": False, "reason": "another member is reporting it", "pending": True})
                    continue
                key = self.checker.check(proposal)
                self._remember(proposer, proposal, key)
                verdicts.append({"confirmed": True})
            except OracleError as problem:
                # What cannot be had now says nothing about the proposal: it may be asked again.
                pending = isinstance(problem, NotStoredError | RestingError | ChainError)
                verdicts.append({"confirmed": False, "reason": str(problem), "pending": pending})
                log.info("not confirmed", image=data.get("image_url"), reason=str(problem))
                with contextlib.suppress(OracleError):
                    refused = Proposal.from_json(data)
                    self.checker.check_place(refused)
                    self._note(proposer, refused, confirmed_at=0)
        return verdicts

    def _pending_elsewhere(self, proposer: str, proposal: Proposal) -> bool:
        """Whether the same use was confirmed for another proposer a moment ago: it would be reported twice."""
        c = confirmations
        with self.engine.begin() as connection:
            found = connection.scalar(
                select(c.c.leaf).where(
                    c.c.work_id == "0x" + proposal.item.work_id.hex(),
                    c.c.image_url == proposal.image_url,
                    c.c.site == site_of(host_of(proposal.page_url)),
                    c.c.reported.is_(False),
                    c.c.proposer != proposer,
                    c.c.confirmed_at > time.time() - PENDING_SECONDS,
                )
            )
        return found is not None

    def _note(self, proposer: str, proposal: Proposal, confirmed_at: int) -> None:
        """Keep what a leaf means. A confirmation is never taken back by a later refusal."""
        row = {
            "leaf": "0x" + proposal.item.leaf().hex(),
            "work_id": "0x" + proposal.item.work_id.hex(),
            "image_url": proposal.image_url,
            "page_url": proposal.page_url,
            "site": site_of(host_of(proposal.page_url)),
            "seen_at": proposal.item.seen_at,
            "proposer": proposer,
            "confirmed_at": confirmed_at,
            "reported": False,
        }
        latest = {"confirmed_at": func.greatest(confirmations.c.confirmed_at, confirmed_at)}
        with self.engine.begin() as connection:
            known = insert(confirmations).values(row)
            connection.execute(known.on_conflict_do_update(index_elements=["leaf"], set_=latest))

    def _remember(self, proposer: str, proposal: Proposal, key: bytes) -> None:
        self._note(proposer, proposal, int(time.time()))
        # A second keeper of what the leaf hides: the proposer may be gone when the custodian asks.
        sealed = self.checker.store.get_folder(proposal.bundle_cid)
        match = json.loads(open_bundle(sealed, key).files["match.json"])
        dossier = Dossier(proposal.item, proposal.page_url, proposal.image_url, proposal.bundle_cid, key, match)
        keep_dossier(self.engine, dossier, "", [self.register.published_key(self.custodian)] if self.custodian else [])

    def sign_report(self, asked: dict[str, Any]) -> bytes:
        """Signature over a report whose every leaf this node confirmed recently. Raises VerificationError."""
        try:
            leaves = [bytes.fromhex(leaf.removeprefix("0x")) for leaf in asked["leaves"]]
            count, observed_at = int(asked["config_count"]), int(asked["observed_at"])
            root = MerkleTree(leaves).root
        except (KeyError, ValueError, TypeError, AttributeError) as problem:
            raise VerificationError("report", f"incomplete: {problem}") from problem
        if len(set(leaves)) != len(leaves) or len(leaves) > MAX_ITEMS:
            raise VerificationError("report", "it lists a leaf twice, or too many leaves")
        if count != int(self.chain.call("EvidenceOracle", "configCount")):
            raise VerificationError("report", "it is for another committee")
        if observed_at > time.time() + 60:
            raise VerificationError("report", "its time is in the future")
        texts = ["0x" + leaf.hex() for leaf in leaves]
        oldest = time.time() - self.fresh_seconds
        c = confirmations
        with self.engine.begin() as connection:
            rows = connection.execute(select(c).where(c.c.leaf.in_(texts))).all()
            good = {r.leaf for r in rows if not r.reported and r.confirmed_at >= oldest}
            if good != set(texts):
                raise VerificationError("report", f"{len(set(texts) - good)} leaves were not confirmed by this member")
            connection.execute(update(c).where(c.c.leaf.in_(texts)).values(root="0x" + root.hex()))
            d = dossiers
            connection.execute(update(d).where(d.c.leaf.in_(texts)).values(root="0x" + root.hex()))
        manifest_cid = cid_to_bytes(cid_of(write_manifest(leaves)))
        report = Report(count, root, len(leaves), observed_at, manifest_cid)
        return sign(self.account, self.chain.deployment, "Report", report.message())

    # ----------------------------------------------------------------------------------------------------------- rates

    def sign_quote_of_case(self, case_id: int, rate: int, valid_until: int) -> bytes:
        """Signature over the price of a case that can be paid. Raises VerificationError."""
        case = self.chain.call("Settlement", "caseOf", case_id)
        stage, currency, demand = case[3], bytes(case[4]).decode("ascii", "replace"), int(case[5])
        if stage not in PAYABLE:
            raise VerificationError("quote", f"case {case_id} is not open")
        settlement = self.chain.deployment.addresses["Settlement"]
        payment = Payment(settlement, case_id.to_bytes(32, "big"), demand, currency, {})
        return self._sign_quote(payment, rate, valid_until)

    def sign_quote_of_offer(self, offer: Offer, rate: int, valid_until: int) -> bytes:
        """Signature over the price of an offer, whose id commits to price and currency. Raises VerificationError."""
        ledger = self.chain.deployment.addresses["LicenseLedger"]
        payment = Payment(ledger, offer.offer_id, offer.price, offer.currency, {})
        return self._sign_quote(payment, rate, valid_until)

    def _sign_quote(self, payment: Payment, rate: int, valid_until: int) -> bytes:
        """Only a rate that is ours, within the tolerance."""
        own = self.rates().get(payment.currency)
        if own is None:
            raise VerificationError("quote", f"this member has no rate for {payment.currency or 'an empty currency'}")
        if abs(rate - own) > own * self.rate_tolerance:
            raise VerificationError("quote", f"the rate differs from ours by more than {self.rate_tolerance:.1%}")
        if valid_until > time.time() + MAX_QUOTE_SECONDS:
            raise VerificationError("quote", "it would be valid for longer than 15 minutes")
        return sign(self.account, self.chain.deployment, "Quote", payment.message(rate, valid_until))


def parse_rates(text: str) -> dict[str, int]:
    """CPY wei for one minor unit of each currency. Raises ValueError."""
    rates = {str(k): int(v) for k, v in json.loads(text).items()}
    if any(len(k) != 3 or v <= 0 for k, v in rates.items()):
        raise ValueError('rates must be JSON like {"EUR": 200000000000000000}: CPY wei for one minor unit')
    return rates
