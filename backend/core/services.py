"""The outside parts, made once for each process: chain, content store, broker."""

from __future__ import annotations

import time
from functools import cache

from celery import Celery
from redis import Redis

from backend.core.settings import settings
from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.quorum import Members, apply_quorum_events
from oracle.errors import OracleError
from oracle.sealing import can_wrap_to
from oracle.store.base import ContentStore, open_store
from oracle.store.gateway import GatewayStore

_MEMBERS_KEEP_SECONDS = 60.0
_ANEW_SECONDS = 1.0


@cache
def chain() -> Chain:
    return Chain(settings().rpc_url, Deployment.load(settings().deployment))


@cache
def own_store() -> ContentStore:
    return open_store(settings().content_store)


@cache
def store() -> ContentStore:
    """Our store, with the configured gateways and the members' behind it."""
    known: list[tuple[float, list[str]]] = [(-_MEMBERS_KEEP_SECONDS, [])]

    def gateways(anew: bool) -> list[str]:
        if time.monotonic() - known[0][0] > (_ANEW_SECONDS if anew else _MEMBERS_KEEP_SECONDS):
            known[0] = (time.monotonic(), [endpoint for _, _, endpoint in committee()])
        return [*settings().gateways.split(), *known[0][1]]

    return GatewayStore(own_store(), gateways)


def committee() -> list[tuple[str, bytes, str]]:
    """Account, X25519 key and endpoint of the oracle committee's current members."""
    first, (head, _) = chain().deployment.blocks["EvidenceOracle"], chain().head()
    members = apply_quorum_events(Members(), chain().events(["EvidenceOracle"], first, head))
    if not members.addresses:
        raise OracleError("the committee has no members yet")
    found = []
    for address in members.addresses:
        key = bytes(chain().call("KeyDirectory", "keyOf", address))
        endpoint = str(chain().call("KeyDirectory", "endpointOf", address))
        if can_wrap_to(key) and endpoint:
            found.append((str(address), key, endpoint))
    return found


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
