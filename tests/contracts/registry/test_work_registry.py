"""WorkRegistry: single registrations, who is the earliest, and what a certificate says."""

from brownie import ZERO_ADDRESS, accounts, chain, web3

from tests.contracts.conftest import DAY, EMPTY, cid, digest, entry, raw, reverts
from tests.contracts.registry.conftest import (
    CLEAR,
    DISPUTED,
    REJECTED,
    in_one_second,
    judge,
    next_block_at,
    other_form,
    person,
    registration,
    says,
    sell,
    sign,
    token,
)

# --------------------------------------------------------------------------------------------------------- registration


def test_register_mints_a_dated_certificate(system):
    tx = system.registry.register(entry("a", kind=3), {"from": system.holder})
    work_id = tx.return_value
    assert system.registry.ownerOf(token(work_id)) == system.holder
    assert system.registry.work(work_id) == (tx.timestamp, 0, 3, CLEAR, 0, False, 0)
    registered = tx.events["WorkRegistered"]
    assert (registered["workId"], registered["owner"]) == (work_id, system.holder)
    assert (registered["contentHash"], registered["kind"]) == (digest("a"), 3)
    assert (registered["registeredAt"], registered["batchId"]) == (tx.timestamp, 0)
    assert says(tx.events["FingerprintSet"], engineVersion=1, cid=cid("fingerprint a"))
    assert tx.events["MetadataSet"]["cid"] == cid("metadata a")
    assert "DuplicateRecorded" not in tx.events


def test_the_id_is_known_before_anything_is_paid(system):
    expected = web3.keccak(
        b"".join(
            [
                chain.id.to_bytes(32, "big"),
                raw(system.registry.address).rjust(32, b"\0"),
                raw(system.holder.address).rjust(32, b"\0"),
                raw(digest("a")),
            ]
        )
    )
    assert system.registry.workIdOf(system.holder, digest("a")) == "0x" + bytes(expected).hex()
    made = system.registry.register(entry("a", kind=2), {"from": system.holder})
    assert made.return_value == "0x" + bytes(expected).hex()


def test_registering_twice_names_the_work(system, make):
    work_id = make.work("a")
    with reverts("AlreadyRegistered", work_id):
        make.work("a")


def test_a_sold_work_cannot_be_registered_anew_by_its_first_owner(system, make):
    work_id = make.work("a")
    sell(system, work_id, system.holder, system.client)
    with reverts("AlreadyRegistered", work_id):
        make.work("a")


def test_one_owner_has_one_certificate_of_a_content_whatever_kind_it_is_called(system, make):
    work_id = make.work("a")
    for kind in range(1, 5):
        with reverts("AlreadyRegistered", work_id):
            system.registry.register(entry("a", kind), {"from": system.holder})


def test_an_entry_must_be_complete(system):
    kind, content, engine, fingerprint, metadata = entry("a")
    by = {"from": system.holder}
    with reverts("EmptyContentHash"):
        system.registry.register((kind, EMPTY, engine, fingerprint, metadata), by)
    with reverts("EmptyCid"):
        system.registry.register((kind, content, engine, b"", metadata), by)
    with reverts("EmptyCid"):
        system.registry.register((kind, content, engine, fingerprint, b""), by)


def test_unknown_works_are_refused(system):
    unknown = digest("x")
    for ask in (
        lambda: system.registry.work(unknown),
        lambda: system.registry.ownerAt(unknown, 1),
        lambda: system.registry.entitlement(unknown, 1),
        lambda: system.registry.stateOf(unknown),
        lambda: system.registry.splitOf(unknown, 1),
        lambda: system.registry.tokenURI(token(unknown)),
        lambda: system.registry.refreshEarliest(system.holder, unknown, {"from": system.holder}),
        lambda: judge(system, unknown, unknown, DISPUTED),
    ):
        with reverts("UnknownWork"):
            ask()
    with reverts("ERC721NonexistentToken"):
        system.registry.rightsOf(unknown)


# ------------------------------------------------------------------------------------- registration that others pay for


def test_a_holder_signs_and_somebody_else_pays(system):
    holder, deadline = person("holder"), chain.time() + DAY
    signature = sign(holder, system.registry, "Registration", registration(entry("a"), holder.address, deadline))
    tx = system.registry.registerFor(holder.address, entry("a"), deadline, signature, {"from": system.stranger})
    assert system.registry.ownerOf(token(tx.return_value)) == holder.address
    assert tx.return_value == system.registry.workIdOf(holder.address, digest("a"))


def test_a_wallet_that_is_a_contract_signs_as_well(system, wallet):
    account, signer = wallet
    deadline = chain.time() + DAY
    signature = sign(signer, system.registry, "Registration", registration(entry("a"), account.address, deadline))
    tx = system.registry.registerFor(account, entry("a"), deadline, signature, {"from": system.stranger})
    assert system.registry.ownerOf(token(tx.return_value)) == account
    stranger = sign(person("x"), system.registry, "Registration", registration(entry("b"), account.address, deadline))
    with reverts("BadSignature", account):
        system.registry.registerFor(account, entry("b"), deadline, stranger, {"from": system.stranger})


def test_a_registration_that_was_signed_counts_once(system):
    holder, deadline = person("holder"), chain.time() + DAY
    signature = sign(holder, system.registry, "Registration", registration(entry("a"), holder.address, deadline))
    tx = system.registry.registerFor(holder.address, entry("a"), deadline, signature, {"from": system.stranger})
    with reverts("AlreadyRegistered", tx.return_value):
        system.registry.registerFor(holder.address, entry("a"), deadline, signature, {"from": system.stranger})


def test_a_signed_registration_counts_until_its_last_second(system):
    holder, deadline = person("holder"), chain.time() + DAY
    by = {"from": system.stranger}
    signed = {
        name: sign(holder, system.registry, "Registration", registration(entry(name), holder.address, deadline))
        for name in "ab"
    }
    next_block_at(deadline)
    system.registry.registerFor(holder.address, entry("a"), deadline, signed["a"], by)
    next_block_at(deadline + 1)
    with reverts("Expired", deadline, deadline + 1):
        system.registry.registerFor(holder.address, entry("b"), deadline, signed["b"], by)


def test_a_signature_is_for_one_chain_one_register_one_owner_and_one_entry(system):
    holder, deadline = person("holder"), chain.time() + DAY
    message = registration(entry("a"), holder.address, deadline)
    right = sign(holder, system.registry, "Registration", message)
    bad = {
        "another chain": sign(holder, system.registry, "Registration", message, chain_id=1),
        "another register": sign(holder, system.registry, "Registration", message, address=system.offers.address),
        "another signer": sign(person("x"), system.registry, "Registration", message),
        "the other s": other_form(right),
        "too short": right[:64],
        "nothing": b"",
    }
    changes = {
        "owner": system.stranger.address,
        "kind": 1,
        "contentHash": raw(digest("b")),
        "engineVersion": 2,
        "fingerprintCid": b"x",
        "metadataCid": b"x",
        "epoch": 1,
        "deadline": deadline - 1,
    }
    for field, value in changes.items():
        bad[field] = sign(holder, system.registry, "Registration", {**message, field: value})
    for signature in bad.values():
        with reverts("BadSignature", holder.address):
            system.registry.registerFor(holder.address, entry("a"), deadline, signature, {"from": system.stranger})
    system.registry.registerFor(holder.address, entry("a"), deadline, right, {"from": system.stranger})


def test_a_registration_that_was_taken_back_counts_no_more(system):
    holder, deadline = person("holder"), chain.time() + DAY
    signed = [
        sign(holder, system.registry, "Registration", registration(entry("a"), holder.address, deadline, epoch))
        for epoch in (0, 1)
    ]
    given = (holder.address, entry("a"), deadline)
    assert system.registry.epochOf(holder.address) == 0
    system.registry.cancelSignatures({"from": system.stranger})
    with reverts("BadSignature", holder.address):
        system.registry.registerFor(*given, signed[1], {"from": system.stranger})
    tx = system.registry.cancelSignatures({"from": accounts.add(holder.key.hex())})
    assert says(tx.events["SignaturesCancelled"], signer=holder.address, epoch=1)
    assert tx.return_value == system.registry.epochOf(holder.address) == 1
    with reverts("BadSignature", holder.address):
        system.registry.registerFor(*given, signed[0], {"from": system.stranger})
    system.registry.registerFor(*given, signed[1], {"from": system.stranger})


def test_nobody_registers_for_the_zero_address(system):
    with reverts("BadSignature", ZERO_ADDRESS):
        system.registry.registerFor(ZERO_ADDRESS, entry("a"), chain.time() + DAY, b"", {"from": system.stranger})


def test_what_others_pay_for_is_as_complete_as_what_one_registers_oneself(system):
    owner, deadline = person("author"), chain.time() + DAY
    kind, content, engine, fingerprint, metadata = entry("w")
    for wanted, error in (
        ((kind, EMPTY, engine, fingerprint, metadata), "EmptyContentHash"),
        ((kind, content, engine, b"", metadata), "EmptyCid"),
        ((kind, content, engine, fingerprint, b""), "EmptyCid"),
    ):
        signed = sign(owner, system.registry, "Registration", registration(wanted, owner.address, deadline))
        with reverts(error):
            system.registry.registerFor(owner.address, wanted, deadline, signed, {"from": system.payer})


# ------------------------------------------------------------------------------------------------- who was the earliest


def test_a_duplicate_by_another_is_recorded_but_not_blocked(system, make):
    first = make.work("a")
    tx = system.registry.register(entry("a"), {"from": system.stranger})
    told = tx.events["DuplicateRecorded"]
    assert (told["contentHash"], told["workId"], told["other"]) == (digest("a"), first, tx.return_value)
    assert system.registry.earliestOf(digest("a")) == first
    assert system.registry.ownerOf(token(tx.return_value)) == system.stranger


def test_of_two_in_the_same_second_the_first_stays_the_earliest(system):
    both = (system.holder, system.client)
    at = in_one_second(*((by, system.registry.register, entry("a")) for by in both))
    ids = [system.registry.workIdOf(by, digest("a")) for by in both]
    assert [system.registry.work(work_id)[0] for work_id in ids] == [at, at]
    assert system.registry.earliestOf(digest("a")) == ids[0]


def test_a_rejected_registration_makes_room_for_the_next_in_time(system, make):
    squatter = make.work("a", system.stranger)
    author = make.work("a", system.holder)
    chain.sleep(5)
    late = make.work("a", system.client)
    tx = judge(system, squatter, digest("a"), REJECTED)
    assert (tx.events["StandingSet"]["workId"], tx.events["StandingSet"]["standing"]) == (squatter, REJECTED)
    assert system.registry.earliestOf(digest("a")) == EMPTY
    told = system.registry.refreshEarliest(system.client, digest("a"), {"from": system.payer})
    assert says(told.events["DuplicateRecorded"], workId=late, other=EMPTY)
    assert system.registry.earliestOf(digest("a")) == late
    told = system.registry.refreshEarliest(system.holder, digest("a"), {"from": system.payer})
    assert says(told.events["DuplicateRecorded"], workId=author, other=late)
    assert system.registry.earliestOf(digest("a")) == author


def test_a_rejected_registration_does_not_come_back(system, make):
    squatter = make.work("a", system.stranger)
    judge(system, squatter, digest("a"), REJECTED)
    tx = system.registry.refreshEarliest(system.stranger, digest("a"), {"from": system.stranger})
    assert system.registry.earliestOf(digest("a")) == EMPTY and "DuplicateRecorded" not in tx.events
    author = make.work("a", system.holder)
    system.registry.refreshEarliest(system.stranger, digest("a"), {"from": system.stranger})
    assert system.registry.earliestOf(digest("a")) == author


def test_refreshing_changes_nothing_while_nothing_was_rejected(system, make):
    first, second = make.work("a"), make.work("a", system.client)
    for owner, content in ((system.holder, first), (system.client, second)):
        assert content == system.registry.workIdOf(owner, digest("a"))
        system.registry.refreshEarliest(owner, digest("a"), {"from": system.stranger})
        assert system.registry.earliestOf(digest("a")) == first


def test_rejecting_a_later_duplicate_leaves_the_earliest(system, make):
    first, second = make.work("a"), make.work("a", system.client)
    judge(system, second, digest("a"), REJECTED)
    assert system.registry.earliestOf(digest("a")) == first


def test_a_dispute_shows_and_ends(system, make):
    work_id = make.work("a")
    for standing in (DISPUTED, CLEAR):
        judge(system, work_id, digest("a"), standing)
        assert system.registry.work(work_id)[3] == standing
        found = system.registry.work(work_id)
        assert system.registry.entitlement(work_id, chain.time()) == (system.holder, system.holder, found)
        assert system.registry.rightsOf(work_id) == (system.holder, standing)
        assert system.registry.earliestOf(digest("a")) == work_id


def test_only_the_panel_judges(system, make):
    work_id = make.work("a")
    for account in (system.governor, system.holder):
        with reverts("NotArbitration", account):
            system.registry.setStanding(work_id, digest("a"), REJECTED, {"from": account})


def test_the_governor_names_another_panel_and_the_old_one_has_no_say_any_more(system, make):
    work_id = make.work("a")
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.registry.setArbitration(system.stranger, {"from": system.stranger})
    tx = system.registry.setArbitration(system.payer, {"from": system.governor})
    assert says(tx.events["ArbitrationSet"], arbitration=system.payer)
    assert system.registry.arbitration() == system.payer
    with reverts("NotArbitration", system.arbitration):
        judge(system, work_id, digest("a"), REJECTED)
    system.registry.setStanding(work_id, digest("a"), DISPUTED, {"from": system.payer})
    assert system.registry.work(work_id)[3] == DISPUTED


# -------------------------------------------------------------------------------------------- what the certificate says


def test_only_the_owner_sets_a_newer_fingerprint_and_metadata(system, make):
    work_id = make.work()
    by, stranger = {"from": system.holder}, {"from": system.stranger}
    tx = system.registry.setFingerprint(work_id, 2, cid("v2"), by)
    assert says(tx.events["FingerprintSet"], workId=work_id, engineVersion=2, cid=cid("v2"))
    tx = system.registry.setMetadata(work_id, cid("m2"), by)
    assert says(tx.events["MetadataSet"], workId=work_id, cid=cid("m2"))
    with reverts("NotOwner", work_id, system.stranger):
        system.registry.setFingerprint(work_id, 2, cid("v2"), stranger)
    with reverts("NotOwner", work_id, system.stranger):
        system.registry.setMetadata(work_id, cid("m2"), stranger)
    with reverts("EmptyCid"):
        system.registry.setFingerprint(work_id, 2, b"", by)
    with reverts("EmptyCid"):
        system.registry.setMetadata(work_id, b"", by)
    with reverts("NotOwner", digest("unknown"), system.holder):
        system.registry.setMetadata(digest("unknown"), cid("m2"), by)


def test_the_first_owner_sets_a_royalty_of_at_most_a_tenth(system, make):
    work_id = make.work()
    by = {"from": system.holder}
    assert system.registry.royaltyInfo(token(work_id), 10_000) == (ZERO_ADDRESS, 0)
    tx = system.registry.setRoyalty(work_id, system.client, 1000, by)
    assert says(tx.events["RoyaltySet"], receiver=system.client, bps=1000)
    assert system.registry.royaltyInfo(token(work_id), 10_000) == (system.client, 1000)
    with reverts("RoyaltyFixed", work_id, 1001):
        system.registry.setRoyalty(work_id, system.client, 1001, by)
    with reverts("NotOwner", work_id, system.stranger):
        system.registry.setRoyalty(work_id, system.stranger, 1, {"from": system.stranger})
    with reverts("ERC2981InvalidTokenRoyaltyReceiver"):
        system.registry.setRoyalty(work_id, ZERO_ADDRESS, 1, by)


def test_a_royalty_is_fixed_by_the_first_sale_for_everybody(system, make):
    work_id = make.work()
    system.registry.setRoyalty(work_id, system.holder, 500, {"from": system.holder})
    sell(system, work_id, system.holder, system.client)
    with reverts("RoyaltyFixed", work_id, 0):
        system.registry.setRoyalty(work_id, system.client, 0, {"from": system.client})
    sell(system, work_id, system.client, system.holder)
    with reverts("RoyaltyFixed", work_id, 1000):
        system.registry.setRoyalty(work_id, system.holder, 1000, {"from": system.holder})
    assert system.registry.royaltyInfo(token(work_id), 10_000) == (system.holder, 500)


def test_the_register_is_an_erc721_with_royalties(system):
    for known in ("0x01ffc9a7", "0x80ac58cd", "0x5b5e139f", "0x2a55205a"):
        assert system.registry.supportsInterface(known)
    for unknown in ("0xffffffff", "0x780e9d63", "0xd9b67a26"):
        assert not system.registry.supportsInterface(unknown)
