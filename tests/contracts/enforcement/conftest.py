"""What happens to cases, in short."""

from types import SimpleNamespace

import pytest
from brownie import accounts, chain, web3
from eth_account import Account
from eth_account.messages import encode_typed_data

from tests.contracts.conftest import BOND, DAY, FEE, NO_PERMIT, WINDOW, digest, raw, reverts, word

MNEMONIC = "test test test test test test test test test test test junk"
SUSTAINED, REFUSED, ABUSE = 1, 2, 3
OPEN, CONTESTED, SETTLED, CLOSED, DISMISSED = range(1, 6)
REGISTRATION, EVIDENCE, CASE = range(3)
NOBODY = "0x" + "00" * 20
# eth-account derives keys only when told that this code was not audited.
Account.enable_unaudited_hdwallet_features()


def key_of(account):
    """anvil's accounts all come from the phrase that it always uses."""
    place = list(accounts).index(account)
    return Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{place}")


def wait(seconds):
    chain.sleep(int(seconds))
    chain.mine()


def wallet(accepted=None):
    """Code of a contract wallet (EIP-1271) that accepts the signature with these 32 bytes; None: every one."""
    magic = "631626ba7e60e01b"
    chosen = f"606435{'7f' + raw(accepted).hex()}1402" if accepted else ""
    runtime = f"{magic}{chosen}5f5260205ff3"
    size = len(runtime) // 2
    created = accounts[0].transfer(data=f"0x60{size:02x}80600a5f395ff3" + "00" + runtime)
    return SimpleNamespace(address=created.contract_address)


def impersonated(address):
    """The wallet's code calls nobody: the node lets it send."""
    web3.provider.make_request("anvil_impersonateAccount", [address])
    return accounts.at(address, force=True)


def held(system):
    return system.token.balanceOf(system.arbitration)


def owed(system, *accounts):
    return [system.arbitration.owed(a if isinstance(a, str) else a.address) for a in accounts]


def earned(system):
    return owed(system, *system.panel)


def fresh_item(make):
    """An item whose window has just begun, and what names it."""
    given = make.opening()
    item = make.item(given[1][0])
    root, (proof,) = make.reported([item])
    return (root, item, proof, given[3], b"EUR", 1)


def standing(system, given):
    return system.registry.work(given[1][0])["standing"]


def standing_of_item(system, given):
    return system.evidence.standingOf(system.evidence.leafOf(given[1]))


def refused(system, given, name, *arguments, by=None):
    """Opening a case on this is refused, by either way."""
    by = by or system.holder
    with reverts(name, *arguments):
        system.settlement.open(given, {"from": by})
    # Whoever holds the rights and owns the certificate needs nobody's signature.
    own = (given[1][0], by, 0, 2**63, chain.time() + DAY)
    with reverts(*(("BadSignature",) if name in ("NotHolder", "CertificateSold") else (name, *arguments))):
        system.settlement.openAssigned(given, own, [], {"from": by})


@pytest.fixture(scope="module")
def court(system, make):
    return courts(system, make)


def courts(system, make):
    settlement, arbitration = system.settlement, system.arbitration

    def sighted(work_id, content, seen=None, site="shop", demand=30000, url=None):
        """What opens a case on one more sighting of a work, once its window is over; on this page if one is named."""
        found = make.item(work_id, site, seen)
        found = (*found[:3], digest(url), *found[4:]) if url else found
        root, proofs = make.reported([found, make.item(work_id, "elsewhere")])
        wait(WINDOW + 1)
        return (root, found, proofs[0], content, b"EUR", demand)

    def again(given, seen=None, **kwargs):
        """One more sighting of the same work."""
        return sighted(given[1][0], given[3], seen, **kwargs)

    def opened(given, claimant=None):
        claimant = claimant or system.holder
        make.funded(claimant, BOND, settlement)
        return settlement.open(given, {"from": claimant}).events["CaseOpened"]["caseId"]

    def sold(work_id, buyer=None):
        system.registry.transferFrom(
            system.holder, buyer or system.client, int(str(work_id), 16), {"from": system.holder}
        )
        wait(1)

    def paid(case_id, payer=None, **kwargs):
        payer = payer or system.payer
        quote = make.quote(case_id, **kwargs)
        make.funded(payer, quote[3], settlement)
        return quote, settlement.pay(quote, make.signed_quote(quote), {"from": payer})

    def contested(case_id, by=None):
        """The operator contests for the image user, or a stranger for himself; returns the number of the dispute."""
        by = by or system.operator
        make.funded(by, FEE if by == system.operator else 2 * FEE, arbitration)
        tx = arbitration.contest(case_id, digest("reasons"), {"from": by})
        return tx.events["DisputeRaised"]["disputeId"]

    def disputed(given, by=None, owner=None):
        """A registration is disputed: that of the work of this opening."""
        by = by or system.stranger
        make.funded(by, 2 * FEE, arbitration)
        tx = arbitration.disputeRegistration(owner or system.holder, given[3], digest("reasons"), {"from": by})
        return tx.events["DisputeRaised"]["disputeId"]

    def challenged(given, by=None):
        by = by or system.stranger
        make.funded(by, 2 * FEE, arbitration)
        tx = arbitration.challengeEvidence(*given[:3], digest("reasons"), {"from": by})
        return tx.events["DisputeRaised"]["disputeId"]

    def ruled(dispute_id, outcome, barred=0, by=None):
        return arbitration.rule(*make.ruling(dispute_id, outcome, barred, by), {"from": system.stranger})

    def assignment(work_id, assignee, seen_from=0, seen_until=2**63, deadline=None, by=None):
        """The holder lets somebody act; returns it with his signature."""
        deadline = chain.time() + DAY if deadline is None else deadline
        given = (work_id, assignee.address, seen_from, seen_until, deadline)
        fields = [("bytes32", "workId"), ("address", "assignee"), ("uint64", "seenFrom"), ("uint64", "seenUntil")]
        fields += [("uint256", "epoch"), ("uint64", "deadline")]
        by = by or system.holder
        values = (*given[:-1], settlement.epochOf(by), deadline)
        return given, make.signed(settlement, "Settlement", "Assignment", fields, values, [key_of(by)])

    def reduction(case_id, demand, deadline=None, by=None):
        deadline = chain.time() + DAY if deadline is None else deadline
        given = (case_id, demand, deadline)
        fields = [("uint256", "caseId"), ("uint48", "demand"), ("uint256", "epoch"), ("uint64", "deadline")]
        by = by or system.holder
        values = (case_id, demand, settlement.epochOf(by), deadline)
        return given, make.signed(settlement, "Settlement", "Reduction", fields, values, [key_of(by)])[0]

    def reduced(case_id, demand, signed=None, payer=None):
        """Somebody pays a case at the lower demand that the claimant agreed to."""
        payer = payer or system.payer
        given, consent = signed or reduction(case_id, demand)
        quote = make.quoted(settlement, word(case_id), demand)
        make.funded(payer, quote[3], settlement)
        return settlement.payReduced(quote, make.signed_quote(quote), NO_PERMIT, given, consent, {"from": payer})

    def permit(owner, value, spender=None):
        """ERC-2612 permit of CPY."""
        spender = spender or settlement
        deadline = chain.time() + DAY
        fields = [("address", "owner"), ("address", "spender"), ("uint256", "value"), ("uint256", "nonce")]
        fields.append(("uint256", "deadline"))
        values = (owner.address, spender.address, value, system.token.nonces(owner), deadline)
        signed = key_of(owner).sign_message(permit_message(fields, values))
        return (value, deadline, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))

    def permit_message(fields, values):
        domain = {"name": "CopyTrack", "version": "1", "chainId": chain.id, "verifyingContract": system.token.address}
        types = {"Permit": [{"type": kind, "name": field} for kind, field in fields]}
        return encode_typed_data(domain, types, dict(zip([f for _, f in fields], values, strict=True)))

    def attested(work_id, subject):
        """A verifier attests that this account controls the work."""
        system.verifiers.attest(*make.authorship(work_id, subject), {"from": system.stranger})

    def stage(case_id):
        return settlement.caseOf(case_id)["stage"]

    return SimpleNamespace(**{k: v for k, v in locals().items() if callable(v)})
