"""VerifierHub: attestations of authorship."""

import brownie
from brownie import chain, web3
from eth_account import Account

from tests.contracts.conftest import DAY, reverts


def test_anybody_brings_a_signed_attestation(system, make):
    work_id = make.work()
    assert not system.verifiers.hasAuthorship(work_id, system.holder)
    system.verifiers.attest(*make.authorship(work_id), {"from": system.stranger})
    assert system.verifiers.hasAuthorship(work_id, system.holder)
    assert not system.verifiers.hasAuthorship(work_id, system.stranger)


def test_only_verifiers_count(system, make):
    work_id = make.work()
    outsider = Account.from_key(web3.keccak(text="outsider"))
    with reverts("NotVerifier", outsider.address):
        system.verifiers.attest(*make.authorship(work_id, signer=outsider), {"from": system.stranger})
    statement, _, _ = make.authorship(work_id)
    _, _, other = make.authorship(work_id, signer=outsider)
    with reverts("BadAttestation", system.verifier.address):
        system.verifiers.attest(statement, system.verifier.address, other, {"from": system.stranger})


def test_what_a_removed_verifier_attested_counts_no_more(system, make):
    work_id = make.work()
    make.attested(work_id)
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert not system.verifiers.hasAuthorship(work_id, system.holder)


def test_only_the_governor_names_verifiers(system):
    with brownie.reverts():
        system.verifiers.setVerifier(system.stranger, True, {"from": system.stranger})


def test_an_attestation_expires(system, make):
    work_id = make.work()
    system.verifiers.attest(*make.authorship(work_id, expires=chain.time() + DAY), {"from": system.stranger})
    chain.sleep(DAY + 1)
    chain.mine()
    assert not system.verifiers.hasAuthorship(work_id, system.holder)


def test_outside_its_validity_it_is_refused(system, make):
    work_id = make.work()
    with reverts("OutsideValidity"):
        system.verifiers.attest(*make.authorship(work_id, issued=chain.time() + DAY), {"from": system.stranger})
    with reverts("OutsideValidity"):
        system.verifiers.attest(*make.authorship(work_id, expires=chain.time() - 1), {"from": system.stranger})


def test_a_revoked_attestation_cannot_be_replayed(system, make):
    work_id = make.work()
    verifier = brownie.accounts.add(system.verifier.key.hex())
    given = make.authorship(work_id)
    system.verifiers.attest(*given, {"from": system.stranger})
    with reverts("NoAttestation", work_id, system.holder):
        system.verifiers.revoke(work_id, system.holder, {"from": system.stranger})
    system.verifiers.revoke(work_id, system.holder, {"from": verifier})
    assert not system.verifiers.hasAuthorship(work_id, system.holder)
    with reverts("SupersededAttestation"):
        system.verifiers.attest(*given, {"from": system.stranger})
