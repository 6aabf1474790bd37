"""What several tests of the register need: the clock to the second, holders who only sign, the panel's word."""

import pytest
from brownie import accounts, chain, compile_source, web3
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts.conftest import DAY, NO_CONSENT, raw

CLEAR, DISPUTED, REJECTED = range(3)
# A wallet that is a contract: valid is what its owner signed.
WALLET = """
// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;
contract Wallet {
    address private immutable owner;
    constructor(address owner_) { owner = owner_; }
    function isValidSignature(bytes32 digest, bytes calldata given) external view returns (bytes4) {
        address signer = ecrecover(digest, uint8(given[64]), bytes32(given[:32]), bytes32(given[32:64]));
        return signer == owner ? bytes4(0x1626ba7e) : bytes4(0);
    }
}
"""
TYPES = {
    "Registration": [
        *(("address", "owner"), ("uint8", "kind"), ("bytes32", "contentHash"), ("uint16", "engineVersion")),
        *(("bytes", "fingerprintCid"), ("bytes", "metadataCid"), ("uint256", "epoch"), ("uint64", "deadline")),
    ],
    "Claim": [("bytes32", "root"), ("uint256", "epoch"), ("uint64", "deadline")],
    "CoOwner": [("address", "account"), ("uint16", "bps")],
    "CoOwners": [("bytes32", "workId"), ("CoOwner[]", "coOwners"), ("uint256", "nonce")],
}
ORDER_OF_THE_CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def person(name):
    """Somebody who signs, but pays for nothing."""
    return Account.from_key(web3.keccak(text=name))


@pytest.fixture(scope="module")
def wallet(system):
    """A wallet that is a contract, and who signs for it."""
    signer = person("behind the wallet")
    made = compile_source(WALLET, solc_version="0.8.34", evm_version="cancun")
    return made.Wallet.deploy(signer.address, {"from": system.governor}), signer


def token(work_id):
    """Number of the certificate."""
    return int(str(work_id), 16)


def sell(system, work_id, seller, buyer):
    return system.registry.transferFrom(seller, buyer, token(work_id), {"from": seller})


def judge(system, work_id, content_hash, standing):
    """What the panel says, as the arbitration contract notes it."""
    web3.provider.make_request("anvil_impersonateAccount", [system.arbitration.address])
    arbitration = accounts.at(system.arbitration.address, force=True)
    return system.registry.setStanding(work_id, content_hash, standing, {"from": arbitration})


def next_block_at(timestamp):
    """The next transaction happens at this second."""
    web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])


def in_one_second(*calls):
    """Transactions (sender, function, arguments) in one block, so at the same second. Returns that second."""
    web3.provider.make_request("evm_setAutomine", [False])
    hashes = [
        web3.eth.send_transaction(
            {
                **{"from": str(sender), "to": call._address, "data": call.encode_input(*arguments)},
                **{"gas": 1_000_000, "gasPrice": 0},
            }
        )
        for sender, call, *arguments in calls
    ]
    chain.mine()
    web3.provider.make_request("evm_setAutomine", [True])
    assert [web3.eth.get_transaction_receipt(h)["status"] for h in hashes] == [1] * len(calls)
    assert len({web3.eth.get_transaction(h)["blockNumber"] for h in hashes}) == 1
    return chain[-1].timestamp


def says(event, **expected):
    """Whether the event names these."""
    return all(event[field] == value for field, value in expected.items())


def sign(signer, contract, primary, message, chain_id=None, address=None):
    """EIP-712 signature of a statement to the register."""
    domain = {
        "name": "CopyTrack WorkRegistry",
        "version": "1",
        "chainId": chain_id or chain.id,
        "verifyingContract": address or contract.address,
    }
    used = [primary, *(["CoOwner"] if primary == "CoOwners" else [])]
    types = {name: [{"type": kind, "name": field} for kind, field in TYPES[name]] for name in used}
    return signer.sign_message(encode_typed_data(domain, types, message)).signature


def registration(entry, owner, deadline, epoch=0):
    kind, content, engine, fingerprint, metadata = entry
    return {
        **{"owner": str(owner), "kind": kind, "contentHash": raw(content), "engineVersion": engine},
        **{"fingerprintCid": raw(fingerprint), "metadataCid": raw(metadata), "epoch": epoch, "deadline": deadline},
    }


def agreed(system, owner, root, deadline=None, epoch=None, **domain):
    """What the owner signs so that somebody else may claim what this batch holds."""
    deadline = chain.time() + DAY if deadline is None else deadline
    epoch = system.registry.epochOf(owner.address) if epoch is None else epoch
    message = {"root": raw(root), "epoch": epoch, "deadline": deadline}
    return deadline, sign(owner, system.registry, "Claim", message, **domain)


def claim(system, root, given, proof, by=None, owner=None, consent=NO_CONSENT):
    """One entry of a batch is claimed, by its owner if nobody else is named."""
    owner = owner or system.holder
    return system.registry.claimMany(root, owner, [given], [proof], consent, {"from": by or owner})


def consent(system, signer, work_id, co_owners, nonce=None):
    """Signature by which a co-owner agrees to other shares."""
    nonce = system.registry.coOwnersNonce(work_id) if nonce is None else nonce
    shares = [{"account": str(account), "bps": bps} for account, bps in co_owners]
    message = {"workId": raw(work_id), "coOwners": shares, "nonce": nonce}
    return sign(signer, system.registry, "CoOwners", message)


def other_form(signature):
    """The same signature with the other s, which a curve takes as well."""
    r, s, v = signature[:32], int.from_bytes(signature[32:64], "big"), signature[64]
    return r + (ORDER_OF_THE_CURVE - s).to_bytes(32, "big") + bytes([55 - v])
