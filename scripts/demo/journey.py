"""The demonstration: from photographs to a settled case, each step read back from the chain and the content store."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from oracle.chain.client import Chain
from oracle.evidence.bundle import open_bundle
from oracle.report.items import Item, place_hashes
from oracle.store.base import ContentStore, open_store
from oracle.store.gateway import GatewayStore
from scripts.demo import crops, market, panel
from scripts.demo.client import ApiRefusedError, Person
from scripts.demo.progress import Progress, pictures_seen, standing
from scripts.demo.sites import HOSTS, TRAP_HOSTS
from scripts.demo.truth import Picture
from scripts.demo.web import build_web
from scripts.stack.local import BIN, BOND, RATES, Roles, Stack, account, run

PHOTOS = Path(__file__).with_name("photos")
SEED = 7
ONE_BY_ONE = 6
DEMAND = 25_000  # 250.00 EUR
T = TypeVar("T")


class JourneyError(Exception):
    """A step did not do what it should."""


@dataclass
class Outcome:
    """What the demonstration did, as `--json` writes it."""

    works: int = 0
    pages: int = 0
    images: int = 0
    hits: list[dict[str, Any]] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    false_hits: list[dict[str, Any]] = field(default_factory=list)
    licensed_skipped: int = 0
    sublicensed_skipped: int = 0
    renewal: dict[str, Any] = field(default_factory=dict)
    contested: dict[str, Any] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class Journey:
    """Runs against a started stack. `say` shows progress; `web` is what the sites show, if they are built already."""

    demand = DEMAND

    def __init__(self, stack: Stack, say: Callable[[str], None], web: list[Picture] | None = None) -> None:
        self.stack = stack
        self.say = say
        self.chain: Chain = stack.chain()
        gateways = [stack.api_url, *stack.node_urls]
        self.store: ContentStore = GatewayStore(open_store(f"car:{stack.folder}/store-visitor"), lambda _: gateways)
        self.photographer = self._person(Roles.PHOTOGRAPHER)
        self.agency = self._person(Roles.AGENCY)
        self.licensee = self._person(Roles.LICENSEE)
        self.image_user = self._person(Roles.IMAGE_USER)
        self.treasury = self._person(Roles.DEPLOYER)
        self.operator = self._person(Roles.OPERATOR)
        self.nodes = [stack.node_tables(i) for i in range(len(stack.node_ports))]
        self.progress = Progress(say)
        self.outcome = Outcome()
        self.truth: list[Picture] = web or []
        self.work_ids: dict[str, str] = {}
        self.cropped = self.second_crop = ""

    def run(self) -> Outcome:
        started = time.monotonic()
        self.build_web()
        self.register()
        market.sublicense(self)
        market.license_and_subscribe(self)
        self.crawl()
        self.compare()
        self.settle()
        panel.contest(self)
        self.crawl_again()
        market.see_renewal(self)
        self.outcome.seconds = round(time.monotonic() - started, 1)
        return self.outcome

    # ------------------------------------------------------------------------------------------------------ the web

    def build_web(self) -> None:
        self.truth = self.truth or build_web(self.stack.web_root, SEED)
        web = self.stack.start_web()
        sites = len(HOSTS) + len(TRAP_HOSTS)
        self.say(f"A web of {sites} sites with {len(self.truth)} pictures is up (process {web.process.pid}).")

    # ----------------------------------------------------------------------------------------------------- register

    def register(self) -> None:
        """Some works one by one, the others as a batch; all read back from chain and content store."""
        photos = [p for p in json.loads((PHOTOS / "photos.json").read_text()) if p["registered"]]
        single, batch = photos[:ONE_BY_ONE], photos[ONE_BY_ONE:]
        for person in (self.photographer, self.agency):
            person.sign_in()
        uploads = {self.photographer: self._upload(self.photographer, single)}
        uploads[self.agency] = self._upload(self.agency, batch)
        for work in self.ready(self.photographer, uploads[self.photographer]):
            self.photographer.send(self.photographer.get(f"/works/{work}/registration"))
        self.say(f"{len(single)} works registered one by one by {self.photographer.address}.")
        licensed = {work for p in self.truth if p.role in ("licensed", "sublicensed") for work in p.works}
        crops.register(self, next(p["file"] for p in single if p["file"] not in licensed))
        drafted = self.agency.post("/works/batches", {"works": self.ready(self.agency, uploads[self.agency])})
        self.agency.send(drafted["transaction"])
        claims = self.until("the batch is read from the chain", lambda: self._claims(drafted["id"]))
        self.agency.send_all(claims)
        self.say(f"{len(batch)} works registered in one batch by {self.agency.address}.")
        for person in (self.photographer, self.agency):
            self._read_back(person)
        self.outcome.works = len(self.work_ids)

    def _upload(self, person: Person, photos: list[dict[str, Any]]) -> list[str]:
        made = []
        for photo in photos:
            found = person.upload(photo["file"], (PHOTOS / photo["file"]).read_bytes(), photo["title"])
            self.work_ids[photo["file"]] = found["work_id"]
            made.append(str(found["id"]))
        return made

    def ready(self, person: Person, ids: list[str]) -> list[str]:
        def all_ready() -> bool:
            states = {w["id"]: w for w in person.get("/works")}
            return all(states[i]["state"] == "ready" for i in ids)

        self.until("the fingerprints are made", all_ready)
        return ids

    def _claims(self, draft: str) -> list[dict[str, Any]] | None:
        try:
            found: list[dict[str, Any]] = self.agency.get(f"/works/batches/{draft}/claims")
        except ApiRefusedError:
            return None
        return found

    def _read_back(self, person: Person) -> None:
        """Registration from the chain, fingerprint and metadata from the content store."""

        def indexed() -> list[dict[str, Any]] | None:
            works = person.get("/works")
            return works if all(w["registered_at"] for w in works) else None

        for work in self.until("the registrations are read from the chain", indexed):
            raw = bytes.fromhex(work["work_id"][2:])
            registered_at = self.chain.call("WorkRegistry", "work", raw)[0]
            owner = self.chain.call("WorkRegistry", "ownerOf", int.from_bytes(raw, "big"))
            self.must(registered_at == work["registered_at"] and owner == person.address, "certificate on-chain")
            self.must(len(self.store.get_folder(work["fingerprint_cid"])) == 2, "fingerprint in the content store")
            metadata = json.loads(self.store.get(work["metadata_cid"]))
            self.must(metadata["width"] == work["width"], "metadata in the content store")

    # -------------------------------------------------------------------------------------------------------- crawl

    def crawl(self) -> None:
        """Each node is given the sites' front pages, and then everything runs by itself."""
        fronts = [f"https://{host}/" for host in (*HOSTS, *TRAP_HOSTS)]
        for node in self.nodes:
            node.frontier.add(fronts, 0)
        self._until_quiet()
        self.outcome.pages = standing(self.nodes).pages
        self.outcome.images = pictures_seen(self.nodes)
        reported = self._reported()
        self.until("all reported hits are opened", lambda: len(self._hits()) >= reported)
        self.say(f"{self.outcome.pages} pages and {self.outcome.images} pictures read, {reported} uses reported.")

    def _reported(self) -> int:
        """Uses that stand on-chain."""
        reports = self.chain.events(["EvidenceOracle"], self.chain.deployment.first_block, self.chain.head()[0])
        return sum(e.arguments["size"] for e in reports if e.name == "Reported")

    def _until_quiet(self) -> None:
        """Wait until no node has a page to read or a finding that waits for its report."""

        def quiet() -> bool:
            now = standing(self.nodes)
            self.progress.show(now)
            return now.pages >= len(HOSTS) and not now.to_read and not now.waiting

        self.until("the nodes have read and reported everything", quiet, 600, pause=1.0)

    def _hits(self) -> list[dict[str, Any]]:
        return [*self.photographer.get("/hits"), *self.agency.get("/hits")]

    # ------------------------------------------------------------------------------------------------------ compare

    def compare(self) -> None:
        """Hits against what the web was made of; every hit is checked on chain and in the content store."""
        names = {work_id: file for file, work_id in self.work_ids.items()} | {self.second_crop: self.cropped}
        places = {url: p for p in self.truth for url in (p.url, *p.variants)}
        found: set[tuple[str, str]] = set()
        for hit in self._hits():
            place, work = places.get(hit["image_url"]), names[hit["work_id"]]
            right = place is not None and place.role == "copy" and work in place.works
            self._check_hit(hit)
            if right and hit["work_id"] == self.second_crop:
                continue  # the use is counted under the photograph
            told = {
                "work": work,
                "url": hit["image_url"],
                "transform": place.transform if place else None,
                "score": hit["score"],
                "evidence_cid": hit["bundle_cid"],
                "report_tx": hit["report_tx"],
                "page": hit["page_url"],
                "alignment": hit["transform"],
                "reasons": hit["reasons"],
            }
            if right and place:
                found.add((place.url, work))
                self.outcome.hits.append(told)
            else:
                self.outcome.false_hits.append({**told, "role": place.role if place else "unknown"})
        for picture in self.truth:
            if picture.role == "copy":
                for work in picture.works:
                    if (picture.url, work) not in found:
                        missed = {"work": work, "url": picture.url, "transform": picture.transform}
                        self.outcome.missed.append(missed)
        licensed = {p.url for p in self.truth if p.role == "licensed"}
        skipped = {row["image_url"] for row in self.matches() if row["state"] == "covered"}
        self.outcome.licensed_skipped = len(skipped & licensed)
        self.must(skipped >= licensed, "the licensed use was seen and skipped")
        sublicensed = {p.url for p in self.truth if p.role == "sublicensed"}
        self.outcome.sublicensed_skipped = len(skipped & sublicensed)
        self.must(skipped >= sublicensed, "the use under a sub-licence was seen and skipped")

    def _check_hit(self, hit: dict[str, Any]) -> None:
        """The bundle opens with its key, and the chain proves the item."""
        owner = self.photographer if self.owns(self.photographer, hit["work_id"]) else self.agency
        dossier = owner.get(f"/hits/{hit['id']}/dossier")
        item = Item.from_json(dossier["item"])
        bundle = open_bundle(self.store.get_folder(dossier["bundle_cid"]), bytes.fromhex(dossier["bundle_key"]))
        self.must(bundle.bundle_hash == item.bundle_hash, "the bundle is the one that was reported")
        proof = [bytes.fromhex(p[2:]) for p in dossier["proof"]]
        root = bytes.fromhex(dossier["root"][2:])
        self.must(self.chain.call("EvidenceOracle", "proves", root, item.encoded(), proof), "the item is on-chain")

    # ------------------------------------------------------------------------------------------------------- settle

    def settle(self) -> None:
        """One hit is claimed, verified, opened, paid by the image user, and seen as settled."""
        hit = crops.use_of_both(self)
        self.photographer.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
        case = self.photographer.post(f"/hits/{hit['id']}/claim", {"amount": DEMAND, "currency": "EUR"})
        self.treasury.wallet.send("CPYToken", "transfer", self.photographer.address, BOND)
        self.photographer.send_all(self.photographer.get(f"/cases/{case['id']}/opening"))
        token = case["link"].rsplit("/", 1)[1]
        found = self.image_user.get(f"/portal/by-code/{case['code']}")
        self.must(found["link"] == case["link"], "the code of the letter leads to the portal")
        self.until("the case is open", lambda: self.image_user.get(f"/portal/{token}")["state"] == "open")
        self.say(f"Case {case['code']} for 250.00 EUR is open: {hit['image_url']}")
        self._verify_as_recipient(token)

        quote = self.image_user.post(f"/portal/{token}/quote")
        amount = int(quote["amount"])
        self.must(amount == DEMAND * RATES["EUR"], "the quote is demand × rate")
        self.treasury.wallet.send("CPYToken", "transfer", self.image_user.address, amount)
        receipts = self.image_user.send_all(quote["transactions"])
        portal = self.until("the settlement is seen", lambda: self._settled(token))
        payouts = self._withdraw(amount)
        self.must(
            int(portal["payout"]["holder"]) == payouts["holder"]
            and int(portal["payout"]["commission"]) == payouts["commission"],
            "the API tells the payouts that the chain made",
        )
        self.must(self.covered(hit["work_id"], hit["page_url"]), "the release covers the use")
        self.outcome.case = {
            "id": case["code"],
            "chain_case_id": portal["chain_case_id"],
            "stages": [step["state"] for step in portal["timeline"]],
            "url": hit["image_url"],
            "work": hit["work_id"],
            "page": hit["page_url"],
            "settlement_tx": "0x" + receipts[-1]["transactionHash"].hex(),
            "payouts": {k: str(v) for k, v in payouts.items()},
            "link": case["link"],
        }
        self.say(f"Settled for {quote['shown']}: 70% to the photographer, 30% commission, bond returned.")
        crops.claim_again(self, hit["image_url"])

    def hit_to_claim(self) -> dict[str, Any]:
        used = {case["hit_id"] for case in self.photographer.get("/cases")}
        sites = {case["site"] for case in self.photographer.get("/cases")}
        hits = [h for h in self.photographer.get("/hits") if h["id"] not in used and h["site"] not in sites]
        if not hits:
            raise JourneyError("the photographer has no hit to claim")
        best: dict[str, Any] = max(hits, key=lambda h: (h["score"], h["id"]))
        return best

    def _verify_as_recipient(self, token: str) -> None:
        """What the image user can do alone: check the evidence with `oracle verify`."""
        dossier = self.image_user.get(f"/portal/{token}/dossier")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(dossier, file)
            file.flush()
            self.store.get_folder(dossier["bundle_cid"])
            arguments = ["--key", dossier["bundle_key"], "--dossier", file.name, "--rpc", self.stack.rpc_url]
            arguments += ["--store", f"car:{self.stack.folder}/store-visitor"]
            arguments += ["--deployment", str(self.stack.deployment_file)]
            run([str(BIN / "oracle"), "verify", dossier["bundle_cid"], *arguments])
        self.say("The image user verified the evidence independently: files, custody, match, report on-chain.")

    def _settled(self, token: str) -> dict[str, Any] | None:
        portal: dict[str, Any] = self.image_user.get(f"/portal/{token}")
        return portal if portal["state"] == "settled" else None

    def _withdraw(self, amount: int) -> dict[str, int]:
        """Both fetch what they are owed; the balances must move by just that, to the wei."""
        commission = amount * 30 // 100
        expected = {self.photographer: amount - commission + BOND, self.operator: commission}
        for person, due in expected.items():
            before = self.chain.call("CPYToken", "balanceOf", person.address)
            person.wallet.send("Settlement", "withdraw", person.address)
            after = self.chain.call("CPYToken", "balanceOf", person.address)
            self.must(after - before == due, f"{person.address} received exactly {due} wei")
        settlement = self.chain.deployment.addresses["Settlement"]
        left = self.chain.call("CPYToken", "balanceOf", settlement)
        self.must(left == 0, "nothing is left in the settlement contract")
        return {"paid": amount, "holder": amount - commission, "commission": commission, "bond_returned": BOND}

    # -------------------------------------------------------------------------------------------------- crawl again

    def crawl_again(self) -> None:
        """The settled use is found covered, and nothing is raised."""
        self.say("The nodes are reading the whole web a second time.")
        before = self.latest("EvidenceOracle", "Reported")["number"], len(self._hits())
        since = int(time.time())
        for node in self.nodes:
            node.frontier.revisit_all()
        self._until_quiet()
        use = (self.outcome.case["url"], self.outcome.case["work"])
        seen = [row["covered_at"] or 0 for row in self.matches() if (row["image_url"], row["work_id"]) == use]
        self.must(max(seen, default=0) >= since, "the node that reads the site found the settled use covered")
        after = self.latest("EvidenceOracle", "Reported")["number"], len(self._hits())
        self.must(before == after, "the second crawl raised nothing")
        self.outcome.case["second_crawl"] = "covered, nothing raised"
        self.say("A second crawl found the settled use covered and raised no new hits.")

    # -------------------------------------------------------------------------------------------------------- small

    def matches(self) -> list[dict[str, Any]]:
        """What the nodes found."""
        return [row for node in self.nodes for row in node.crawler.matches()]

    def _person(self, index: int) -> Person:
        return Person(self.stack.api_url, self.chain, account(index))

    def owns(self, person: Person, work_id: str) -> bool:
        token_id = int(work_id, 16)
        return bool(self.chain.call("WorkRegistry", "ownerOf", token_id) == person.address)

    def covered(self, work_id: str, page: str) -> bool:
        place, now = place_hashes(page), self.chain.head()[1]
        raw = bytes.fromhex(work_id[2:])
        args = (raw, place["host_hash"], place["site_hash"], now, now)
        return bool(self.chain.call("LicenseLedger", "covered", *args))

    def latest(self, contract: str, name: str) -> dict[str, Any]:
        events = self.chain.events([contract], self.chain.deployment.first_block, self.chain.head()[0])
        return next(e.arguments for e in reversed(events) if e.name == name)

    def must(self, holds: bool, what: str) -> None:
        if not holds:
            raise JourneyError(f"read back from the stack, this does not hold: {what}")

    def until(self, what: str, found: Callable[[], T | None], seconds: float = 90, pause: float = 0.3) -> T:
        end = time.monotonic() + seconds
        while True:
            self.stack.supervisor.check()
            answer = found()
            if answer:
                return answer
            if time.monotonic() > end:
                raise JourneyError(f"timed out after {seconds:.0f} s waiting until {what}")
            time.sleep(pause)
