"""VerifierHub: attestations of authorship and of persons."""

import brownie
from brownie import ZERO_ADDRESS, chain

from tests.contracts.conftest import DAY, EMPTY, digest, raw, reverts, typed
from tests.contracts.registry.conftest import next_block_at, other_form, person, says

PERSON = EMPTY
IDENTITY = [("address", "subject"), ("bytes32", "evidenceHash"), ("uint64", "issuedAt"), ("uint64", "expiresAt")]
AUTHORSHIP = [("bytes32", "workId"), *IDENTITY]


def statement(system, work_id=None, subject=None, issued=None, expires=None):
    """What a verifier signs: of a person where no work is named."""
    issued = chain.time() - 10 if issued is None else issued
    expires = chain.time() + 365 * DAY if expires is None else expires
    of_person = ((subject or system.holder).address, digest("seen"), issued, expires)
    return of_person if work_id is None else (work_id, *of_person)


def signature(system, given, signer=None, **domain):
    primary, fields = ("Identity", IDENTITY) if len(given) == 4 else ("Authorship", AUTHORSHIP)
    message = {f: raw(v) if kind == "bytes32" else v for (kind, f), v in zip(fields, given, strict=True)}
    contract = domain.get("contract", system.verifiers)
    return (
        (signer or system.verifier)
        .sign_message(typed(contract, "CopyTrack VerifierHub", primary, fields, message))
        .signature
    )


def bring(system, given, signer=None, signed=None, verifier=None):
    """Anybody brings the statement on-chain."""
    call = system.verifiers.attestIdentity if len(given) == 4 else system.verifiers.attest
    verifier = verifier or (signer or system.verifier).address
    return call(given, verifier, signed or signature(system, given, signer), {"from": system.stranger})


def another_verifier(system):
    """A second verifier who also sends transactions."""
    signer = person("another verifier")
    system.verifiers.setVerifier(signer.address, True, {"from": system.governor})
    return signer, brownie.accounts.add(signer.key.hex())


def sending(system):
    return brownie.accounts.add(system.verifier.key.hex())


def live(system, work_id, subject=None):
    return system.verifiers.hasAuthorship(work_id, subject or system.holder)


# -------------------------------------------------------------------------------------------------------------- works


def test_anybody_brings_a_signed_attestation(system, make):
    work_id = make.work()
    assert not live(system, work_id)
    given = statement(system, work_id)
    told = bring(system, given).events["AuthorshipAttested"]
    assert says(told, workId=work_id, subject=system.holder, verifier=system.verifier.address)
    assert (told["evidenceHash"], told["issuedAt"], told["expiresAt"]) == given[2:]
    assert live(system, work_id)
    assert not live(system, work_id, system.stranger) and not live(system, digest("another work"))
    assert not system.verifiers.hasIdentity(system.holder)


def test_only_verifiers_count(system):
    given, outsider = statement(system, digest("w")), person("outsider")
    for account in (outsider.address, ZERO_ADDRESS):
        with reverts("NotVerifier", account):
            bring(system, given, outsider, verifier=account)


def test_a_signature_is_for_one_statement_of_one_verifier_to_one_register(system):
    given = statement(system, digest("w"))
    bad = [
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


def test_a_verifier_can_be_a_wallet_that_is_a_contract(system, wallet):
    account, signer = wallet
    system.verifiers.setVerifier(account, True, {"from": system.governor})
    given = statement(system, digest("w"))
    with reverts("BadAttestation", account):
        bring(system, given, person("outsider"), verifier=account)
    bring(system, given, signer, verifier=account)
    assert live(system, digest("w"))


def test_an_attestation_of_no_work_is_none_of_authorship(system):
    with reverts("EmptyWork"):
        bring(system, statement(system, PERSON))


def test_an_attestation_lives_from_its_issue_to_the_second_before_its_end(system):
    issued, ends = chain.time() + DAY, chain.time() + 2 * DAY
    given = statement(system, digest("w"), issued=issued, expires=ends)
    next_block_at(issued - 1)
    with reverts("OutsideValidity", issued, ends):
        bring(system, given)
    next_block_at(issued)
    bring(system, given)
    chain.mine(timestamp=ends - 1)
    assert live(system, digest("w"))
    chain.mine(timestamp=ends)
    assert not live(system, digest("w"))


def test_an_attestation_that_ends_now_is_not_recorded(system):
    ends = chain.time() + DAY
    given = statement(system, digest("w"), expires=ends)
    next_block_at(ends)
    with reverts("OutsideValidity", given[3], ends):
        bring(system, given)


def test_of_one_verifier_only_a_later_statement_replaces_an_earlier_one(system):
    now = chain.time()
    second = statement(system, digest("w"), issued=now - 10, expires=now + DAY)
    bring(system, second)
    for issued in (now - 10, now - 11):
        with reverts("SupersededAttestation", issued, now - 10):
            bring(system, statement(system, digest("w"), issued=issued, expires=now + 9 * DAY))
    bring(system, statement(system, digest("w"), issued=now - 9, expires=now + 9 * DAY))
    chain.sleep(5 * DAY)
    chain.mine()
    assert live(system, digest("w"))


def test_another_verifier_needs_no_later_statement(system):
    signer, _ = another_verifier(system)
    now = chain.time()
    bring(system, statement(system, digest("w"), issued=now - 10))
    bring(system, statement(system, digest("w"), issued=now - 20), signer)
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert live(system, digest("w"))


# ------------------------------------------------------------------------------------------------------------ persons


def test_a_verifier_attests_that_he_knows_somebody(system):
    assert not system.verifiers.hasIdentity(system.holder)
    given = statement(system)
    told = bring(system, given).events["IdentityAttested"]
    assert says(told, subject=system.holder, verifier=system.verifier.address)
    assert (told["evidenceHash"], told["issuedAt"], told["expiresAt"]) == given[1:]
    assert system.verifiers.hasIdentity(system.holder) and not system.verifiers.hasIdentity(system.stranger)
    assert not live(system, PERSON)


def test_who_is_known_is_taken_back_without_his_authorship(system):
    bring(system, statement(system))
    bring(system, statement(system, digest("w")))
    system.verifiers.revoke(PERSON, system.holder, {"from": sending(system)})
    assert not system.verifiers.hasIdentity(system.holder) and live(system, digest("w"))


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


# ---------------------------------------------------------------------------------------------------------- revocation


def test_a_revoked_attestation_cannot_be_replayed(system):
    given = statement(system, digest("w"))
    bring(system, given)
    with reverts("NoAttestation", digest("w"), system.holder):
        system.verifiers.revoke(digest("w"), system.holder, {"from": system.stranger})
    tx = system.verifiers.revoke(digest("w"), system.holder, {"from": sending(system)})
    assert says(tx.events["AttestationRevoked"], workId=digest("w"), subject=system.holder)
    assert not live(system, digest("w"))
    with reverts("SupersededAttestation", given[3], tx.timestamp):
        bring(system, given)
    with reverts("SupersededAttestation", tx.timestamp, tx.timestamp):
        bring(system, statement(system, digest("w"), issued=tx.timestamp))
    chain.sleep(5)
    bring(system, statement(system, digest("w"), issued=tx.timestamp + 1))
    assert live(system, digest("w"))


def test_a_verifier_takes_back_what_nobody_brought_yet(system):
    given = statement(system, digest("w"))
    system.verifiers.revoke(digest("w"), system.holder, {"from": sending(system)})
    with reverts("SupersededAttestation"):
        bring(system, given)
    assert not live(system, digest("w"))


def test_a_verifier_takes_back_only_his_own_attestation(system):
    signer, account = another_verifier(system)
    bring(system, statement(system, digest("w")))
    system.verifiers.revoke(digest("w"), system.holder, {"from": account})
    assert live(system, digest("w"))
    chain.sleep(5)
    bring(system, statement(system, digest("w"), issued=chain.time()), signer)
    system.verifiers.revoke(digest("w"), system.holder, {"from": sending(system)})
    assert live(system, digest("w"))


def test_a_removed_verifier_can_still_take_back_what_stands(system):
    bring(system, statement(system, digest("w")))
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    system.verifiers.revoke(digest("w"), system.holder, {"from": sending(system)})
    with reverts("NoAttestation", digest("w"), system.holder):
        system.verifiers.revoke(digest("w"), system.holder, {"from": sending(system)})
    system.verifiers.setVerifier(system.verifier.address, True, {"from": system.governor})
    assert not live(system, digest("w"))


def test_what_a_verifier_attested_counts_only_while_he_is_one(system):
    bring(system, statement(system, digest("w")))
    bring(system, statement(system))
    tx = system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    assert says(tx.events["VerifierSet"], verifier=system.verifier.address, active=False)
    assert not live(system, digest("w")) and not system.verifiers.hasIdentity(system.holder)
    assert not system.verifiers.isVerifier(system.verifier.address)
    with reverts("NotVerifier", system.verifier.address):
        bring(system, statement(system, digest("w"), issued=chain.time()))


def test_only_the_governor_names_verifiers(system):
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.verifiers.setVerifier(system.stranger, True, {"from": system.stranger})
