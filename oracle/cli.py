"""`oracle`: fingerprints, matches and verification by hand, and the node."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
from eth_account import Account
from pydantic import ValidationError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.wallet import Wallet
from oracle.errors import BadCidError, OracleError
from oracle.evidence.bundle import SEALED
from oracle.evidence.package import open_package
from oracle.evidence.secure import overlay as laid_over
from oracle.evidence.verify import Step, verify_files, verify_inclusion
from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.engine import Match, Matcher, explain
from oracle.matching.index.catalogue import SHELF
from oracle.matching.monitoring import why_not_recognised
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.decoding import Decoder
from oracle.pictures.normalise import load_found, load_picture
from oracle.report.items import Item
from oracle.sealing import new_key, public_key
from oracle.store.base import open_store
from oracle.store.car import CarFolder
from oracle.store.cids import canonical_cid

app = typer.Typer(
    help="CopyTrack's oracle: match pictures, verify evidence, run a node.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
node_app = typer.Typer(
    help="Run and control a node. Settings come from ORACLE_… environment variables.", no_args_is_help=True
)
app.add_typer(node_app, name="node")
index_app = typer.Typer(
    help="Manage an index of pictures in a folder. Search it with `oracle search`.", no_args_is_help=True
)
app.add_typer(index_app, name="index")
if TYPE_CHECKING:
    from oracle.node.settings import NodeSettings

console = Console()
NOT_ASKED = "the chain was not checked, so anyone could have made this: pass --rpc and --deployment"


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
def match(
    work: Path,
    picture: Path,
    overlay: Annotated[
        Path | None, typer.Option(help="PNG to write: the work, the picture aligned with it, and their difference")
    ] = None,
) -> None:
    """Tell whether a picture is a copy of a work, and why. Exit code 0: copy, 1: not a copy."""
    try:
        public, thumbnail = fingerprint(load_picture(work.read_bytes()))
        asked = load_found(picture.read_bytes())
        known = Work.of(str(work), public, thumbnail)
        found = explain(asked, known)
    except (OracleError, OSError) as problem:
        _fail(problem)
    if found is None:
        console.print("no match: no part of the picture lines up with the work")
        raise typer.Exit(1)
    if found.match_class is MatchClass.NONE:
        # The best guess at how it would lie there says nothing about a picture that is another one.
        console.print(f"no match, probability {found.score:.2f}")
        raise typer.Exit(1)
    _tell(found)
    if overlay is not None:
        overlay.write_bytes(laid_over(asked, known.thumbnail, found))
        console.print(f"  {overlay}: the work, the picture aligned with it, and their difference")
    if found.match_class is not MatchClass.COPY:
        raise typer.Exit(1)


@index_app.command("add")
def index_add(
    folder: Annotated[Path, typer.Argument(help="folder of the index; created if it does not exist")],
    pictures: Annotated[list[Path], typer.Argument(help="pictures to add; the path of a picture becomes its ID")],
) -> None:
    """Add pictures to an index. Pictures added so far are kept even if the command is interrupted."""
    failed = 0
    with Decoder() as decoder, Matcher(folder) as matcher:
        for path in track(pictures, "Adding", console=console):
            try:
                picture = decoder.decode(path.read_bytes())
                public, thumbnail = fingerprint(picture)
                reason = matcher.add(str(path), public.to_bytes(), thumbnail)
                reason = reason or why_not_recognised(picture, Work.of(str(path), public, thumbnail))
                if reason is not None:
                    console.print(f"{path} cannot be found by searches because {reason}", soft_wrap=True)
            except (OracleError, OSError) as problem:
                failed += 1
                console.print(f"{path}: {problem}", soft_wrap=True)
        console.print(f"{len(matcher.works):,} works in {folder}")
    if failed:
        raise typer.Exit(1)


@app.command()
def search(
    picture: Path,
    index: Annotated[Path, typer.Option(help="folder made by `oracle index add`")],
) -> None:
    """Search an index for the works in a picture. Exit code 0: a copy was found, 1: no copy was found."""
    if not (index / SHELF).exists():
        _fail(OracleError(f"{index} is not an index: create one with `oracle index add {index} PICTURE …`"))
    try:
        with Decoder() as decoder, Matcher(index) as matcher:
            found = matcher.query_picture(decoder.decode_found(picture.read_bytes()))
    except (OracleError, OSError) as problem:
        _fail(problem)
    for match in found:
        console.print(f"[bold]{match.work_id}[/bold]")
        _tell(match)
    if not any(match.match_class is MatchClass.COPY for match in found):
        console.print("no copy found")
        raise typer.Exit(1)


def _tell(match: Match) -> None:
    console.print(f"{match.match_class.value}, probability {match.score:.2f}")
    for reason in match.reasons:
        console.print(f"  {reason}")


@app.command()
def verify(
    source: Annotated[str, typer.Argument(help="evidence package (ZIP), CID of the bundle, or folder of sealed files")],
    key: Annotated[str, typer.Option(help="the bundle's key (64 hex digits); a package includes it")] = "",
    store: Annotated[str, typer.Option(help="content store: car:/folder or Kubo's RPC address")] = "",
    dossier: Annotated[Path | None, typer.Option(help="JSON file with item, root and proof")] = None,
    rpc: Annotated[str, typer.Option(help="RPC address of the chain")] = "",
    deployment: Annotated[Path | None, typer.Option(help="deployments/<chainId>.json")] = None,
) -> None:
    """Verify a bundle: hashes, custody log, match and, with a dossier, the report. Exit code 0 if all checks pass."""
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
            cid = canonical_cid_of(source)
            if not (store or os.environ.get("ORACLE_CONTENT_STORE")):
                raise OracleError(
                    "pass the content store that has the bundle: --store car:/folder, or Kubo's RPC address"
                )
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
    except (OracleError, ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        steps = [Step("bundle", False, f"{problem}")]
    table = Table("", "check", "result")
    for step in steps:
        table.add_row("[green]passed[/]" if step.passed else "[red]FAILED[/]", step.subject, step.told)
    console.print(table)
    if not all(step.passed for step in steps):
        failed = next(step for step in steps if not step.passed)
        console.print(f"[red]The evidence failed verification:[/] {failed.subject}: {failed.told}", soft_wrap=True)
        raise typer.Exit(1)


@app.command()
def keygen() -> None:
    """Create keys for a member, printed as environment variables. Keep them out of files that others can read."""
    account, encryption = Account.create(), new_key()
    print(f"# account {account.address}, X25519 public key 0x{public_key(encryption).hex()}")
    print(f"ORACLE_KEY=0x{account.key.hex()}")
    print(f"ORACLE_ENCRYPTION_KEY={encryption.hex()}")


@app.command()
def keeper() -> None:
    """Keep renewing subscribed licences until stopped. Settings come from ORACLE_… environment variables."""
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

    configure_logging()
    try:
        build_node(_node_settings()).run()
    except OracleError as problem:
        _fail(problem)


@node_app.command()
def recrawl() -> None:
    """Make every page due for a visit now, except pages left to other members that this node has never visited."""
    from oracle.node.process import build_node

    build_node(_node_settings()).frontier.revisit_all()


@node_app.command()
def seed(urls: list[str]) -> None:
    """Give this node pages to start from."""
    from oracle.crawl.addresses import Resolver
    from oracle.names import canonical_url, host_of
    from oracle.node.process import build_node

    settings = _node_settings()
    resolver = Resolver.from_file(settings.resolver_map)
    try:
        pages = [canonical_url(url) for url in urls]
        for page in pages:
            parts = urlsplit(page)
            resolver.resolve(host_of(page), parts.port or (443 if parts.scheme == "https" else 80))
    except OracleError as problem:
        _fail(problem)
    build_node(settings).frontier.seed(pages)
    console.print(f"{len(pages)} {'page' if len(pages) == 1 else 'pages'} will be visited, where robots.txt allows it.")


@node_app.command()
def matches() -> None:
    """Print what this node found, one JSON object per line."""
    from oracle.node.process import build_node

    for row in build_node(_node_settings()).crawler.matches():
        print(json.dumps(row))


def _node_settings() -> NodeSettings:
    """From the environment; exits with the names of what is missing there."""
    from oracle.node.settings import NodeSettings

    try:
        return NodeSettings()
    except ValidationError as problem:
        said = "\n".join(f"  ORACLE_{str(e['loc'][0]).upper()}: {e['msg']}" for e in problem.errors() if e["loc"])
        _fail(OracleError(f"A node reads its settings from the environment. Correct these variables:\n{said}"))


def canonical_cid_of(source: str) -> str:
    """Raises OracleError for what is neither a file that is there nor a CID."""
    try:
        return canonical_cid(source)
    except BadCidError as problem:
        raise OracleError(f"there is no file or folder {source!r}, and it is not a CID") from problem


def _fail(problem: OracleError | OSError) -> NoReturn:
    console.print(f"[red]{problem}[/]", soft_wrap=True)
    raise typer.Exit(2)
