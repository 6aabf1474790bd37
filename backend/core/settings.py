"""What the backend needs to know, all of it from the environment."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each is the environment variable COPYTRACK_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="COPYTRACK_")

    database_url: str
    redis_url: str
    rpc_url: str
    deployment: Path
    """Address file deployments/<chainId>.json."""
    content_store: str
    """car:/folder, or the http address of Kubo's RPC."""
    gateways: str = ""
    """Further IPFS gateways, separated by spaces; the members' are known from the chain."""
    files_folder: Path
    """Where originals lie, encrypted."""
    files_key: SecretStr
    """64 hex digits: encrypts originals and bundle keys at rest."""
    custodian_key: SecretStr
    """X25519 private key (64 hex digits): opens what the committee reports."""
    custodian_former_keys: SecretStr = SecretStr("")
    """Earlier custodian keys, separated by spaces: what was sealed to them before a rotation is opened still."""
    custodian_account_key: SecretStr
    """Private key of the operator's account: publishes the custodian's key, and brings image users' contests."""
    verifier_key: SecretStr
    """Private key of the verifier who attests authorship."""
    demo_wallet: str = ""
    """Local chain only: JSON list of {name, key} whose keys the web app's demonstration wallet gets."""
    web_folder: Path = Path(__file__).parents[2] / "frontend/dist"
    """The built web app."""
    public_url: str = "http://127.0.0.1:8000"
    confirmations: int = 0
    """Blocks that must follow a block before it is read; 0 only on the local chain."""
    session_hours: int = 24
    max_upload_bytes: int = 128 * 1024 * 1024
    """A JPEG of 200 megapixels has some 100 MB."""
    free_works: int = 1000
    """Works a holder may have in the free tier (docs/decisions/006-free-tier.md)."""

    def custodian_keys(self) -> list[bytes]:
        """X25519 private keys that open what is sealed to the custodian, the present one first."""
        said = [self.custodian_key.get_secret_value(), *self.custodian_former_keys.get_secret_value().split()]
        return [bytes.fromhex(key) for key in said]


@cache
def settings() -> Settings:
    return Settings()
