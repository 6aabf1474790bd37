"""Whatever is sent, the answer says what is wrong with it: no input is a fault of the server."""

import json

import pytest

WORK = "0x" + "ab" * 32
LONE = '"\\ud800"'
DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.fixture
def client(backend):
    return backend.client


@pytest.mark.parametrize(
    "path",
    [
        "/api/portal/%00",
        "/api/portal/by-code/%00",
        "/api/open/works/%00",
        "/api/hits?work_id=%00",
        "/api/hits/%00",
        "/api/works/pictures/%00/tile",
        "/api/open/cover?work_id=%00&url=https://a.example/&at=1",
        f"/api/open/cover?work_id={WORK}&url=https://a.example/%00&at=1",
        "/ipfs/%00",
        "/%00",
        "/a%00b.js",
        "/" + "a" * 300,
        "/" + "a/" * 3000,
        "/" + "a" * 300 + "/x.js",
    ],
)
def test_paths_and_queries_that_nothing_can_be_named_by(user, path):
    me = user()
    for headers in ({}, me.headers):
        answer = me.backend.client.get(path, headers=headers)
        assert answer.status_code in (401, 404, 422), answer.text
        assert set(answer.json()) == {"code", "message"}


@pytest.mark.parametrize(
    "query",
    [
        "work_id=zz&url=https://a.example/&at=1",
        f"work_id={WORK[:-1]}&url=https://a.example/&at=1",
        f"work_id={WORK}&url=nothing&at=1",
        f"work_id={WORK}&url=https://&at=1",
        f"work_id={WORK}&url=https://[::1/&at=1",
        f"work_id={WORK}&url=https://a.example:99999999/&at=1",
        f"work_id={WORK}&url=https://{'a' * 70}.example/&at=1",
        f"work_id={WORK}&url=https://a.example/{'a' * 9000}&at=1",
        f"work_id={WORK}&url=https://a.example/&at={2**63}",
        f"work_id={WORK}&url=https://a.example/&at={2**64 - 1}",
        f"work_id={WORK}&url=https://a.example/&at={'9' * 5000}",
        f"work_id={WORK}&url=https://a.example/&at=-1",
        f"work_id={WORK}&url=https://a.example/&at=²",
        f"work_id={WORK}&url=https://a.example/&at=NaN",
    ],
)
def test_cover_is_asked_of_a_work_a_page_and_a_time(client, query):
    assert client.get(f"/api/open/cover?{query}").status_code == 422


def test_cover_and_works_answer_what_is_well_formed(client):
    for work in (WORK, WORK.upper().replace("0X", "0x")):
        answer = client.get(f"/api/open/cover?work_id={work}&url=https://a.example/&at={2**40 - 1}")
        assert answer.json() == {"work_id": WORK, "url": "https://a.example/", "at": 2**40 - 1, "covered": False}
        assert client.get(f"/api/open/works/{work}").status_code == 404
    assert client.get("/api/open/works/zz").status_code == 422


@pytest.mark.parametrize("cid", ["x", "Qm" + "a" * 44, "b" * 400, "bafy", "²"])
def test_the_gateway_knows_cids_only(client, cid):
    answer = client.get(f"/ipfs/{cid}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_cid")


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe[\x00]\x00",
        b"\xe9",
        b"[NaN]",
        b'{"name": Infinity}',
        b'{"name": 1e999}',
        b'{"name": "a\\u0000b"}',
        b'{"a\\u0000b": 1}',
        f'{{"name": {LONE}}}'.encode(),
        f"{{{LONE}: 1}}".encode(),
        DEEP,
        b'{"a":' * 2000 + b"1" + b"}" * 2000,
        b"9" * 5000,
        b'{"name": 9223372036854775808}',
        b"[" * 33 + b"]" * 33,
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_bodies_that_are_no_json_as_we_take_it(user, body, kind):
    me = user()
    for path in ("/api/rpc", "/api/api-keys", "/api/auth/sign-in", "/api/portal/x/objection"):
        answer = me.backend.client.post(path, content=body, headers={**me.headers, "Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_json"), path


def test_a_refusal_names_the_field_and_sends_nothing_back(user):
    answer = user().post("/api-keys", {"name": ""})
    assert answer.status_code == 422 and answer.json()["code"] == "invalid"
    assert answer.json()["message"].startswith("body.name: ")


@pytest.mark.parametrize("charset", ["utf-8", "unicode_escape", "idna", "undefined", "utf-16", "hex"])
@pytest.mark.parametrize("title", [b"a\0b", b"\\ud800", b"\xed\xa0\x80", b"\\x00"])
def test_titles_of_all_encodings(user, charset, title):
    me = user()
    part = b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    body = part % (b"title", b"", title) + part % (b"file", b'; filename="a\x00.jpg"', b"no picture") + b"--x--\r\n"
    headers = {**me.headers, "Content-Type": f"multipart/form-data; boundary=x; charset={charset}"}
    answer = me.backend.client.post("/api/works", content=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    if (charset, title) == ("utf-8", b"a\0b"):
        assert "NUL" in answer.json()["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "²"}, 411),
        ({"Content-Length": "-1"}, 411),
        ({"Content-Length": "+5"}, 411),
        ({"Content-Length": "9" * 5000}, 413),
        ({"Content-Length": str(2**63)}, 413),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Authorization": "Bearer \0"}, 400),
        ({"Cookie": "copytrack_session=\0"}, 400),
    ],
)
def test_headers_that_lie(client, headers, status):
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    assert client.post("/api/api-keys", headers=raw).status_code == status


def test_only_an_upload_may_be_large(user):
    me = user()
    large = {"Content-Length": str(2 * 1024 * 1024), "Content-Type": "multipart/form-data; boundary=x"}
    for path in ("/api/api-keys", "/api/rpc", "/api/auth/sign-in"):
        assert me.backend.client.post(path, headers={**me.headers, **large}).status_code == 413
    assert me.backend.client.post("/api/works", headers={**me.headers, **large}).status_code in (400, 422)


@pytest.mark.parametrize("path", ["/", "/works", "/health", "/api/me", "/api/deployment", "/docs/"])
def test_head_is_answered_as_get_without_the_body(client, path):
    asked, headed = client.get(path), client.head(path)
    assert headed.status_code == asked.status_code and headed.content == b""
    assert headed.headers["content-type"] == asked.headers["content-type"]


def test_other_methods_are_refused_in_the_same_form(client):
    answer = client.put("/api/me")
    assert (answer.status_code, answer.json()["code"]) == (405, "method") and "GET" in answer.headers["allow"]


def test_a_number_beyond_what_the_database_holds_is_no_fault(backend):
    """The net below all checks: a feature that forgets one."""
    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from sqlalchemy import text

    from backend.core.database import Db
    from backend.core.errors import add_error_handlers

    app = FastAPI()
    add_error_handlers(app)

    @app.get("/{number}")
    def keep(number: int, session: Db) -> None:
        session.execute(text("SELECT CAST(:n AS bigint)"), {"n": number})

    client = TestClient(app)
    assert client.get("/5").status_code == 200
    answer = client.get(f"/{2**63}")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_value")


def test_a_cid_on_chain_that_is_none_does_not_hide_the_work(user, backend):
    from backend.core.database import transaction
    from backend.works.models import RegisteredWork

    work = user().registered_work()
    with transaction() as session:
        found = session.get_one(RegisteredWork, work["work_id"])
        found.metadata_cid, found.fingerprints = "0x00", {**found.fingerprints, "7": "0xffff"}
    shown = backend.client.get(f"/api/open/works/{work['work_id']}").json()
    assert shown["metadata_cid"] is None and list(shown["fingerprints"].values()) == [work["fingerprint_cid"]]


def test_json_that_is_well_formed_passes_unchanged():
    from backend.core.inputs import MAX_INTEGER, parse_json

    for value in ({"a": [1, -MAX_INTEGER, 0.5, None, True, "é\u2028😀"]}, [[[]]], "x", 0):
        assert parse_json(json.dumps(value).encode()) == value
        assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value
