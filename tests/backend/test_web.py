"""What browsers rely on: the session's cookie, the headers, the passage to the chain, the web app's files."""

import hashlib
from base64 import b64encode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from backend.core.errors import add_error_handlers
from backend.core.webapp import serve_web_app


@pytest.fixture
def browser(backend, user):
    """A client that keeps cookies, signed in."""
    me = user(signed_in=False)
    client = TestClient(backend.client.app, base_url=backend.stack.api_url)
    answer = client.post("/api/auth/sign-in", json=me.signed_message())
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie
    return client


def test_the_cookie_opens_the_account_for_our_own_pages_only(browser, backend):
    assert browser.get("/api/me").json()["address"]
    ours, theirs = {"Origin": backend.stack.api_url}, {"Origin": "https://evil.example"}
    assert browser.post("/api/api-keys", json={"name": "a"}, headers=ours).status_code == 201
    for headers in (theirs, {}):
        refused = browser.post("/api/api-keys", json={"name": "a"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "other_origin")


def test_signing_out_ends_the_session(browser, backend):
    kept = browser.cookies["copytrack_session"]
    assert browser.post("/api/auth/sign-out", headers={"Origin": backend.stack.api_url}).status_code == 204
    browser.cookies.set("copytrack_session", kept)
    assert browser.get("/api/me").json() is None


def test_the_chain_is_read_through_us_and_nothing_else(backend):
    def ask(*methods):
        body = [{"jsonrpc": "2.0", "id": n, "method": m, "params": []} for n, m in enumerate(methods)]
        return backend.client.post("/api/rpc", json=body if len(body) != 1 else body[0])

    assert ask("eth_chainId").json()["result"] == hex(31337)
    assert [a["id"] for a in ask("eth_blockNumber", "eth_chainId").json()] == [0, 1]
    for method in ("anvil_setBalance", "eth_sendTransaction", "eth_accounts", "debug_traceTransaction"):
        assert (ask(method).status_code, ask(method).json()["code"]) == (403, "method")
    assert ask(*["eth_chainId"] * 51).status_code == 413
    assert backend.client.post("/api/rpc", content=b"{").json()["code"] == "bad_json"


def test_only_our_contracts_are_asked(backend):
    token = backend.chain.deployment.addresses["CPYToken"]
    supply = {"to": token, "data": "0x18160ddd"}

    def ask(method, *params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return backend.client.post("/api/rpc", json=body).json()

    assert int(ask("eth_call", supply, "latest")["result"], 16) > 0
    endless = {"data": "0x5b600056"}
    for method, *params in (
        ("eth_call", endless, "latest"),
        ("eth_call", {**supply, "to": "0x" + "11" * 20}, "latest"),
        ("eth_call", supply, "latest", {token: {"code": "0x5b600056"}}),
        ("eth_estimateGas", endless),
        ("eth_getLogs", {"fromBlock": "0x0", "topics": ["0x" + "22" * 32]}),
        ("eth_getLogs", {"fromBlock": "0x0", "address": token}),
        ("eth_call",),
    ):
        assert ask(method, *params)["code"] == "not_ours", (method, params)


def test_the_web_app_learns_where_the_contracts_are(backend):
    told = backend.client.get("/api/deployment").json()
    assert told["deployment"]["chainId"] == 31337 and told["deployment"]["contracts"]["CPYToken"]["address"]
    assert {role["name"] for role in told["demo_wallet"]} >= {"Photographer", "Image user", "Licensee"}


def test_the_demonstrations_keys_are_told_on_the_local_chain_only(backend, monkeypatch, tmp_path):
    from backend.core.settings import settings

    elsewhere = tmp_path / "1.json"
    elsewhere.write_text('{"chainId": 1, "contracts": {}}')
    monkeypatch.setattr(settings(), "deployment", elsewhere)
    assert backend.client.get("/api/deployment").json()["demo_wallet"] == []


@pytest.fixture
def web(tmp_path):
    (tmp_path / "assets").mkdir()
    (tmp_path / "docs").mkdir()
    files = {
        "index.html": "<style>a{}</style>landing",
        "app.html": "shell",
        "assets/a.js": "code",
        "docs/index.html": "docs",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path.parent / "secret.txt").write_text("secret")
    app = FastAPI()
    add_error_handlers(app)
    serve_web_app(app, tmp_path)
    return TestClient(app)


def test_pages_get_the_shell_and_files_themselves(web):
    assert web.get("/").text.endswith("landing") and web.get("/docs/").text == "docs"
    assert web.get("/works").text == web.get("/portal/abc").text == "shell"
    assert "immutable" in web.get("/assets/a.js").headers["cache-control"]
    assert web.get("/").headers["cache-control"] == "no-cache"


def test_the_front_pages_own_styles_are_allowed_by_their_hash(web):
    digest = b64encode(hashlib.sha256(b"a{}").digest()).decode()
    assert f"style-src 'self' 'sha256-{digest}';" in web.get("/").headers["content-security-policy"]
    assert digest not in web.get("/works").headers["content-security-policy"]


def test_nothing_outside_the_folder_is_served(web):
    for path in ("/missing.js", "/api/nothing", "/..%2fsecret.txt", "/%2e%2e/secret.txt"):
        assert (web.get(path).status_code, web.get(path).json()["code"]) == (404, "not_found")


def test_every_answer_forbids_foreign_content(backend):
    for path in ("/api/me", "/api/nothing", "/health"):
        policy = backend.client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self'" in policy and "unsafe" not in policy
