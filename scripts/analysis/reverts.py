"""For each function that can be called from outside, the complete list of our errors with which it can revert.

Read off the compiler's syntax tree: what the function, its modifiers and all functions that it calls in the same
contract or in libraries revert with. What a called contract reverts with passes through; that contract's own list has
it. tests/contracts notes which of them it saw, so that none is left untested.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.analysis.solidity import CONTRACTS, ROOT, compiler, standard_json

Node = dict[str, Any]
# {contract: {function: [error, …]}}
Reverts = dict[str, dict[str, list[str]]]

FILE = CONTRACTS / "REVERTS.md"
# Written by tests/contracts/conftest.py, a line for each "Contract.function error".
SEEN = ROOT / ".cache/reverts/seen.txt"
# Of OpenZeppelin's errors, those that say what one of our rules says.
INHERITED = frozenset({"AccessManagedUnauthorized", "EnforcedPause", "ExpectedPause", "InvalidAccountNonce"})
# Only another contract of ours may call a function with one of these: its other errors are met through that contract.
GUARDS = frozenset({"NotLedger", "NotSubscriptions", "NotArbitration", "WrongSubject"})
# Out of reach, each with the reason.
OUT_OF_REACH = {
    "WorkRegistry.claimMany AlreadyRegistered": "what is registered is passed over before",
    "OfferBook.listWork BadCurrency": "a catalogue's terms are checked when it is made",
    "OfferBook.listWork IncompleteOffer": "a catalogue's terms are checked when it is made",
    "Arbitration.contest Pending": "a contested case is no open one, which Settlement says first",
    "VerifierHub.attestMany SupersededAttestation": "what is attested as late or later is passed over before",
    "LicenseLedger.buyFor EmptyLicensee": "nobody signs an order for no account, which is said first",
    "LicenseLedger.sublicenseFurther BadPeriod": "a period that ended is outside the parent's",
}
HEAD = """# What each function can revert with

Written by `scripts/analyse reverts --write` from the compiler's syntax tree, and compared with the contracts by a test;
`scripts/test contracts` fails if one of these errors is not met by a test of its function. A function can also pass on
what a contract that it calls reverts with: that contract's list has it. OpenZeppelin's own errors about tokens,
signatures and numbers are left out.
"""


def find() -> Reverts:
    """Errors of all external and public functions of the contracts that are deployed."""
    tree = _Tree(_syntax())
    return {
        contract["name"]: lists
        for contract in sorted(tree.deployed(), key=lambda contract: str(contract["name"]))
        if (lists := {name: errors for name, errors in tree.entries(contract) if errors})
    }


def text(found: Reverts) -> str:
    """The list as Markdown."""
    parts = [HEAD]
    for contract, functions in found.items():
        parts.append(f"\n## {contract}\n\n| function | errors |\n|---|---|\n")
        parts += [f"| `{name}` | {', '.join(f'`{e}`' for e in errors)} |\n" for name, errors in functions.items()]
    return "".join(parts)


def unseen(found: Reverts, seen: set[str]) -> list[str]:
    """ "Contract.function error" of those that no test met."""
    anywhere = {pair.split()[-1] for pair in seen}
    missing = []
    for contract, functions in found.items():
        for function, errors in functions.items():
            guarded = GUARDS.intersection(errors)
            met = {e for e in errors if e in anywhere and e not in guarded} if guarded else set()
            pairs = (f"{contract}.{function} {error}" for error in errors if error not in met)
            missing += [pair for pair in pairs if pair not in seen and pair not in OUT_OF_REACH]
    return missing


def compare(write: bool, seen: bool) -> int:
    found = find()
    if write:
        FILE.write_text(text(found))
    if FILE.read_text() != text(found):
        print(f"{FILE.relative_to(ROOT)} is not what the contracts say: scripts/analyse reverts --write")
        return 1
    missing = unseen(found, set(SEEN.read_text().splitlines())) if seen else []
    for pair in missing:
        print(f"no test meets {pair}")
    return int(bool(missing))


def _syntax() -> list[Node]:
    given = standard_json()
    given["settings"]["outputSelection"] = {"*": {"": ["ast"]}}
    command = [str(compiler()), "--standard-json", "--base-path", str(ROOT), "--allow-paths", str(ROOT)]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True, timeout=600)
    output = json.loads(done.stdout)
    problems = [e["formattedMessage"] for e in output.get("errors", []) if e["severity"] == "error"]
    if problems:
        raise ValueError("\n".join(problems))
    return [source["ast"] for _, source in sorted(output["sources"].items())]


@dataclass
class _Tree:
    sources: list[Node]
    nodes: dict[int, Node] = field(default_factory=dict)
    # Of a function or modifier: the contract that defines it.
    homes: dict[int, Node] = field(default_factory=dict)
    # Errors that our own files declare.
    ours: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for source in self.sources:
            for node in _walk(source):
                if "id" in node:
                    self.nodes[node["id"]] = node
                if node["nodeType"] == "ErrorDefinition" and source["absolutePath"].startswith("contracts/"):
                    self.ours.add(node["id"])
                if node["nodeType"] == "ContractDefinition":
                    self.homes |= {inner["id"]: node for inner in node["nodes"]}

    def deployed(self) -> Iterator[Node]:
        for source in self.sources:
            path = source["absolutePath"]
            if not path.startswith("contracts/") or path.startswith("contracts/mocks/"):
                continue
            for node in source["nodes"]:
                is_contract = node["nodeType"] == "ContractDefinition" and node["contractKind"] == "contract"
                if is_contract and not node["abstract"]:
                    yield node

    def entries(self, contract: Node) -> Iterator[tuple[str, list[str]]]:
        """(name, errors) of what can be called; of what is overridden, the last."""
        found: dict[str, Node] = {}
        for base in self._line(contract):
            for node in base["nodes"]:
                if node["nodeType"] != "FunctionDefinition" or node["kind"] != "function":
                    continue
                if node["visibility"] in ("external", "public") and node.get("functionSelector"):
                    found.setdefault(node["functionSelector"], node)
        for node in sorted(found.values(), key=lambda node: str(node["name"])):
            errors: set[str] = set()
            self._reach(node, contract, errors, set())
            yield node["name"], sorted(errors)

    def _line(self, contract: Node) -> list[Node]:
        return [self.nodes[number] for number in contract["linearizedBaseContracts"]]

    def _reach(self, function: Node, contract: Node, errors: set[str], seen: set[int]) -> None:
        if function["id"] in seen:
            return
        seen.add(function["id"])
        for node in _walk(function):
            if node["nodeType"] == "RevertStatement":
                number = node["errorCall"]["expression"]["referencedDeclaration"]
                error = self.nodes[number]["name"]
                if number in self.ours or error in INHERITED:
                    errors.add(error)
            reference = node.get("referencedDeclaration")
            if reference in self.nodes and node["nodeType"] in ("Identifier", "IdentifierPath", "MemberAccess"):
                target = self._target(node, self.nodes[reference], function, contract)
                if target is not None:
                    self._reach(target, contract, errors, seen)

    def _target(self, node: Node, named: Node, caller: Node, contract: Node) -> Node | None:
        """What runs when this name is called in the contract: of a virtual one, the last that overrides it."""
        if named["nodeType"] not in ("FunctionDefinition", "ModifierDefinition"):
            return None
        home = self.homes.get(named["id"])
        if home is None or home["contractKind"] == "library":
            return named
        line = self._line(contract)
        if home not in line:
            return None  # Another contract's, called from outside.
        inner = node.get("expression") or {}
        if node["nodeType"] == "MemberAccess" and inner.get("name") not in ("super", None):
            named_contract = self.nodes.get(inner.get("referencedDeclaration") or 0, {})
            if named_contract.get("nodeType") != "ContractDefinition":
                return None  # A call through an address, also to a contract of the same kind.
            return named
        if node["nodeType"] == "MemberAccess" and "name" not in inner:
            return None
        if inner.get("name") == "super":
            line = line[line.index(self.homes[caller["id"]]) + 1 :]
        candidates: Iterator[Node] = (candidate for base in line for candidate in base["nodes"])
        same = (c for c in candidates if _signature(c) == _signature(named) and c.get("implemented", True))
        return next(same, named)


def _signature(node: Node) -> tuple[Any, ...]:
    if node["nodeType"] not in ("FunctionDefinition", "ModifierDefinition"):
        return (node["nodeType"], node.get("id"))
    types = tuple(p["typeDescriptions"]["typeString"].split(" ")[:2][0] for p in node["parameters"]["parameters"])
    return (node["nodeType"], node["name"], types)


def _walk(node: Any) -> Iterator[Node]:
    if isinstance(node, dict):
        if "nodeType" in node:
            yield node
        for inner in node.values():
            yield from _walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _walk(inner)
