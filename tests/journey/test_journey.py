"""The whole product on real parts: the demonstration's journey, and what holds when something is lost or changed."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from io import BytesIO

import pytest
from PIL import Image, ImageOps

from oracle.chain.parties import declared_method
from oracle.store.base import open_store
from scripts.stack import own_site
from scripts.stack.local import BIN, RATES, Roles, account, env_file, run
from scripts.stack.outcome import complaints
from scripts.stack.servers import answers
from tests.journey.conftest import kill, status


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


def test_a_node_that_is_killed_comes_back_with_what_it_knew(journey):
    """It was killed while the demonstration ran, and the demonstration went on."""
    assert journey.told[0] == "Node 2 was killed by signal 9; starting it again in 1 s."
    before, matches = journey.kept
    now = status(journey.stack.node_urls[1])
    assert now["address"] == before["address"] and now["works"] == before["works"] == 17  # the second crop besides
    assert now["counts"]["pages"] >= before["counts"]["pages"] > 10
    assert now["counts"]["images"] >= before["counts"]["images"]
    told = {(row["image_url"], row["work_id"], row["found_at"]) for row in journey.nodes[1].crawler.matches()}
    assert told >= {(row["image_url"], row["work_id"], row["found_at"]) for row in matches}
    assert len(matches) > 10


def test_whatever_is_killed_comes_back(journey):
    """All at once, but for the chain: the API still knows who is signed in, and the worker works."""
    stack, told = journey.stack, journey.told
    names = ("postgres", "redis", "api", "worker", "beat", "keeper", "web")
    killed = [child for child in stack.supervisor.children if child.name in names]
    assert len(killed) == len(names)
    before, said = len(journey._hits()), len(told)
    for child in killed:
        kill(child)
    assert wait(
        lambda: all(any(t.startswith(f"{c.title} was killed by signal 9; ") for t in told[said:]) for c in killed), 5
    )
    assert wait(lambda: all(child.process.poll() is None for child in killed), 60)
    assert wait(answers(f"{stack.api_url}/health"), 120)
    stack.supervisor.check()
    assert len(journey._hits()) == before
    photo = next(p for p in journey.truth if p.role == "negative" and p.transform == "same scene")
    data = (stack.web_root / photo.url.removeprefix("https://")).read_bytes()
    work = journey.photographer.upload("again.jpg", data, "After the restart")
    journey.ready(journey.photographer, [work["id"]])
    for url in stack.node_urls:
        assert wait(lambda url=url: status(url), 60)


def test_the_case_was_settled_to_the_wei(journey):
    case = journey.outcome.case
    assert case["stages"] == ["claimed", "open", "settled"]
    paid = int(case["payouts"]["paid"])
    assert paid == 25_000 * RATES["EUR"]
    assert int(case["payouts"]["commission"]) * 10 == paid * 3
    assert int(case["payouts"]["holder"]) + int(case["payouts"]["commission"]) == paid
    token = case["link"].rsplit("/", 1)[1]
    assert "Nothing more is asked" in journey.image_user.get(f"/portal/{token}")["plain_words"]
    receipt = journey.chain.web3.eth.get_transaction_receipt(case["settlement_tx"])
    assert receipt["status"] == 1


def test_one_use_of_two_crops_of_one_photograph_was_paid_once(journey):
    assert journey.outcome.case["second_crop"] == "found, not claimed once more"
    paid = journey.chain.events(["Settlement"], journey.chain.deployment.first_block, journey.chain.head()[0])
    assert [e.name for e in paid].count("CaseSettled") == 1


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
    assert "passed" in run(arguments)
    sealed = open_store(address).get_folder(cid)["image.bin.sealed"]
    car = journey.stack.folder / "store-visitor" / f"{cid}.car"
    whole = car.read_bytes()
    at = whole.index(sealed[:100]) + 60
    car.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(RuntimeError, match=r"image\.bin"):
        run(arguments)
    car.write_bytes(whole)
    assert "passed" in run(arguments)


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


def test_a_folder_of_ones_own_is_a_site_that_the_nodes_read(journey, tmp_path):
    stack = journey.stack
    with Image.open(journey_photo(journey)) as work:
        ImageOps.mirror(work.convert("RGB").resize((640, 480))).save(tmp_path / "mine.jpg", quality=60)
    own_site.show_to_nodes(stack, tmp_path)
    url = f"{own_site.ADDRESS}mine.jpg"
    assert wait(lambda: any(hit["image_url"] == url for hit in journey._hits()), 120)
    # As `scripts/node 1 …` does it.
    env = json.loads(env_file(stack.folder, 0).read_text())
    assert env_file(stack.folder, 0).stat().st_mode & 0o777 == 0o600
    found = [json.loads(line) for line in run([str(BIN / "oracle"), "node", "matches"], env).splitlines()]
    assert url in {row["image_url"] for row in found}
    (tmp_path / "later.html").write_text("<p>later")
    run([str(BIN / "oracle"), "node", "seed", f"{own_site.ADDRESS}later.html"], env)
    assert wait(lambda: '"path": "/later.html", "status": 200' in stack.requests_log.read_text(), 60)


def test_two_nodes_of_two_methods_still_report_and_others_cannot(journey):
    """Nodes 1 and 2 compare pictures as the search does, node 3 by the other method; the committee asks for both."""
    stack = journey.stack
    assert journey.chain.call("EvidenceOracle", "requiredMethods") == 2
    assert [declared_method(journey.chain, account(i).address) for i in Roles.MEMBERS] == ["sift", "sift", "orb"]
    stack.supervisor.stop(stack.nodes[1])
    before = len(reports(journey))
    url = put_online(journey, "zwei-von-drei")
    assert wait(lambda: len(reports(journey)) > before, 120), "two of three must report"
    journey.chain.call("EvidenceOracle", "receipt", reports(journey)[-1].arguments["root"])
    assert wait(lambda: any(h["image_url"] == url for h in journey._hits()), 30)

    stack.supervisor.stop(stack.nodes[2])
    before = len(reports(journey))
    url = put_online(journey, "nur-einer")
    alone = journey.nodes[0]

    def kept():
        return any(r["image_url"] == url and r["state"] == "secured" for r in alone.crawler.matches())

    assert wait(kept, 60), "the one that is left still secures the evidence"
    time.sleep(15)
    assert len(reports(journey)) == before
    assert kept(), "and keeps it for later"

    stack.wait_for_node(1, stack.start_node(1))
    time.sleep(15)
    assert len(reports(journey)) == before, "two members of one method must not report"
    assert kept()

    # When the member of the other method is back, what could not be reported is, and nothing is lost.
    stack.wait_for_node(2, stack.start_node(2))
    assert wait(lambda: len(reports(journey)) > before, 120)
    assert wait(lambda: any(h["image_url"] == url for h in journey._hits()), 30)


def test_a_work_registered_today_meets_what_was_crawled_before(journey):
    """The unrelated photographs of the web were seen already; one of them is registered now."""
    negative = next(p for p in journey.truth if p.role == "negative" and p.transform == "plain")
    data = (journey.stack.web_root / negative.url.removeprefix("https://")).read_bytes()
    photographer = journey.photographer
    work = photographer.upload("late.jpg", data, "Registered late")
    journey.ready(photographer, [work["id"]])
    photographer.send(photographer.get(f"/works/{work['id']}/registration"))
    assert wait(lambda: any(h["work_id"] == work["work_id"] for h in journey._hits()), 150)


def test_the_members_accounts_paid_for_their_reports(journey):
    senders = {e.arguments["proposer"] for e in reports(journey)}
    assert len(senders) >= 2
    assert senders <= {account(i).address for i in Roles.MEMBERS}
