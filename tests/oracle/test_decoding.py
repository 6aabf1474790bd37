"""Untrusted pictures are decoded in processes that can crash, hang and fill up without harm to us."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from PIL import Image

from oracle.errors import BadImageError, OracleError
from oracle.pictures import decoding, worker
from oracle.pictures.decoding import Decoder
from oracle.pictures.normalise import Picture, load_picture
from scripts.soaking.picture_files import damaged, noise, samples
from tests.conftest import noise as picture


@pytest.fixture(scope="module")
def decoder():
    with Decoder(timeout=20) as made:
        yield made


@pytest.fixture(scope="module")
def files():
    return samples()


def slow_svg():
    """Small, and drawn for minutes."""
    layers = '<feTurbulence baseFrequency="0.9" numOctaves="400"/><feGaussianBlur stdDeviation="90"/>' * 30
    names = 'xmlns="http://www.w3.org/2000/svg" width="4000" height="4000"'
    body = '<rect width="4000" height="4000" filter="url(#f)"/>' * 20
    return f'<svg {names}><filter id="f" x="0" y="0" width="1" height="1">{layers}</filter>{body}</svg>'.encode()


def test_a_decoder_gives_what_decoding_here_gives(decoder, files):
    for name, data in files.items():
        here, there = load_picture(data), decoder.decode(data)
        assert np.array_equal(here.rgb, there.rgb), name
        assert (here.width, here.height, here.format, here.sha256) == (
            there.width,
            there.height,
            there.format,
            there.sha256,
        ), name
        assert there.grey.shape == here.grey.shape
    assert max(decoder.decode(files["png"], 50).rgb.shape) == 50
    assert len(decoder.pids) == 1


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\xff\xd8\xff\xe0", b"GIF89a" + b"\xff" * 40])
def test_refusals_say_the_same_as_here(decoder, data):
    with pytest.raises(BadImageError) as here:
        load_picture(data)
    with pytest.raises(BadImageError) as there:
        decoder.decode(data)
    assert str(here.value) == str(there.value)


def test_a_killed_worker_is_replaced(files):
    with Decoder() as decoder:
        assert decoder.pids == []
        for _ in range(3):
            decoder.decode(files["png"])
            os.kill(decoder.pids[0], signal.SIGKILL)
        before = decoder.pids
        decoder.decode(files["jpeg"])
        assert decoder.pids != before


def test_a_picture_that_kills_its_worker_twice_is_refused(monkeypatch, files):
    monkeypatch.setattr(decoding, "WORKER", [sys.executable, "-I", "-c", CRASHES])
    with Decoder() as decoder:
        with pytest.raises(BadImageError, match=r"decoder failed \(SIGSEGV\)"):
            decoder.decode(b"crash")
        assert decoder.decode(files["jpeg"]).format == "JPEG"


CRASHES = """
import os, signal
from oracle.pictures import worker
real = worker.load_picture
def load(data, side):
    if data == b"crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    return real(data, side)
worker.load_picture = load
worker.main()
"""


def test_a_picture_that_takes_too_long_is_given_up(files):
    with Decoder(timeout=2) as decoder:
        decoder.decode(files["jpeg"])
        first, started = decoder.pids, time.monotonic()
        with pytest.raises(BadImageError, match="within 2 seconds"):
            decoder.decode(slow_svg(), 2048)
        assert time.monotonic() - started < 5
        assert decoder.decode(files["jpeg"]).format == "JPEG"
        assert decoder.pids != first


def test_a_worker_that_is_left_alone_with_a_picture_ends_by_itself():
    """Its soft limit of processor time moves along with the pictures."""
    told = limits_after("import resource; print(resource.getrlimit(resource.RLIMIT_CPU)[0])", serve=True)
    assert 20 <= int(told.split()[0]) < 40  # libraries may warn after it


def test_a_picture_that_takes_too_much_memory_is_refused(files):
    large = io.BytesIO()
    Image.new("L", (9900, 9900)).save(large, "PNG")
    with Decoder(memory_bytes=400 * 2**20) as decoder:
        decoder.decode(files["jpeg"])
        with pytest.raises(BadImageError, match=r"memory|damaged"):
            rgba = io.BytesIO()
            Image.new("RGBA", (9900, 9900)).save(rgba, "PNG", compress_level=1)
            decoder.decode(rgba.getvalue())
        assert decoder.decode(files["png"]).format == "PNG"
    with Decoder() as decoder:
        assert decoder.decode(large.getvalue()).width == 9900


def limits_after(code, serve=False):
    """What code prints within a process that limited itself as a worker does."""
    program = f"""
import sys
from oracle.pictures import worker as w
report = compile({code!r}, "", "exec")
import resource, socket, ctypes
if {serve}:
    w._read = lambda size, answers=iter([w.REQUEST.pack(1, 9, False, 1), b"x"]): next(answers)
    w._write = lambda data: None
w.limit({2**31})
if {serve}:
    w.serve(20.0)
exec(report)
"""
    run = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    return (run.stdout + run.stderr).strip()


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("open('/etc/passwd')", "Too many open files"),
        ("socket.socket()", "Too many open files"),
        ("bytearray(2**31)", "MemoryError"),
        ("import subprocess; subprocess.run(['true'])", "Too many open files"),
        ("resource.setrlimit(resource.RLIMIT_CORE, (1, 1)) if __import__('os').geteuid() else 1 / 0", "Error"),
        ("print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0))", "1"),  # PR_GET_NO_NEW_PRIVS
        ("print(resource.getrlimit(resource.RLIMIT_FSIZE))", "(0, 0)"),
    ],
)
def test_a_worker_can_do_nothing_but_compute(code, told):
    assert told in limits_after(code)


def test_no_secret_reaches_a_worker(monkeypatch, files):
    monkeypatch.setenv("ORACLE_KEY", "a secret")
    with Path("/etc/hostname").open() as _, Decoder() as decoder:
        decoder.decode(files["jpeg"])
        folder = Path(f"/proc/{decoder.pids[0]}")
        assert b"secret" not in (folder / "environ").read_bytes()
        assert {file.name for file in (folder / "fd").iterdir()} == {"0", "1", "2"}
        assert "Max core file size        0" in (folder / "limits").read_text()


def test_many_threads_share_some_workers(files):
    chosen = [files[name] for name in ("jpeg", "png 16 bit", "webp", "svg")]
    expected = [load_picture(data) for data in chosen]
    wrong = []

    with Decoder(workers=2) as decoder:

        def work(number):
            for turn in range(8):
                at = (number + turn) % len(chosen)
                got = decoder.decode(chosen[at])
                if got.sha256 != expected[at].sha256 or not np.array_equal(got.rgb, expected[at].rgb):
                    wrong.append(at)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert not wrong
        assert 1 <= len(decoder.pids) <= 2


def test_a_worker_is_replaced_after_its_share(files):
    with Decoder(pictures_per_worker=3) as decoder:
        pids = []
        for _ in range(7):
            decoder.decode(files["jpeg"])
            pids += decoder.pids
    assert [len({*pids[:3]}), len({*pids[3:6]}), len({*pids})] == [1, 1, 3]


def test_closing_ends_all_processes(files):
    decoder = Decoder(workers=2)
    decoder.decode(files["jpeg"])
    (pid,) = decoder.pids
    decoder.close()
    decoder.close()
    assert decoder.pids == [] and not Path(f"/proc/{pid}").exists()
    with pytest.raises(OracleError, match="closed"):
        decoder.decode(files["jpeg"])


def test_what_does_not_start_is_not_the_pictures_fault(monkeypatch, files):
    monkeypatch.setattr(decoding, "WORKER", [sys.executable, "-I", "-c", "print('hello, this is another program')"])
    with Decoder() as decoder, pytest.raises(OracleError, match="did not start") as raised:
        decoder.decode(files["jpeg"])
    assert not isinstance(raised.value, BadImageError)


@pytest.mark.parametrize(
    ("facts", "size"),
    [
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0]}, 9 * 9 * 3 - 1),
        ({"rows": 10**6, "columns": 1, "width": 40, "height": 40, "format": "PNG", "frames": [0]}, 3 * 10**6),
        ({"rows": 9, "columns": -9, "width": 40, "height": 40, "format": "PNG", "frames": [0]}, 243),
        ({"rows": 9.0, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0]}, 243),
        ({"rows": True, "columns": 81, "width": 40, "height": 40, "format": "PNG", "frames": [0]}, 243),
        ({"rows": 9, "columns": 9, "width": 10**9, "height": 40, "format": "PNG", "frames": [0]}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "<script>", "frames": [0]}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": ["PNG"], "frames": [0]}, 243),
        ({"rows": 9, "columns": 9}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG"}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": []}, 0),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [1]}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0, 2]}, 243),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0, 2, 1]}, 729),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0, 0]}, 486),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": [0, True]}, 486),
        ({"rows": 9, "columns": 9, "width": 40, "height": 40, "format": "PNG", "frames": list(range(9))}, 2187),
        ({}, 0),
        ([1, 2], 0),
        ("problem", 0),
    ],
)
def test_answers_of_a_worker_that_was_taken_over_are_not_believed(facts, size):
    with pytest.raises(decoding._DiedError):
        decoding._picture(bytearray(json.dumps(facts).encode()), bytearray(size), 640, b"x")
    with pytest.raises(decoding._DiedError):
        decoding._picture(bytearray(b"[" * 4000), bytearray(size), 640, b"x")


def test_problems_are_told_without_control_characters():
    with pytest.raises(BadImageError) as raised:
        decoding._picture(bytearray(json.dumps({"problem": "a\x1b[31m\nb"}).encode()), bytearray(), 640, b"x")
    assert str(raised.value) == "a [31m b"


def test_the_longest_problem_fits_into_an_answer():
    assert len(json.dumps({"problem": "😀" * worker.MAX_PROBLEM})) <= worker.MAX_FACTS


def test_a_large_picture_goes_through_at_full_size(decoder):
    data = picture(1, (3000, 2000))
    assert np.array_equal(decoder.decode(data, 8192).rgb, load_picture(data, 8192).rgb)


@seed(20261122)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 99), number=st.integers(0, 2**32), random_bytes=st.integers(0, 9))
def test_damaged_files_do_no_more_than_be_refused(decoder, files, which, number, random_bytes):
    source, valid = random.Random(number), list(files.values())
    data = noise(source) if random_bytes == 0 else damaged(valid[which % len(valid)], source, valid)
    try:
        got = decoder.decode(data)
    except BadImageError as problem:
        assert "survive" not in str(problem) and "within" not in str(problem)
    else:
        assert isinstance(got, Picture) and got.rgb.dtype == np.uint8
        assert max(got.rgb.shape) <= 640 and got.rgb.shape[2] == 3
