"""Reporting: secured items go to the other members; what enough of them confirmed goes on-chain in one transaction."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Sequence
from typing import Any

import httpx
import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.chain.client import Chain
from oracle.chain.signing import ascending, sign, signer_of
from oracle.chain.wallet import Wallet
from oracle.errors import OracleError, RevertedError, VerificationError
from oracle.merkle import MerkleTree
from oracle.node.database import confirmations, dossiers, matches
from oracle.node.register import Member, Register
from oracle.report.dossier import Dossier
from oracle.report.items import MAX_ITEMS, Item, Report, write_manifest
from oracle.report.member import propose
from oracle.report.requests import request_headers
from oracle.store.base import ContentStore
from oracle.store.cids import cid_to_bytes

log = structlog.get_logger()

CHECK_SECONDS = 120.0
SIGN_SECONDS = 20.0
# Items in one request for a check: each costs the member a fetch and a match.
CHECK_BATCH = 8
MAX_REFUSALS = 3
RETRY_SECONDS = 20.0


class Reporter:
    """Turns rows `secured` into rows `reported`."""

    def __init__(
        self,
        engine: Engine,
        chain: Chain,
        wallet: Wallet,
        register: Register,
        store: ContentStore,
        flush_seconds: float,
        custodian: str,
    ) -> None:
        self._engine = engine
        self._chain = chain
        self._wallet = wallet
        self._register = register
        self._store = store
        self._flush_seconds = flush_seconds
        self._custodian = custodian
        self._next_block = chain.deployment.first_block

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self.follow()
                self.step()
            except OracleError as problem:
                log.warning("not reported", problem=str(problem))
            except Exception:
                log.exception("reporting failed")
            stop.wait(1)

    def follow(self) -> None:
        """Learn from the chain which roots were reported, by whomever."""
        head, _ = self._chain.head()
        if head < self._next_block:
            return
        for event in self._chain.events(["EvidenceOracle"], self._next_block, head):
            if event.name == "Reported":
                self._note_reported("0x" + event.arguments["root"].hex(), "0x" + event.tx_hash.hex())
        self._next_block = head + 1

    def _note_reported(self, root: str, tx: str) -> None:
        m, c = matches, confirmations
        with self._engine.begin() as connection:
            connection.execute(update(m).where(m.c.root == root).values(state="reported", report_tx=tx, problem=None))
            connection.execute(update(c).where(c.c.root == root).values(reported=True))
            mine = select(c.c.work_id, c.c.image_url).where(c.c.root == root)
            for work_id, image_url in connection.execute(mine).all():
                waiting = m.c.state.in_(["found", "secured"])
                connection.execute(
                    update(m)
                    .where(m.c.work_id == work_id, m.c.image_url == image_url, waiting)
                    .values(state="elsewhere", root=root, report_tx=tx)
                )

    def step(self) -> str | None:
        """Report what is due. Returns the root of the report, or None."""
        rows = self._due()
        if not rows:
            return None
        count, members = self._register.committee()
        needed = int(self._chain.call("EvidenceOracle", "threshold"))
        others = [m for m in members if m.address != self._wallet.address and m.endpoint and m.key]
        confirmed = {m.address: self._ask_checks(m, rows) for m in others}
        chosen, signers = _largest_common(confirmed, needed - 1)
        if not chosen:
            self._postpone(rows, f"fewer than {needed - 1} other members confirmed any item")
            return None
        items = [(row, Item.from_json(row.item)) for row in rows if row.id in chosen]
        return self._report(count, items, [m for m in others if m.address in signers])

    def _due(self) -> Sequence[Any]:
        m = matches
        now = time.time()
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(m).where(m.c.state == "secured", m.c.next_at <= now).order_by(m.c.id).limit(MAX_ITEMS)
            ).all()
        ripe = len(rows) >= MAX_ITEMS or any(row.seen_at <= now - self._flush_seconds for row in rows)
        return rows if ripe else []

    def _ask_checks(self, member: Member, rows: Sequence[Any]) -> set[int]:
        """Ids of the rows that the member confirms; notes what it says of the others."""
        confirmed: set[int] = set()
        for start in range(0, len(rows), CHECK_BATCH):
            part = rows[start : start + CHECK_BATCH]
            proposals = [
                propose(
                    Item.from_json(r.item), r.page_url, r.image_url, r.bundle_cid, bytes(r.bundle_key), member.key
                ).to_json()
                for r in part
            ]
            try:
                verdicts = self._post(member, "/checks", {"proposals": proposals}, CHECK_SECONDS)["verdicts"]
            except (httpx.HTTPError, KeyError, ValueError) as problem:
                log.warning("member does not answer", member=member.address, problem=str(problem))
                break
            for row, verdict in zip(part, verdicts, strict=True):
                if verdict["confirmed"]:
                    confirmed.add(row.id)
                else:
                    self._refused(row, member, verdict)
        return confirmed

    def _refused(self, row: Any, member: Member, verdict: dict[str, Any]) -> None:
        log.info("refused", member=member.address, image=row.image_url, reason=verdict["reason"])
        values: dict[str, Any] = {"attempts": row.attempts + 1, "problem": f"{member.address}: {verdict['reason']}"}
        if verdict.get("reported_root"):
            values |= {"state": "elsewhere", "root": verdict["reported_root"]}
        elif row.attempts + 1 >= MAX_REFUSALS:
            values["state"] = "refused"
        with self._engine.begin() as connection:
            connection.execute(update(matches).where(matches.c.id == row.id).values(**values))

    def _report(self, count: int, items: list[tuple[Any, Item]], signers: list[Member]) -> str:
        leaves = [item.leaf() for _, item in items]
        root = MerkleTree(leaves).root
        manifest_cid = self._store.put(write_manifest(leaves))
        _, head_time = self._chain.head()
        observed_at = min(max(item.seen_at for _, item in items), head_time)
        report = Report(count, root, len(leaves), observed_at, cid_to_bytes(manifest_cid))
        deployment = self._chain.deployment
        signatures = {self._wallet.address: sign(self._wallet.account, deployment, "Report", report.message())}
        for member in signers:
            given = self._ask_signature(member, report, leaves)
            if given:
                signatures[member.address] = given
        root_text = "0x" + root.hex()
        with self._engine.begin() as connection:
            ids = [row.id for row, _ in items]
            connection.execute(update(matches).where(matches.c.id.in_(ids)).values(root=root_text))
        self._keep_dossiers(root_text, items)
        try:
            receipt = self._wallet.send("EvidenceOracle", "submit", report.encoded(), ascending(signatures))
        except RevertedError as problem:
            if problem.name != "AlreadyReported":
                self._postpone([row for row, _ in items], str(problem))
                raise
        else:
            self._note_reported(root_text, "0x" + receipt["transactionHash"].hex())
            log.info("reported", root=root_text, items=len(items), signatures=len(signatures))
        return root_text

    def _ask_signature(self, member: Member, report: Report, leaves: list[bytes]) -> bytes | None:
        asked = {
            "config_count": report.config_count,
            "observed_at": report.observed_at,
            "leaves": ["0x" + leaf.hex() for leaf in leaves],
        }
        try:
            signature = bytes.fromhex(self._post(member, "/signatures", asked, SIGN_SECONDS)["signature"])
        except (httpx.HTTPError, KeyError, ValueError) as problem:
            log.warning("member does not sign", member=member.address, problem=str(problem))
            return None
        signer = signer_of(self._chain.deployment, "Report", report.message(), signature)
        return signature if signer == member.address else None

    def _keep_dossiers(self, root: str, items: list[tuple[Any, Item]]) -> None:
        """What custodian and holder may open is wrapped to their published keys and kept where it can be erased."""
        for row, item in items:
            work = self._register.work(row.work_id)
            recipients = {self._custodian, work.owner if work else ""} - {""}
            dossier = Dossier(item, row.page_url, row.image_url, row.bundle_cid, bytes(row.bundle_key), row.match)
            keep_dossier(self._engine, dossier, root, [self._register.published_key(r) for r in recipients])

    def _post(self, member: Member, path: str, body: dict[str, Any], seconds: float) -> dict[str, Any]:
        payload = json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **request_headers(self._wallet.account, payload)}
        response = httpx.post(member.endpoint + path, content=payload, headers=headers, timeout=seconds)
        response.raise_for_status()
        found: dict[str, Any] = response.json()
        return found

    def _postpone(self, rows: Sequence[Any], problem: str) -> None:
        log.warning("report postponed", items=len(rows), problem=problem)
        with self._engine.begin() as connection:
            connection.execute(
                update(matches)
                .where(matches.c.id.in_([row.id for row in rows]), matches.c.state == "secured")
                .values(next_at=time.time() + RETRY_SECONDS, problem=problem)
            )


def keep_dossier(engine: Engine, dossier: Dossier, root: str, keys: Sequence[bytes]) -> None:
    """Keep the dossier sealed to each key that is not empty."""
    with engine.begin() as connection:
        for key in keys:
            if key:
                row = {
                    "leaf": "0x" + dossier.item.leaf().hex(),
                    "recipient": "0x" + key.hex(),
                    "root": root,
                    "sealed": dossier.sealed_to(key),
                }
                connection.execute(
                    insert(dossiers)
                    .values(row)
                    .on_conflict_do_update(index_elements=["leaf", "recipient"], set_={"root": root})
                )


def _largest_common(confirmed: dict[str, set[int]], needed: int) -> tuple[set[int], set[str]]:
    """The most items that the same `needed` members all confirmed, and all members who confirmed just those."""
    best: set[int] = set()
    if needed == 0:
        raise VerificationError("committee", "a threshold of one is no committee")
    for group in itertools.combinations(sorted(confirmed), needed):
        common = set.intersection(*(confirmed[address] for address in group))
        if len(common) > len(best):
            best = common
    return best, {address for address, ids in confirmed.items() if best and best <= ids}
