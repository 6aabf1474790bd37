"""Writes tests/vectors.json, which Solidity, Python and TypeScript are held to (`python -m tests.make_vectors`).

What is said here by hand (names and their hosts and sites, inputs) is the expectation. What is derived (hashes, leaves,
trees, digests) is made from the specifications without any code of the product, so that the file is not its own echo.
Another EIP-712 type is another row of TYPED.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import publicsuffixlist
from eth_abi.abi import encode
from eth_utils.crypto import keccak

FILE = Path(__file__).with_name("vectors.json")
SIZES = (1, 2, 3, 5, 8)
LONG = "a" * 63

# Address of a page → host, site. Addresses with letters beyond ASCII are as a person types them.
PLACES = [
    ("https://www.example.com/", "www.example.com", "example.com"),
    ("https://WWW.Example.COM/Path?q#part", "www.example.com", "example.com"),
    ("https://example.com./", "example.com", "example.com"),
    ("http://example.com:8080/", "example.com", "example.com"),
    ("https://user:word@www.example.com:443/", "www.example.com", "example.com"),
    # Public suffixes: of the private section, of the ICANN section, a wildcard and its exception.
    ("https://github.io/", "github.io", "github.io"),
    ("https://user.github.io/", "user.github.io", "user.github.io"),
    ("https://blog.user.github.io/", "blog.user.github.io", "user.github.io"),
    ("https://co.uk/", "co.uk", "co.uk"),
    ("https://shop.example.co.uk/", "shop.example.co.uk", "example.co.uk"),
    ("https://a.b.c.ck/", "a.b.c.ck", "b.c.ck"),
    ("https://a.www.ck/", "a.www.ck", "www.ck"),
    ("https://例子.公司.cn/", "xn--fsqu00a.xn--55qx5d.cn", "xn--fsqu00a.xn--55qx5d.cn"),
    # A suffix that the list does not know is its last label.
    ("https://www.alpenladen.example/", "www.alpenladen.example", "alpenladen.example"),
    ("http://localhost:8000/", "localhost", "localhost"),
    ("http://intranet/", "intranet", "intranet"),
    # IDNA2008: ß is a letter of its own, and SS is not ß.
    ("https://straße.de/", "xn--strae-oqa.de", "xn--strae-oqa.de"),
    ("https://STRAẞE.de/", "xn--strae-oqa.de", "xn--strae-oqa.de"),
    ("https://XN--STRAE-OQA.de/", "xn--strae-oqa.de", "xn--strae-oqa.de"),
    ("https://STRASSE.de/", "strasse.de", "strasse.de"),
    ("https://www.Bücher.example/", "www.xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("https://bu\u0308cher.example/", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("https://ｅｘａｍｐｌｅ。com/", "example.com", "example.com"),
    ("https://exam\u00adple.com/", "example.com", "example.com"),
    # ASCII labels of which IDNA does not speak; browsers open them.
    ("https://my_shop.example.com/", "my_shop.example.com", "example.com"),
    ("https://my_shop.github.io/", "my_shop.github.io", "my_shop.github.io"),
    ("https://r3---sn-4g5e6nz7.example.com/", "r3---sn-4g5e6nz7.example.com", "example.com"),
    (f"https://{LONG}.example.com/", f"{LONG}.example.com", "example.com"),
    # Addresses are host and site of themselves.
    ("http://192.0.2.7/", "192.0.2.7", "192.0.2.7"),
    ("http://192.0.2.7:8080/", "192.0.2.7", "192.0.2.7"),
    ("http://[2001:DB8:0:0::1]/", "2001:db8::1", "2001:db8::1"),
    ("http://[2001:db8::1]:8080/", "2001:db8::1", "2001:db8::1"),
    ("http://[2001:db8:0:1:1:1:1:1]/", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("http://[2001:0:0:1:0:0:0:1]/", "2001:0:0:1::1", "2001:0:0:1::1"),
    ("http://[::ffff:192.0.2.7]/", "::ffff:c000:207", "::ffff:c000:207"),
]

# Addresses of no place, and why. `browsers` says whether the URL standard, more lenient, takes them all the same.
NO_PLACES = [
    ("https://😀.example/", "an emoji is no letter", True),
    ("https://xn--e28h.example/", "an emoji as A-label", True),
    ("https://i❤.ws/", "a symbol is no letter", True),
    ("https://xn--zzzzzz.example/", "not Punycode", False),
    ("https://xn--.example/", "an empty A-label", False),
    ("https://xn--strasse-.de/", "an A-label of ASCII letters", True),
    (f"https://{LONG}a.example/", "a label of 64 characters", True),
    (f"https://{'ü' * 60}.example/", "an A-label of more than 63 characters", True),
    (f"https://{'.'.join([LONG] * 4)}/", "a name of 255 characters", True),
    ("https://example..com/", "an empty label", True),
    ("https://example.com../", "two trailing dots", True),
    ("https://a b.example/", "a space", False),
    ("https://a%2Eb.example/", "an encoded dot", True),
    ("https://a*b.example/", "an asterisk", True),
    ("https://a.example\\@b.example/", "a backslash: two readers, two hosts", True),
    ("http://127.1/", "an address in short", True),
    ("http://0x7f.0.0.1/", "an address in hexadecimal digits", True),
    ("http://3221225991/", "an address as one number", True),
    ("http://192.0.2.007/", "an address with leading zeros", True),
    ("http://192.0.2.256/", "no byte", False),
    ("http://[2001:db8::1/", "no closing bracket", False),
    ("http://[fe80::1%25eth0]/", "a zone of one machine", False),
    ("http://[192.0.2.7]/", "brackets are for IPv6", False),
    ("https:///path", "no host", True),
    ("ftp://example.com/", "not of the web", True),
]

VERIFYING = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
REPORT = [
    ("configCount", "uint64"),
    ("root", "bytes32"),
    ("size", "uint32"),
    ("observedAt", "uint64"),
    ("manifestCid", "bytes"),
]
AUTHORSHIP = [
    ("workId", "bytes32"),
    ("subject", "address"),
    ("evidenceHash", "bytes32"),
    ("issuedAt", "uint64"),
    ("expiresAt", "uint64"),
]


def word(text: str) -> bytes:
    """32 bytes that stand for something."""
    return keccak(text=f"CopyTrack test vector: {text}")


def cid(text: str) -> bytes:
    """36 bytes of the form of a CIDv1 (raw, sha2-256)."""
    return bytes.fromhex("01551220") + word(text)


# Domain, primary type, fields, message. Numbers above 2⁵³ stand as texts: JavaScript reads JSON's as doubles.
QUOTE = [
    ("consumer", "address"),
    ("subject", "bytes32"),
    ("rate", "uint256"),
    ("amount", "uint256"),
    ("issuedAt", "uint64"),
    ("validUntil", "uint64"),
]
RULING = [("disputeId", "uint256"), ("outcome", "uint8"), ("barredUntil", "uint64"), ("reasonsHash", "bytes32")]
TYPED: list[tuple[str, str, list[tuple[str, str]], dict[str, Any]]] = [
    (
        "CopyTrack EvidenceOracle",
        "Report",
        REPORT,
        {
            "configCount": 1,
            "root": word("root"),
            "size": 500,
            "observedAt": 1_790_000_000,
            "manifestCid": cid("manifest"),
        },
    ),
    (
        "CopyTrack EvidenceOracle",
        "Report",
        REPORT,
        {
            "configCount": str(2**64 - 1),
            "root": b"\xff" * 32,
            "size": 2**32 - 1,
            "observedAt": 0,
            "manifestCid": b"\x00",
        },
    ),
    (
        "CopyTrack VerifierHub",
        "Authorship",
        AUTHORSHIP,
        {
            "workId": word("work"),
            "subject": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "evidenceHash": word("contract"),
            "issuedAt": 1_700_000_000,
            "expiresAt": 4_102_444_800,
        },
    ),
    (
        "CopyTrack Rates",
        "Quote",
        QUOTE,
        {
            "consumer": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
            "subject": b"\x00" * 31 + b"\x07",
            "rate": str(2 * 10**17),
            "amount": str(25_000 * 2 * 10**17),
            "issuedAt": 1_799_999_400,
            "validUntil": 1_800_000_000,
        },
    ),
    (
        "CopyTrack Arbitration",
        "Ruling",
        RULING,
        {"disputeId": 3, "outcome": 2, "barredUntil": str(2**64 - 1), "reasonsHash": word("reasons")},
    ),
]


def vectors() -> dict[str, Any]:
    """All of the file, bytes still as bytes."""
    rules = suffix_rules()
    for url, host, site in PLACES:
        if host[0].isalpha() and registrable(host, rules) != site:
            raise RuntimeError(f"{url}: the list of public suffixes says {registrable(host, rules)}, not {site}")
    items = [item(n) for n in range(SIZES[-1])]
    entries = [entry(n) for n in range(SIZES[-1])]
    leaves = {"items": [i["leaf"] for i in items], "entries": [e["leaf"] for e in entries]}
    return {
        "about": "Made by tests/make_vectors.py; checked by brownie, pytest and vitest.",
        "places": [
            {"url": url, "host": host, "site": site, "hostHash": keccak(text=host), "siteHash": keccak(text=site)}
            for url, host, site in PLACES
        ],
        "noPlaces": [{"url": url, "why": why, "browsers": browsers} for url, why, browsers in NO_PLACES],
        "items": items,
        "entries": entries,
        "merkle": [{"of": of, **tree(rows[:size])} for of, rows in leaves.items() for size in SIZES],
        "eip712": [typed(*row) for row in TYPED],
    }


def item(n: int) -> dict[str, Any]:
    """An item of evidence, fields in the order of EvidenceOracle's struct, and its leaf."""
    _, host, site = PLACES[n * 4]
    made = {
        "workId": word(f"work {n}"),
        "hostHash": keccak(text=host),
        "siteHash": keccak(text=site),
        "urlHash": word(f"use {n}"),
        "bundleHash": word(f"bundle {n}"),
        "cidHash": keccak(cid(f"ciphertext {n}")),
        "seenAt": {0: 0, 1: 2**53 - 1}.get(n, 1_790_000_000 + n),
        "salt": word(f"salt {n}"),
    }
    types = ["bytes32"] * 6 + ["uint64", "bytes32"]
    return {"item": made, "leaf": keccak(keccak(encode(types, list(made.values()))))}


def entry(n: int) -> dict[str, Any]:
    """An entry of a batch, fields in the order of WorkRegistry's struct, its owner and its leaf."""
    fingerprint = {1: b"\x01", 2: cid("long") * 6}.get(n, cid(f"fingerprint {n}"))  # longer than one block of keccak
    made = {
        "kind": n % 5,
        "contentHash": word(f"content {n}"),
        "engineVersion": {1: 0, 2: 2**16 - 1}.get(n, n),
        "fingerprintCid": fingerprint,
        "metadataCid": cid(f"metadata {n}"),
    }
    owner = "0x" + word(f"owner {n // 2}")[:20].hex()
    types = ["address", "uint8", "bytes32", "uint16", "bytes32", "bytes32"]
    values = [
        owner,
        n % 5,
        made["contentHash"],
        made["engineVersion"],
        keccak(fingerprint),
        keccak(made["metadataCid"]),
    ]
    return {"owner": owner, "entry": made, "leaf": keccak(keccak(encode(types, values)))}


def tree(leaves: Sequence[bytes]) -> dict[str, Any]:
    """Root and proofs by the definition: pairs are sorted and hashed, an odd node moves up."""
    row = [(leaf, [at]) for at, leaf in enumerate(leaves)]  # a node and the leaves below it
    proofs: list[list[bytes]] = [[] for _ in leaves]
    while len(row) > 1:
        upper = []
        for pair in (row[i : i + 2] for i in range(0, len(row), 2)):
            if len(pair) == 2:
                (left, below_left), (right, below_right) = pair
                for at in below_left:
                    proofs[at].append(right)
                for at in below_right:
                    proofs[at].append(left)
                pair = [(keccak(min(left, right) + max(left, right)), below_left + below_right)]
            upper.append(pair[0])
        row = upper
    return {"leaves": list(leaves), "root": row[0][0], "proofs": proofs}


def typed(name: str, primary: str, fields: list[tuple[str, str]], message: dict[str, Any]) -> dict[str, Any]:
    """A row of EIP-712 with its hashes, by the words of the standard."""
    domain_type = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    domain = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "address"],
        [keccak(text=domain_type), keccak(text=name), keccak(text="1"), 31337, VERIFYING],
    )
    struct_type = f"{primary}({','.join(f'{kind} {field}' for field, kind in fields)})"
    words = [keccak(text=struct_type)]
    for field, kind in fields:
        value = message[field]
        if kind in ("bytes", "string"):
            words.append(keccak(value) if kind == "bytes" else keccak(text=value))
        else:
            words.append(encode([kind], [int(value) if kind.startswith("uint") else value]))
    struct_hash = keccak(b"".join(words))
    return {
        "name": name,
        "version": "1",
        "chainId": 31337,
        "verifyingContract": VERIFYING,
        "primary": primary,
        "types": {primary: [{"name": field, "type": kind} for field, kind in fields]},
        "message": message,
        "structHash": struct_hash,
        "digest": keccak(b"\x19\x01" + keccak(domain) + struct_hash),
    }


def suffix_rules() -> set[str]:
    """Rules of the installed list of public suffixes, both sections, as A-labels."""
    text = (Path(publicsuffixlist.__file__).parent / "public_suffix_list.dat").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return {_a_labels(line) for line in lines if line and not line.startswith("//")}


def _a_labels(rule: str) -> str:
    # The list is in lower case and normal form already, so Punycode is all that is missing.
    return ".".join(p if p.isascii() else "xn--" + p.encode("punycode").decode() for p in rule.split("."))


def registrable(host: str, rules: set[str]) -> str:
    """Site of a host by the algorithm of publicsuffix.org; the host itself if it is a suffix."""
    labels = host.split(".")
    suffix = 1  # labels; the rule that always holds is `*`
    for at in range(len(labels)):
        tail = labels[at:]
        if "!" + ".".join(tail) in rules:
            suffix = len(tail) - 1
            break
        if ".".join(tail) in rules or ".".join(["*", *tail[1:]]) in rules:
            suffix = len(tail)
            break
    return ".".join(labels[-suffix - 1 :])


def as_json(value: Any) -> Any:
    """Bytes as 0x-hex, all the way down."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, dict):
        return {k: as_json(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(v) for v in value]
    return value


def text() -> str:
    return json.dumps(as_json(vectors()), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
