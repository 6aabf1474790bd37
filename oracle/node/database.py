"""The node's own tables, in its own schema: frontier, sightings, matches, and the keys that can be erased."""

from __future__ import annotations

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

pages = Table(
    "pages",
    metadata,
    Column("url", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("next_at", Double, nullable=False),
    Column("interval", Double, nullable=False),
    Column("visits", Integer, nullable=False, default=0),
    Column("status", Integer),
    Column("etag", Text),
    Column("last_modified", Text),
    Column("content_hash", Text),
    Column("problem", Text),
    Index("pages_due", "next_at"),
)

images = Table(
    "images",
    metadata,
    Column("url", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("last_modified", Text),
    Column("sha256", Text),
    Column("width", Integer),
    Column("height", Integer),
    # How many works the picture was compared with: fewer than there are means that it must be asked again.
    Column("asked_works", Integer, nullable=False, default=0),
    Column("problem", Text),
)

sightings = Table(
    "sightings",
    metadata,
    Column("image_url", Text, primary_key=True),
    Column("page_url", Text, primary_key=True),
    Column("embedded", Text, nullable=False),
    Column("first_seen", BigInteger, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
)

# A match goes: found → secured → reported. Or it is covered (licensed), a rendition of another picture on its page,
# refused by the other members, or reported elsewhere (by another member).
matches = Table(
    "matches",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("work_id", Text, nullable=False),
    Column("image_url", Text, nullable=False),
    Column("page_url", Text, nullable=False),
    Column("site", Text, nullable=False),
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
    Index("matches_use", "work_id", "image_url", "site", unique=True),
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


def open_database(url: str, schema: str) -> Engine:
    """Engine whose tables lie in the schema; makes what is missing."""
    if not schema.isidentifier():
        raise ValueError(f"not a name for a schema: {schema!r}")
    engine = create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    with engine.begin() as connection:
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{schema}"'))
    bound = engine.execution_options(schema_translate_map={None: schema})
    metadata.create_all(bound)
    return bound
