"""The register as read from the chain: events become rows."""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.chain.models import ChainEvent
from backend.chain.service import Projection
from backend.works.models import AnchoredBatch, Attestation, RegisteredWork

# As IWorkRegistry.Standing.
STANDINGS = ("clear", "disputed", "rejected")


def _clear(session: Session) -> None:
    for table in (RegisteredWork, AnchoredBatch, Attestation):
        session.execute(delete(table))


def _apply(session: Session, event: ChainEvent) -> None:
    told = event.arguments
    match (event.contract, event.name):
        case ("WorkRegistry", "WorkRegistered"):
            session.add(
                RegisteredWork(
                    work_id=told["workId"],
                    owner=told["owner"],
                    registrant=told["owner"],
                    kind=told["kind"],
                    content_hash=told["contentHash"],
                    registered_at=told["registeredAt"],
                    batch_id=told["batchId"],
                    tx_hash=event.tx_hash,
                    fingerprints={},
                )
            )
            session.flush()
        case ("WorkRegistry", "FingerprintSet"):
            work = session.get_one(RegisteredWork, told["workId"])
            # As the nodes read it: the first fingerprint of an engine version counts.
            work.fingerprints = {str(told["engineVersion"]): told["cid"], **work.fingerprints}
        case ("WorkRegistry", "MetadataSet"):
            session.get_one(RegisteredWork, told["workId"]).metadata_cid = told["cid"]
        case ("WorkRegistry", "Transfer"):
            moved = session.get(RegisteredWork, "0x" + int(told["tokenId"]).to_bytes(32, "big").hex())
            if moved:
                moved.owner = told["to"]
                moved.transferred_at, moved.transfer_tx = event.time, event.tx_hash
        case ("WorkRegistry", "EarlierProven"):
            work = session.get_one(RegisteredWork, told["workId"])
            work.registered_at, work.batch_id = told["registeredAt"], told["batchId"]
        case ("WorkRegistry", "StandingSet"):
            session.get_one(RegisteredWork, told["workId"]).standing = STANDINGS[told["standing"]]
        case ("WorkRegistry", "BatchAnchored"):
            # Whoever anchors a root again only tells another place of its manifest.
            if session.get(AnchoredBatch, told["batchId"]) is None:
                session.add(
                    AnchoredBatch(
                        batch_id=told["batchId"],
                        publisher=told["publisher"],
                        root=told["root"],
                        size=int(told["size"]),
                        tx_hash=event.tx_hash,
                    )
                )
        case ("VerifierHub", "AuthorshipAttested"):
            session.merge(
                Attestation(
                    work_id=told["workId"],
                    subject=told["subject"],
                    verifier=told["verifier"],
                    expires_at=told["expiresAt"],
                    tx_hash=event.tx_hash,
                )
            )
        case ("VerifierHub", "AttestationRevoked"):
            session.execute(
                delete(Attestation).where(
                    Attestation.work_id == told["workId"],
                    Attestation.subject == told["subject"],
                    Attestation.verifier == told["verifier"],
                )
            )


projection = Projection(_clear, _apply)
