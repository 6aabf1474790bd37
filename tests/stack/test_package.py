"""What is installed from the wheel, away from the checkout, and the one version number of everything."""

import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version

import pytest
from PIL import Image

from scripts.setup.install import CACHE, ROOT

REVERT = """
from oracle.chain.deployment import abi, errors
from oracle.chain.licensing import territories
selector = next(s for s, (name, kinds) in errors().items() if name == "NotHolder")
print(len(errors()), errors()[selector][1], len(abi("Settlement")) > 20, territories("DE", "FR") > 0)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder with the programs of an environment that holds the wheel and what it depends on, and no checkout."""
    folder = tmp_path_factory.mktemp("package")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("copytrack-*.whl")
    uv = [CACHE / "uv/bin/uv", "--quiet"]
    subprocess.run([*uv, "venv", "--python", sys.executable, folder / "env"], check=True, timeout=120)
    pip, python = [*uv, "pip"], ["--python", folder / "env/bin/python"]
    subprocess.run([*pip, "sync", "--require-hashes", *python, ROOT / "app.lock"], check=True, timeout=600)
    subprocess.run([*pip, "install", "--no-deps", *python, wheel], check=True, timeout=120)
    return folder / "env/bin"


def run(installed, *command):
    """In a folder of its own, without what points at the checkout."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [installed / command[0], *command[1:]], cwd=installed, env=env, capture_output=True, text=True, timeout=120
    )


def test_the_program_says_what_it_can_do(installed):
    done = run(installed, "oracle", "--help")
    assert done.returncode == 0 and "match" in done.stdout


def test_reverts_and_territories_are_known(installed):
    done = run(installed, "python", "-c", REVERT)
    assert done.returncode == 0, done.stderr
    count, *rest = done.stdout.split(" ", 1)
    assert int(count) > 150 and rest == ["['bytes32', 'address'] True True\n"]


def test_two_pictures_are_compared(installed, photos, tmp_path):
    copy = tmp_path / "copy.jpg"
    image = Image.open(photos[0]).convert("RGB")
    image.resize((image.width * 2 // 3, image.height * 2 // 3)).save(copy, quality=60)
    done = run(installed, "oracle", "match", photos[0], copy)
    assert done.returncode == 0 and "copy" in done.stdout, done.stdout + done.stderr
    other = run(installed, "oracle", "match", photos[0], photos[1])
    assert other.returncode == 1 and "no match" in other.stdout


def test_there_is_one_version():
    said = {
        "pyproject.toml": tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"],
        "CHANGELOG.md": re.search(r"^## (\S+?):?(?: |$)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[1],
        "frontend/package.json": json.loads((ROOT / "frontend/package.json").read_text())["version"],
        "frontend/openapi.json": json.loads((ROOT / "frontend/openapi.json").read_text())["info"]["version"],
    }
    assert set(said.values()) == {version("copytrack")}, said
