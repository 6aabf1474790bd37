"""Encryption: who has the key reads, a changed byte is noticed, a name cannot be swapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import VerificationError
from oracle.evidence.bundle import MANIFEST, SEALED, make_bundle, open_bundle, seal_bundle
from oracle.sealing import decrypt_file, encrypt_file, new_key, open_sealed, public_key, seal_to, unwrap, wrap


def test_files_open_with_their_key_and_name_only():
    key = new_key()
    sealed = encrypt_file(key, "page.png", b"data")
    assert decrypt_file(key, "page.png", sealed) == b"data"
    for wrong_key, name in ((new_key(), "page.png"), (key, "image.bin")):
        with pytest.raises(VerificationError, match=name):
            decrypt_file(wrong_key, name, sealed)


@given(st.binary(max_size=300), st.integers(1, 5))
def test_each_recipient_opens_an_envelope_and_nobody_else(data, count):
    keys = [new_key() for _ in range(count)]
    envelope = seal_to(data, [public_key(k) for k in keys])
    assert all(open_sealed(envelope, k) == data for k in keys)
    with pytest.raises(VerificationError):
        open_sealed(envelope, new_key())


@pytest.mark.parametrize("broken", [b"", b"CTSE\x01", b"CTSE\x01\x05short", b"other", b"CTSE\x02" + b"0" * 500])
def test_broken_envelopes_are_refused(broken):
    with pytest.raises(VerificationError):
        open_sealed(broken, new_key())


def test_wraps():
    key = new_key()
    assert unwrap(wrap(b"secret", public_key(key)), key) == b"secret"
    with pytest.raises(VerificationError):
        unwrap(wrap(b"secret", public_key(key)), new_key())
    with pytest.raises(VerificationError):
        unwrap(b"no box", key)


@pytest.fixture
def sealed_bundle():
    key = new_key()
    bundle = make_bundle({"workId": "0x1"}, {"page.png": b"P" * 500, "image.bin": b"I" * 500})
    return bundle, seal_bundle(bundle, key), key


def test_a_bundle_opens_whole(sealed_bundle):
    bundle, sealed, key = sealed_bundle
    opened = open_bundle(sealed, key)
    assert opened.files == bundle.files
    assert opened.bundle_hash == bundle.bundle_hash


@given(st.data())
def test_one_changed_byte_names_its_file(data):
    key = new_key()
    sealed = seal_bundle(make_bundle({}, {"page.png": b"P" * 50, "image.bin": b"I" * 50}), key)
    name = data.draw(st.sampled_from(sorted(sealed)))
    changed = bytearray(sealed[name])
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(VerificationError) as refused:
        open_bundle({**sealed, name: bytes(changed)}, key)
    assert refused.value.subject == name.removesuffix(SEALED)


def test_missing_added_and_swapped_files_are_named(sealed_bundle):
    _, sealed, key = sealed_bundle
    without = {k: v for k, v in sealed.items() if k != "page.png" + SEALED}
    swapped = {**sealed, "page.png" + SEALED: sealed["image.bin" + SEALED]}
    added = {**sealed, "extra.txt" + SEALED: encrypt_file(key, "extra.txt", b"x")}
    for broken, name in ((without, "page.png"), (swapped, "page.png"), (added, "extra.txt"), ({}, MANIFEST)):
        with pytest.raises(VerificationError) as refused:
            open_bundle(broken, key)
        assert refused.value.subject == name


def test_names_that_could_be_paths_are_refused():
    for name in ("../x", "a/b", "", MANIFEST, "A B"):
        with pytest.raises(ValueError, match="name"):
            make_bundle({}, {name: b""})
