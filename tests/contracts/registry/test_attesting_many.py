"""VerifierHub: many works under one signature, and several registrations of one content."""

import brownie
import pytest
from brownie import ZERO_ADDRESS, accounts, chain

from tests.contracts.conftest import DAY, EMPTY, digest, entry, merkle, raw, reverts
from tests.contracts.registry.attesting import (
    bring,
    live,
    origin,
    sending,
    signature,
    statement,
)
from tests.contracts.registry.conftest import REJECTED, judge, person, says, sell

# --------------------------------------------------------------------------------------------------- many works at once


def works_of(system, make, names):
    """Works of the holder and a statement of all of them; returns (statement, works as `attestMany` takes them)."""
    ids = [make.work(name) for name in names]
    root, proofs = merkle([system.verifiers.authorshipLeaf(i) for i in ids])
    listed = [(i, origin(system, name), proof) for i, name, proof in zip(ids, names, proofs, strict=True)]
    return (root, *statement(system)), listed


def bring_many(system, given, works, signer=None, signed=None):
    signed = signed or signature(system, given, signer, "Authorships")
    verifier = (signer or system.verifier).address
    return system.verifiers.attestMany(given, works, verifier, signed, {"from": system.stranger})


def test_one_signature_attests_many_works_at_once_or_later(system, make):
    given, works = works_of(system, make, "abcde")
    tx = bring_many(system, given, works[:3])
    told = tx.events["AuthorshipAttested"]
    assert [e["workId"] for e in told] == [w for w, _, _ in works[:3]]
    assert says(told[0], subject=system.holder, verifier=system.verifier.address, evidenceHash=digest("seen"))
    assert (told[0]["issuedAt"], told[0]["expiresAt"]) == given[3:]
    assert [live(system, w) for w, _, _ in works] == [True] * 3 + [False] * 2
    chain.sleep(DAY)
    bring_many(system, given, works[3:])
    assert all(live(system, w) for w, _, _ in works)
    assert system.verifiers.authorship(works[4][0], system.holder, digest("e"))[1] == (works[4][0],)


def test_of_many_works_those_that_are_attested_already_are_passed_over(system, make):
    given, works = works_of(system, make, "abc")
    bring_many(system, given, works[:1])
    bring(system, statement(system, works[1][0], issued=given[3] + 1), of=works[1][1])
    tx = bring_many(system, given, works)
    assert [e["workId"] for e in tx.events["AuthorshipAttested"]] == [works[2][0]]
    assert "AuthorshipAttested" not in bring_many(system, given, works).events


def test_a_work_that_a_verifier_took_back_does_not_come_back_with_the_others(system, make):
    given, works = works_of(system, make, "ab")
    system.verifiers.revoke(works[0][0], system.holder, {"from": sending(system)})
    bring_many(system, given, works)
    assert [live(system, w) for w, _, _ in works] == [False, True]


def test_each_of_many_works_is_under_the_root_that_was_signed(system, make):
    given, works = works_of(system, make, "abc")
    other = make.work("d")
    for false in ((other, origin(system, "d"), works[1][2]), (*works[1][:2], works[0][2]), (*works[1][:2], [])):
        with reverts("NotListed", given[0], false[0]):
            bring_many(system, given, [works[0], false])
    with reverts("WrongOrigin", works[1][0]):
        bring_many(system, given, [works[0], (works[1][0], works[0][1], works[1][2])])
    assert not any(live(system, w) for w, _, _ in works)
    expected = brownie.web3.keccak(brownie.web3.keccak(raw(other)))
    assert system.verifiers.authorshipLeaf(other) == "0x" + bytes(expected).hex()


def test_many_works_are_attested_by_a_verifiers_own_signature_over_that_while_it_is_valid(system, make):
    given, works = works_of(system, make, "ab")
    with reverts("NotVerifier", person("outsider").address):
        bring_many(system, given, works, person("outsider"))
    changed = [
        (*given[:place], value, *given[place + 1 :])
        for place, value in enumerate([digest("x"), system.stranger.address, digest("x"), given[3] - 1, given[4] - 1])
    ]
    bad = [signature(system, c, primary="Authorships") for c in changed]
    for signed in (*bad, signature(system, given), signature(system, given, person("outsider"), "Authorships")):
        with reverts("BadAttestation", system.verifier.address):
            bring_many(system, given, works, signed=signed)
    now = chain.time()
    for issued, expires in ((now + DAY, now + 2 * DAY), (now - DAY, now - 1)):
        with reverts("OutsideValidity", issued, expires):
            bring_many(system, (*given[:3], issued, expires), works)
    bring_many(system, given, works)


# ------------------------------------------------------------------------------- several registrations of one content


@pytest.fixture
def full(system):
    """Sixteen attested registrations of one content: (owners, works), and one more that waits."""
    owners = accounts[1:18]
    for owner in owners:
        system.registry.register(entry("w"), {"from": owner})
    works = [system.registry.workIdOf(owner, digest("w")) for owner in owners]
    for owner, work_id in zip(owners[:16], works, strict=False):
        attest_for(system, work_id, owner)
    return owners, works


def attest_for(system, work_id, owner, **times):
    return bring(system, statement(system, work_id, owner, **times), of=origin(system, owner=owner))


def registrations(system):
    return system.verifiers.authorship(EMPTY, ZERO_ADDRESS, digest("w"))[1]


def test_sixteen_registrations_of_a_content_are_attested_and_no_seventeenth(system, full):
    owners, works = full
    assert system.verifiers.authorship(EMPTY, ZERO_ADDRESS, digest("w")) == (0, tuple(works[:16]))
    with reverts("TooManyRegistrations", digest("w")):
        attest_for(system, works[16], owners[16])
    chain.sleep(DAY)
    attest_for(system, works[7], owners[7])
    assert registrations(system) == tuple(works[:16])


def die_by_the_panels_word(system, owner, work_id):
    judge(system, work_id, digest("w"), REJECTED)


def die_by_the_verifiers_word(system, owner, work_id):
    system.verifiers.revoke(work_id, owner, {"from": sending(system)})


def die_by_a_sale(system, owner, work_id):
    sell(system, work_id, owner, system.governor)


def die_in_time(system, owner, work_id):
    attest_for(system, work_id, owner, issued=chain.time() - 1, expires=chain.time() + DAY)
    chain.sleep(DAY + 1)


@pytest.mark.parametrize("die", [die_by_the_panels_word, die_by_the_verifiers_word, die_by_a_sale, die_in_time])
def test_a_dead_registration_makes_room_for_another(system, full, die):
    owners, works = full
    die(system, owners[5], works[5])
    attest_for(system, works[16], owners[16])
    assert registrations(system) == (*works[:5], works[16], *works[6:16])
    assert live(system, works[16], owners[16])


def test_a_seventeenth_is_refused_under_one_signature_as_well(system, full):
    owners, works = full
    root, (proof,) = merkle([system.verifiers.authorshipLeaf(works[16])])
    given = (root, *statement(system, subject=owners[16]))
    with reverts("TooManyRegistrations", digest("w")):
        bring_many(system, given, [(works[16], origin(system, owner=owners[16]), proof)])
