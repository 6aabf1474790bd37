"""The node's HTTP face: bounded for everybody, members or not."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from oracle.errors import VerificationError
from oracle.node.service import MAX_BODY, create_app
from oracle.report.requests import request_headers
from scripts.stack.local import Roles, account

ROUTES = ["/quotes", "/checks", "/signatures"]


class Member:
    account = account(Roles.MEMBERS[0])

    def must_be_member(self, address):
        if address != account(Roles.MEMBERS[1]).address:
            raise VerificationError("request", "not a member")

    def check(self, proposer, proposals):
        return [{"confirmed": False} for _ in proposals]


@pytest.fixture
def client():
    return TestClient(create_app(Member(), None, None, dict), raise_server_exceptions=False)


@pytest.mark.parametrize("path", ROUTES)
def test_no_route_takes_a_body_of_any_size(client, path):
    taken = []

    def endless():
        while len(taken) < 200:
            taken.append(1)
            yield b"x" * 1024 * 1024

    assert client.post(path, content=b"x" * (MAX_BODY + 1)).status_code == 413
    assert client.post(path, content=endless()).status_code == 413
    for length in ("99999999999999999999999", "-1", "1e9", "\u00b2"):
        headers = {"Content-Length": length.encode("latin-1", "replace")}
        assert client.post(path, content=b"x", headers=headers).status_code == 413


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"{}", b"[]", b'{"proposals": 5}', b'{"proposals": [1]}', b"\xff", b"nul"]
)
def test_odd_bodies_are_refused_in_words(client, body):
    sender = account(Roles.MEMBERS[1])
    headers = request_headers(sender, Member.account.address, "http://x/checks", body)
    assert client.post("/checks", content=body, headers=headers).status_code == 400


def test_a_request_counts_for_one_member_and_one_path(client):
    sender, body = account(Roles.MEMBERS[1]), json.dumps({"proposals": [{}]}).encode()
    good = request_headers(sender, Member.account.address, "http://x/checks", body)
    assert client.post("/checks", content=body, headers=good).json() == {"verdicts": [{"confirmed": False}]}
    for recipient, path in ((account(Roles.MEMBERS[2]).address, "checks"), (Member.account.address, "signatures")):
        other = request_headers(sender, recipient, f"http://x/{path}", body)
        assert client.post("/checks", content=body, headers=other).status_code == 422


def test_site_owners_find_out_who_crawls(client):
    page = client.get("/bot").text
    for word in ("robots.txt", "Crawl-delay", "X-Robots-Tag", "tdmrep.json", "Retry-After", "User-agent: CopyTrackBot"):
        assert word in page
