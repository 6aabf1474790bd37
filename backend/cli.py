"""`backend`: database, keys and indexing by hand. Settings come from COPYTRACK_… variables."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import typer
from alembic import command
from alembic.config import Config

from backend.core.services import chain
from backend.core.settings import Settings, settings
from oracle.chain.wallet import Wallet
from oracle.sealing import public_key

app = typer.Typer(help="CopyTrack's backend.", no_args_is_help=True, pretty_exceptions_enable=False)


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


@app.command()
def migrate() -> None:
    """Upgrade the database to the current version."""
    command.upgrade(alembic_config(), "head")


@app.command()
def revision(message: str) -> None:
    """Write a migration for changes in the models (for developers)."""
    command.revision(alembic_config(), message, autogenerate=True)


@app.command()
def openapi(out: Path) -> None:
    """Write the API's OpenAPI document, from which the web app's types are generated. Needs no other services."""
    for name, field in Settings.model_fields.items():
        if field.is_required():
            os.environ.setdefault(f"COPYTRACK_{name.upper()}", "not-used")
    from backend.main import create_app

    out.write_text(json.dumps(create_app().openapi(), indent=1, sort_keys=True) + "\n")


@app.command()
def publish_key() -> None:
    """Publish the custodian's key on-chain, so that the committee can encrypt to it."""
    wallet = Wallet(chain(), settings().custodian_account_key.get_secret_value())
    key = public_key(bytes.fromhex(settings().custodian_key.get_secret_value()))
    if bytes(chain().call("KeyDirectory", "keyOf", wallet.address)) != key:
        wallet.send("KeyDirectory", "publish", key, "")
    print(f"custodian {wallet.address}")


@app.command()
def reindex() -> None:
    """Discard everything read from the chain and read it again."""
    from backend.chain import service
    from backend.worker import PROJECTIONS

    started = time.monotonic()
    last = service.reindex(PROJECTIONS)
    print(f"Read up to block {last} in {time.monotonic() - started:.1f} s")


@app.command()
def open_evidence(work_id: str, subject: str, out: Path) -> None:
    """Reveal what is behind an attestation's evidence hash: write the original to OUT, and print hash and salt.

    The hash is keccak256 of the salt and the original. For the verifier, when a court or the panel asks.
    """
    from backend.core.database import transaction
    from backend.works.authorship import evidence_of

    with transaction() as session:
        found = evidence_of(session, work_id.lower(), subject)
    out.write_bytes(found.original)
    print(f"evidence hash 0x{found.hash.hex()}\nsalt          0x{found.salt.hex()}")
