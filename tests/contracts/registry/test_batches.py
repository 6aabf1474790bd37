"""WorkRegistry: any number of works dated at once, and dates that only go down."""

import pytest
from brownie import ZERO_ADDRESS, chain, web3

from tests.contracts.conftest import DAY, EMPTY, cid, digest, entry, merkle, raw, reverts
from tests.contracts.registry.conftest import (
    REJECTED,
    in_one_second,
    judge,
    next_block_at,
    says,
    sell,
    token,
)


def work_id_of(system, name, owner=None):
    return system.registry.workIdOf(owner or system.holder, 0, digest(name))


def entries(names):
    return [entry(name) for name in names]


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
    system.registry.claim(root, system.holder, entry("a"), proofs[0], {"from": system.holder})
    assert system.registry.work(work_id_of(system, "a"))[0] == squat.timestamp
    assert system.registry.ownerOf(token(work_id_of(system, "a"))) == system.holder


def test_a_leaf_is_hashed_twice(system):
    kind, content, engine, fingerprint, metadata = entry("a")
    words = [raw(system.holder.address).rjust(32, b"\0"), kind.to_bytes(32, "big"), raw(content)]
    words += [engine.to_bytes(32, "big"), web3.keccak(raw(fingerprint)), web3.keccak(raw(metadata))]
    expected = web3.keccak(web3.keccak(b"".join(words)))
    assert system.registry.batchLeaf(system.holder, entry("a")) == "0x" + bytes(expected).hex()


# ------------------------------------------------------------------------------------------------------------- claiming


def test_a_batch_dates_its_works_and_anybody_may_pay_for_the_claim(system, make):
    root, proofs, tx = make.anchor(entries("abcde"))
    chain.sleep(DAY)
    for name, proof in zip("abcde", proofs, strict=True):
        claimed = system.registry.claim(root, system.holder, entry(name), proof, {"from": system.stranger})
        assert claimed.return_value == work_id_of(system, name)
        assert says(claimed.events["WorkRegistered"], owner=system.holder, registeredAt=tx.timestamp, batchId=1)
        assert system.registry.ownerOf(token(claimed.return_value)) == system.holder
        assert system.registry.work(claimed.return_value)[:2] == (tx.timestamp, 1)


def test_a_batch_of_one_work_needs_no_proof(system, make):
    root, proofs, tx = make.anchor(entries("a"))
    assert proofs == [[]]
    system.registry.claim(root, system.holder, entry("a"), [], {"from": system.stranger})
    assert system.registry.work(work_id_of(system, "a"))[0] == tx.timestamp


def test_a_claim_needs_the_proof_of_exactly_this_entry(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    by = {"from": system.stranger}
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
            system.registry.claim(root, system.holder, other, proofs[0], by)
    with reverts("NotInBatch", root, system.registry.batchLeaf(system.stranger, entry("a"))):
        system.registry.claim(root, system.stranger, entry("a"), proofs[0], by)
    with reverts("NotInBatch", root, system.registry.batchLeaf(system.holder, entry("b"))):
        system.registry.claim(root, system.holder, entry("b"), proofs[0], by)
    with reverts("NotInBatch"):
        system.registry.claim(root, system.holder, entry("a"), [], by)
    with reverts("UnknownBatch", digest("x")):
        system.registry.claim(digest("x"), system.holder, entry("a"), proofs[0], by)


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
            system.registry.claim(root, system.holder, given, proof, {"from": system.stranger})
    leaf = system.registry.batchLeaf(ZERO_ADDRESS, entry("a"))
    system.registry.anchorBatch(leaf, 1, cid("m"), {"from": system.stranger})
    with reverts("ERC721InvalidReceiver"):
        system.registry.claim(leaf, ZERO_ADDRESS, entry("a"), [], {"from": system.stranger})


def test_a_work_is_claimed_once(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    claim = (root, system.holder, entry("a"), proofs[0], {"from": system.stranger})
    system.registry.claim(*claim)
    with reverts("AlreadyRegistered", work_id_of(system, "a")):
        system.registry.claim(*claim)


def test_many_works_are_claimed_at_once_and_one_that_exists_does_not_stop_the_others(system, make):
    root, proofs, tx = make.anchor(entries("abcd"))
    system.registry.claim(root, system.holder, entry("b"), proofs[1], {"from": system.stranger})
    many = system.registry.claimMany(root, system.holder, entries("abcd"), proofs, {"from": system.stranger})
    assert len(many.events["WorkRegistered"]) == 3
    assert [system.registry.work(work_id_of(system, n))[0] for n in "abcd"] == [tx.timestamp] * 4
    again = system.registry.claimMany(root, system.holder, entries("abcd"), proofs, {"from": system.stranger})
    assert "WorkRegistered" not in again.events


def test_each_of_many_needs_its_own_proof(system, make):
    root, proofs, _ = make.anchor(entries("abcd"))
    by = {"from": system.holder}
    with reverts("ProofsMissing", 4, 3):
        system.registry.claimMany(root, system.holder, entries("abcd"), proofs[:3], by)
    with reverts("NotInBatch"):
        system.registry.claimMany(root, system.holder, entries("abxd"), proofs, by)
    with reverts("UnknownBatch", digest("x")):
        system.registry.claimMany(digest("x"), system.holder, entries("a"), proofs[:1], by)
    for name in "abcd":
        with reverts("UnknownWork"):
            system.registry.work(work_id_of(system, name))


def test_a_claim_that_is_dated_earlier_takes_the_first_place(system, make):
    root, proofs, _ = make.anchor(entries("ab"))
    chain.sleep(5)
    squatter = make.work("a", system.stranger)
    assert system.registry.earliestOf(digest("a")) == squatter
    tx = system.registry.claim(root, system.holder, entry("a"), proofs[0], {"from": system.stranger})
    assert says(tx.events["DuplicateRecorded"], workId=tx.return_value, other=squatter)
    assert system.registry.earliestOf(digest("a")) == tx.return_value


def test_who_registers_in_the_second_of_the_anchoring_stays_first(system):
    root, proofs = merkle([system.registry.batchLeaf(system.holder, e) for e in entries("ab")])
    at = in_one_second(
        (system.holder, system.registry.anchorBatch, root, 2, cid("m")),
        (system.stranger, system.registry.register, entry("a")),
    )
    system.registry.claim(root, system.holder, entry("a"), proofs[0], {"from": system.holder})
    assert system.registry.work(work_id_of(system, "a"))[0] == at
    assert system.registry.earliestOf(digest("a")) == work_id_of(system, "a", system.stranger)


def test_what_a_stranger_states_in_a_holders_name_is_the_holders_to_correct(system):
    """Leaves need no consent: a stranger can claim for somebody with a false fingerprint, but not own or redate it."""
    kind, content, engine, _, metadata = entry("a")
    false = (kind, content, engine, cid("false"), metadata)
    root = system.registry.batchLeaf(system.holder, false)
    system.registry.anchorBatch(root, 1, cid("m"), {"from": system.stranger})
    system.registry.claim(root, system.holder, false, [], {"from": system.stranger})
    work_id = work_id_of(system, "a")
    with reverts("NotOwner", work_id, system.stranger):
        system.registry.setFingerprint(work_id, engine, cid("worse"), {"from": system.stranger})
    tx = system.registry.setFingerprint(work_id, engine, cid("fingerprint a"), {"from": system.holder})
    assert says(tx.events["FingerprintSet"], workId=work_id, cid=cid("fingerprint a"))


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


def prove(system, batch):
    return system.registry.proveEarlier(batch[0], system.holder, entry("a"), batch[1], {"from": system.stranger})


def test_anybody_lowers_a_date_to_that_of_an_older_batch_and_nobody_raises_it(system, three_batches):
    first, second, third = three_batches
    work_id = work_id_of(system, "a")
    system.registry.claim(third[0], system.holder, entry("a"), third[1], {"from": system.stranger})
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
    system.registry.proveEarlier(leaf, system.holder, entry("b"), [], {"from": system.stranger})
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
