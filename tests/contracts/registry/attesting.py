"""What verifiers say, and how it comes on-chain."""

import brownie
from brownie import chain

from tests.contracts.conftest import DAY, EMPTY, digest, raw, typed
from tests.contracts.registry.conftest import person

PERSON = EMPTY
IDENTITY = [("address", "subject"), ("bytes32", "evidenceHash"), ("uint64", "issuedAt"), ("uint64", "expiresAt")]
AUTHORSHIP = [("bytes32", "workId"), *IDENTITY]
AUTHORSHIPS = [("bytes32", "root"), *IDENTITY]


def origin(system, name="w", owner=None):
    """What the id of a work is the hash of."""
    return (owner or system.holder).address, digest(name)


def statement(system, work_id=None, subject=None, issued=None, expires=None):
    """What a verifier signs: of a person where no work is named."""
    issued = chain.time() - 10 if issued is None else issued
    expires = chain.time() + 365 * DAY if expires is None else expires
    of_person = ((subject or system.holder).address, digest("seen"), issued, expires)
    return of_person if work_id is None else (work_id, *of_person)


def signature(system, given, signer=None, primary=None, **domain):
    primary = primary or ("Identity" if len(given) == 4 else "Authorship")
    fields = {"Identity": IDENTITY, "Authorship": AUTHORSHIP, "Authorships": AUTHORSHIPS}[primary]
    message = {f: raw(v) if kind == "bytes32" else v for (kind, f), v in zip(fields, given, strict=True)}
    contract = domain.get("contract", system.verifiers)
    return (
        (signer or system.verifier)
        .sign_message(typed(contract, "CopyTrack VerifierHub", primary, fields, message))
        .signature
    )


def bring(system, given, signer=None, signed=None, verifier=None, of=None):
    """Anybody brings the statement on-chain."""
    verifier = verifier or (signer or system.verifier).address
    proof = (verifier, signed or signature(system, given, signer), {"from": system.stranger})
    if len(given) == 4:
        return system.verifiers.attestIdentity(given, *proof)
    return system.verifiers.attest(given, of or origin(system), *proof)


def another_verifier(system):
    """A second verifier who also sends transactions."""
    signer = person("another verifier")
    system.verifiers.setVerifier(signer.address, True, {"from": system.governor})
    return signer, brownie.accounts.add(signer.key.hex())


def sending(system):
    return brownie.accounts.add(system.verifier.key.hex())


def live(system, work_id, subject=None):
    return system.verifiers.hasAuthorship(work_id, subject or system.holder)
