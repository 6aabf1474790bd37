"""What a node needs to know, all of it from the environment."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from oracle.crawl.http import USER_AGENT
from oracle.node.methods import Method


class NodeSettings(BaseSettings):
    """Settings of one oracle node; each is the environment variable ORACLE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORACLE_")

    key: SecretStr
    """Private key (hex) of the member's account: signs reports and pays for them."""
    encryption_key: SecretStr
    """X25519 private key (64 hex digits): opens thumbnails and what other members send."""
    rpc_url: str
    deployment: Path
    """Address file deployments/<chainId>.json."""
    database_url: str
    database_schema: str = "oracle"
    content_store: str
    """car:/folder, or the http address of Kubo's RPC."""
    gateways: str = ""
    """Further IPFS gateways, separated by spaces, asked for what the own store lacks."""
    custodian: str = ""
    """Account of the case engine whose published key receives what the evidence hides."""
    listen_host: str = "127.0.0.1"
    listen_port: int = 8100
    public_url: str = ""
    """Address under which other members reach this node; published on-chain."""
    confirmations: int = 0
    """Blocks that must follow a block before it is read; 0 only on the local chain."""
    seen_folder: Path | None = None
    """Where works are indexed, and descriptions of the pictures seen are kept, so that a new work meets them. Without
    it both are forgotten at a restart: works are fetched, and pages looked at, again."""
    seeds: str = ""
    """Pages to begin with, separated by spaces."""
    resolver_map: Path | None = None
    """Development and tests only: names of reserved domains → local server."""
    ca_file: Path | None = None
    chromium: str | None = None
    chromium_sandbox: bool = True
    revisit_seconds: float = 86_400
    """Time between two visits of a page that does not change."""
    crawl_threads: int = 4
    """Pages that are visited side by side, each of another site."""
    bot_page: str = ""
    """Address of a page that tells site owners who crawls, and why; the node's own /bot, unless another is named."""
    site_interval: float = 1.0
    """Least seconds between two requests to one site."""
    max_depth: int = 4
    max_pages_per_site: int = 2000
    flush_seconds: float = 600
    """Longest time that secured evidence waits for its report."""
    crawl_takeover_seconds: float = 86_400
    """Time for which a site is left to the member to whom it falls, before the next member reads it too."""
    takeover_seconds: float = 300
    """Time for which a finding is left to the member to whom its site falls, before the next member secures it."""
    method: Method = "sift"
    """How this node compares pictures before it signs: `sift`, the engine that searches; or `orb`, which shares nothing
    with it and takes longer. A committee that asks for several methods needs members of each."""
    fresh_hours: float = 24
    """How old a member's own fetch may be when it signs."""
    rates: str = "{}"
    """CPY wei for one minor unit of a currency, as JSON: {"EUR": 200000000000000000}."""
    rate_tolerance: float = 0.01
    """Share by which a proposed rate may differ from ours."""

    def user_agent(self) -> str:
        """What sites read in their logs: the crawler's name, its version, and where to learn about it."""
        page = self.bot_page or (f"{self.public_url.rstrip('/')}/bot" if self.public_url else "")
        return f"{USER_AGENT} (+{page})" if page else USER_AGENT

    def gateway_list(self) -> list[str]:
        return self.gateways.split()

    def seed_list(self) -> list[str]:
        return self.seeds.split()
