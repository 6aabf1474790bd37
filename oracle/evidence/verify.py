"""Verifying evidence without trusting anybody: re-do all that the key allows, and say step by step what was found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eth_utils.crypto import keccak

from oracle.chain.client import Chain
from oracle.chain.signing import signer_of
from oracle.errors import OracleError, VerificationError
from oracle.evidence.bundle import Bundle, open_bundle
from oracle.matching.describe.fingerprint import Fingerprint, Work
from oracle.matching.engine import explain
from oracle.matching.verify.decision import MatchClass
from oracle.merkle import verify_proof
from oracle.names import BadNameError
from oracle.pictures.decoding import decode_found
from oracle.report.items import Item, place_hashes, use_hash
from oracle.store.cids import cid_to_bytes

# Of EvidenceOracle's Report, in order.
REPORT_FIELDS = ("configCount", "root", "size", "observedAt", "manifestCid")


@dataclass(frozen=True)
class Step:
    """One thing that was checked. `subject` is the file or the fact."""

    subject: str
    passed: bool
    told: str


def verify_files(sealed: Mapping[str, bytes], key: bytes) -> tuple[Bundle | None, list[Step]]:
    """Hashes, custody log, and the match itself, from the bundle's own files."""
    try:
        bundle = open_bundle(sealed, key)
    except VerificationError as problem:
        return None, [Step(problem.subject, False, str(problem))]
    steps = [Step("files", True, f"{len(bundle.files)} files match their SHA-256 in the manifest")]
    steps.append(_custody(bundle.facts.get("custody", [])))
    steps.append(_match(bundle))
    return bundle, steps


def verify_inclusion(
    bundle: Bundle, cid: str | None, item: Item, root: bytes, proof: list[bytes], chain: Chain | None
) -> list[Step]:
    """Whether this bundle is what the item says, and the item what the committee reported."""
    facts = bundle.facts
    steps = [
        _compared("bundle hash", bundle.bundle_hash == item.bundle_hash, "the manifest matches the hash in the item")
    ]
    if cid is not None:
        steps.append(
            _compared(
                "CID", keccak(cid_to_bytes(cid)) == item.cid_hash, "the encrypted files match the CID in the item"
            )
        )
    try:
        place = place_hashes(facts["pageUrl"])
        same = place == {"host_hash": item.host_hash, "site_hash": item.site_hash}
        same = same and use_hash(facts["pageUrl"], facts["imageUrl"]) == item.url_hash
        same = same and facts["workId"] == "0x" + item.work_id.hex() and facts["seenAt"] == item.seen_at
    except (KeyError, BadNameError):
        same = False
    steps.append(_compared("facts", same, "work, addresses and time match the item"))
    steps.append(
        _compared("inclusion", verify_proof(item.leaf(), proof, root), "the item is part of the reported Merkle tree")
    )
    if chain is not None:
        receipt = chain.call("EvidenceOracle", "receipt", root)
        since = datetime.fromtimestamp(receipt[1], UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        if receipt[0] > 0:
            steps.append(Step("report", True, f"committee report {receipt[0]}, on-chain since {since}"))
            steps.append(verify_signatures(root, chain))
        else:
            steps.append(Step("report", False, "no committee report with this root is on-chain"))
    return steps


def verify_signatures(root: bytes, chain: Chain) -> Step:
    """Recover the committee's signatures from the transaction that brought the report."""
    reported = chain.events_about("EvidenceOracle", "Reported", root=root)
    if not reported:
        return Step("signatures", False, "the transaction that submitted the report was not found")
    count = int(reported[0].arguments["configCount"])
    function, arguments = chain.input_of("EvidenceOracle", reported[0].tx_hash)
    if function != "submit":
        return Step("signatures", False, "the transaction did not submit the report itself")
    stated, signatures = arguments.values()
    report = dict(stated) if isinstance(stated, Mapping) else dict(zip(REPORT_FIELDS, stated, strict=True))
    named = chain.events_about("EvidenceOracle", "MembersSet", configCount=count)
    members = set(map(str, named[0].arguments["members"])) if named else set()
    signers = [signer_of(chain.deployment, "Report", report, bytes(s)) for s in signatures]
    good = members & set(signers)
    holds = bytes(report["root"]) == root and len(good) == len(signers) and len(good) * 2 > len(members)
    return _compared("signatures", holds, f"{len(good)} of {len(members)} committee members signed this report")


def _compared(subject: str, passed: bool, told: str) -> Step:
    return Step(subject, passed, told if passed else f"not confirmed: {told}")


def _custody(entries: Any) -> Step:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return Step("custody log", False, "it is not a list of entries")
    previous = "0" * 64
    for number, entry in enumerate(entries):
        if entry.get("previous") != previous:
            return Step("custody log", False, f"entry {number + 1} does not link to the entry before it")
        canonical = json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
        previous = hashlib.sha256(canonical).hexdigest()
    told = f"{len(entries)} entries, each with the hash of the one before it" if entries else "it has no entries"
    return Step("custody log", bool(entries), told)


def _match(bundle: Bundle) -> Step:
    """Ask the picture as served about the work, with the work's fingerprint from the bundle."""
    try:
        public = Fingerprint.from_bytes(bundle.files["work.ctfp"])
        work = Work.of(str(bundle.facts["workId"]), public, bundle.files["work.jpg"])
        found = explain(decode_found(bundle.files["image.bin"]), work)
    except (OracleError, KeyError) as problem:
        return Step("image.bin", False, f"the match could not be repeated: {problem}")
    if found is None or found.match_class is not MatchClass.COPY:
        return Step("image.bin", False, "is not a copy of the work")
    return Step("image.bin", True, "matched again: " + "; ".join(found.reasons))
