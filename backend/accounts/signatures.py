"""Whose signature stands under a message: a key's (EIP-191), or a contract wallet's (EIP-1271)."""

from __future__ import annotations

from eth_abi.abi import encode
from eth_account import Account as KeyAccount
from eth_account.messages import SignableMessage, encode_defunct
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from web3.exceptions import BadFunctionCallOutput, ContractLogicError, Web3RPCError

from backend.core.services import chain
from oracle.chain.client import chain_errors

# isValidSignature(bytes32,bytes), which is also what it answers.
MAGIC = bytes.fromhex("1626ba7e")
# A wallet with many owners or a passkey needs some hundred thousand; one that never ends is cut off.
MAX_GAS = 3_000_000
KEY_SIGNATURE_BYTES = 65


def is_signed_by(address: str, text: str, signature: bytes) -> bool:
    """Whether the account at the address signed the text (personal_sign). Raises ChainError."""
    message = encode_defunct(text=text)
    if len(signature) == KEY_SIGNATURE_BYTES and _key_of(message, signature) == address:
        return True
    digest = keccak(b"\x19" + message.version + message.header + message.body)
    return _contract_accepts(address, digest, signature)


def _key_of(message: SignableMessage, signature: bytes) -> str | None:
    """Address of the key that made a signature; None if these numbers are none."""
    try:
        return str(KeyAccount.recover_message(message, signature=signature))
    except Exception:  # the libraries below raise many kinds, and none of them is more than this
        return None


def _contract_accepts(address: str, digest: bytes, signature: bytes) -> bool:
    where = to_checksum_address(address)
    eth = chain().web3.eth
    with chain_errors(chain().rpc_url):
        if not eth.get_code(where):
            return False
        data = MAGIC + encode(["bytes32", "bytes"], [digest, signature])
        try:
            answer = eth.call({"to": where, "data": data, "gas": MAX_GAS})
        except (ContractLogicError, BadFunctionCallOutput, Web3RPCError):  # its code says no, or is broken
            return False
    return bytes(answer[:32]) == MAGIC.ljust(32, b"\0")
