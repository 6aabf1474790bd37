"""The whole product on real parts: the demonstration's journey, and what holds when something is lost or changed."""

from __future__ import annotations

import json
import random
import shutil
import time
from dataclasses import asdict
from io import BytesIO

import pytest
from PIL import Image, ImageOps

from oracle.store.base import open_store
from scripts.demo.journey import Journey
from scripts.stack.local import BIN, RATES, Roles, account, run, start_servers
from scripts.stack.servers import data_folder
from scripts.stack.supervisor import Supervisor
from scripts.stack.up import complaints


@pytest.fixture(scope="module")
def journey():
    """A started stack on which the demonstration has run."""
    folder = data_folder(f"journey-{random.randrange(10**9)}")
    try:
        with Supervisor(folder / "logs") as supervisor:
            stack = start_servers(folder, supervisor, api_port=0)
            stack.takeover_seconds = 12
            stack.start_backend()
            stack.start_nodes()
            stack.start_keeper()
            stack.wait_for_backend()
            stack.wait_for_nodes()
            made = Journey(stack, print)
            made.run()
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_copies_are_found_and_nobody_else_is_accused(journey):
    outcome = journey.outcome
    assert outcome.works == 16
    assert len(outcome.hits) >= 0.9 * (len(outcome.hits) + len(outcome.missed))
    assert outcome.false_hits == []
    assert outcome.licensed_skipped == outcome.sublicensed_skipped == 1
    assert complaints(outcome) == []
    for hit in outcome.hits:
        assert hit["report_tx"] and hit["evidence_cid"] and 0.5 <= hit["score"] <= 1
    assert json.loads(json.dumps(asdict(outcome)))


def test_what_robots_forbid_was_never_fetched(journey):
    forbidden = [p.url for p in journey.truth if p.role == "forbidden"]
    assert forbidden
    log = (journey.stack.folder / "logs/web.log").read_text()
    for node in journey.nodes:
        assert not {r["image_url"] for r in node.crawler.matches()} & set(forbidden)
    assert "/intern/" not in log


def test_the_case_was_settled_to_the_wei(journey):
    case = journey.outcome.case
    assert case["stages"] == ["claimed", "open", "settled"]
    paid = int(case["payouts"]["paid"])
    assert paid == 25_000 * RATES["EUR"]
    assert int(case["payouts"]["commission"]) * 10 == paid * 3
    assert int(case["payouts"]["holder"]) + int(case["payouts"]["commission"]) == paid
    token = case["link"].rsplit("/", 1)[1]
    assert "nothing more is asked" in journey.image_user.get(f"/portal/{token}")["plain_words"]
    receipt = journey.chain.web3.eth.get_transaction_receipt(case["settlement_tx"])
    assert receipt["status"] == 1


def test_the_keeper_charged_the_subscriber_once(journey):
    assert journey.outcome.renewal["paid"] == str(40 * 10**18)


def test_the_panel_decided_the_contested_case(journey):
    stages = journey.outcome.contested["stages"]
    assert stages[:2] == ["claimed", "open"]
    assert stages[-2:] == ["contested", "dismissed"]


def test_nothing_personal_is_in_public_content(journey):
    """Manifests hold leaves only, bundles ciphertext only; the chain holds hashes."""
    secrets = [host.encode() for host in ("alpenladen", "lichtbild", "kundenfirma", "stadtleben", "nordkurier")]
    stores = list(journey.stack.folder.glob("store-*/*.car"))
    assert len(stores) > 50
    for car in stores:
        data = car.read_bytes()
        assert not any(secret in data for secret in secrets), car


def test_a_changed_byte_of_a_stored_bundle_is_named(journey):
    token = journey.outcome.case["link"].rsplit("/", 1)[1]
    dossier = journey.image_user.get(f"/portal/{token}/dossier")
    cid, address = dossier["bundle_cid"], f"car:{journey.stack.folder}/store-visitor"
    arguments = [str(BIN / "oracle"), "verify", cid, "--key", dossier["bundle_key"], "--store", address]
    assert "holds" in run(arguments)
    sealed = open_store(address).get_folder(cid)["image.bin.sealed"]
    car = journey.stack.folder / "store-visitor" / f"{cid}.car"
    whole = car.read_bytes()
    at = whole.index(sealed[:100]) + 60
    car.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(RuntimeError, match=r"image\.bin"):
        run(arguments)
    car.write_bytes(whole)
    assert "holds" in run(arguments)


def put_online(journey, name):
    """A new copy of a work on a new page of a known site. Returns its address."""
    host = "www.nordkurier.example"
    folder = journey.stack.web_root / host
    with Image.open(journey_photo(journey)) as work:
        out = BytesIO()
        ImageOps.mirror(work.convert("RGB").resize((640, 480))).save(out, "JPEG", quality=55)
    (folder / f"{name}.jpg").write_bytes(out.getvalue())
    (folder / f"{name}.html").write_text(f"<title>{name}</title><p>New today.</p><img src=/{name}.jpg>")
    for node in journey.nodes:
        node.frontier.add([f"https://{host}/{name}.html"], 0)
    return f"https://{host}/{name}.jpg"


def journey_photo(journey):
    from scripts.demo.journey import PHOTOS

    return PHOTOS / sorted(journey.work_ids)[3]


def reports(journey):
    chain = journey.chain
    events = chain.events(["EvidenceOracle"], chain.deployment.first_block, chain.head()[0])
    return [e for e in events if e.name == "Reported"]


def wait(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.5)
    return False


def test_two_of_three_nodes_still_report_and_one_alone_cannot(journey):
    stack = journey.stack
    stack.supervisor.stop(stack.nodes[2])
    before = len(reports(journey))
    url = put_online(journey, "zwei-von-drei")
    assert wait(lambda: len(reports(journey)) > before, 90), "two of three must report"
    journey.chain.call("EvidenceOracle", "receipt", reports(journey)[-1].arguments["root"])
    assert wait(lambda: any(h["image_url"] == url for h in journey._hits()), 30)

    stack.supervisor.stop(stack.nodes[1])
    before = len(reports(journey))
    url = put_online(journey, "nur-einer")
    alone = journey.nodes[0]

    def secured():
        return any(r["image_url"] == url and r["state"] == "secured" for r in alone.crawler.matches())

    assert wait(secured, 60), "the one that is left still secures the evidence"
    time.sleep(15)
    assert len(reports(journey)) == before
    assert secured(), "and keeps it for later"

    # When a second member is back, what one could not report is reported, and nothing is lost.
    back = stack.start_node(1)
    stack.wait_for_node(1, back)
    assert wait(lambda: len(reports(journey)) > before, 120)
    assert wait(lambda: any(h["image_url"] == url for h in journey._hits()), 30)


def test_a_work_registered_today_meets_what_was_crawled_before(journey):
    """The unrelated photographs of the web were seen already; one of them is registered now."""
    negative = next(p for p in journey.truth if p.role == "negative" and p.transform == "plain")
    data = (journey.stack.web_root / negative.url.removeprefix("https://")).read_bytes()
    photographer = journey.photographer
    work = photographer.upload("late.jpg", data, "Registered late")
    journey._ready(photographer, [work["id"]])
    photographer.send(photographer.get(f"/works/{work['id']}/registration"))
    assert wait(lambda: any(h["work_id"] == work["work_id"] for h in journey._hits()), 150)


def test_the_members_accounts_paid_for_their_reports(journey):
    senders = {e.arguments["proposer"] for e in reports(journey)}
    assert len(senders) >= 2
    assert senders <= {account(i).address for i in Roles.MEMBERS}
