"""The node's own tables, in its own schema: frontier, sightings, matches, and the keys that can be erased."""

from __future__ import annotations

import hashlib

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    inspect,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from oracle.errors import OracleError

# Grows with each change of the tables below. A node's tables can be made again, from the chain and the web.
SCHEMA_VERSION = 2

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

# Addresses may be longer than an index takes: rows are found by the SHA-256 of theirs (`key_of`).
pages = Table(
    "pages",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("url", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("interval", Double, nullable=False),
    Column("visits", Integer, nullable=False, default=0),
    # In a row: one failure among good visits is soon forgiven.
    Column("failures", Integer, nullable=False, default=0),
    Column("status", Integer),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_hash", Text),
    # When the page was last read whole, and since when its pictures are being looked at, if some were left over.
    Column("read_at", Double),
    Column("round_at", Double),
    Column("problem", Text),
    Index("pages_due", "next_at"),
    Index("pages_site", "site"),
)

# Sites that asked to be left alone: a restart of the node does not end that.
sites = Table(
    "sites",
    metadata,
    Column("site", Text, primary_key=True),
    Column("resting_until", Double, nullable=False),
)

images = Table(
    "images",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("url", Text, nullable=False),
    Column("site", Text, nullable=False),
    # What was seen last, and when; a failed look changes neither.
    Column("first_seen", BigInteger),
    Column("last_seen", BigInteger),
    Column("last_modified", Text),
    Column("sha256", Text),
    Column("width", Integer),
    Column("height", Integer),
    Column("checked_at", Double, nullable=False),
    Column("problem", Text),
    Index("images_sha256", "sha256"),
    Index("images_checked", "checked_at"),
)

sightings = Table(
    "sightings",
    metadata,
    Column("image_key", LargeBinary, primary_key=True),
    Column("page_key", LargeBinary, primary_key=True),
    Column("image_url", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("embedded", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    # When the page last named the picture.
    Column("last_seen", BigInteger, nullable=False),
    Index("sightings_page", "page_key"),
    Index("sightings_seen", "last_seen"),
)

# A match goes: found → secured → reported. Or it is covered (licensed), a rendition of another picture on its page,
# refused by the other members, or reported elsewhere (by another member).
matches = Table(
    "matches",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("work_id", Text, nullable=False),
    Column("image_key", LargeBinary, nullable=False),
    Column("image_url", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("embedded", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    # Last time that the use was seen and a licence or release covered it.
    Column("covered_at", BigInteger),
    Column("next_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("match", JSONB, nullable=False),
    Column("seen_at", BigInteger),
    Column("item", JSONB),
    Column("bundle_cid", Text),
    Column("bundle_key", LargeBinary),
    Column("root", Text),
    Column("report_tx", Text),
    Column("problem", Text),
    Index("matches_use", "work_id", "image_key", "site", unique=True),
    Index("matches_state", "state", "next_at"),
)

# Items of other members' proposals. What this node confirmed by its own fetch and match has the time of that; what it
# could not confirm has 0 there: it signs nothing, but knows what the leaf means when others report it.
confirmations = Table(
    "confirmations",
    metadata,
    Column("leaf", Text, primary_key=True),
    Column("work_id", Text, nullable=False),
    Column("image_url", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("proposer", Text, nullable=False),
    Column("confirmed_at", BigInteger, nullable=False),
    Column("root", Text),
    Column("reported", Boolean, nullable=False, default=False),
)

# Wraps of what the leaves hide, by recipient. Erasing rows is erasing the evidence for that recipient.
dossiers = Table(
    "dossiers",
    metadata,
    Column("leaf", Text, primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("root", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)


# The chain as this node read it, behind the confirmations: blocks for recognising a reorganisation, and our events.
chain_blocks = Table(
    "chain_blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, nullable=False),
)
chain_events = Table(
    "chain_events",
    metadata,
    Column("block", BigInteger, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("block_hash", LargeBinary, nullable=False),
    Column("tx_hash", LargeBinary, nullable=False),
    Column("contract", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
)

# Which fingerprint of a work is in the index, and when one that cannot be had is asked for again.
fingerprints = Table(
    "fingerprints",
    metadata,
    Column("work_id", Text, primary_key=True),
    Column("cid", Text, nullable=False),
    Column("loaded", Boolean, nullable=False, default=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Double, nullable=False, default=0.0),
    Column("problem", Text),
)

# Reports of others whose manifests are still asked for.
reports = Table(
    "reports",
    metadata,
    Column("root", Text, primary_key=True),
    Column("block", BigInteger, nullable=False),
    Column("tx", Text, nullable=False),
    Column("manifest_cid", LargeBinary, nullable=False),
    Column("since", Double, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("done", Boolean, nullable=False, default=False),
)


def key_of(url: str) -> bytes:
    """Key of an address in these tables."""
    return hashlib.sha256(url.encode()).digest()


def open_database(url: str, schema: str) -> Engine:
    """Engine whose tables lie in the schema; makes what is missing. Raises DatabaseVersionError."""
    if not schema.isidentifier():
        raise ValueError(f"not a valid schema name: {schema!r}")
    engine = create_engine(url, pool_size=16, max_overflow=8, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    with engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    bound = engine.execution_options(schema_translate_map={None: schema})
    existing = set(inspect(engine).get_table_names(schema=schema))
    if existing:
        _check_version(bound, existing, schema)
    metadata.create_all(bound)
    if not existing:
        with bound.begin() as connection:
            connection.execute(schema_version.insert().values(version=SCHEMA_VERSION))
    return bound


class DatabaseVersionError(OracleError):
    """The node's tables are of another version."""


def _check_version(engine: Engine, existing: set[str], schema: str) -> None:
    found = 1
    if "schema_version" in existing:
        with engine.begin() as connection:
            found = connection.scalar(select(schema_version.c.version)) or 1
    if found != SCHEMA_VERSION:
        raise DatabaseVersionError(
            f'the tables in schema "{schema}" have version {found}, but this node needs version {SCHEMA_VERSION}: set '
            "ORACLE_DATABASE_SCHEMA to another schema, and the node rebuilds them from the chain and the web"
        )
