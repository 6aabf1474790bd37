"""The outside parts, made once for each process: chain, content store, broker."""

from __future__ import annotations

from functools import cache

from celery import Celery
from redis import Redis

from backend.core.settings import settings
from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.store.base import ContentStore, open_store


@cache
def chain() -> Chain:
    return Chain(settings().rpc_url, Deployment.load(settings().deployment))


@cache
def own_store() -> ContentStore:
    return open_store(settings().content_store)


@cache
def redis() -> Redis:
    return Redis.from_url(settings().redis_url, socket_timeout=5, socket_connect_timeout=5)


@cache
def celery() -> Celery:
    """The task queue. Tasks may run twice; what must happen stands in the database, and a sweeper asks again."""
    app = Celery("copytrack", broker=settings().redis_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": 10, "socket_connect_timeout": 5},
        task_time_limit=300,
        timezone="UTC",
    )
    return app
