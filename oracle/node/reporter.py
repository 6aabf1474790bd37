"""Reporting: secured items go to the other members; what enough of them confirmed goes on-chain in one transaction."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from oracle.chain.client import Chain
from oracle.chain.signing import ascending, sign, signer_of
from oracle.chain.wallet import Wallet
from oracle.errors import OracleError, RevertedError
from oracle.loop import run_until
from oracle.merkle import MerkleTree
from oracle.node.database import confirmations, dossiers, key_of, matches, reports
from oracle.node.history import Position
from oracle.node.register import Member, Register
from oracle.peers import ask
from oracle.report.committee import Rule, largest_common
from oracle.report.dossier import Dossier
from oracle.report.items import MAX_ITEMS, Item, Report, read_manifest, write_manifest
from oracle.report.member import propose
from oracle.report.requests import request_headers
from oracle.store.base import ContentStore
from oracle.store.cids import cid_from_bytes, cid_to_bytes

log = structlog.get_logger()

CHECK_SECONDS = 120.0
SIGN_SECONDS = 20.0
# Items in one request for a check: each costs the member a fetch and a match.
CHECK_BATCH = 8
MAX_REFUSALS = 3
RETRY_SECONDS = 20.0
# The manifest of a report is asked for so often, with pauses of 2, 4, 8 … seconds: an hour in all.
MANIFEST_ATTEMPTS = 11
MANIFESTS_AT_ONCE = 50


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
        self._position = Position()

    def run(self, stop: threading.Event) -> None:
        run_until(stop, self._follow_and_step, "reporting", idle=1, after_failure=1)

    def _follow_and_step(self) -> None:
        self.follow()
        self.step()

    def follow(self) -> None:
        """Learn which roots were reported, by whomever, from what the node read of the chain.

        A reorganisation takes a report back: its rows are secured as before, and reported again.
        """
        r = reports
        at, events = self._register.history.read("EvidenceOracle", self._position)
        told = {"0x" + bytes(e.arguments["root"]).hex(): e for e in events if e.name == "Reported"}
        with self._engine.begin() as connection:
            if at.generation != self._position.generation:
                known = set(connection.scalars(select(r.c.root)).all())
                self._take_back(connection, known - set(told))
            for root, event in told.items():
                row = {
                    "root": root,
                    "block": event.block,
                    "tx": "0x" + event.tx_hash.hex(),
                    "manifest_cid": bytes(event.arguments["manifestCid"]),
                    "since": time.time(),
                    "next_at": 0.0,
                    "attempts": 0,
                    "done": False,
                }
                connection.execute(insert(r).values(row).on_conflict_do_nothing())
        self._position = at
        self._read_manifests()

    def _take_back(self, connection: Connection, roots: set[str]) -> None:
        """The chain does not have these reports any more."""
        if not roots:
            return
        log.warning("reports taken back by a reorganisation", roots=sorted(roots))
        m, c, gone = matches, confirmations, list(roots)
        connection.execute(delete(reports).where(reports.c.root.in_(gone)))
        mine = update(m).where(m.c.root.in_(gone), m.c.state == "reported")
        connection.execute(mine.values(state="secured", next_at=time.time(), report_tx=None))
        others = update(m).where(m.c.root.in_(gone), m.c.state == "elsewhere")
        connection.execute(
            others.values(state=case((m.c.item.is_not(None), "secured"), else_="found"), root=None, next_at=time.time())
        )
        connection.execute(update(c).where(c.c.root.in_(gone)).values(reported=False))

    def _read_manifests(self) -> None:
        """Note what each new report says. One whose manifest cannot be had is asked for again, after growing pauses."""
        r = reports
        with self._engine.begin() as connection:
            due = select(r).where(r.c.done.is_(False), r.c.next_at <= time.time()).order_by(r.c.attempts, r.c.block)
            waiting = connection.execute(due.limit(MANIFESTS_AT_ONCE)).all()
        for row in waiting:
            leaves = self._leaves_of(bytes.fromhex(row.root[2:]), bytes(row.manifest_cid))
            self._note_reported(row.root, row.tx, leaves or ())
            done = leaves is not None or row.attempts >= MANIFEST_ATTEMPTS
            news = {"done": done, "attempts": row.attempts + 1, "next_at": time.time() + 2.0 * 2**row.attempts}
            with self._engine.begin() as connection:
                connection.execute(update(r).where(r.c.root == row.root).values(**news))

    def _leaves_of(self, root: bytes, manifest_cid: bytes) -> list[str] | None:
        """Leaves of a report, if one of ours may be among them; None if its manifest cannot be had now."""
        c = confirmations
        with self._engine.begin() as connection:
            if connection.execute(select(c.c.leaf).where(c.c.reported.is_(False)).limit(1)).first() is None:
                return []
        try:
            tree = read_manifest(self._store.get(cid_from_bytes(manifest_cid)), root)
        except OracleError as problem:
            log.warning("report without its manifest", root=root.hex(), problem=str(problem))
            return None
        return ["0x" + leaf.hex() for leaf in tree.leaves]

    def _note_reported(self, root: str, tx: str, leaves: Sequence[str] = ()) -> None:
        m, c = matches, confirmations
        with self._engine.begin() as connection:
            mine = update(m).where(m.c.root == root, m.c.state == "secured")
            connection.execute(mine.values(state="reported", report_tx=tx, problem=None))
            # Only what is news: a restart reads old events again, and a use may have been found anew since.
            meant = or_(c.c.root == root, c.c.leaf.in_(leaves))
            news = update(c).where(meant, c.c.reported.is_(False)).values(reported=True, root=root)
            confirmed = connection.execute(news.returning(c.c.work_id, c.c.image_url, c.c.site)).all()
            for work_id, image_url, site in confirmed:
                waiting = m.c.state.in_(["found", "secured"])
                use = (m.c.work_id == work_id, m.c.image_key == key_of(image_url), m.c.site == site)
                connection.execute(update(m).where(*use, waiting).values(state="elsewhere", root=root, report_tx=tx))

    def step(self) -> str | None:
        """Report what is due. Returns the root of the report, or None."""
        rows = [row for row in self._due() if not self._went_through(row)]
        if not rows:
            return None
        count, members = self._register.committee()
        rule = self._register.rule()
        own = next((m.method for m in members if m.address == self._wallet.address), "")
        others = [m for m in members if m.address != self._wallet.address and m.endpoint and m.key]
        verdicts = self._ask_all(others, rows)
        rows = [row for row in rows if not self._dropped(row, verdicts, members, rule)]
        confirmed = {address: {i for i, v in told.items() if v.get("confirmed")} for address, told in verdicts.items()}
        chosen, signers = largest_common(confirmed, {m.address: m.method for m in others}, own, rule)
        items = [(row, Item.from_json(row.item)) for row in rows if row.id in chosen]
        self._postpone(
            [row for row in rows if row.id not in chosen],
            "not yet confirmed by as many members as the committee requires",
        )
        if not items:
            return None
        return self._report(count, items, [m for m in others if m.address in signers])

    def _went_through(self, row: Any) -> bool:
        """A report of ours that the chain has, but not behind enough blocks yet: it is waited for."""
        if not row.root or not self._on_chain(row.root):
            return False
        with self._engine.begin() as connection:
            known = connection.execute(select(reports.c.tx).where(reports.c.root == row.root)).first()
        if known is not None:
            self._note_reported(row.root, known.tx)
            return True
        self._postpone([row], "reported; waiting for confirmations")
        return True

    def _due(self) -> Sequence[Any]:
        m = matches
        now = time.time()
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(m).where(m.c.state == "secured", m.c.next_at <= now).order_by(m.c.id).limit(MAX_ITEMS)
            ).all()
        ripe = len(rows) >= MAX_ITEMS or any(row.seen_at <= now - self._flush_seconds for row in rows)
        return rows if ripe else []

    def _ask_all(self, members: Sequence[Member], rows: Sequence[Any]) -> dict[str, dict[int, dict[str, Any]]]:
        """Verdicts by member and row. All are asked at once: each of them fetches and looks for itself."""
        with ThreadPoolExecutor(max(len(members), 1), "ask") as pool:
            told = pool.map(lambda member: self._ask_checks(member, rows), members)
            return dict(zip((member.address for member in members), told, strict=True))

    def _ask_checks(self, member: Member, rows: Sequence[Any]) -> dict[int, dict[str, Any]]:
        """Verdicts by row. Whatever another member sends, it must not stop us."""
        verdicts: dict[int, dict[str, Any]] = {}
        try:
            for start in range(0, len(rows), CHECK_BATCH):
                part = rows[start : start + CHECK_BATCH]
                asked = [
                    propose(
                        Item.from_json(r.item), r.page_url, r.image_url, r.bundle_cid, bytes(r.bundle_key), member.key
                    ).to_json()
                    for r in part
                ]
                told = self._post(member, "/checks", {"proposals": asked}, CHECK_SECONDS)["verdicts"]
                verdicts |= {row.id: dict(verdict) for row, verdict in zip(part, told, strict=True)}
        except Exception as problem:
            log.warning("member does not answer", member=member.address, problem=f"{type(problem).__name__}: {problem}")
        return verdicts

    def _dropped(
        self, row: Any, verdicts: dict[str, dict[int, dict[str, Any]]], members: Sequence[Member], rule: Rule
    ) -> bool:
        """Notes what the members said of a row that they do not confirm; whether it must not be reported now."""
        told = {address: by_row[row.id] for address, by_row in verdicts.items() if row.id in by_row}
        roots = [str(v["reported_root"]) for v in told.values() if v.get("reported_root")]
        values: dict[str, Any] = {}
        # One member alone may lie; and the chain must know the root.
        if len(roots) > len(members) - rule.threshold and self._on_chain(roots[0]):
            values = {"state": "elsewhere", "root": roots[0]}
        refusals = {
            address: str(v.get("reason"))
            for address, v in told.items()
            if not v.get("confirmed") and not v.get("pending")
        }
        left = [m.method for m in members if m.address not in refusals]
        if not values and refusals and not rule.is_met_by(left):
            reasons = list(refusals.values())
            log.info("refused", image=row.image_url, reasons=reasons)
            again = time.time() + RETRY_SECONDS
            values = {"attempts": row.attempts + 1, "problem": "; ".join(reasons), "next_at": again}
            if row.attempts + 1 >= MAX_REFUSALS:
                values["state"] = "refused"
        if values:
            with self._engine.begin() as connection:
                connection.execute(update(matches).where(matches.c.id == row.id).values(**values))
        return bool(values)

    def _on_chain(self, root: str) -> bool:
        try:
            raw = bytes.fromhex(root.removeprefix("0x"))
            return len(raw) == 32 and self._chain.call("EvidenceOracle", "receipt", raw)[0] > 0
        except (ValueError, OracleError):
            return False

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
            self._wallet.send("EvidenceOracle", "submit", report.encoded(), ascending(signatures))
        except OracleError as problem:
            if not (isinstance(problem, RevertedError) and problem.name == "AlreadyReported"):
                self._postpone([row for row, _ in items], str(problem))
                raise
        # `follow` notes it when enough blocks stand behind it: until then a reorganisation may take it back.
        self._postpone([row for row, _ in items], "reported; waiting for confirmations")
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
            signer = signer_of(self._chain.deployment, "Report", report.message(), signature)
        except Exception as problem:
            log.warning("member does not sign", member=member.address, problem=f"{type(problem).__name__}: {problem}")
            return None
        return signature if signer == member.address else None

    def _keep_dossiers(self, root: str, items: list[tuple[Any, Item]]) -> None:
        """What custodian and holder may open is wrapped to their published keys and kept where it can be erased."""
        for row, item in items:
            work = self._register.work(row.work_id)
            recipients = {self._custodian, work.owner if work else ""} - {""}
            dossier = Dossier(item, row.page_url, row.image_url, row.bundle_cid, bytes(row.bundle_key), row.match)
            keep_dossier(self._engine, dossier, root, [self._register.published_key(r) for r in recipients])

    def _post(self, member: Member, path: str, body: dict[str, Any], seconds: float) -> dict[str, Any]:
        payload, url = json.dumps(body).encode(), member.endpoint.rstrip("/") + path
        headers = request_headers(self._wallet.account, member.address, url, payload)
        found: dict[str, Any] = ask("POST", url, seconds, payload, headers)
        return found

    def _postpone(self, rows: Sequence[Any], problem: str) -> None:
        if not rows:
            return
        log.info("report postponed", items=len(rows), problem=problem)
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
                    .on_conflict_do_update(index_elements=["leaf", "recipient"], set_={"root": root or dossiers.c.root})
                )
