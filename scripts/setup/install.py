"""Installs everything that the project needs, into the project's own folders. Standard library only; safe to run again.

Checks first and prints one list of what is missing. As root it installs Debian's packages itself; without root it uses
what is there and says what to install. Each step leaves a stamp of its inputs and is skipped while they are unchanged.
`install.py analysis` also installs the contracts' analysers, which only scripts/analyse needs, and `install.py bench`
what edits the photographs of scripts/bench matching.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
VENVS = ROOT / ".venv"
BROWNIE_HOME = CACHE / "brownie-home"
UV_VERSION = "0.13.9"
SOLC_VERSION = "0.8.34"
OPENZEPPELIN = "5.7.0"
DOWNLOAD_SECONDS = 900
DEBIAN_PACKAGES = {"chromium": "chromium", "fonts": "fonts-liberation"}


class Missing(Exception):
    """Something that only the user can install."""


def main() -> None:
    extras = set(sys.argv[1:])
    if extras - {"analysis", "bench"}:
        sys.exit("scripts/setup/install.py [analysis] [bench]")
    try:
        check_machine()
        step("uv", [UV_VERSION, sys.version], install_uv)
        step("app environment", [ROOT / "app.lock", ROOT / "pyproject.toml", sys.version], install_app)
        step("contracts environment", [ROOT / "contracts.lock", sys.version], install_contracts)
        step("Node packages", [ROOT / "package-lock.json"], install_node)
        step("web app", [ROOT / "package-lock.json", *web_sources()], build_web_app)
        step("Solidity compiler", [SOLC_VERSION, OPENZEPPELIN, ROOT / "package-lock.json"], install_compiler)
        if "analysis" in extras:
            step("analysis environment", [ROOT / "analysis.lock", sys.version], install_analysis)
        if "bench" in extras:
            step("bench environment", [ROOT / "bench.lock", sys.version], install_bench)
    except Missing as problem:
        sys.exit(str(problem))
    except subprocess.CalledProcessError as problem:
        sys.exit(f"\nThis command failed ({problem.returncode}): {' '.join(map(str, problem.cmd))}")
    except subprocess.TimeoutExpired as problem:
        sys.exit(f"\nTimed out after {problem.timeout:.0f} s: {' '.join(map(str, problem.cmd))}\nRun the script again.")


# ------------------------------------------------------------------------------------------------------------- checks


def check_machine() -> None:
    """Everything at once, so that the user installs once."""
    if find_chromium() is None or not has_fonts():
        install_debian_packages()
    problems: list[tuple[str, str]] = []
    if sys.platform != "linux" or platform.machine() != "x86_64":
        problems.append(("Linux on x86-64", "use such a machine; no others are supported yet"))
    elif tuple(map(int, (platform.libc_ver()[1] or "0.0").split(".")[:2])) < (2, 28):
        problems.append(("glibc 2.28 or newer", "use Debian 10, Ubuntu 18.10, RHEL 8 or newer"))
    if sys.version_info < (3, 11):
        problems.append(("Python 3.11 or newer", "apt-get install python3.11 python3.11-venv"))
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode:
        problems.append(("Python's venv module", "apt-get install python3-venv"))
    if node_version() < 20:
        problems.append(("Node.js 20 or newer", "see https://nodejs.org/en/download or apt-get install nodejs npm"))
    for tool in ("npm", "git"):
        if shutil.which(tool) is None:
            problems.append((tool, f"apt-get install {tool}"))
    if find_chromium() is None:
        problems.append(("Chromium", f"apt-get install {' '.join(DEBIAN_PACKAGES.values())}, or set CHROMIUM_PATH"))
    if problems:
        rows = "\n".join(f"  {what:24} {how}" for what, how in problems)
        raise Missing(f"Missing on this machine (run the commands as root, then run the script again):\n{rows}")


def node_version() -> int:
    if shutil.which("node") is None:
        return 0
    answer = subprocess.run(["node", "--version"], capture_output=True, text=True, timeout=30).stdout
    return int(answer.lstrip("v").split(".")[0] or 0)


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM_PATH")
    if named:
        return named if Path(named).exists() else None
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    return None


def has_fonts() -> bool:
    return any(Path("/usr/share/fonts").glob("**/*.[to]tf"))


def install_debian_packages() -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    say("Debian packages: " + " ".join(DEBIAN_PACKAGES.values()))
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *DEBIAN_PACKAGES.values()]
    for command in (["apt-get", "update", "-qq"], install):
        subprocess.run(command, env=env, stdout=subprocess.DEVNULL, timeout=DOWNLOAD_SECONDS)


# -------------------------------------------------------------------------------------------------------------- steps


def step(name: str, inputs: list[str | Path], action: Callable[[], None]) -> None:
    """Run the action unless its inputs are those of the last success."""
    digest = hashlib.sha256()
    for value in inputs:
        digest.update(value.read_bytes() if isinstance(value, Path) else value.encode())
    stamp = CACHE / "stamps" / (name.replace(" ", "-") + ".sha256")
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say(f"{name} …")
    started = time.monotonic()
    action()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest.hexdigest())
    say(f"{name}: {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    print(f"  setup  {text}", flush=True)


def run(*command: str | Path, env: dict[str, str] | None = None, timeout: float = DOWNLOAD_SECONDS) -> None:
    subprocess.run([str(c) for c in command], cwd=ROOT, env=env, check=True, timeout=timeout)


def install_uv() -> None:
    BROWNIE_HOME.mkdir(parents=True, exist_ok=True)
    run(sys.executable, "-m", "venv", "--clear", CACHE / "uv")
    run(CACHE / "uv/bin/python", "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}")


def uv(*arguments: str | Path) -> None:
    # Compiled once here, processes start in half the time, also where the environment forbids Python to write.
    settings = {"UV_HTTP_TIMEOUT": "120", "UV_COMPILE_BYTECODE": "1"}
    run(CACHE / "uv/bin/uv", "--quiet", *arguments, env={**os.environ, **settings})


def make_environment(folder: Path, lock: Path) -> None:
    if not (folder / "bin/python").exists():
        uv("venv", "--python", sys.executable, folder)
    uv("pip", "sync", "--require-hashes", "--python", folder / "bin/python", lock)


def install_app() -> None:
    make_environment(VENVS / "app", ROOT / "app.lock")
    uv("pip", "install", "--python", VENVS / "app/bin/python", "--no-deps", "--no-build-isolation", "-e", ROOT)


def install_contracts() -> None:
    """brownie's compiled modules crash on several of its own features; as plain Python it works."""
    folder = VENVS / "contracts"
    make_environment(folder, ROOT / "contracts.lock")
    for packages in folder.glob("lib/python*/site-packages"):
        for compiled in [*packages.glob("brownie/**/*.so"), *packages.glob("eth_brownie__mypyc*.so")]:
            compiled.unlink()


def install_analysis() -> None:
    make_environment(VENVS / "analysis", ROOT / "analysis.lock")


def install_bench() -> None:
    make_environment(VENVS / "bench", ROOT / "bench.lock")


def install_node() -> None:
    run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")


def web_sources() -> list[str | Path]:
    """Files that the web app is built from."""
    folders = ("frontend/src", "frontend/public")
    files = [f for folder in folders for f in sorted((ROOT / folder).rglob("*")) if f.is_file()]
    return [*files, *sorted(f for f in (ROOT / "frontend").iterdir() if f.is_file())]


def build_web_app() -> None:
    run("npm", "run", "--silent", "--workspace", "frontend", "build")


def install_compiler() -> None:
    """OpenZeppelin where brownie looks for packages, and solc where py-solc-x looks for compilers."""
    package = BROWNIE_HOME / ".brownie/packages/OpenZeppelin" / f"openzeppelin-contracts@{OPENZEPPELIN}"
    shutil.rmtree(package, ignore_errors=True)
    shutil.copytree(ROOT / "node_modules/@openzeppelin/contracts", package / "contracts")
    (package / "brownie-config.yaml").write_text("project_structure:\n  contracts: contracts\n")
    compiler = BROWNIE_HOME / ".solcx" / f"solc-v{SOLC_VERSION}"
    if compiler.exists():
        return
    compiler.parent.mkdir(parents=True, exist_ok=True)
    download = f"import solcx; solcx.install_solc('{SOLC_VERSION}')"
    try:
        environment = {**os.environ, "HOME": str(BROWNIE_HOME)}
        command = [str(VENVS / "contracts/bin/python"), "-c", download]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        say("no native compiler available; using npm's solc instead")
        compiler.unlink(missing_ok=True)
        compiler.symlink_to(os.path.relpath(ROOT / "scripts/setup/solc-front.js", compiler.parent))


if __name__ == "__main__":
    main()
