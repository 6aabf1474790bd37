"""The supervisor on real processes: what is killed comes back as it was, what cannot live is told with its reason."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from scripts.stack import leftovers, logs, supervisor
from scripts.stack.servers import start_chain
from scripts.stack.supervisor import Child, ChildError, LostError, Supervisor

ROOT = Path(__file__).resolve().parents[2]
# Says who it is and what it was told, and waits.
SAYS = 'echo ready "$WHO" "$(pwd)" "$(id -u)" "$0"; exec sleep 600'


def wait(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
    return found


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def told():
    return []


@pytest.fixture
def watching(tmp_path, told):
    with Supervisor(tmp_path / "logs") as made:
        made.watch(told.append)
        yield made


def test_what_is_killed_comes_back_as_it_was(watching, told):
    user = 65534 if os.geteuid() == 0 else None
    command = ["sh", "-c", SAYS, "argument"]
    child = watching.start("server", command, {"WHO": "me"}, user=user, cwd=Path("/usr"), title="The server")
    wait(lambda: "ready" in child.log.read_text())
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    wait(lambda: child.log.read_text().count("ready") == 2)
    assert told == ["The server was killed by signal 9; starting it again in 1 s."]
    assert child.process.pid != first and runs(child.process.pid)
    lines = child.log.read_text().splitlines()
    assert lines[0] == lines[1] == f"ready me /usr {user or os.geteuid()} argument"
    watching.check()


def test_the_pause_grows_and_five_ends_in_a_row_are_enough(watching, told, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.1)
    script = """printf '{"event": "no such table", "level": "error", "problem": "node1"}\\nbye\\n'; exit 3"""
    child = watching.start("broken", ["sh", "-c", script], title="Node 2")
    with pytest.raises(ChildError) as caught:
        while True:
            watching.check()
            time.sleep(0.05)
    pauses = [float(re.fullmatch(r"Node 2 ended with exit code 3; starting it again in (.*) s\.", t)[1]) for t in told]
    assert pauses == [0.1, 0.2, 0.4, 0.8]
    message = str(caught.value)
    assert message.startswith("Node 2 ended with exit code 3, 5 times in a row. Its last lines:\n")
    assert message.endswith("error: no such table – node1\nbye") and "{" not in message
    assert not runs(child.process.pid)


def test_the_longest_pause_is_a_minute_and_health_begins_anew(tmp_path, monkeypatch):
    """The clock is set, the processes are real."""
    monkeypatch.setattr(supervisor, "QUICK_SECONDS", 0.0)
    made = Supervisor(tmp_path)
    try:
        child = made.start("short", ["sh", "-c", "exit 1"], title="It")

        def next_pause(lived: float) -> str:
            child.process.wait(10)
            child.started_at = time.monotonic() - lived
            said = made._look_after(child)
            child.again_at = time.monotonic()
            assert made._look_after(child) == ""
            return said.rpartition(" in ")[2]

        assert [next_pause(40) for _ in range(8)] == [f"{s} s." for s in (1, 2, 4, 8, 16, 32, 60, 60)]
        assert [next_pause(61), next_pause(5), next_pause(5)] == ["1 s.", "2 s.", "4 s."]
    finally:
        made.stop_all()


def test_it_stops_at_once_during_a_pause_and_starts_nothing_more(tmp_path):
    told = []
    with Supervisor(tmp_path) as made:
        made.watch(told.append)
        child = made.start("short", ["sh", "-c", "echo started; exit 1"])
        stays = made.start("stays", ["sleep", "600"])
        wait(lambda: told)
        begun = time.monotonic()
    assert time.monotonic() - begun < 0.9
    time.sleep(1.5)
    assert child.log.read_text() == "started\n"
    assert not runs(stays.process.pid)


def test_who_is_stopped_on_purpose_stays_stopped(watching, told):
    child = watching.start("stays", ["sleep", "600"])
    watching.stop(child)
    time.sleep(1.5)
    assert told == [] and not runs(child.process.pid)


def test_what_a_killed_child_started_does_not_outlive_it(watching):
    script = "sleep 600 & echo $!; wait"
    child = watching.start("parent", ["sh", "-c", script])
    wait(lambda: child.log.read_text())
    grandchild = int(child.log.read_text())
    os.kill(child.process.pid, signal.SIGKILL)
    wait(lambda: child.log.read_text().count("\n") == 2)
    assert not runs(grandchild)


def test_many_threads_start_and_stop_while_others_die(watching):
    def one(number: int) -> None:
        for _ in range(5):
            child = watching.start(f"c{number}", ["sleep", "600"])
            os.kill(child.process.pid, signal.SIGKILL)
            time.sleep(0.05 * (number % 3))
            watching.stop(child)
            pids.add(child.process.pid)

    pids: set[int] = set()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    watching.check()
    assert watching.children == [] and not any(map(runs, pids))


def test_a_lost_chain_is_not_begun_anew_behind_the_databases(watching, told, tmp_path):
    url = start_chain(watching, tmp_path / "chain")
    assert url.startswith("http://127.0.0.1:")
    os.kill(watching.children[0].process.pid, signal.SIGKILL)
    with pytest.raises(LostError, match=r"^The chain was killed by signal 9\. .*scripts/up --fresh$"):
        wait(lambda: watching.check())
    assert told == []


def test_what_nobody_watches_is_told_at_once(tmp_path):
    with Supervisor(tmp_path) as made:
        child: Child = made.start("quick", ["sh", "-c", "echo told; exit 3"])
        child.process.wait(5)
        with pytest.raises(ChildError, match=r"^quick ended with exit code 3\. Its last lines:\ntold$"):
            made.check()


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (
            '{"event": "register not read", "level": "warning", "problem": "no answer"}',
            "warning: register not read – no answer",
        ),
        ('{"message": "started"}', "started"),
        ('{"event": "failed", "exception": "Traceback …\\n  File …\\nKeyError: 7"}', "failed – KeyError: 7"),
        ("plain words", "plain words"),
        ('{"no": "message"}', '{"no": "message"}'),
        ("[1, 2]", "[1, 2]"),
        ("{broken", "{broken"),
        ("null", "null"),
    ],
)
def test_json_lines_are_shown_as_sentences(line, read):
    assert logs.readable(line) == read


def test_the_tail_of_a_long_log_is_short(tmp_path):
    file = tmp_path / "long.log"
    file.write_bytes(b"x" * 2_000_000 + b"\n" + "\n".join(str(n) for n in range(100)).encode())
    assert logs.last_lines(file, 3) == "97\n98\n99"
    assert logs.last_lines(tmp_path / "none.log", 3) == ""


KILLED = """
import os, signal, sys
from pathlib import Path
from scripts.stack.supervisor import Supervisor
made = Supervisor(Path(sys.argv[1]))
for name in ("one", "two"):
    made.start(name, ["sleep", "600"])
print(*(c.process.pid for c in made.children), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_behind_is_ended_by_the_next(tmp_path, told):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    left = [int(pid) for pid in done.stdout.split()]
    assert len(left) == 2 and all(map(runs, left))
    # The number of a process that ended may be another's by now: that one is left alone.
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        noted = json.loads((tmp_path / "processes.json").read_text())
        noted.append({"pid": stranger.pid, "born": 1, "signal": 15})
        (tmp_path / "processes.json").write_text(json.dumps(noted))
        leftovers.end_leftovers(tmp_path, told.append)
        assert not any(map(runs, left)) and runs(stranger.pid)
    finally:
        stranger.kill()
        stranger.wait()
    assert told == ["An earlier run was killed and left 2 processes behind; stopping what is left."]
    leftovers.end_leftovers(tmp_path, told.append)
    assert len(told) == 1
