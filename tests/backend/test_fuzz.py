"""Whatever is sent to any address of the API, by anybody: it is answered, and nothing is a fault of the server.

Longer: scripts/soak --only http, which sets the environment variables below.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.backend.conftest import User
from tests.backend.fuzzing import Sent, fault_of, requests

EXAMPLES = int(os.environ.get("COPYTRACK_FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("COPYTRACK_FUZZ_SEED", "1"))
FIGURES = os.environ.get("COPYTRACK_FUZZ_FIGURES")
# What is not in the document: files of the web app.
PAGES = (
    "/",
    "/works",
    "/portal/%00",
    "/%00",
    "/" + "a" * 300,
    "/x.js",
    "/%ed%a0%80",
    "/docs/",
    "/..%2f..%2fetc/passwd",
)


@pytest.fixture
def no_limits(monkeypatch):
    """What comes after the limits is tried here; the limits themselves have tests of their own."""
    from limits.strategies import SlidingWindowCounterRateLimiter

    monkeypatch.setattr(SlidingWindowCounterRateLimiter, "hit", lambda *_, **__: True)


@pytest.fixture
def known(backend, report):
    """Real values for the parameters of a holder who has a work, a batch, a hit, a case, an offer and keys."""
    from oracle.chain.licensing import Offer
    from tests.backend.conftest import index

    me = User(backend)
    work = me.registered_work()
    offer = Offer(bytes.fromhex(work["work_id"][2:]), 0, 10_000, b"t" * 32, grace=10)
    me.wallet.send("OfferBook", "create", offer.encoded())
    index()
    draft = me.post("/works/batches", {"works": [me.ready_work()["id"]]}).json()
    report(work["work_id"])
    hit = me.get("/hits").json()[0]
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    token = case["link"].rsplit("/", 1)[1]
    me.post(f"/portal/{token}/objection", {"kind": "other", "words": "This is none of ours, we have a licence."})
    (answer,) = me.get(f"/cases/{case['id']}").json()["answers"]
    keys = [me.post("/api-keys", {"name": name}).json() for name in ("used", "another")]
    values = {
        "work_id": work["work_id"], "upload_id": work["id"], "draft_id": draft["id"], "hit_id": hit["id"],
        "case_id": case["id"], "answer_id": answer["id"], "token": token, "code": case["code"],
        "offer_id": "0x" + offer.offer_id.hex(), "key_id": keys[1]["id"], "cid": work["metadata_cid"],
        "url": hit["page_url"], "at": str(hit["seen_at"]),
    }  # fmt: skip
    lists = {"name": ["found", "work", "page", "page.png", "manifest.json"], "size": ["tile", "preview"]}
    # The key, not the session: that one is signed out meanwhile.
    return keys[0]["key"], {**{name: [value] for name, value in values.items()}, **lists}


@pytest.mark.parametrize("who", ["holder", "anybody"])
def test_nothing_that_is_sent_is_a_fault_of_the_server(backend, known, no_limits, who):
    key, values = known
    # As the server does: what nobody caught is told as 500, not raised here.
    client = TestClient(backend.client.app, base_url=backend.stack.api_url, raise_server_exceptions=False)
    statuses: Counter[int] = Counter()
    faults = []
    pages = [Sent(method, path, (), b"") for path in PAGES for method in ("GET", "HEAD", "POST")]
    for sent in (*pages, *requests(client.app.openapi(), values, EXAMPLES, SEED)):
        headers = [(name, value.encode("latin-1")) for name, value in sent.headers]
        if who == "holder" and not any(name in ("Authorization", "Cookie") for name, _ in headers):
            headers.append(("Authorization", f"Bearer {key}"))
        answer = client.request(sent.method, sent.url, headers=headers, content=sent.body or None)
        client.cookies.clear()
        statuses[answer.status_code] += 1
        if fault := fault_of(sent, answer):
            faults.append(fault)
    if FIGURES:
        counts = {f"status {status}": count for status, count in sorted(statuses.items())}
        told = {"requests": statuses.total(), "faults": len(faults), **counts}
        Path(FIGURES).with_suffix(f".{who}.json").write_text(json.dumps(told))
    assert not faults, f"{len(faults)} of {statuses.total()}:\n" + "\n".join(sorted(set(faults))[:20])
    assert statuses[422] and statuses[404] and (statuses[200] if who == "holder" else statuses[401])
