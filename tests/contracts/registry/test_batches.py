"""WorkRegistry: any number of works dated at once, and dates that only go down."""

import pytest
from brownie import ZERO_ADDRESS, accounts, chain, web3

from tests.contracts.conftest import DAY, EMPTY, NO_CONSENT, cid, digest, entry, merkle, raw, reverts
from tests.contracts.registry.conftest import (
    REJECTED,
    agreed,
    claim,
    in_one_second,
    judge,
    next_block_at,
    person,
    says,
    sell,
    sign,
    token,
)


def work_id_of(system, name, owner=None):
    return system.registry.workIdOf(owner or system.holder, digest(name))


def entries(names):
    return [entry(name) for name in names]


@pytest.fixture
def author():
    """Owns works, and signs; somebody else pays."""
    return person("author")


def batch_of(system, owner, names):
    """A stranger anchors a batch of this owner's works; returns (root, proofs, transaction)."""
    root, proofs = merkle([system.registry.batchLeaf(owner, e) for e in entries(names)])
    return root, proofs, system.registry.anchorBatch(root, len(names), cid("manifest"), {"from": system.stranger})


# ------------------------------------------------------------------------------------------------------------ anchoring


def test_a_batch_is_dated_numbered_and_told(system, make):
    root, _, tx = make.anchor(entries("abcde"))
    told = tx.events["BatchAnchored"]
    assert says(told, batchId=1, root=root, publisher=system.holder, anchoredAt=tx.timestamp, size=5)
    assert told["manifestCid"] == cid("manifest")
    assert system.registry.batch(root) == (1, tx.timestamp)
    other, _, _ = make.anchor(entries("fg"))
    assert system.registry.batch(other)[0] == 2


def test_a_batch_is_not_empty(system):
    by = {"from": system.holder}
    with reverts("EmptyBatch"):
        system.registry.anchorBatch(EMPTY, 1, cid("m"), by)
    with reverts("EmptyBatch"):
        system.registry.anchorBatch(digest("r"), 0, cid("m"), by)
    with reverts("EmptyCid"):
        system.registry.anchorBatch(digest("r"), 1, b"", by)
    with reverts("UnknownBatch", digest("r")):
        system.registry.batch(digest("r"))


def test_anchoring_again_keeps_the_first_date_and_tells_another_place_of_the_manifest(system, make):
    root, _, first = make.anchor(entries("ab"))
    chain.sleep(DAY)
    again = system.registry.anchorBatch(root, 2, cid("mirror"), {"from": system.stranger})
    assert again.return_value == 1 and system.registry.batch(root) == (1, first.timestamp)
    assert says(again.events["BatchAnchored"], batchId=1, anchoredAt=first.timestamp, publisher=system.stranger)
    assert again.events["BatchAnchored"]["manifestCid"] == cid("mirror")
    next_root, _, _ = make.anchor(entries("cd"))
    assert system.registry.batch(next_root)[0] == 2


def test_who_anchors_a_strangers_root_first_only_dates_it_earlier(system, make):
    """Front-running with a useless manifest: the author's own transaction still tells where the manifest is."""
    root, proofs = merkle([system.registry.batchLeaf(system.holder, e) for e in entries("ab")])
    squat = system.registry.anchorBatch(root, 9, b"x", {"from": system.stranger})
    own = system.registry.anchorBatch(root, 2, cid("manifest"), {"from": system.holder})
    assert own.events["BatchAnchored"]["manifestCid"] == cid("manifest")
    claim(system, root, entry("a"), proofs[0])
    assert system.registry.work(work_id_of(system, "a"))[0] == squat.timestamp
    assert system.registry.ownerOf(token(work_id_of(system, "a"))) == system.holder


def test_a_leaf_is_hashed_twice(system):
    kind, content, engine, fingerprint, metadata = entry("a")
    words = [raw(system.holder.address).rjust(32, b"\0"), kind.to_bytes(32, "big"), raw(content)]
    words += [engine.to_bytes(32, "big"), web3.keccak(raw(fingerprint)), web3.keccak(raw(metadata))]
    expected = web3.keccak(web3.keccak(b"".join(words)))
    assert system.registry.batchLeaf(system.holder, entry("a")) == "0x" + bytes(expected).hex()


# ------------------------------------------------------------------------------------------------------------- claiming


def test_a_batch_dates_its_works(system, make):
    root, proofs, tx = make.anchor(entries("abcde"))
    chain.sleep(DAY)
    for name, proof in zip("abcde", proofs, strict=True):
        work_id = work_id_of(system, name)
        told = claim(system, root, entry(name), proof).events["WorkRegistered"]
        assert says(told, workId=work_id, owner=system.holder, registeredAt=tx.timestamp, batchId=1)
        assert system.registry.ownerOf(token(work_id)) == system.holder
        assert system.registry.work(work_id)[:2] == (tx.timestamp, 1)


def test_a_batch_of_one_work_needs_no_proof(system, make):
    root, proofs, tx = make.anchor(entries("a"))
    assert proofs == [[]]
    claim(system, root, entry("a"), [])
    assert system.registry.work(work_id_of(system, "a"))[0] == tx.timestamp


def test_a_claim_needs_the_proof_of_exactly_this_entry(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    kind, content, engine, fingerprint, metadata = entry("a")
    others = [
        (1, content, engine, fingerprint, metadata),
        (kind, digest("x"), engine, fingerprint, metadata),
        (kind, content, engine + 1, fingerprint, metadata),
        (kind, content, engine, cid("x"), metadata),
        (kind, content, engine, fingerprint, cid("x")),
        # What the two say together is the same, but not which of them says it.
        (kind, content, engine, fingerprint + metadata[2:], b""),
    ]
    for other in others:
        with reverts("NotInBatch", root, system.registry.batchLeaf(system.holder, other)):
            claim(system, root, other, proofs[0])
    with reverts("NotInBatch", root, system.registry.batchLeaf(system.stranger, entry("a"))):
        claim(system, root, entry("a"), proofs[0], owner=system.stranger)
    with reverts("NotInBatch", root, system.registry.batchLeaf(system.holder, entry("b"))):
        claim(system, root, entry("b"), proofs[0])
    with reverts("NotInBatch"):
        claim(system, root, entry("a"), [])
    with reverts("UnknownBatch", digest("x")):
        claim(system, digest("x"), entry("a"), proofs[0])


def test_an_incomplete_or_ownerless_entry_is_no_work_even_in_a_batch(system, make):
    kind, content, engine, fingerprint, metadata = entry("a")
    broken = [
        ("EmptyContentHash", (kind, EMPTY, engine, fingerprint, metadata)),
        ("EmptyCid", (kind, content, engine, b"", metadata)),
        ("EmptyCid", (kind, content, engine, fingerprint, b"")),
    ]
    root, proofs, _ = make.anchor([e for _, e in broken])
    for (error, given), proof in zip(broken, proofs, strict=True):
        with reverts(error):
            claim(system, root, given, proof)
    leaf = system.registry.batchLeaf(ZERO_ADDRESS, entry("a"))
    system.registry.anchorBatch(leaf, 1, cid("m"), {"from": system.stranger})
    with reverts("BadSignature", ZERO_ADDRESS):
        consent = (chain.time() + DAY, b"")
        claim(system, leaf, entry("a"), [], system.stranger, ZERO_ADDRESS, consent)


def test_a_work_that_exists_is_passed_over_and_told(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    claim(system, root, entry("a"), proofs[0])
    kind, content, _, _, metadata = entry("a")
    for given in (entry("a"), (kind, content, 2, cid("other"), metadata)):
        tx = claim(system, root, given, proofs[0])
        assert says(tx.events["ClaimPassedOver"], workId=work_id_of(system, "a"), root=root)
        assert len(tx.events) == 1


def test_many_works_are_claimed_at_once_and_one_that_exists_does_not_stop_the_others(system, make):
    root, proofs, tx = make.anchor(entries("abcd"))
    claim(system, root, entry("b"), proofs[1])
    by = {"from": system.holder}
    many = system.registry.claimMany(root, system.holder, entries("abcd"), proofs, NO_CONSENT, by)
    assert len(many.events["WorkRegistered"]) == 3
    assert [e["workId"] for e in many.events["ClaimPassedOver"]] == [work_id_of(system, "b")]
    assert [system.registry.work(work_id_of(system, n))[0] for n in "abcd"] == [tx.timestamp] * 4
    again = system.registry.claimMany(root, system.holder, entries("abcd"), proofs, NO_CONSENT, by)
    assert "WorkRegistered" not in again.events and len(again.events["ClaimPassedOver"]) == 4


def test_each_of_many_needs_its_own_proof(system, make):
    root, proofs, _ = make.anchor(entries("abcd"))
    given = (NO_CONSENT, {"from": system.holder})
    with reverts("ProofsMissing", 4, 3):
        system.registry.claimMany(root, system.holder, entries("abcd"), proofs[:3], *given)
    with reverts("NotInBatch"):
        system.registry.claimMany(root, system.holder, entries("abxd"), proofs, *given)
    with reverts("UnknownBatch", digest("x")):
        system.registry.claimMany(digest("x"), system.holder, entries("a"), proofs[:1], *given)
    for name in "abcd":
        with reverts("UnknownWork"):
            system.registry.work(work_id_of(system, name))


def test_a_claim_that_is_dated_earlier_takes_the_first_place(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    chain.sleep(5)
    squatter = make.work("a", system.stranger)
    assert system.registry.earliestOf(digest("a")) == squatter
    tx = claim(system, root, entry("a"), proofs[0])
    assert says(tx.events["DuplicateRecorded"], workId=work_id_of(system, "a"), other=squatter)
    assert system.registry.earliestOf(digest("a")) == work_id_of(system, "a")


def test_who_registers_in_the_second_of_the_anchoring_stays_first(system):
    root, proofs = merkle([system.registry.batchLeaf(system.holder, e) for e in entries("ab")])
    at = in_one_second(
        (system.holder, system.registry.anchorBatch, root, 2, cid("m")),
        (system.stranger, system.registry.register, entry("a")),
    )
    claim(system, root, entry("a"), proofs[0])
    assert system.registry.work(work_id_of(system, "a"))[0] == at
    assert system.registry.earliestOf(digest("a")) == work_id_of(system, "a", system.stranger)


# -------------------------------------------------------------------------------------------- whose word a claim needs


def test_an_owner_signs_and_anybody_pays_for_what_the_batch_holds(system, author):
    root, proofs, tx = batch_of(system, author.address, "abc")
    consent = agreed(system, author, root)
    claim(system, root, entry("a"), proofs[0], system.stranger, author.address, consent)
    more = (root, author.address, entries("abc"), proofs, consent, {"from": system.payer})
    assert len(system.registry.claimMany(*more).events["WorkRegistered"]) == 2
    for name in "abc":
        work_id = work_id_of(system, name, author.address)
        assert system.registry.ownerOf(token(work_id)) == author.address
        assert system.registry.work(work_id)[:2] == (tx.timestamp, 1)


def test_nobody_claims_in_the_name_of_somebody_who_did_not_sign(system, make):
    """Whoever anchors a batch writes its leaves: a false fingerprint would be the owner's."""
    kind, content, engine, _, metadata = entry("a")
    false = (kind, content, engine, cid("false"), metadata)
    root = system.registry.batchLeaf(system.holder, false)
    system.registry.anchorBatch(root, 1, cid("m"), {"from": system.stranger})
    with reverts("Expired"):
        claim(system, root, false, [], system.stranger)
    stranger = person("stranger")
    for consent in ((chain.time() + DAY, b""), agreed(system, stranger, root)):
        with reverts("BadSignature", system.holder):
            claim(system, root, false, [], system.stranger, consent=consent)
    assert says(claim(system, root, false, []).events["FingerprintSet"], cid=cid("false"))


def test_a_consent_is_for_one_root_of_one_owner_in_one_register(system, author):
    root, proofs, _ = batch_of(system, author.address, "ab")
    other, other_proofs, _ = batch_of(system, author.address, "cd")
    deadline, right = agreed(system, author, root)
    bad = [
        agreed(system, person("x"), root),
        agreed(system, author, other),
        agreed(system, author, root, epoch=1),
        agreed(system, author, root, chain_id=1),
        agreed(system, author, root, address=system.offers.address),
        (deadline + 1, right),
    ]
    for consent in bad:
        with reverts("BadSignature", author.address):
            claim(system, root, entry("a"), proofs[0], system.stranger, author.address, consent)
    with reverts("BadSignature", author.address):
        claim(system, other, entry("c"), other_proofs[0], system.stranger, author.address, (deadline, right))
    claim(system, root, entry("a"), proofs[0], system.stranger, author.address, (deadline, right))


def test_a_consent_counts_until_its_last_second(system, author):
    root, proofs, _ = batch_of(system, author.address, "ab")
    deadline = chain.time() + DAY
    consent = agreed(system, author, root, deadline)
    next_block_at(deadline)
    claim(system, root, entry("a"), proofs[0], system.stranger, author.address, consent)
    next_block_at(deadline + 1)
    with reverts("Expired", deadline, deadline + 1):
        claim(system, root, entry("b"), proofs[1], system.stranger, author.address, consent)


def test_a_consent_that_was_taken_back_counts_no_more(system, author):
    root, proofs, _ = batch_of(system, author.address, "ab")
    given = (root, entry("a"), proofs[0], system.stranger, author.address)
    consent = agreed(system, author, root)
    tx = system.registry.cancelSignatures({"from": accounts.add(author.key.hex())})
    assert says(tx.events["SignaturesCancelled"], signer=author.address, epoch=1) and tx.return_value == 1
    with reverts("BadSignature", author.address):
        claim(system, *given, consent)
    claim(system, *given, agreed(system, author, root))


def test_a_wallet_that_is_a_contract_consents_as_well(system, wallet):
    account, signer = wallet
    root, proofs, _ = batch_of(system, account, "ab")
    deadline = chain.time() + DAY
    signed = sign(signer, system.registry, "Claim", {"root": raw(root), "epoch": 0, "deadline": deadline})
    claim(system, root, entry("a"), proofs[0], system.stranger, account, (deadline, signed))
    assert system.registry.ownerOf(token(work_id_of(system, "a", account))) == account


# -------------------------------------------------------------------------------------------------------- earlier dates


@pytest.fixture
def three_batches(system):
    """The same work in three batches, a day apart; returns [(root, proof, time)]."""
    found = []
    for others in ("bc", "de", "fg"):
        chain.sleep(DAY)
        root, proofs = merkle([system.registry.batchLeaf(system.holder, entry(n)) for n in "a" + others])
        tx = system.registry.anchorBatch(root, 3, cid("m"), {"from": system.stranger})
        found.append((root, proofs[0], tx.timestamp))
    return found


def prove(system, batch, by=None, owner=None, consent=NO_CONSENT):
    owner = owner or system.holder
    return system.registry.proveEarlier(batch[0], owner, entry("a"), batch[1], consent, {"from": by or owner})


def test_an_owner_lowers_a_date_to_that_of_an_older_batch_and_never_raises_it(system, three_batches):
    first, second, third = three_batches
    work_id = work_id_of(system, "a")
    claim(system, third[0], entry("a"), third[1])
    assert system.registry.work(work_id)[:2] == (third[2], 3)
    for number, batch in ((2, second), (1, first)):
        tx = prove(system, batch)
        assert tx.return_value == work_id
        assert says(tx.events["EarlierProven"], workId=work_id, batchId=number, registeredAt=batch[2])
        assert system.registry.work(work_id)[:2] == (batch[2], number)
    for later in (first, second, third):
        with reverts("NotEarlier", later[2], first[2]):
            prove(system, later)
    assert system.registry.work(work_id)[:2] == (first[2], 1)


def test_a_single_registration_gets_the_date_of_an_older_batch_but_not_of_one_in_its_second(system):
    leaf = system.registry.batchLeaf(system.holder, entry("a"))
    at = in_one_second(
        (system.stranger, system.registry.anchorBatch, leaf, 1, cid("m")),
        (system.holder, system.registry.register, entry("a")),
    )
    with reverts("NotEarlier", at, at):
        prove(system, (leaf, []))
    leaf = system.registry.batchLeaf(system.holder, entry("b"))
    anchored = system.registry.anchorBatch(leaf, 1, cid("m"), {"from": system.stranger})
    next_block_at(anchored.timestamp + 1)
    system.registry.register(entry("b"), {"from": system.holder})
    system.registry.proveEarlier(leaf, system.holder, entry("b"), [], NO_CONSENT, {"from": system.holder})
    assert system.registry.work(work_id_of(system, "b"))[:2] == (anchored.timestamp, 2)


def test_an_earlier_date_needs_a_work_a_batch_and_its_proof(system, make, three_batches):
    first = three_batches[0]
    with reverts("UnknownWork", work_id_of(system, "a")):
        prove(system, first)
    make.work("a")
    with reverts("NotInBatch"):
        prove(system, (first[0], first[1][:1]))
    with reverts("UnknownBatch", digest("x")):
        prove(system, (digest("x"), first[1]))


def test_an_earlier_date_takes_the_first_place_from_a_late_squatter(system, make, three_batches):
    first = three_batches[0]
    squatter = make.work("a", system.stranger)
    author = make.work("a")
    assert system.registry.earliestOf(digest("a")) == squatter
    tx = prove(system, first)
    assert says(tx.events["DuplicateRecorded"], workId=author, other=squatter)
    assert system.registry.earliestOf(digest("a")) == author


def test_an_earlier_date_that_is_still_later_than_anothers_takes_no_place(system, make):
    chain.sleep(DAY)
    earliest = make.work("a", system.client)
    root, proofs, _ = make.anchor(entries("ab"))
    chain.sleep(DAY)
    make.work("a")
    tx = prove(system, (root, proofs[0]))
    assert says(tx.events["DuplicateRecorded"], workId=earliest, other=work_id_of(system, "a"))
    assert system.registry.earliestOf(digest("a")) == earliest


def test_a_rejected_work_takes_no_place_by_an_earlier_date(system, make, three_batches):
    rejected = make.work("a")
    judge(system, rejected, digest("a"), REJECTED)
    assert "DuplicateRecorded" not in prove(system, three_batches[1]).events
    assert system.registry.earliestOf(digest("a")) == EMPTY
    other = make.work("a", system.client)
    prove(system, three_batches[0])
    assert system.registry.earliestOf(digest("a")) == other


def test_an_earlier_date_into_an_empty_place_is_told(system, make, three_batches):
    squatter = make.work("a", system.stranger)
    author = make.work("a")
    judge(system, squatter, digest("a"), REJECTED)
    tx = prove(system, three_batches[0])
    assert says(tx.events["DuplicateRecorded"], workId=author, other=EMPTY)
    assert system.registry.earliestOf(digest("a")) == author


def test_a_sold_work_keeps_its_new_owner_when_its_date_goes_down(system, make, three_batches):
    work_id = make.work("a")
    sell(system, work_id, system.holder, system.client)
    prove(system, three_batches[0])
    assert system.registry.ownerOf(token(work_id)) == system.client
    assert system.registry.ownerAt(work_id, three_batches[0][2]) == system.holder


def test_the_first_owner_and_the_present_one_lower_a_date_and_nobody_else(system, make, three_batches):
    first, second, _ = three_batches
    work_id = make.work("a")
    sell(system, work_id, system.holder, system.client)
    with reverts("Expired"):
        prove(system, second, system.stranger)
    with reverts("BadSignature", system.holder):
        prove(system, second, system.stranger, consent=agreed(system, person("x"), second[0]))
    for batch, account in ((second, system.client), (first, system.holder)):
        prove(system, batch, account)
        assert system.registry.work(work_id)[0] == batch[2]


def test_somebody_lowers_a_date_with_the_first_owners_word(system, author):
    leaf = system.registry.batchLeaf(author.address, entry("a"))
    early = system.registry.anchorBatch(leaf, 1, cid("m"), {"from": system.stranger})
    chain.sleep(DAY)
    root, proofs, _ = batch_of(system, author.address, "ab")
    claim(system, root, entry("a"), proofs[0], system.stranger, author.address, agreed(system, author, root))
    for consent in (NO_CONSENT, agreed(system, author, root)):
        with reverts("Expired" if consent == NO_CONSENT else "BadSignature"):
            prove(system, (leaf, []), system.stranger, author.address, consent)
    prove(system, (leaf, []), system.stranger, author.address, agreed(system, author, leaf))
    assert system.registry.work(work_id_of(system, "a", author.address))[:2] == (early.timestamp, 1)
