"""VerifierHub: attestations of single works and of persons, and how they are taken back."""

import pytest
from brownie import ZERO_ADDRESS, chain

from tests.contracts.conftest import DAY, digest, reverts
from tests.contracts.registry.attesting import (
    PERSON,
    another_verifier,
    bring,
    live,
    origin,
    sending,
    signature,
    statement,
)
from tests.contracts.registry.conftest import next_block_at, other_form, person, says, sell


@pytest.fixture
def work_id(make):
    """A work of the holder, as most of these tests speak of."""
    return make.work("w")


# -------------------------------------------------------------------------------------------------------------- works


def test_anybody_brings_a_signed_attestation(system, work_id):
    assert not live(system, work_id)
    given = statement(system, work_id)
    told = bring(system, given).events["AuthorshipAttested"]
    assert says(told, workId=work_id, subject=system.holder, verifier=system.verifier.address)
    assert (told["evidenceHash"], told["issuedAt"], told["expiresAt"]) == given[2:]
    assert live(system, work_id)
    assert not live(system, work_id, system.stranger) and not live(system, digest("another work"))
    assert not system.verifiers.hasIdentity(system.holder)


def test_only_verifiers_count(system, work_id):
    given, outsider = statement(system, work_id), person("outsider")
    for account in (outsider.address, ZERO_ADDRESS):
        with reverts("NotVerifier", account):
            bring(system, given, outsider, verifier=account)


def test_a_signature_is_for_one_statement_of_one_verifier_to_one_register(system, work_id):
    given = statement(system, work_id)
    bad = [
        signature(system, given, primary="Authorships"),
        signature(system, given, person("outsider")),
        signature(system, given, contract=system.registry),
        other_form(signature(system, given)),
        signature(system, given)[:64],
        signature(system, given[1:]),
    ]
    changes = [digest("x"), system.stranger.address, digest("x"), given[3] - 1, given[4] - 1]
    for place, value in enumerate(changes):
        bad.append(signature(system, (*given[:place], value, *given[place + 1 :])))
    for signed in bad:
        with reverts("BadAttestation", system.verifier.address):
            bring(system, given, signed=signed)
    bring(system, given)


def test_a_verifier_can_be_a_wallet_that_is_a_contract(system, wallet, work_id):
    account, signer = wallet
    system.verifiers.setVerifier(account, True, {"from": system.governor})
    given = statement(system, work_id)
    with reverts("BadAttestation", account):
        bring(system, given, person("outsider"), verifier=account)
    bring(system, given, signer, verifier=account)
    assert live(system, work_id)


def test_a_work_is_attested_of_its_first_owner_and_content(system, make, work_id):
    given = statement(system, work_id)
    for false in (origin(system, "x"), origin(system, owner=system.stranger), origin(system, "w", system.client)):
        with reverts("WrongOrigin", work_id):
            bring(system, given, of=false)
    with reverts("WrongOrigin", PERSON):
        bring(system, statement(system, PERSON))
    sell(system, work_id, system.holder, system.client)
    bring(system, statement(system, work_id, system.client))
    assert live(system, work_id, system.client) and not live(system, work_id)


def test_an_attestation_lives_from_its_issue_to_the_second_before_its_end(system, work_id):
    issued, ends = chain.time() + DAY, chain.time() + 2 * DAY
    given = statement(system, work_id, issued=issued, expires=ends)
    next_block_at(issued - 1)
    with reverts("OutsideValidity", issued, ends):
        bring(system, given)
    next_block_at(issued)
    bring(system, given)
    chain.mine(timestamp=ends - 1)
    assert live(system, work_id)
    chain.mine(timestamp=ends)
    assert not live(system, work_id)


def test_an_attestation_that_ends_now_is_not_recorded(system, work_id):
    ends = chain.time() + DAY
    given = statement(system, work_id, expires=ends)
    next_block_at(ends)
    with reverts("OutsideValidity", given[3], ends):
        bring(system, given)


def test_of_one_verifier_only_a_later_statement_replaces_an_earlier_one(system, work_id):
    now = chain.time()
    second = statement(system, work_id, issued=now - 10, expires=now + DAY)
    bring(system, second)
    for issued in (now - 10, now - 11):
        with reverts("SupersededAttestation", issued, now - 10):
            bring(system, statement(system, work_id, issued=issued, expires=now + 9 * DAY))
    bring(system, statement(system, work_id, issued=now - 9, expires=now + 9 * DAY))
    chain.sleep(5 * DAY)
    chain.mine()
    assert live(system, work_id)


def test_another_verifier_needs_no_later_statement(system, work_id):
    signer, _ = another_verifier(system)
    now = chain.time()
    bring(system, statement(system, work_id, issued=now - 10))
    bring(system, statement(system, work_id, issued=now - 20), signer)
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert live(system, work_id)


def test_a_verifiers_shorter_word_does_not_end_anothers(system, work_id):
    signer, _ = another_verifier(system)
    now = chain.time()
    long, short = (statement(system, work_id, issued=now - n, expires=now + n * DAY) for n in (20, 2))
    bring(system, long)
    bring(system, short, signer)
    of_each = [system.verifiers.attestationOf(work_id, system.holder, v.address) for v in (system.verifier, signer)]
    assert of_each == [(now - 20, now + 20 * DAY), (now - 2, now + 2 * DAY)]
    chain.sleep(10 * DAY)
    chain.mine()
    assert live(system, work_id)


def test_an_authorship_stands_since_the_first_verifier_attested_it(system, work_id):
    assert system.verifiers.authorship(work_id, system.holder, digest("w")) == (0, ())
    signer, _ = another_verifier(system)
    first = bring(system, statement(system, work_id)).timestamp
    chain.sleep(DAY)
    second = bring(system, statement(system, work_id), signer).timestamp
    chain.sleep(DAY)
    bring(system, statement(system, work_id))
    assert system.verifiers.authorship(work_id, system.holder, digest("w")) == (first, (work_id,))
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert system.verifiers.authorship(work_id, system.holder, digest("w")) == (second, (work_id,))
    assert system.verifiers.authorship(work_id, system.stranger, digest("w")) == (0, (work_id,))
    assert system.verifiers.authorship(work_id, system.holder, digest("x")) == (second, ())


def test_the_earliest_of_several_verifiers_counts_whoever_was_named_first(system, work_id):
    signer, _ = another_verifier(system)
    first = bring(system, statement(system, work_id), signer).timestamp
    chain.sleep(DAY)
    bring(system, statement(system, work_id))
    assert system.verifiers.authorship(work_id, system.holder, digest("w"))[0] == first


# ------------------------------------------------------------------------------------------------------------ persons


def test_a_verifier_attests_that_he_knows_somebody(system):
    assert not system.verifiers.hasIdentity(system.holder)
    given = statement(system)
    told = bring(system, given).events["IdentityAttested"]
    assert says(told, subject=system.holder, verifier=system.verifier.address)
    assert (told["evidenceHash"], told["issuedAt"], told["expiresAt"]) == given[1:]
    assert system.verifiers.hasIdentity(system.holder) and not system.verifiers.hasIdentity(system.stranger)
    assert not live(system, PERSON)


def test_who_is_known_is_taken_back_without_his_authorship(system, work_id):
    bring(system, statement(system))
    bring(system, statement(system, work_id))
    system.verifiers.revoke(PERSON, system.holder, {"from": sending(system)})
    assert not system.verifiers.hasIdentity(system.holder) and live(system, work_id)


def test_a_person_is_attested_by_a_verifiers_own_signature_over_that(system):
    given, outsider = statement(system), person("outsider")
    with reverts("NotVerifier", outsider.address):
        bring(system, given, outsider)
    for signed in (signature(system, given, outsider), signature(system, (PERSON, *given))):
        with reverts("BadAttestation", system.verifier.address):
            bring(system, given, signed=signed)


def test_who_is_known_is_so_until_the_second_before_the_end(system):
    ends = chain.time() + DAY
    bring(system, statement(system, expires=ends))
    chain.mine(timestamp=ends - 1)
    assert system.verifiers.hasIdentity(system.holder)
    chain.mine(timestamp=ends)
    assert not system.verifiers.hasIdentity(system.holder)


def test_a_statement_about_a_person_counts_in_its_time_and_the_latest_stands(system):
    now = chain.time()
    for issued, expires in ((now + DAY, now + 2 * DAY), (now - DAY, now - 1)):
        with reverts("OutsideValidity", issued, expires):
            bring(system, statement(system, issued=issued, expires=expires))
    bring(system, statement(system, issued=now - 10))
    with reverts("SupersededAttestation"):
        bring(system, statement(system, issued=now - 20))


# ---------------------------------------------------------------------------------------------------------- revocation


def test_a_revoked_attestation_cannot_be_replayed(system, work_id):
    given = statement(system, work_id)
    bring(system, given)
    with reverts("NoAttestation", work_id, system.holder):
        system.verifiers.revoke(work_id, system.holder, {"from": system.stranger})
    tx = system.verifiers.revoke(work_id, system.holder, {"from": sending(system)})
    assert says(tx.events["AttestationRevoked"], workId=work_id, subject=system.holder)
    assert not live(system, work_id)
    with reverts("SupersededAttestation", given[3], tx.timestamp):
        bring(system, given)
    with reverts("SupersededAttestation", tx.timestamp, tx.timestamp):
        bring(system, statement(system, work_id, issued=tx.timestamp))
    chain.sleep(5)
    bring(system, statement(system, work_id, issued=tx.timestamp + 1))
    assert live(system, work_id)


def test_a_verifier_takes_back_what_nobody_brought_yet(system, work_id):
    given = statement(system, work_id)
    system.verifiers.revoke(work_id, system.holder, {"from": sending(system)})
    with reverts("SupersededAttestation"):
        bring(system, given)
    assert not live(system, work_id)


def test_a_verifier_takes_back_only_his_own_attestation(system, work_id):
    signer, account = another_verifier(system)
    bring(system, statement(system, work_id))
    told = system.verifiers.revoke(work_id, system.holder, {"from": account}).events["AttestationRevoked"]
    assert says(told, verifier=signer.address) and live(system, work_id)
    chain.sleep(5)
    bring(system, statement(system, work_id, issued=chain.time()), signer)
    tx = system.verifiers.revoke(work_id, system.holder, {"from": sending(system)})
    assert live(system, work_id)
    assert system.verifiers.attestationOf(work_id, system.holder, system.verifier.address) == (tx.timestamp, 0)


def test_a_removed_verifier_can_still_take_back_what_stands(system, work_id):
    bring(system, statement(system, work_id))
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    system.verifiers.revoke(work_id, system.holder, {"from": sending(system)})
    with reverts("NoAttestation", work_id, system.holder):
        system.verifiers.revoke(work_id, system.holder, {"from": sending(system)})
    system.verifiers.setVerifier(system.verifier.address, True, {"from": system.governor})
    assert not live(system, work_id)


def test_what_a_verifier_attested_counts_only_while_he_is_one(system, work_id):
    bring(system, statement(system, work_id))
    bring(system, statement(system))
    tx = system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert says(tx.events["VerifierSet"], verifier=system.verifier.address, active=False)
    assert not live(system, work_id) and not system.verifiers.hasIdentity(system.holder)
    assert not system.verifiers.isVerifier(system.verifier.address)
    with reverts("NotVerifier", system.verifier.address):
        bring(system, statement(system, work_id, issued=chain.time()))


def test_only_the_governor_names_verifiers(system):
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.verifiers.setVerifier(system.stranger, True, {"from": system.stranger})


def test_there_are_eight_verifiers_and_no_ninth(system):
    by = {"from": system.governor}
    more = [person(f"verifier {n}").address for n in range(8)]
    for account in more[:7]:
        system.verifiers.setVerifier(account, True, by)
    with reverts("TooManyVerifiers", 8):
        system.verifiers.setVerifier(more[7], True, by)
    # To name one again changes nothing; nor to drop somebody who is none.
    system.verifiers.setVerifier(more[2], True, by)
    system.verifiers.setVerifier(person("outsider").address, False, by)
    system.verifiers.setVerifier(more[2], False, by)
    system.verifiers.setVerifier(more[7], True, by)
    everybody = {system.verifier.address, *more}
    assert {a for a in everybody if system.verifiers.isVerifier(a)} == everybody - {more[2]}
