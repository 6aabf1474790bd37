"""Re-checks a live deployment against its configuration: `scripts/setup/brownie.sh run accept --network copytrack`.

Reads the address file and the configuration as `scripts/deploy.py` does, changes nothing, and fails with all that is
not as configured.
"""

import json
import os
import re
from pathlib import Path

import brownie
from brownie import chain, web3

ROOT = Path(__file__).resolve().parents[1]
ADMIN_ROLE = 0
PAUSER_ROLE = 1
SUPPLY = 130_000_000 * 10**18
PAUSABLE = ("LicenseLedger", "Settlement")
NOBODY = "0x" + "00" * 20
# Public nodes answer for no more blocks at once.
BLOCKS_AT_ONCE = 10_000
# Where the compiler leaves room for an immutable, which the constructor fills in: PUSH32 and 32 zero bytes.
IMMUTABLE = re.compile(rb"(?<=\x7f)\0{32}")
# Which contract holds which others, under which name.
WIRING = {
    "WorkRegistry": {
        **{"authority": "Authority", "renderer": "CertificateRenderer"},
        **{"arbitration": "Arbitration", "market": "OfferBook"},
    },
    "VerifierHub": {"authority": "Authority", "registry": "WorkRegistry"},
    "EvidenceOracle": {"authority": "Authority", "arbitration": "Arbitration"},
    "Rates": {"authority": "Authority"},
    "OfferBook": {"registry": "WorkRegistry", "ledger": "LicenseLedger"},
    "LicenseLedger": {
        **{"authority": "Authority", "token": "CPYToken", "registry": "WorkRegistry", "offers": "OfferBook"},
        **{"rates": "Rates", "settlement": "Settlement", "subscriptions": "Subscriptions"},
    },
    "Subscriptions": {"ledger": "LicenseLedger"},
    "Settlement": {
        **{"authority": "Authority", "token": "CPYToken", "registry": "WorkRegistry", "verifiers": "VerifierHub"},
        **{"evidence": "EvidenceOracle", "licences": "LicenseLedger", "rates": "Rates", "arbitration": "Arbitration"},
    },
    "Arbitration": {
        **{"authority": "Authority", "token": "CPYToken", "registry": "WorkRegistry"},
        **{"evidence": "EvidenceOracle", "settlement": "Settlement"},
    },
    "AddressBook": {"authority": "Authority"},
}


def main():
    config = json.loads(Path(os.environ["COPYTRACK_DEPLOY_CONFIG"]).read_text())
    folder = Path(os.environ.get("COPYTRACK_DEPLOYMENTS", ROOT / "deployments"))
    told = json.loads((folder / f"{chain.id}.json").read_text())["contracts"]
    contracts = {name: getattr(brownie, name).at(entry["address"]) for name, entry in told.items()}
    deployer = brownie.accounts.add(os.environ["DEPLOYER_KEY"]).address if "DEPLOYER_KEY" in os.environ else None
    accept(contracts, config, deployer, min(entry["block"] for entry in told.values()))


def accept(contracts, config, deployer=None, since=0):
    """Raises SystemExit with every difference between the contracts and the configuration.

    `since`: number of the block from which the chain is asked who was given rights.
    """
    found = list(differences(contracts, config, deployer, since))
    if found:
        raise SystemExit("This deployment does not match its configuration:\n  " + "\n  ".join(found))
    print(f"Accepted: {len(contracts)} contracts match the configuration, and only {config['governor']} governs.")


def differences(contracts, config, deployer=None, since=0):
    """Sentences about what is not as configured."""
    empty = [name for name, contract in contracts.items() if len(web3.eth.get_code(contract.address)) == 0]
    if empty:
        # They cannot be asked anything.
        yield from (f"{name} has no code at {contracts[name].address}" for name in empty)
        return
    yield from code_differences(contracts)
    yield from wiring_differences(contracts)
    for name, members, threshold in (
        ("EvidenceOracle", "members", "threshold"),
        ("Rates", "rate_signers", "rate_threshold"),
        ("Arbitration", "panel", "panel_threshold"),
    ):
        yield from quorum_differences(name, contracts[name], config[members], config[threshold])
    verifiers = switched_on(contracts["VerifierHub"], "VerifierSet", "verifier", "active", since)
    yield from set_differences("verifier", verifiers, config["verifiers"])
    platforms = switched_on(contracts["LicenseLedger"], "PlatformSet", "nameHash", "listed", since)
    yield from set_differences("platform", platforms, config["platforms"])
    yield from term_differences(contracts, config)
    yield from supply_differences(contracts["CPYToken"], config, since)
    yield from role_differences(contracts, config, deployer, since)
    yield from function_differences(contracts, since)


def code_differences(contracts):
    """Contracts that are not compiled from ours, whatever they answer."""
    for name, contract in contracts.items():
        compiled = bytes.fromhex(getattr(brownie, name)._build["deployedBytecode"])
        found = bytearray(web3.eth.get_code(contract.address))
        for place in IMMUTABLE.finditer(compiled):
            found[slice(*place.span())] = bytes(32)
        if found != compiled:
            yield f"{name} at {contract.address} has different code from contracts/ as compiled here"


def wiring_differences(contracts):
    for name, fields in WIRING.items():
        for field, other in fields.items():
            told = getattr(contracts[name], field)()
            if told != contracts[other].address:
                yield f"{name}.{field} is {told}, not {other}"
    for name, contract in contracts.items():
        listed = contracts["AddressBook"].versions("0x" + name.encode().hex().ljust(64, "0"))
        if not listed or listed[-1][0] != contract.address:
            yield f"AddressBook does not name {contract.address} as {name}"


def quorum_differences(name, contract, members, threshold):
    if contract.memberCount() != len(members) or contract.threshold() != threshold:
        yield f"{name} requires {contract.threshold()} of {contract.memberCount()}, not {threshold} of {len(members)}"
    for member in members:
        if not contract.isMember(member):
            yield f"{name}: {member} is not a member"


def set_differences(kind, found, wanted):
    wanted = {str(w).lower() for w in wanted}
    yield from (f"{kind} {missing} is missing" for missing in sorted(wanted - found))
    yield from (f"{kind} {extra} is not in the configuration" for extra in sorted(found - wanted))


def term_differences(contracts, config):
    terms = {
        "EvidenceOracle": {"requiredMethods": "methods"},
        "Settlement": {
            **{"operator": "operator", "challengeWindow": "challenge_window"},
            **{"releaseGrace": "release_grace", "bond": "bond"},
        },
        "Arbitration": {
            **{"challengeWindow": "challenge_window", "rulingTime": "ruling_time", "fee": "arbitration_fee"},
        },
    }
    for name, fields in terms.items():
        for field, key in fields.items():
            told = getattr(contracts[name], field)()
            if str(told) != str(config[key]):
                yield f"{name}.{field} is {told}, not {config[key]}"
    for name in ("LicenseLedger", "OfferBook", "Settlement"):
        told, wanted = contracts[name].earlier(), config.get("earlier", {}).get(name, NOBODY)
        if told != wanted:
            yield f"{name}.earlier is {told}, not {wanted}"
    for name in PAUSABLE:
        if contracts[name].paused():
            yield f"{name} is paused"


def supply_differences(token, config, since):
    minted = [(e["to"], e["value"]) for e in told_by(token, "Transfer", since, {"from": NOBODY})]
    if minted != [(config["token_holder"], SUPPLY)]:
        yield f"the supply went to {minted}, not all of it to {config['token_holder']}"


def role_differences(contracts, config, deployer, since):
    authority = contracts["Authority"]
    # A deployer who governs, as in development, gave himself no delay.
    delay = 0 if config["governor"] == deployer else config["governor_delay"]
    wanted = {(ADMIN_ROLE, config["governor"]): delay, (PAUSER_ROLE, config["pauser"]): 0}
    ever = {(e["roleId"], e["account"]) for e in told_by(authority, "RoleGranted", since)} | set(wanted)
    names = {ADMIN_ROLE: "govern", PAUSER_ROLE: "pause"}
    for role, account in sorted(ever):
        has, found = authority.hasRole(role, account)
        can = names.get(role, f"act as role {role}")
        if (role, account) not in wanted:
            if has:
                yield f"{account} can also {can}"
        elif not has:
            yield f"{account} cannot {can}"
        elif found != wanted[role, account]:
            yield f"{account} can {can} after {found} s, not {wanted[role, account]} s"
    for event, field in (("RoleAdminChanged", "admin"), ("RoleGuardianChanged", "guardian")):
        for e in told_by(authority, event, since):
            yield f"role {e['roleId']} has role {e[field]} as its {field}"


def function_differences(contracts, since):
    """Which functions another role than the governor's may call, and which contracts are closed."""
    authority = contracts["Authority"]
    names = {contract.address: name for name, contract in contracts.items()}
    wanted = {(contracts[n].address, contracts[n].signatures["pause"]): PAUSER_ROLE for n in PAUSABLE}
    found = {}
    for e in told_by(authority, "TargetFunctionRoleUpdated", since):
        found[e["target"], "0x" + bytes(e["selector"]).hex()] = e["roleId"]
    for target, selector in sorted({*wanted, *found}):
        role, right = (roles.get((target, selector), ADMIN_ROLE) for roles in (found, wanted))
        if role != right:
            yield f"function {selector} of {names.get(target, target)} is role {role}'s, not role {right}'s"
    for target in sorted({e["target"] for e in told_by(authority, "TargetClosed", since)}):
        if authority.isTargetClosed(target):
            yield f"{names.get(target, target)} is closed"


def switched_on(contract, event, what, state, since):
    """What the events of a switch leave switched on."""
    states = {shown(e[what]): e[state] for e in told_by(contract, event, since)}
    return {key for key, on in states.items() if on}


def shown(value):
    return "0x" + value.hex().removeprefix("0x") if isinstance(value, bytes) else str(value).lower()


def told_by(contract, event, since, matching=None):
    """Arguments of the contract's events of this name, oldest first."""
    events = getattr(web3.eth.contract(address=contract.address, abi=contract.abi).events, event)
    last = web3.eth.block_number
    for first in range(since, last + 1, BLOCKS_AT_ONCE):
        until = min(first + BLOCKS_AT_ONCE - 1, last)
        for log in events.get_logs(from_block=first, to_block=until, argument_filters=matching):
            yield log["args"]
