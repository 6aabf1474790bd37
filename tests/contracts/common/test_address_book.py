"""AddressBook: where the contracts are and were; KeyDirectory: where keys and services are."""

from brownie import ZERO_ADDRESS, accounts

from tests.contracts.conftest import EMPTY, digest, reverts


def name(text):
    return "0x" + text.encode().hex().ljust(64, "0")


def add(system, names, contracts, by=None):
    return system.book.add(names, contracts, {"from": by or system.governor})


def test_every_contract_is_in_the_book(system):
    assert len(system.contracts) == 14
    for known, contract in system.contracts.items():
        assert system.book.current(name(known)) == contract.address


def test_a_new_version_is_added_and_the_old_one_stays(system):
    old = system.book.versions(name("Rates"))
    tx = add(system, [name("Rates"), name("New")], [system.keys, system.offers])
    assert [(e["name"], e["version"], e["contractAddress"]) for e in tx.events["AddressAdded"]] == [
        (name("Rates"), 2, system.keys.address),
        (name("New"), 1, system.offers.address),
    ]
    assert system.book.versions(name("Rates")) == (*old, (system.keys.address, tx.timestamp))
    assert system.book.current(name("Rates")) == system.keys
    assert system.book.current(name("New")) == system.offers


def test_an_entry_has_a_name_and_a_contract(system):
    for given, account in ((EMPTY, system.keys), (name("X"), accounts[0]), (name("X"), ZERO_ADDRESS)):
        with reverts("NotAContract", given, account):
            add(system, [given], [account])
    with reverts("NotAContract", name("Y"), ZERO_ADDRESS):
        add(system, [name("X"), name("Y")], [system.keys, ZERO_ADDRESS])
    with reverts("AddressesMissing", 2, 1):
        add(system, [name("X"), name("Y")], [system.keys])
    with reverts("AddressesMissing", 0, 1):
        add(system, [], [system.keys])
    with reverts("UnknownName", name("X")):
        system.book.current(name("X"))
    assert system.book.versions(name("X")) == ()


def test_only_the_governor_adds(system):
    with reverts("AccessManagedUnauthorized", system.stranger):
        add(system, [name("X")], [system.keys], by=system.stranger)


def test_everybody_publishes_his_own_key_and_service_and_replaces_them(system):
    assert system.keys.keyOf(system.holder) == EMPTY and system.keys.endpointOf(system.holder) == ""
    tx = system.keys.publish(digest("key"), "https://node.example", {"from": system.holder})
    told = tx.events["KeyPublished"]
    assert (told["account"], told["key"], told["endpoint"]) == (system.holder, digest("key"), "https://node.example")
    assert system.keys.keyOf(system.holder) == digest("key")
    assert system.keys.endpointOf(system.holder) == "https://node.example"
    assert system.keys.keyOf(system.stranger) == EMPTY
    system.keys.publish(digest("next"), "", {"from": system.holder})
    assert system.keys.keyOf(system.holder) == digest("next") and system.keys.endpointOf(system.holder) == ""
    with reverts("EmptyKey"):
        system.keys.publish(EMPTY, "https://node.example", {"from": system.holder})
