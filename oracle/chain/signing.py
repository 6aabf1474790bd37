"""EIP-712: what members, rate signers, verifiers and the panel sign, and who signed it.

The types must equal those of the contracts; a test compares the digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount

from oracle.chain.deployment import Deployment

_DOMAINS = {
    "Report": ("EvidenceOracle", "CopyTrack EvidenceOracle"),
    "Quote": ("Rates", "CopyTrack Rates"),
    "Ruling": ("Arbitration", "CopyTrack Arbitration"),
    "Authorship": ("VerifierHub", "CopyTrack VerifierHub"),
}
_TYPES: dict[str, list[tuple[str, str]]] = {
    "Report": [
        ("uint64", "configCount"),
        ("bytes32", "root"),
        ("uint32", "size"),
        ("uint64", "observedAt"),
        ("bytes", "manifestCid"),
    ],
    "Quote": [
        ("address", "consumer"),
        ("bytes32", "subject"),
        ("uint256", "rate"),
        ("uint256", "amount"),
        ("uint64", "issuedAt"),
        ("uint64", "validUntil"),
    ],
    "Ruling": [
        ("uint256", "disputeId"),
        ("uint8", "outcome"),
        ("uint64", "barredUntil"),
        ("bytes32", "reasonsHash"),
    ],
    "Authorship": [
        ("bytes32", "workId"),
        ("address", "subject"),
        ("bytes32", "evidenceHash"),
        ("uint64", "issuedAt"),
        ("uint64", "expiresAt"),
    ],
}


def typed_message(deployment: Deployment, primary: str, message: Mapping[str, Any]) -> SignableMessage:
    """The message of type Report, Quote, Authorship or Ruling, bound to its contract on its chain."""
    contract, name = _DOMAINS[primary]
    return encode_typed_data(
        {
            "name": name,
            "version": "1",
            "chainId": deployment.chain_id,
            "verifyingContract": deployment.addresses[contract],
        },
        {primary: [{"type": kind, "name": field} for kind, field in _TYPES[primary]]},
        dict(message),
    )


def sign(account: LocalAccount, deployment: Deployment, primary: str, message: Mapping[str, Any]) -> bytes:
    """Signature of 65 bytes: r, s, v."""
    return bytes(account.sign_message(typed_message(deployment, primary, message)).signature)


def signer_of(deployment: Deployment, primary: str, message: Mapping[str, Any], signature: bytes) -> str:
    """Checksum address of who signed the message."""
    return str(Account.recover_message(typed_message(deployment, primary, message), signature=signature))


def ascending(signatures: Mapping[str, bytes]) -> list[bytes]:
    """Signatures in ascending order of their signers' addresses, as the contracts want them."""
    return [signatures[address] for address in sorted(signatures, key=lambda a: int(a, 16))]
