"""Deploys the contracts and writes the address file: `scripts/setup/brownie.sh run deploy --network copytrack`.

Runs the same way on the local chain and on a live one. Everything that differs is in the JSON file named by
COPYTRACK_DEPLOY_CONFIG; the key that pays is DEPLOYER_KEY. The file goes to COPYTRACK_DEPLOYMENTS/<chainId>.json.
"""

import hashlib
import json
import os
from pathlib import Path

from brownie import (
    Authority,
    CPYToken,
    EvidenceOracle,
    KeyDirectory,
    LicenseLedger,
    OfferBook,
    Settlement,
    VerifierHub,
    WorkRegistry,
    accounts,
    chain,
)

ROOT = Path(__file__).resolve().parents[1]


def main():
    config = json.loads(Path(os.environ["COPYTRACK_DEPLOY_CONFIG"]).read_text())
    deployer = accounts.add(os.environ["DEPLOYER_KEY"])
    contracts = deploy(deployer, config)
    folder = Path(os.environ.get("COPYTRACK_DEPLOYMENTS", ROOT / "deployments"))
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{chain.id}.json"
    written.write_text(json.dumps(address_file(contracts), indent=2) + "\n")
    print(f"Addresses: {written}")


def deploy(deployer, config):
    """Deploy and configure everything. Returns {name: contract}.

    `config`: token_holder, members, threshold, rate_signers, rate_threshold, verifiers, operator, challenge_window and
    release_grace (seconds), bond (CPY wei), platforms (site hashes).
    """
    by = {"from": deployer}
    authority = deployer.deploy(Authority, deployer)
    token = deployer.deploy(CPYToken, config["token_holder"])
    registry = deployer.deploy(WorkRegistry)
    verifiers = deployer.deploy(VerifierHub, authority)
    keys = deployer.deploy(KeyDirectory)
    evidence = deployer.deploy(EvidenceOracle, authority)
    offers = deployer.deploy(OfferBook, registry)
    # The ledger and the settlement know each other for ever, so one address is computed ahead.
    settlement_address = deployer.get_deployment_address(deployer.nonce + 1)
    ledger = deployer.deploy(LicenseLedger, token, offers, settlement_address, authority)
    terms = (
        registry,
        verifiers,
        evidence,
        ledger,
        config["operator"],
        config["challenge_window"],
        config["release_grace"],
        int(config["bond"]),
    )
    settlement = deployer.deploy(Settlement, token, terms, authority)
    assert settlement.address == settlement_address, "the deployer sent another transaction in between: deploy again"

    evidence.setMembers(sorted(config["members"], key=str.lower), config["threshold"], by)
    settlement.setMembers(sorted(config["rate_signers"], key=str.lower), config["rate_threshold"], by)
    for verifier in config["verifiers"]:
        verifiers.setVerifier(verifier, True, by)
    for site in config["platforms"]:
        ledger.setPlatform(site, True, by)
    deployed = (authority, token, registry, verifiers, keys, evidence, offers, ledger, settlement)
    return {contract._name: contract for contract in deployed}


def address_file(contracts):
    """What API, oracle and web app read: addresses, blocks, and the hash of each ABI."""
    return {
        "chainId": chain.id,
        "contracts": {
            name: {
                "address": contract.address,
                "block": contract.tx.block_number,
                "abiSha256": hashlib.sha256(json.dumps(contract.abi, sort_keys=True).encode()).hexdigest(),
            }
            for name, contract in contracts.items()
        },
    }
