"""Documents say what is so: folders are on the map, settings in their tables, references lead somewhere."""

import os
import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

from backend.core.settings import Settings
from oracle.keeper import KeeperSettings
from oracle.node.settings import NodeSettings
from scripts.setup.install import ROOT

DECISION = re.compile(r"docs/decisions/(\d{3}-[a-z-]+\.md)")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
TEXTS = (".md", ".py", ".sh", ".sol", ".toml", ".ts", ".tsx", ".yaml", "")
# Rooms whose folders are on the map by name. Beside them, whoever runs the tests may keep their own.
MAPPED = ("oracle", "contracts", "backend", "frontend/src", "scripts", "tests", "docs")
IGNORED = [line.rstrip("/").rsplit("/", 1)[-1] for line in (ROOT / ".gitignore").read_text().split()]


def is_ours(name):
    return name != ".git" and not any(fnmatch(name, pattern) for pattern in IGNORED)


@cache
def files(*suffixes):
    """Paths in the repository, below its folder; an unpacked archive has no git to ask."""
    found = []
    for folder, inside, names in os.walk(ROOT):
        inside[:] = [name for name in inside if is_ours(name)]
        found += [(Path(folder) / name).relative_to(ROOT) for name in names if is_ours(name)]
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def text_of(path):
    return (ROOT / path).read_text(errors="replace")


@pytest.fixture(scope="module")
def documents():
    """The text of each document by its path."""
    return {path: text_of(path) for path in files(".md")}


@pytest.fixture(scope="module")
def section():
    """The map: the first block of code of ARCHITECTURE.md."""
    return text_of(Path("ARCHITECTURE.md")).split("```")[1]


@pytest.mark.parametrize("room", MAPPED)
def test_every_room_is_on_the_map(section, room):
    assert re.search(rf"^{room.partition('/')[0]}/ ", section, re.MULTILINE)


@pytest.mark.parametrize("room", MAPPED)
def test_every_folder_is_on_the_map(section, room):
    deep = len(Path(room).parts)
    inside = [path for path in files() if path.is_relative_to(room)]
    folders = {path.parts[deep] for path in inside if len(path.parts) > deep + 1}
    missing = [name for name in sorted(folders) if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", section)]
    assert missing == []


def test_every_folder_on_the_map_is_there(section):
    folders = {part for path in files() for part in path.parent.parts}
    named = set(re.findall(r"(?<![\w/.])([a-z][\w-]*)/(?=[\s,(·])", section))
    assert named and named - folders <= {"deployments"}


@pytest.mark.parametrize(
    ("heading", "settings"),
    [("Backend", Settings), ("Oracle node", NodeSettings), ("Keeper", KeeperSettings)],
)
def test_every_setting_is_in_its_table_with_its_default(documents, heading, settings):
    text = documents[Path("docs/settings.md")].split(f"## {heading}")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    told = {name.strip("`"): default.strip("`") for name, default, _ in rows}
    prefix = settings.model_config["env_prefix"]
    expected = {}
    for name, field in settings.model_fields.items():
        default = "" if field.is_required() or field.default is None else field.default
        if hasattr(default, "get_secret_value"):
            default = default.get_secret_value()
        expected[f"{prefix}{name.upper()}"] = str(default).removeprefix(f"{ROOT}/")
    assert told == expected


def test_settings_that_documents_name_exist(documents):
    known = {f"COPYTRACK_{name.upper()}" for name in Settings.model_fields}
    known |= {f"ORACLE_{name.upper()}" for one in (NodeSettings, KeeperSettings) for name in one.model_fields}
    code = "\n".join(text_of(path) for path in files(".py", ".sh", ".toml", ".yaml") if path.parts[0] != "oracle")
    for path, text in documents.items():
        if path.name != "CHANGELOG.md":  # what was said of older versions stays
            for name in re.findall(r"\b(?:COPYTRACK|ORACLE)_[A-Z_]+[A-Z]\b", text):
                assert name in known or name in code, f"{path} names {name}"


def test_references_to_decisions_lead_to_one_and_each_is_listed(documents):
    pages = {path.name for path in documents if path.parent == Path("docs/decisions")} - {"README.md"}
    named = {name for path in files(*TEXTS) for name in DECISION.findall(text_of(path))}
    assert named <= pages
    listed = set(re.findall(r"\((\d{3}-[a-z-]+\.md)\)", documents[Path("docs/decisions/README.md")]))
    assert listed == pages


def test_nothing_cites_a_document_that_is_not_here():
    for path in files(*TEXTS):
        if path != Path("tests/stack/test_docs.py"):
            assert not re.search(r"\b(DESIGN|MISSION|FACTS|STYLE)(\.md| ?§| [ABC]\d)", text_of(path)), path


def test_links_between_documents_lead_to_files(documents):
    for path, text in documents.items():
        for target in LINK.findall(text):
            assert (ROOT / path.parent / target).exists(), f"{path} links to {target}"
