"""The local stack: contracts on anvil, PostgreSQL, Redis, API, worker, beat, three oracle nodes, a small web."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.wallet import Wallet
from oracle.node.process import Node, build_node
from oracle.node.settings import NodeSettings
from oracle.sealing import public_key
from scripts.demo.sites import ALL_HOSTS
from scripts.demo.tls import make_authority
from scripts.stack.prepared import keep, restore, state_key
from scripts.stack.servers import (
    CHAIN_ID,
    ROOT,
    Postgres,
    answers,
    free_port,
    port_or_free,
    start_chain,
    start_postgres,
    start_redis,
    write_private,
)
from scripts.stack.supervisor import Child, Supervisor

# Known to everybody: anvil's own. They hold money on the local chain only.
MNEMONIC = "test test test test test test test test test test test junk"
PYTHON = sys.executable
BIN = Path(sys.executable).parent
# Eight processes import the same packages: compiled once, they are up in half the time. Empty is unset.
PYTHON_ENV = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
START_SECONDS = 180
PLATFORMS = ("instagram.com", "facebook.com", "pinterest.com", "x.com", "flickr.com")
# One EUR cent = 0.2 CPY, and so on: a stated rate of the demonstration, no market's.
RATES = {"EUR": 2 * 10**17, "USD": 18 * 10**16}
BOND = 10 * 10**18
ARBITRATION_FEE = 3 * 10**18
RELEASE_GRACE = 30 * 86_400
RULING_TIME = 14 * 86_400
GOVERNOR_DELAY = 2 * 86_400


def account(index: int) -> LocalAccount:
    """The chain's prefunded account number `index`."""
    Account.enable_unaudited_hdwallet_features()
    found: LocalAccount = Account.from_mnemonic(MNEMONIC, account_path=f"m/44'/60'/0'/0/{index}")
    return found


class Roles:
    """Who has which of the chain's accounts."""

    DEPLOYER, PHOTOGRAPHER, AGENCY, IMAGE_USER, LICENSEE = range(5)
    MEMBERS = (5, 6, 7)
    OPERATOR, VERIFIER = 8, 9
    PANEL = (10, 11, 12)
    GOVERNOR, PAUSER, KEEPER = 13, 14, 15


# Who clicks through the demonstration, by name.
DEMO_ROLES = {
    "Photographer": Roles.PHOTOGRAPHER,
    "Agency": Roles.AGENCY,
    "Image user": Roles.IMAGE_USER,
    "Licensee": Roles.LICENSEE,
}


def _key(index: int) -> str:
    return "0x" + account(index).key.hex().removeprefix("0x")


@dataclass
class Stack:
    """A running stack: addresses, keys, and the environments of its processes."""

    folder: Path
    supervisor: Supervisor
    postgres: Postgres
    redis_url: str
    rpc_url: str
    deployment_file: Path
    doors: dict[str, tuple[int, int]]
    """Ports (http, https) of the demonstration's web, for each client its own, so that the web knows who asks."""
    web_root: Path
    ca_file: Path
    api_port: int
    node_ports: list[int]
    secrets: dict[str, str]
    takeover_seconds: float = 120.0
    migrated: bool = False
    api: Child | None = None
    nodes: list[Child] = field(default_factory=list)

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def node_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.node_ports]

    @property
    def requests_log(self) -> Path:
        """What the demonstration's web was asked, one JSON object a line (see `scripts.demo.serve`)."""
        return self.folder / "requests.jsonl"

    @property
    def backend_store(self) -> str:
        return f"car:{self.folder}/store-backend"

    def chain(self) -> Chain:
        return Chain(self.rpc_url, Deployment.load(self.deployment_file))

    def backend_env(self) -> dict[str, str]:
        return {
            "COPYTRACK_DATABASE_URL": self.postgres.url("copytrack"),
            "COPYTRACK_REDIS_URL": self.redis_url,
            "COPYTRACK_RPC_URL": self.rpc_url,
            "COPYTRACK_DEPLOYMENT": str(self.deployment_file),
            "COPYTRACK_CONTENT_STORE": self.backend_store,
            "COPYTRACK_FILES_FOLDER": f"{self.folder}/files",
            "COPYTRACK_FILES_KEY": self.secrets["files"],
            "COPYTRACK_CUSTODIAN_KEY": self.secrets["custodian"],
            "COPYTRACK_CUSTODIAN_ACCOUNT_KEY": _key(Roles.OPERATOR),
            "COPYTRACK_VERIFIER_KEY": _key(Roles.VERIFIER),
            "COPYTRACK_PUBLIC_URL": self.api_url,
            "COPYTRACK_DEMO_WALLET": json.dumps([{"name": n, "key": _key(i)} for n, i in DEMO_ROLES.items()]),
            **PYTHON_ENV,
        }

    def node_env(self, index: int) -> dict[str, str]:
        env = {
            "ORACLE_KEY": _key(Roles.MEMBERS[index]),
            "ORACLE_ENCRYPTION_KEY": self.secrets[f"node{index}"],
            "ORACLE_RPC_URL": self.rpc_url,
            "ORACLE_DEPLOYMENT": str(self.deployment_file),
            "ORACLE_DATABASE_URL": self.postgres.url("oracle"),
            "ORACLE_DATABASE_SCHEMA": f"node{index}",
            "ORACLE_CONTENT_STORE": f"car:{self.folder}/store-node{index}",
            "ORACLE_SEEN_FOLDER": f"{self.folder}/seen-node{index}",
            "ORACLE_GATEWAYS": self.api_url,
            "ORACLE_CUSTODIAN": account(Roles.OPERATOR).address,
            "ORACLE_LISTEN_PORT": str(self.node_ports[index]),
            "ORACLE_PUBLIC_URL": self.node_urls[index],
            "ORACLE_RESOLVER_MAP": str(self.resolver_map(node_name(index))),
            "ORACLE_CA_FILE": str(self.ca_file),
            "ORACLE_SITE_INTERVAL": "0.05",
            "ORACLE_FLUSH_SECONDS": "5",
            "ORACLE_CRAWL_TAKEOVER_SECONDS": "600",
            "ORACLE_TAKEOVER_SECONDS": str(self.takeover_seconds),
            "ORACLE_RATES": json.dumps(RATES),
            # The committee asks for two methods of comparing pictures: the last node has the other one.
            "ORACLE_METHOD": "orb" if index == len(Roles.MEMBERS) - 1 else "sift",
            # One core each: three nodes on one machine would only get in each other's way.
            "OPENCV_FOR_THREADS_NUM": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            **PYTHON_ENV,
        }
        if os.geteuid() == 0:
            env["ORACLE_CHROMIUM_SANDBOX"] = "false"  # Chromium has no sandbox for root; production runs it as a user
        if chromium := os.environ.get("CHROMIUM_PATH"):
            env["ORACLE_CHROMIUM"] = chromium
        return env

    def migrate(self) -> None:
        """The backend's tables, once."""
        if not self.migrated:
            self.postgres.create_database("copytrack")
            run([str(BIN / "backend"), "migrate"], self.backend_env())
            self.migrated = True

    def start_backend(self) -> None:
        """Database, custodian's key, API, worker and beat."""
        self.migrate()
        self._publish_custodian_key()
        env = self.backend_env()
        celery = [PYTHON, "-m", "celery", "-A", "backend.worker"]
        worker = [*celery, "worker", "--pool=threads", "-c4", "-lWARNING"]
        beat = [*celery, "beat", "-lWARNING", "-s", f"{self.folder}/beat"]
        api = [PYTHON, "-m", "uvicorn", "backend.main:app", "--port", str(self.api_port), "--log-level=warning"]
        self.supervisor.start("worker", worker, env, title="The worker")
        self.supervisor.start("beat", beat, env, title="The beat")
        self.api = self.supervisor.start("api", api, env, title="The API")

    def _publish_custodian_key(self) -> None:
        """As `backend publish-key`."""
        chain, custodian = self.chain(), account(Roles.OPERATOR)
        key = public_key(bytes.fromhex(self.secrets["custodian"]))
        if bytes(chain.call("KeyDirectory", "keyOf", custodian.address)) != key:
            Wallet(chain, custodian.key.hex()).send("KeyDirectory", "publish", key, "")

    def start_keeper(self) -> Child:
        """Renews what is subscribed."""
        env = {
            "ORACLE_KEY": _key(Roles.KEEPER),
            "ORACLE_RPC_URL": self.rpc_url,
            "ORACLE_DEPLOYMENT": str(self.deployment_file),
            "ORACLE_KEEPER_SECONDS": "2",
            **PYTHON_ENV,
        }
        return self.supervisor.start("keeper", [str(BIN / "oracle"), "keeper"], env, title="The keeper")

    def wait_for_backend(self) -> None:
        assert self.api is not None
        self.supervisor.wait_until(answers(f"{self.api_url}/health"), self.api, START_SECONDS)

    def start_node(self, index: int, extra: Mapping[str, str] | None = None) -> Child:
        self.postgres.create_database("oracle")
        env = {**self.node_env(index), **(extra or {})}
        self.env_file(index).parent.mkdir(exist_ok=True)
        write_private(self.env_file(index), json.dumps(env, indent=2))
        command = [str(BIN / "oracle"), "node", "run"]
        child = self.supervisor.start(node_name(index), command, env, title=f"Node {index + 1}")
        self.nodes.append(child)
        return child

    def wait_for_node(self, index: int, child: Child) -> None:
        self.supervisor.wait_until(answers(f"{self.node_urls[index]}/status"), child, START_SECONDS)

    def start_nodes(self) -> None:
        for index in range(len(self.node_ports)):
            self.start_node(index)

    def wait_for_nodes(self) -> None:
        for index, child in enumerate(self.nodes):
            self.wait_for_node(index, child)

    def start_web(self) -> Child:
        """The demonstration's sites."""
        command = [PYTHON, "-m", "scripts.demo.serve", "--root", str(self.web_root), "--log", str(self.requests_log)]
        for name, (http, https) in self.doors.items():
            command += ["--door", name, str(http), str(https)]
        tls = self.folder / "tls"
        command += ["--cert", str(tls / "cert.pem"), "--key", str(tls / "key.pem")]
        return self.supervisor.start("web", command, PYTHON_ENV, title="The demonstration's web")

    def env_file(self, index: int) -> Path:
        """The environment of a node, for its owner only: `scripts/node` steers the running node with it."""
        return env_file(self.folder, index)

    def resolver_map(self, client: str) -> Path:
        """Where the names of the demonstration's web lead for a client, written anew."""
        file = self.folder / f"resolver-{client}.json"
        http, https = self.doors[client]
        file.write_text(json.dumps({"*.example": {"80": f"127.0.0.1:{http}", "443": f"127.0.0.1:{https}"}}))
        return file

    def node_tables(self, index: int) -> Node:
        """The parts of a node, to steer it and look into it as `oracle node seed|recrawl|matches` do."""
        env = {k.removeprefix("ORACLE_").lower(): v for k, v in self.node_env(index).items() if k.startswith("ORACLE_")}
        return build_node(NodeSettings.model_validate(env))


def node_name(index: int) -> str:
    """Names of logs and files count from 1, as the screen does."""
    return f"node-{index + 1}"


def env_file(folder: Path, index: int) -> Path:
    """See `Stack.env_file`."""
    return folder / "nodes" / f"{index + 1}.json"


def run(command: list[str], env: Mapping[str, str] | None = None, seconds: float = 120) -> str:
    """Run a command to its end. Raises RuntimeError with its output if it fails."""
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, timeout=seconds, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed ({done.returncode}):\n{done.stdout}{done.stderr}")
    return done.stdout


def start_servers(
    folder: Path,
    supervisor: Supervisor,
    api_port: int = 8000,
    challenge_window: int = 1,
    with_backend: bool = False,
    methods: int = 2,
) -> Stack:
    """Servers and contracts; `with_backend` also the tables of the backend. No processes of backend and nodes.

    `methods`: different methods of comparing pictures that the committee asks for; 0 where tests sign for its members.
    """
    kept = _kept_secrets(folder)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start_postgres, supervisor, folder / "postgres")
        redis_url = start_redis(supervisor, folder / "redis")
        rpc_url = start_chain(supervisor, folder / "chain")
        (folder / "tls").mkdir(exist_ok=True)
        ca_file, _, _ = make_authority(folder / "tls", list(ALL_HOSTS))
        postgres = starting.result()
    stack = Stack(
        folder=folder,
        supervisor=supervisor,
        postgres=postgres,
        redis_url=redis_url,
        rpc_url=rpc_url,
        deployment_file=folder / "deployments" / f"{CHAIN_ID}.json",
        doors={name: (free_port(), free_port()) for name in map(node_name, range(len(Roles.MEMBERS)))},
        web_root=folder / "web",
        ca_file=ca_file,
        api_port=port_or_free(api_port),
        node_ports=[free_port() for _ in Roles.MEMBERS],
        secrets=kept,
    )
    with ThreadPoolExecutor(1) as pool:
        migrating = pool.submit(stack.migrate) if with_backend else None
        deploy(stack, challenge_window, methods)
        if migrating:
            migrating.result()
    return stack


def deploy(stack: Stack, challenge_window: int, methods: int) -> None:
    """Deploy with brownie, unless the chain has the contracts already or the state after deploying them is kept."""
    if stack.deployment_file.exists():
        chain = stack.chain()
        if "Arbitration" not in chain.deployment.addresses:
            raise RuntimeError("this folder has contracts of an older version: start over with scripts/up --fresh")
        address = chain.deployment.addresses["Settlement"]
        if len(chain.web3.eth.get_code(address)) > 0:
            return
    members = [account(i).address for i in Roles.MEMBERS]
    config = {
        "token_holder": account(Roles.DEPLOYER).address,
        "governor": account(Roles.GOVERNOR).address,
        "governor_delay": GOVERNOR_DELAY,
        "pauser": account(Roles.PAUSER).address,
        "members": members,
        "threshold": 2,
        "methods": methods,
        "rate_signers": members,
        "rate_threshold": 2,
        "panel": [account(i).address for i in Roles.PANEL],
        "panel_threshold": 2,
        "verifiers": [account(Roles.VERIFIER).address],
        "operator": account(Roles.OPERATOR).address,
        "challenge_window": challenge_window,
        "ruling_time": RULING_TIME,
        "release_grace": RELEASE_GRACE,
        "bond": str(BOND),
        "arbitration_fee": str(ARBITRATION_FEE),
        "platforms": ["0x" + keccak(text=name).hex() for site in PLATFORMS for name in (site, f"www.{site}")],
    }
    config_file = stack.folder / "deploy.json"
    config_file.write_text(json.dumps(config, indent=2))
    key = state_key(config)
    if restore(stack.rpc_url, stack.deployment_file, key):
        return
    env = {
        "COPYTRACK_RPC_URL": stack.rpc_url,
        "COPYTRACK_DEPLOY_CONFIG": str(config_file),
        "COPYTRACK_DEPLOYMENTS": str(stack.deployment_file.parent),
        "DEPLOYER_KEY": _key(Roles.DEPLOYER),
    }
    run([str(ROOT / "scripts/setup/brownie.sh"), "run", "deploy", "--network", "copytrack"], env, seconds=600)
    keep(stack.rpc_url, stack.deployment_file, key)


def _kept_secrets(folder: Path) -> dict[str, str]:
    """Keys of this stack, made once."""
    file = folder / "secrets.json"
    if not file.exists():
        names = ("files", "custodian", "node0", "node1", "node2")
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump({name: secrets.token_hex(32) for name in names}, out)
    found: dict[str, str] = json.loads(file.read_text())
    return found
