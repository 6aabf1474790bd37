"""WorkRegistry: registration, batches, certificates."""

import base64
import json

from brownie import ZERO_ADDRESS, chain, web3

from tests.contracts.conftest import DAY, EMPTY, cid, digest, entry, merkle, reverts


def test_register_mints_a_dated_certificate(system):
    tx = system.registry.register(entry("a"), {"from": system.holder})
    work_id = tx.return_value
    assert system.registry.ownerOf(int(str(work_id), 16)) == system.holder
    registered_at, transferred_at, batch, kind = system.registry.work(work_id)
    assert (registered_at, transferred_at, batch, kind) == (tx.timestamp, 0, 0, 0)
    assert tx.events["FingerprintSet"]["cid"] == cid("fingerprint a")
    assert tx.events["MetadataSet"]["cid"] == cid("metadata a")


def test_the_id_is_known_before_anything_is_paid(system):
    expected = web3.keccak(
        b"".join(
            [
                chain.id.to_bytes(32, "big"),
                bytes.fromhex(system.registry.address[2:]).rjust(32, b"\0"),
                bytes.fromhex(system.holder.address[2:]).rjust(32, b"\0"),
                (0).to_bytes(32, "big"),
                bytes.fromhex(digest("a")[2:]),
            ]
        )
    )
    assert system.registry.workIdOf(system.holder, 0, digest("a")) == "0x" + bytes(expected).hex()
    assert system.registry.register(entry("a"), {"from": system.holder}).return_value == "0x" + bytes(expected).hex()


def test_registering_twice_names_the_work(system, make):
    work_id = make.work("a")
    with reverts("AlreadyRegistered", work_id):
        make.work("a")


def test_a_duplicate_by_another_is_recorded_but_not_blocked(system, make):
    first = make.work("a")
    second = make.work("a", system.stranger)
    assert first != second
    assert system.registry.earliestOf(digest("a")) == first


def test_an_entry_must_be_complete(system):
    kind, content, engine, fingerprint, metadata = entry("a")
    with reverts("EmptyContentHash"):
        system.registry.register((kind, EMPTY, engine, fingerprint, metadata), {"from": system.holder})
    with reverts("EmptyCid"):
        system.registry.register((kind, content, engine, b"", metadata), {"from": system.holder})
    with reverts("EmptyCid"):
        system.registry.register((kind, content, engine, fingerprint, b""), {"from": system.holder})


def anchored(system, names):
    leaves = [system.registry.batchLeaf(system.holder, entry(n)) for n in names]
    root, proofs = merkle(leaves)
    tx = system.registry.anchorBatch(root, len(names), cid("manifest"), {"from": system.holder})
    return tx.return_value, proofs, tx


def test_a_batch_dates_its_works_and_anybody_may_pay_for_the_claim(system):
    batch, proofs, tx = anchored(system, "abcde")
    chain.sleep(DAY)
    for name, proof in zip("abcde", proofs, strict=True):
        claimed = system.registry.claim(batch, system.holder, entry(name), proof, {"from": system.stranger})
        work_id = claimed.return_value
        assert system.registry.ownerOf(int(str(work_id), 16)) == system.holder
        assert system.registry.work(work_id)[0] == tx.timestamp
    assert system.registry.batch(batch)[2] == 5


def test_a_claim_that_is_dated_earlier_takes_the_first_place(system, make):
    batch, proofs, _ = anchored(system, "ab")
    chain.sleep(5)
    later = make.work("a", system.stranger)
    assert system.registry.earliestOf(digest("a")) == later
    earlier = system.registry.claim(batch, system.holder, entry("a"), proofs[0], {"from": system.stranger})
    assert system.registry.earliestOf(digest("a")) == earlier.return_value


def test_a_claim_needs_the_proof_of_exactly_this_entry(system):
    batch, proofs, _ = anchored(system, "ab")
    leaf = system.registry.batchLeaf(system.holder, entry("b"))
    with reverts("NotInBatch", batch, leaf):
        system.registry.claim(batch, system.holder, entry("b"), proofs[0], {"from": system.holder})
    with reverts("NotInBatch"):
        system.registry.claim(batch, system.stranger, entry("a"), proofs[0], {"from": system.stranger})
    with reverts("UnknownBatch", 99):
        system.registry.claim(99, system.holder, entry("a"), proofs[0], {"from": system.holder})
    with reverts("UnknownBatch", 99):
        system.registry.batch(99)


def test_a_work_is_claimed_once(system):
    batch, proofs, _ = anchored(system, "ab")
    work_id = system.registry.claim(batch, system.holder, entry("a"), proofs[0], {"from": system.holder}).return_value
    with reverts("AlreadyRegistered", work_id):
        system.registry.claim(batch, system.holder, entry("a"), proofs[0], {"from": system.holder})


def test_many_works_are_claimed_at_once_and_one_that_exists_does_not_stop_the_others(system):
    batch, proofs, tx = anchored(system, "abcd")
    system.registry.claim(batch, system.holder, entry("b"), proofs[1], {"from": system.stranger})
    entries = [entry(name) for name in "abcd"]
    many = system.registry.claimMany(batch, system.holder, entries, proofs, {"from": system.stranger})
    assert len(many.events["WorkRegistered"]) == 3
    for name in "abcd":
        work_id = system.registry.workIdOf(system.holder, 0, digest(name))
        assert system.registry.work(work_id)[0] == tx.timestamp
    with reverts("ProofsMissing", 4, 3):
        system.registry.claimMany(batch, system.holder, entries, proofs[:3], {"from": system.holder})
    with reverts("NotInBatch"):
        system.registry.claimMany(batch, system.holder, [entry("x")], proofs[:1], {"from": system.holder})


def test_a_batch_is_not_empty(system):
    with reverts("EmptyBatch"):
        system.registry.anchorBatch(EMPTY, 1, cid("m"), {"from": system.holder})
    with reverts("EmptyBatch"):
        system.registry.anchorBatch(digest("r"), 0, cid("m"), {"from": system.holder})
    with reverts("EmptyCid"):
        system.registry.anchorBatch(digest("r"), 1, b"", {"from": system.holder})


def test_only_the_owner_sets_a_newer_fingerprint(system, make):
    work_id = make.work()
    tx = system.registry.setFingerprint(work_id, 2, cid("v2"), {"from": system.holder})
    assert tx.events["FingerprintSet"]["engineVersion"] == 2
    with reverts("NotOwner", work_id, system.stranger):
        system.registry.setFingerprint(work_id, 2, cid("v2"), {"from": system.stranger})
    with reverts("EmptyCid"):
        system.registry.setFingerprint(work_id, 2, b"", {"from": system.holder})


def test_held_at_follows_a_sale(system, make):
    work_id = make.work()
    before = chain.time()
    assert system.registry.heldAt(work_id, system.holder, before - DAY)
    chain.sleep(10)
    system.registry.transferFrom(system.holder, system.stranger, int(str(work_id), 16), {"from": system.holder})
    assert not system.registry.heldAt(work_id, system.holder, before)
    assert not system.registry.heldAt(work_id, system.stranger, before)
    assert system.registry.heldAt(work_id, system.stranger, chain.time() + 1)


def test_unknown_works_are_refused(system):
    with reverts("UnknownWork", digest("x")):
        system.registry.work(digest("x"))
    with reverts("UnknownWork", digest("x")):
        system.registry.heldAt(digest("x"), ZERO_ADDRESS, 1)


def test_the_certificate_describes_itself(system, make):
    work_id = make.work()
    uri = system.registry.tokenURI(int(str(work_id), 16))
    shown = json.loads(base64.b64decode(uri.removeprefix("data:application/json;base64,")))
    assert str(work_id) in shown["name"]
    assert shown["attributes"][0]["value"] == system.registry.work(work_id)[0]
