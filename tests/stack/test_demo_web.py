"""The demonstration's web as visitors see it: what it answers, and what it writes down of who asked."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from scripts.demo.progress import Progress, Standing
from scripts.demo.serve import Web
from scripts.demo.sites import ALL_HOSTS, BUSY_HOST, LOCKED_HOST, OWN_HOST, PAUSING_HOST, QUIET_HOST, SLOW_HOST
from scripts.demo.tls import make_authority
from scripts.demo.traps import FORBIDDEN_PLACES, RETRY_AFTER
from scripts.demo.web import build_web
from scripts.stack.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
SEED = 7


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tmp_path_factory.mktemp("web")
    return root, build_web(root, SEED)


@pytest.fixture(scope="module")
def web(built, tmp_path_factory):
    """The server as scripts/up starts it, with two doors. Returns how to ask, and the log."""
    root, _ = built
    tls = tmp_path_factory.mktemp("tls")
    ca, certificate, key = make_authority(tls, list(ALL_HOSTS))
    doors = {name: (free_port(), free_port()) for name in ("node-1", "node-2")}
    log = tls / "requests.jsonl"
    command = [sys.executable, "-m", "scripts.demo.serve", "--root", str(root), "--log", str(log)]
    for name, (http, https) in doors.items():
        command += ["--door", name, str(http), str(https)]
    command += ["--cert", str(certificate), "--key", str(key)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None and server.stdout.readline().startswith("ready: ")
    context = ssl.create_default_context(cafile=str(ca))

    def ask(url, door="node-1", **headers):
        asked = httpx.URL(url)
        port = doors[door][asked.scheme == "https"]
        with httpx.Client(verify=context, headers={"User-Agent": "Test/1", "Host": asked.host, **headers}) as client:
            place = asked.copy_with(host="127.0.0.1", port=port)
            return client.get(place, extensions={"sni_hostname": asked.host})

    yield ask, log
    server.terminate()
    server.wait(10)


def lines(log):
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_every_request_is_written_down(web):
    ask, log = web
    before, begun = len(lines(log)), time.time()
    assert ask(f"https://{SLOW_HOST}/eins.html?a=b", "node-2").status_code == 200
    assert ask(f"https://{SLOW_HOST}/none.html").status_code == 404
    assert ask(f"http://{SLOW_HOST}/eins.html").status_code == 301
    assert ask("http://nobody.example/").status_code == 404
    told = lines(log)[before:]
    assert [(t["client"], t["scheme"], t["host"], t["path"], t["status"], t["agent"]) for t in told] == [
        ("node-2", "https", SLOW_HOST, "/eins.html?a=b", 200, "Test/1"),
        ("node-1", "https", SLOW_HOST, "/none.html", 404, "Test/1"),
        ("node-1", "http", SLOW_HOST, "/eins.html", 301, "Test/1"),
        ("node-1", "http", "nobody.example", "/", 404, "Test/1"),
    ]
    assert all(begun - 0.01 <= t["at"] <= time.time() and t["method"] == "GET" for t in told)


@pytest.mark.parametrize(("url", "status"), [(f"https://{BUSY_HOST}/eins.jpg", 429), (f"https://{PAUSING_HOST}/", 503)])
def test_each_client_is_refused_once(web, url, status):
    ask, _ = web
    for door in ("node-1", "node-2"):
        refused = ask(url, door)
        assert (refused.status_code, refused.headers["retry-after"]) == (status, str(RETRY_AFTER))
        assert ask(url, door).status_code == 200


def test_the_traps_are_set(web):
    """The tests of the crawler's obedience rely on these answers."""
    ask, _ = web
    assert ask(f"https://{LOCKED_HOST}/robots.txt").content.startswith(b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /\r\n")
    assert "Crawl-delay: 1\n" in ask(f"https://{SLOW_HOST}/robots.txt").text
    page = ask(f"https://{QUIET_HOST}/zweites-schild.html").text
    assert page.index('content="index, follow"') < page.index('content="noindex"')
    assert ask(f"https://{QUIET_HOST}/kopfzeile.html").headers["x-robots-tag"].endswith("CopyTrackBot: noindex")
    assert ask(f"https://{QUIET_HOST}/bilder/ohne-bildersuche.jpg").headers["x-robots-tag"] == "noarchive, noimageindex"
    assert ask(f"https://{QUIET_HOST}/tdm-kopfzeile.html").headers["tdm-reservation"] == "1"
    assert '<meta name="tdm-reservation" content="1">' in ask(f"https://{QUIET_HOST}/tdm-schild.html").text
    assert ask(f"https://{QUIET_HOST}/.well-known/tdmrep.json").json() == [
        {"location": "/archiv/*", "tdm-reservation": 1}
    ]
    for path, target in (("/umweg.html", "/intern/"), ("/bilder/umweg.jpg", "/intern/umweg.jpg")):
        answer = ask(f"https://{QUIET_HOST}{path}")
        assert (answer.status_code, answer.headers["location"]) == (302, target)
        assert ask(f"https://{QUIET_HOST}{target}").status_code == 200
    # A conditional request is answered with the reservation too.
    first = ask(f"https://{QUIET_HOST}/tdm-kopfzeile.html")
    again = ask(f"https://{QUIET_HOST}/tdm-kopfzeile.html", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["tdm-reservation"]) == (304, "1")


def test_all_that_the_web_shows_is_there_and_the_totals_hold(web, built):
    ask, _ = web
    _, pictures = built
    assert sum(len(p.works) for p in pictures if p.role == "copy") == 42
    hidden = [p for p in pictures if p.role in ("forbidden", "reserved")]
    assert len(hidden) >= 14 and all(p.works for p in hidden)
    for picture in hidden:
        answer = ask(picture.url)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("image/")
    robots = {f"https://{host}{start}" for host, start in FORBIDDEN_PLACES}
    for place in robots:
        assert any(p.url.startswith(place) for p in hidden)


def test_the_users_own_folder_is_a_site(web, built, tmp_path):
    ask, _ = web
    root, _ = built
    (tmp_path / "sub").mkdir()
    (tmp_path / "a picture.JPG").write_bytes(b"jpeg")
    (tmp_path / "<b>.html").write_text("<p>mine")
    (tmp_path / ".secret").write_text("x")
    (tmp_path / "sub" / "index.html").write_text("<p>sub")
    (tmp_path / "out").symlink_to("/etc")
    (root / OWN_HOST).symlink_to(tmp_path)
    try:
        front = ask(f"https://{OWN_HOST}/")
        assert front.status_code == 200 and front.headers["content-type"].startswith("text/html")
        assert '<img src="a%20picture.JPG" alt="">' in front.text and "&lt;b&gt;.html" in front.text
        assert ".secret" not in front.text
        assert ask(f"https://{OWN_HOST}/a%20picture.JPG").content == b"jpeg"
        assert ask(f"https://{OWN_HOST}/sub/").text == "<p>sub"
        assert ask(f"https://{OWN_HOST}/out/").status_code == 404
        assert ask(f"https://{OWN_HOST}/out/passwd").status_code == 404
        # A page of the user's comes before the list, and what changes shows at once.
        (tmp_path / "index.html").write_text("<p>front")
        assert ask(f"https://{OWN_HOST}/").text == "<p>front"
    finally:
        (root / OWN_HOST).unlink()
    assert ask(f"https://{OWN_HOST}/").status_code == 404
    # Other sites have no such list.
    assert ask(f"https://{QUIET_HOST}/bilder/").status_code == 404


def test_a_site_without_special_answers_needs_no_file_of_them(tmp_path):
    assert Web(tmp_path, None).special("node-1", QUIET_HOST, "/") is None


def test_progress_only_grows_and_comes_every_ten_seconds(monkeypatch):
    now, told = [0.0], []
    monkeypatch.setattr("scripts.demo.progress.time.monotonic", lambda: now[0])
    progress = Progress(told.append)

    def show(seconds, read, found, reported):
        now[0] = seconds
        progress.show(Standing(read, 9, found, reported, found - reported))

    show(3, 2, 1, 0)
    show(10, 4, 3, 0)
    show(15, 9, 9, 0)
    show(20, 7, 6, 5)
    show(31, 5, 1, 0)
    show(45, 8, 5, 5)
    assert told == [
        "  so far: 4 pages read, 3 copies found, 0 of them reported",
        "  so far: 7 pages read, 6 copies found, 5 of them reported",
        "  so far: 8 pages read, 6 copies found, 5 of them reported",
    ]
