"""Alembic's environment: the models of all features, the database of the settings."""

from __future__ import annotations

from alembic import context

import backend.accounts.models
import backend.cases.models
import backend.chain.models
import backend.hits.models
import backend.licences.models
import backend.works.models  # noqa: F401  (models register themselves when imported)
from backend.core.database import Base, engine

with engine().connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
