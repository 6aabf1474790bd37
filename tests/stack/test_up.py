"""How `scripts/up` ends: with a sentence that says what to do, and with nothing left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.stack import up

ROOT = Path(__file__).resolve().parents[2]
# scripts/up on a folder of its own, with other processes than those of the stack.
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from scripts.stack import up

def data_folder(name):
    folder = Path(os.environ["FOLDER"]) / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder

def run(folder, supervisor, options, say):
    BODY

up.data_folder, up._run = data_folder, run
up.main()
"""
CHAIN_KILLED = """
    child = supervisor.start("chain", ["sleep", "600"], title="The chain", if_lost="Start over: scripts/up --fresh")
    print("pid", child.process.pid, flush=True)
    os.kill(child.process.pid, signal.SIGKILL)
    raise ConnectionError("the chain does not answer")
"""
SLOW_TO_STOP = """
    child = supervisor.start("slow", ["sh", "-c", "trap 'sleep 2; exit 0' TERM; echo up; while :; do sleep 0.1; done"])
    while "up" not in child.log.read_text():
        time.sleep(0.05)
    print("pid", child.process.pid, flush=True)
    time.sleep(600)
"""
STARTS_AGAIN = """
    child = supervisor.start("short", ["sh", "-c", "exit 7"], title="The [bold] one")
    time.sleep(600)
"""
SITE = """
    print("site", options.site, flush=True)
"""


@pytest.fixture
def start(tmp_path):
    def start(body, *arguments):
        env = {**os.environ, "FOLDER": str(tmp_path), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-c", PROGRAM.replace("BODY", body.strip()), *arguments]
        made = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(made)
        return made

    running = []
    yield start
    for made in running:
        made.kill()
        made.wait()


def said_pid(process):
    return int(next(line for line in process.stdout if line.startswith("pid ")).split()[1])


def test_a_lost_chain_asks_for_a_fresh_start_until_it_gets_one(start):
    out, err = start(CHAIN_KILLED).communicate(timeout=120)
    assert "The chain was killed by signal 9. Start over: scripts/up --fresh" in out
    assert "Traceback" not in out + err
    again = start(SITE)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 1 and "Start over: scripts/up --fresh" in err and "site" not in out
    fresh = start(SITE, "--fresh")
    assert "site None" in fresh.communicate(timeout=120)[0] and fresh.returncode == 0


def test_a_second_interruption_does_not_leave_half_of_it_running(start):
    process = start(SLOW_TO_STOP)
    pid = said_pid(process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.7)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and "Everything has stopped." in out
    assert not is_running(pid)


def test_it_can_be_interrupted_while_something_is_started_again(start):
    process = start(STARTS_AGAIN)
    line = next(line for line in process.stdout if "starting it again in 2 s" in line)
    assert "The [bold] one ended with exit code 7; starting it again in 2 s." in line
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and "Everything has stopped." in out


def test_there_is_one_on_a_folder_and_it_ends_what_a_killed_one_left(start):
    first = start(SLOW_TO_STOP)
    pid = said_pid(first)
    second = start(SITE)
    _, err = second.communicate(timeout=120)
    assert second.returncode == 1 and "stop it first" in err
    first.kill()
    first.wait()
    assert is_running(pid)
    out, _ = start(SITE).communicate(timeout=120)
    assert "left 1 process behind" in out and "site None" in out
    assert not is_running(pid)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("arguments", [["--site", "/nowhere"], ["--site", "/etc/passwd"], ["--once", "--site", "/tmp"]])
def test_a_site_that_cannot_be_served_is_refused_at_once(monkeypatch, capsys, arguments):
    monkeypatch.setattr(sys, "argv", ["scripts/up", *arguments])
    with pytest.raises(SystemExit, match="2"):
        up._options()
    assert "error: " in capsys.readouterr().err


def test_a_site_is_named_by_its_whole_path(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["scripts/up", "--site", "."])
    assert up._options().site == tmp_path.resolve()
