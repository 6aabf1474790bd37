"""KeyDirectory: where members and holders are reached."""

from tests.contracts.conftest import EMPTY, digest, reverts


def test_keys_are_published_and_replaced_by_their_owners(system):
    tx = system.keys.publish(digest("key"), "https://node.example", {"from": system.holder})
    event = tx.events["KeyPublished"]
    assert (event["account"], event["key"], event["endpoint"]) == (
        system.holder,
        digest("key"),
        "https://node.example",
    )
    system.keys.publish(digest("other"), "", {"from": system.stranger})
    assert system.keys.keyOf(system.holder) == digest("key")
    assert system.keys.endpointOf(system.holder) == "https://node.example"
    system.keys.publish(digest("next"), "", {"from": system.holder})
    assert (system.keys.keyOf(system.holder), system.keys.endpointOf(system.holder)) == (digest("next"), "")


def test_an_empty_key_is_none(system):
    with reverts("EmptyKey"):
        system.keys.publish(EMPTY, "https://node.example", {"from": system.holder})
