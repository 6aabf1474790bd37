"""`oracle`: fingerprints, matches and verification by hand, and the node."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from eth_account import Account
from rich.console import Console
from rich.table import Table

from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.wallet import Wallet
from oracle.errors import OracleError
from oracle.evidence.bundle import SEALED
from oracle.evidence.package import open_package
from oracle.evidence.verify import Step, verify_files, verify_inclusion
from oracle.matching.engine import Matcher
from oracle.matching.fingerprint import fingerprint
from oracle.matching.normalise import load_picture
from oracle.report.items import Item
from oracle.sealing import new_key, public_key
from oracle.store.base import open_store
from oracle.store.car import CarFolder

app = typer.Typer(help="CopyTrack's oracle.", no_args_is_help=True, pretty_exceptions_enable=False)
node_app = typer.Typer(help="Run and steer a node. Settings come from ORACLE_… variables.", no_args_is_help=True)
app.add_typer(node_app, name="node")
console = Console()
NOT_ASKED = "the chain was not asked, so anybody could have made this: give --rpc and --deployment"


@app.command("fingerprint")
def make_fingerprint(image: Path, out: Path) -> None:
    """Write the public fingerprint of a picture."""
    try:
        public, thumbnail = fingerprint(load_picture(image.read_bytes()))
    except OracleError as problem:
        _fail(problem)
    out.write_bytes(public.to_bytes())
    console.print(
        f"{out}: {len(public.features)} features, {out.stat().st_size} bytes; thumbnail {len(thumbnail)} bytes"
    )


@app.command()
def match(work: Path, picture: Path) -> None:
    """Say whether a picture is a copy of a work. Exit code 0: copy, 1: not."""
    matcher = Matcher()
    try:
        public, thumbnail = fingerprint(load_picture(work.read_bytes()))
        matcher.add(str(work), public.to_bytes(), thumbnail)
        found = matcher.query(picture.read_bytes())
    except OracleError as problem:
        _fail(problem)
    if not found:
        console.print("no match")
        raise typer.Exit(1)
    console.print(f"{found[0].match_class.value}, score {found[0].score:.2f}")
    for reason in found[0].reasons:
        console.print(f"  {reason}")
    if found[0].match_class.value != "copy":
        raise typer.Exit(1)


@app.command()
def verify(
    source: Annotated[str, typer.Argument(help="evidence package (ZIP), CID of the bundle, or folder of sealed files")],
    key: Annotated[str, typer.Option(help="the bundle's key, 64 hex digits; a package has it")] = "",
    store: Annotated[str, typer.Option(help="content store: car:/folder or Kubo's RPC address")] = "",
    dossier: Annotated[Path | None, typer.Option(help="JSON file with item, root and proof")] = None,
    rpc: Annotated[str, typer.Option(help="RPC address of the chain")] = "",
    deployment: Annotated[Path | None, typer.Option(help="deployments/<chainId>.json")] = None,
) -> None:
    """Check a bundle: hashes, custody, the match, and with a dossier the report. Exit code 0 if all hold."""
    cid: str | None = None
    data: dict[str, Any] | None = None
    try:
        if Path(source).is_file():
            data, car = open_package(Path(source).read_bytes())
            cid, key = str(data["bundle_cid"]), str(data["bundle_key"])
            with tempfile.TemporaryDirectory() as folder:
                unpacked = CarFolder(Path(folder))
                unpacked.import_car(cid, car)
                sealed = unpacked.get_folder(cid)
        elif Path(source).is_dir():
            sealed = {f.name: f.read_bytes() for f in Path(source).iterdir() if f.name.endswith(SEALED)}
        else:
            cid = source
            sealed = open_store(store or os.environ.get("ORACLE_CONTENT_STORE", "")).get_folder(cid)
        bundle, steps = verify_files(sealed, bytes.fromhex(key))
        if dossier is not None:
            data = json.loads(dossier.read_text())
        if bundle is not None and data is not None:
            chain = Chain(rpc, Deployment.load(deployment)) if rpc and deployment else None
            proof = [bytes.fromhex(p.removeprefix("0x")) for p in data["proof"]]
            root = bytes.fromhex(data["root"].removeprefix("0x"))
            steps += verify_inclusion(bundle, cid, Item.from_json(data["item"]), root, proof, chain)
            if chain is None:
                steps.append(Step("report", False, NOT_ASKED))
    except (OracleError, ValueError, KeyError, OSError) as problem:
        steps = [Step("bundle", False, str(problem))]
    table = Table("", "what", "found")
    for step in steps:
        table.add_row("[green]holds[/]" if step.passed else "[red]FAILS[/]", step.subject, step.told)
    console.print(table)
    if not all(step.passed for step in steps):
        failed = next(step for step in steps if not step.passed)
        console.print(f"[red]The evidence does not hold:[/] {failed.subject}: {failed.told}", soft_wrap=True)
        raise typer.Exit(1)


@app.command()
def keygen() -> None:
    """New keys for a member, as environment variables. Keep them out of files that others can read."""
    account, encryption = Account.create(), new_key()
    print(f"# account {account.address}, X25519 public key 0x{public_key(encryption).hex()}")
    print(f"ORACLE_KEY=0x{account.key.hex()}")
    print(f"ORACLE_ENCRYPTION_KEY={encryption.hex()}")


@app.command()
def keeper() -> None:
    """Renew licences whose subscribers asked for it, until stopped. Settings come from ORACLE_… variables."""
    from oracle.keeper import Keeper, KeeperSettings
    from oracle.node.process import configure_logging

    configure_logging()
    settings = KeeperSettings()
    try:
        chain = Chain(settings.rpc_url, Deployment.load(settings.deployment))
        chain.check()
        wallet = Wallet(chain, settings.key.get_secret_value())
        Keeper(chain, wallet, settings.confirmations).run(settings.keeper_seconds)
    except OracleError as problem:
        _fail(problem)


@node_app.command()
def run() -> None:
    """Crawl, match, secure, check and report until stopped."""
    from oracle.node.process import build_node, configure_logging
    from oracle.node.settings import NodeSettings

    configure_logging()
    try:
        build_node(NodeSettings()).run()
    except OracleError as problem:
        _fail(problem)


@node_app.command()
def recrawl() -> None:
    """Make every known page of this node due now."""
    from oracle.node.process import build_node
    from oracle.node.settings import NodeSettings

    build_node(NodeSettings()).frontier.revisit_all()


@node_app.command()
def seed(urls: list[str]) -> None:
    """Tell this node pages to begin with."""
    from oracle.names import BadNameError, canonical_url
    from oracle.node.process import build_node
    from oracle.node.settings import NodeSettings

    try:
        build_node(NodeSettings()).frontier.add([canonical_url(url) for url in urls], 0)
    except BadNameError as problem:
        _fail(problem)


@node_app.command()
def matches() -> None:
    """What this node found, one JSON object a line."""
    from oracle.node.process import build_node
    from oracle.node.settings import NodeSettings

    for row in build_node(NodeSettings()).crawler.matches():
        print(json.dumps(row))


def _fail(problem: OracleError) -> NoReturn:
    console.print(f"[red]{problem}[/]", soft_wrap=True)
    raise typer.Exit(2)
