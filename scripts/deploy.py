"""Deploys the contracts and writes the address file: `scripts/setup/brownie.sh run deploy --network copytrack`.

Runs the same way on the local chain and on a live one. Everything that differs is in the JSON file named by
COPYTRACK_DEPLOY_CONFIG; the key that pays is DEPLOYER_KEY. The file goes to COPYTRACK_DEPLOYMENTS/<chainId>.json.
At the end the deployer hands its rights to the governor and has none; `scripts/accept.py` re-checks all of it.
"""

import hashlib
import json
import os
from pathlib import Path

from brownie import (
    AddressBook,
    Arbitration,
    Authority,
    CertificateRenderer,
    CPYToken,
    EvidenceOracle,
    KeyDirectory,
    LicenseLedger,
    OfferBook,
    Rates,
    Settlement,
    Subscriptions,
    VerifierHub,
    WorkRegistry,
    accounts,
    chain,
)

from scripts.accept import accept

ROOT = Path(__file__).resolve().parents[1]
ADMIN_ROLE = 0
PAUSER_ROLE = 1
NOBODY = "0x" + "00" * 20
# After the token swap (docs/decisions/008-token-supply-and-swap.md), in CPY wei.
SUPPLY = 130_000_000 * 10**18


def main():
    config = json.loads(Path(os.environ["COPYTRACK_DEPLOY_CONFIG"]).read_text())
    deployer = accounts.add(os.environ["DEPLOYER_KEY"])
    contracts = deploy(deployer, config)
    folder = Path(os.environ.get("COPYTRACK_DEPLOYMENTS", ROOT / "deployments"))
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"{chain.id}.json"
    written.write_text(json.dumps(address_file(contracts), indent=2) + "\n")
    print(f"Addresses: {written}")
    accept(contracts, config, deployer.address, min(c.tx.block_number for c in contracts.values()))


def deploy(deployer, config):
    """Deploy and configure everything, then hand over. Returns {name: contract}.

    `config`: token_holder, governor, governor_delay (seconds), pauser, members, threshold, methods (how many different
    methods of comparing pictures the signers of a report must have declared), rate_signers, rate_threshold, panel,
    panel_threshold, verifiers, operator, challenge_window, ruling_time and release_grace (seconds), bond and
    arbitration_fee (CPY wei), platforms (hashes of sites and hosts); `earlier`, if there is one:
    {"LicenseLedger": …, "OfferBook": …, "Settlement": …} of the version before, whose licences, exclusivity and cases
    still count.
    """
    by = {"from": deployer}

    def earlier(name):
        return config.get("earlier", {}).get(name, NOBODY)

    # Contracts know each other for ever, some in a circle: their addresses follow from the deployer's nonce.
    order = [
        *(Authority, CPYToken, CertificateRenderer, WorkRegistry, VerifierHub, KeyDirectory, EvidenceOracle),
        *(Rates, OfferBook, LicenseLedger, Subscriptions, Settlement, Arbitration, AddressBook),
    ]
    at = {c._name: deployer.get_deployment_address(deployer.nonce + i) for i, c in enumerate(order)}
    authority = at["Authority"]
    neighbours = (
        *(at[n] for n in ("WorkRegistry", "OfferBook", "Rates", "Settlement", "Subscriptions")),
        earlier("LicenseLedger"),
    )
    settlement = (
        *(at[n] for n in ("WorkRegistry", "VerifierHub", "EvidenceOracle", "LicenseLedger", "Rates")),
        *(earlier("Settlement"), at["Arbitration"]),
        *(config["operator"], config["challenge_window"], config["release_grace"], int(config["bond"])),
    )
    arbitration = (
        *(at[n] for n in ("WorkRegistry", "EvidenceOracle", "Settlement")),
        *(config["challenge_window"], config["ruling_time"], int(config["arbitration_fee"])),
    )
    arguments = {
        "Authority": (deployer,),
        "CPYToken": (config["token_holder"], SUPPLY),
        "WorkRegistry": (at["CertificateRenderer"], at["Arbitration"], at["OfferBook"], authority),
        "VerifierHub": (at["WorkRegistry"], authority),
        "EvidenceOracle": (at["Arbitration"], authority),
        "Rates": (authority,),
        "OfferBook": (at["WorkRegistry"], at["LicenseLedger"], earlier("OfferBook")),
        "LicenseLedger": (at["CPYToken"], neighbours, authority),
        "Subscriptions": (at["LicenseLedger"],),
        "Settlement": (at["CPYToken"], settlement, authority),
        "Arbitration": (at["CPYToken"], arbitration, authority),
        "AddressBook": (authority,),
    }
    found = {c._name: deployer.deploy(c, *arguments.get(c._name, ())) for c in order}
    moved = [name for name, contract in found.items() if contract.address != at[name]]
    assert not moved, "the deployer sent another transaction in between: deploy again"

    found["EvidenceOracle"].setMembers(sorted(config["members"], key=str.lower), config["threshold"], by)
    found["EvidenceOracle"].requireMethods(config["methods"], by)
    found["Rates"].setMembers(sorted(config["rate_signers"], key=str.lower), config["rate_threshold"], by)
    found["Arbitration"].setMembers(sorted(config["panel"], key=str.lower), config["panel_threshold"], by)
    for verifier in config["verifiers"]:
        found["VerifierHub"].setVerifier(verifier, True, by)
    found["LicenseLedger"].setPlatforms(config["platforms"], True, by)
    names = ["0x" + name.encode().hex().ljust(64, "0") for name in at]
    found["AddressBook"].add(names, list(at.values()), by)
    hand_over(found, deployer, config)
    return found


def hand_over(found, deployer, config):
    """Rights go to governor and pauser; the deployer keeps none."""
    authority, by = found["Authority"], {"from": deployer}
    for name in ("LicenseLedger", "Settlement"):
        authority.setTargetFunctionRole(found[name], [found[name].signatures["pause"]], PAUSER_ROLE, by)
    authority.grantRole(PAUSER_ROLE, config["pauser"], 0, by)
    if config["governor"] != deployer:
        authority.grantRole(ADMIN_ROLE, config["governor"], config["governor_delay"], by)
        authority.renounceRole(ADMIN_ROLE, deployer, by)


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
