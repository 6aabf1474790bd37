"""Engine, sessions, and the base of all tables."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from fastapi import Depends
from sqlalchemy import ColumnElement, DateTime, Dialect, Engine, MetaData, Text, any_, cast, create_engine
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.types import TypeDecorator

from backend.core.settings import settings


class Base(DeclarativeBase):
    """Base of the backend's tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Identified:
    """A random id and the time of creation."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=lambda: datetime.now(UTC))


@cache
def engine() -> Engine:
    return create_engine(
        settings().database_url, pool_size=10, max_overflow=10, pool_pre_ping=True, connect_args={"connect_timeout": 10}
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """A session that commits at the end, or leaves nothing behind."""
    with sessionmaker(engine(), expire_on_commit=False).begin() as session:
        yield session


def _session() -> Iterator[Session]:
    with transaction() as session:
        yield session


# Dependency: one transaction for each request, committed before the answer is sent.
Db = Annotated[Session, Depends(_session, scope="function")]


class EnumText(TypeDecorator[StrEnum]):
    """A column of text that holds one of an enumeration's values, and is read as such."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


def among(column: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether a column holds one of these values, of which there may be any number: they are one parameter."""
    return column == any_(cast(list(values), ARRAY(column.type)))
