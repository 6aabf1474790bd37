"""Set-up: what only the user can install is told at once; what is done is not done again."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.stack.servers import free_port, port_or_free

ROOT = Path(__file__).resolve().parents[2]
INSTALL = [sys.executable, str(ROOT / "scripts/setup/install.py")]


def test_everything_that_is_missing_is_told_in_one_list(tmp_path):
    env = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    answer = subprocess.run(INSTALL, env=env, capture_output=True, text=True, timeout=60)
    assert answer.returncode == 1
    for needed in ("Node.js 20", "npm", "git", "Chromium"):
        assert needed in answer.stderr
    assert "apt-get install git" in answer.stderr


def test_a_second_run_does_nothing():
    answer = subprocess.run(INSTALL, env=dict(os.environ), capture_output=True, text=True, timeout=60)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_port_that_is_taken_is_not_used():
    import socket

    port = free_port()
    assert port_or_free(port) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        assert port_or_free(port) != port


def test_the_closing_line_adds_up_all_rooms(tmp_path):
    """A room that died without a report is a failure, and nothing passed is one too."""
    from scripts.setup.install import ROOT

    def closing(rooms):
        command = [sys.executable, str(ROOT / "scripts/setup/summary.py"), str(tmp_path), str(rooms)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
        return done.stdout.strip(), done.returncode

    assert closing(1) == ("0 passed, 1 failed", 1)
    (tmp_path / "a.xml").write_text(
        '<testsuites><testsuite tests="5" failures="0" errors="0" skipped="1"/></testsuites>'
    )
    assert closing(1) == ("4 passed, 0 failed, 1 skipped", 0)
    (tmp_path / "b.xml").write_text('<testsuites><testsuite tests="3" failures="1" errors="1"/></testsuites>')
    assert closing(3) == ("5 passed, 3 failed, 1 skipped", 1)
