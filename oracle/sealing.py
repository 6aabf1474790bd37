"""Encryption: files under keys that can be destroyed, and envelopes to published keys.

A bundle has one random key; each of its files is encrypted with AES-256-GCM under a key derived from it and the file's
name (HKDF-SHA256), so that a file's ciphertext cannot stand in for another's. Keys are wrapped to X25519 keys with
libsodium's sealed boxes.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from oracle.errors import VerificationError

KEY_BYTES = 32
_NONCE = 12
_WRAP = 32 + 80  # recipient's key, and the sealed box of a 32-byte key
_MAGIC = b"CTSE\x01"


def new_key() -> bytes:
    return os.urandom(KEY_BYTES)


def encrypt_file(bundle_key: bytes, name: str, data: bytes) -> bytes:
    """Nonce and ciphertext of a bundle's file."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_file_key(bundle_key, name)).encrypt(nonce, data, name.encode())


def decrypt_file(bundle_key: bytes, name: str, sealed: bytes) -> bytes:
    """Raises VerificationError, which names the file, if a byte was changed or the key is another."""
    try:
        return AESGCM(_file_key(bundle_key, name)).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except (InvalidTag, ValueError) as problem:
        raise VerificationError(name, "cannot be decrypted: it was changed, or the key is wrong") from problem


def wrap(secret: bytes, recipient: bytes) -> bytes:
    """Seal bytes to an X25519 public key (32 bytes)."""
    return bytes(SealedBox(PublicKey(recipient)).encrypt(secret))


def can_wrap_to(recipient: bytes) -> bool:
    """Whether a published key is one: libsodium refuses points of low order."""
    try:
        return bool(any(recipient) and wrap(b"", recipient))
    except (CryptoError, ValueError, RuntimeError):
        return False


def unwrap(sealed: bytes, private_key: bytes) -> bytes:
    """Open what was sealed to our key. Raises VerificationError."""
    try:
        return bytes(SealedBox(PrivateKey(private_key)).decrypt(sealed))
    except (CryptoError, ValueError) as problem:
        raise VerificationError("sealed box", "it was sealed to another key, or was changed") from problem


def public_key(private_key: bytes) -> bytes:
    return bytes(PrivateKey(private_key).public_key)


def seal_to(data: bytes, recipients: list[bytes]) -> bytes:
    """An envelope that each of the recipients (X25519 public keys) can open alone."""
    if not recipients or len(recipients) > 255:
        raise ValueError("an envelope needs 1 to 255 recipients")
    key = new_key()
    wraps = b"".join(recipient + wrap(key, recipient) for recipient in recipients)
    return _MAGIC + bytes([len(recipients)]) + wraps + encrypt_file(key, "envelope", data)


def open_sealed(envelope: bytes, private_key: bytes) -> bytes:
    """Raises VerificationError if the envelope is not for this key."""
    start = len(_MAGIC) + 1
    if envelope[: len(_MAGIC)] != _MAGIC or len(envelope) < start:
        raise VerificationError("envelope", "not an envelope, or its version is unknown")
    mine, count = public_key(private_key), envelope[len(_MAGIC)]
    for at in range(start, start + count * _WRAP, _WRAP):
        if envelope[at : at + 32] == mine:
            key = unwrap(envelope[at + 32 : at + _WRAP], private_key)
            return decrypt_file(key, "envelope", envelope[start + count * _WRAP :])
    raise VerificationError("envelope", "it was not sealed to this key")


def _file_key(bundle_key: bytes, name: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=b"copytrack file " + name.encode()).derive(
        bundle_key
    )
