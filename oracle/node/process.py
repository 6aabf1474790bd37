"""The node process: everything is put together here, and nowhere else."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
import uvicorn
from sqlalchemy import Engine

from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.parties import declared_method, method_word
from oracle.chain.wallet import Wallet
from oracle.crawl.addresses import Resolver
from oracle.crawl.frontier import Frontier
from oracle.crawl.http import Fetcher
from oracle.crawl.visitor import Visitor
from oracle.evidence.capture import Camera
from oracle.names import canonical_url
from oracle.node.crawler import Crawler
from oracle.node.database import open_database, pages
from oracle.node.member import MemberService, parse_rates
from oracle.node.methods import method_of
from oracle.node.register import Register
from oracle.node.reporter import Reporter
from oracle.node.securer import Securer
from oracle.node.service import create_app
from oracle.node.settings import NodeSettings
from oracle.node.sightings import open_clock
from oracle.node.synchroniser import Synchroniser
from oracle.node.turns import Turns
from oracle.report.member import Checker
from oracle.sealing import public_key
from oracle.store.base import ContentStore, open_store
from oracle.store.gateway import GatewayStore

log = structlog.get_logger()


@dataclass
class Node:
    """All parts of one node."""

    settings: NodeSettings
    engine: Engine
    chain: Chain
    wallet: Wallet
    own_store: ContentStore
    store: ContentStore
    fetcher: Fetcher
    frontier: Frontier
    register: Register
    crawler: Crawler
    securer: Securer
    reporter: Reporter
    member: MemberService

    def status(self) -> dict[str, Any]:
        """For operators: who, by which method, how many works, pages, pictures, matches by state."""
        return {
            "address": self.wallet.address,
            "method": self.settings.method,
            "works": self.register.size,
            "counts": self.crawler.counts(),
        }

    def publish(self) -> None:
        """Bring our key, address and method of comparing pictures on-chain unless they stand there already."""
        key = public_key(bytes.fromhex(self.settings.encryption_key.get_secret_value()))
        known = bytes(self.chain.call("KeyDirectory", "keyOf", self.wallet.address))
        endpoint = self.chain.call("KeyDirectory", "endpointOf", self.wallet.address)
        if known != key or endpoint != self.settings.public_url:
            self.wallet.send("KeyDirectory", "publish", key, self.settings.public_url)
        if declared_method(self.chain, self.wallet.address) != self.settings.method:
            self.wallet.send("EvidenceOracle", "declareMethod", method_word(self.settings.method))

    def run(self) -> None:
        """Run until a signal comes."""
        self.chain.check()
        self.publish()
        self.frontier.add([canonical_url(seed) for seed in self.settings.seed_list()], 0)
        stop = threading.Event()
        synchroniser = Synchroniser(self.register, self.frontier, self.crawler)
        loops = [
            threading.Thread(target=synchroniser.run, args=(stop,), name="sync"),
            *(
                threading.Thread(target=self.crawler.run, args=(stop,), name=f"crawl-{number}")
                for number in range(self.settings.crawl_threads)
            ),
            threading.Thread(target=self.securer.run, args=(stop,), name="secure"),
            threading.Thread(target=self.reporter.run, args=(stop,), name="report"),
        ]
        for loop in loops:
            loop.start()
        app = create_app(self.member, self.own_store, self.engine, self.status)
        try:
            uvicorn.run(app, host=self.settings.listen_host, port=self.settings.listen_port, log_level="warning")
        finally:
            stop.set()
            for loop in loops:
                loop.join(timeout=30)
            self.register.encounters.close()
            self.fetcher.close()
            self.engine.dispose()


def build_node(settings: NodeSettings) -> Node:
    """Compose a node from its settings."""
    encryption_key = bytes.fromhex(settings.encryption_key.get_secret_value())
    engine = open_database(settings.database_url, settings.database_schema)
    chain = Chain(settings.rpc_url, Deployment.load(settings.deployment))
    wallet = Wallet(chain, settings.key.get_secret_value())
    own_store = open_store(settings.content_store)
    members = _MemberGateways(settings)
    store = GatewayStore(own_store, members)
    ca_file = str(settings.ca_file) if settings.ca_file else None
    fetcher = Fetcher(Resolver.from_file(settings.resolver_map), ca_file, settings.user_agent())
    visitor = Visitor(fetcher, open_clock(engine, settings.site_interval))
    register = Register(engine, chain, store, encryption_key, settings.confirmations, settings.seen_folder)
    members.register = register
    turns = Turns(lambda: [member.address for member in register.committee()[1]], wallet.address)
    frontier = Frontier(
        engine,
        pages,
        settings.revisit_seconds,
        settings.max_pages_per_site,
        lambda site: turns.wait(site, settings.crawl_takeover_seconds),
    )
    fresh_seconds = settings.fresh_hours * 3600
    shows = method_of(settings.method, register)
    checker = Checker(store, visitor, shows, register.covered, encryption_key, fresh_seconds)
    rates = parse_rates(settings.rates)

    def open_camera() -> Camera:
        return Camera(visitor.unpaced(), settings.chromium, settings.chromium_sandbox)

    return Node(
        settings=settings,
        engine=engine,
        chain=chain,
        wallet=wallet,
        own_store=own_store,
        store=store,
        fetcher=fetcher,
        frontier=frontier,
        register=register,
        crawler=Crawler(engine, visitor, frontier, register, settings.max_depth),
        securer=Securer(engine, visitor, register, shows, store, turns, open_camera, settings.takeover_seconds),
        reporter=Reporter(engine, chain, wallet, register, store, settings.flush_seconds, settings.custodian),
        member=MemberService(
            engine=engine,
            chain=chain,
            account=wallet.account,
            register=register,
            checker=checker,
            custodian=settings.custodian,
            fresh_seconds=fresh_seconds,
            rates=lambda: rates,
            rate_tolerance=settings.rate_tolerance,
        ),
    )


class _MemberGateways:
    """Configured gateways first, then the other members', as the chain names them."""

    def __init__(self, settings: NodeSettings) -> None:
        self._configured = settings.gateway_list()
        self._own = settings.public_url
        self.register: Register | None = None

    def __call__(self, anew: bool) -> Sequence[str]:
        assert self.register is not None
        _, members = self.register.committee(anew)
        return [*self._configured, *(m.endpoint for m in members if m.endpoint and m.endpoint != self._own)]


def configure_logging() -> None:
    """One JSON object a line, to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=json.dumps, ensure_ascii=False),
        ],
    )
