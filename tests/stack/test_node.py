"""`scripts/node`: steering a node of the running stack without knowing one of its settings."""

from __future__ import annotations

import fcntl
import json

import pytest

from scripts.stack import node
from scripts.stack.local import env_file
from scripts.stack.servers import write_private


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Returns what would be run (program, arguments, environment), or the sentence it ends with."""
    folder = tmp_path / "up"
    (folder / "nodes").mkdir(parents=True)
    write_private(env_file(folder, 1), json.dumps({"ORACLE_DATABASE_SCHEMA": "node1"}))
    monkeypatch.setattr(node, "data_folder", lambda name: tmp_path / name)
    ran = []
    monkeypatch.setattr(node.os, "execve", lambda *arguments: ran.append(arguments))

    def run(*arguments):
        monkeypatch.setattr(node.sys, "argv", ["node", *arguments])
        try:
            node.main()
        except SystemExit as ended:
            return str(ended)
        return ran.pop()

    return run


@pytest.fixture
def running(tmp_path):
    """As scripts/up holds its folder."""
    with (tmp_path / "up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_the_command_line_is_the_nodes_own(call, running):
    program, arguments, env = call("2", "seed", "https://www.mysite.example/a b")
    assert program.name == "oracle"
    assert arguments == ["oracle", "node", "seed", "https://www.mysite.example/a b"]
    assert env["ORACLE_DATABASE_SCHEMA"] == "node1" and env["PATH"]


def test_without_a_running_stack_it_says_what_to_do(call):
    assert call("2", "matches").startswith("No stack is running. Start it with scripts/up")


@pytest.mark.parametrize("arguments", [(), ("1",), ("0", "matches"), ("4", "matches"), ("x", "matches"), ("-1", "run")])
def test_other_arguments_show_how_it_is_called(call, running, arguments):
    assert call(*arguments) == node.USAGE


def test_a_second_node_of_one_key_is_not_started(call, running):
    assert call("2", "run") == "Node 2 is already running: scripts/up started it."


def test_a_node_that_is_not_started_yet_is_waited_for(call, running):
    assert call("1", "matches").startswith("Node 1 has not started yet")


def test_only_the_owner_can_read_the_settings(tmp_path):
    file = tmp_path / "settings.json"
    file.write_text("older, and open to all")
    file.chmod(0o644)
    write_private(file, "{}")
    assert file.stat().st_mode & 0o777 == 0o600 and file.read_text() == "{}"
