"""Many hits at once: real copies, matched, sealed and reported with the members' keys, without crawling for them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from pathlib import Path
from random import Random

from PIL import Image

from oracle.chain.signing import ascending, sign
from oracle.chain.wallet import Wallet
from oracle.evidence.bundle import make_bundle, seal_bundle
from oracle.evidence.secure import match_report
from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.verify.decision import MatchClass
from oracle.merkle import MerkleTree
from oracle.node.reporter import keep_dossier
from oracle.pictures.normalise import load_picture
from oracle.report.dossier import Dossier
from oracle.report.items import Item, Report, make_item, write_manifest
from oracle.sealing import new_key, public_key
from oracle.store.base import open_store
from oracle.store.cids import cid_to_bytes
from scripts.demo import alter
from scripts.stack.local import Roles, Stack, account

KINDS = ("cropped", "mirrored", "recoloured", "text", "framed", "screenshot")
SEED = 5


def report_copies(stack: Stack, works: dict[str, Path], count: int) -> int:
    """Report `count` copies of the works (work id → photograph). Returns how many the matcher confirmed."""
    chain, node = stack.chain(), stack.node_tables(0)
    store = open_store(stack.node_env(0)["ORACLE_CONTENT_STORE"])
    custodian = public_key(bytes.fromhex(stack.secrets["custodian"]))
    opened: list[tuple[Item, Dossier]] = []
    seen_at = chain.head()[1]
    for number, (work_id, match, data) in enumerate(_matched(works, count)):
        page = f"https://site-{number % 23}.example/page-{number}.html"
        image = f"https://site-{number % 23}.example/picture-{number}.jpg"
        facts = {"workId": work_id, "pageUrl": page, "imageUrl": image, "seenAt": seen_at, "custody": []}
        files = {"image.bin": data, "page.png": _page(data), "match.json": json.dumps(match).encode()}
        bundle, key = make_bundle(facts, files), new_key()
        cid = store.put_folder(seal_bundle(bundle, key))
        item = make_item(work_id, page, image, bundle.bundle_hash, cid, seen_at)
        opened.append((item, Dossier(item, page, image, cid, key, match)))
    leaves = [item.leaf() for item, _ in opened]
    root = MerkleTree(leaves).root
    report = Report(1, root, len(leaves), seen_at, cid_to_bytes(store.put(write_manifest(leaves))))
    for _, dossier in opened:
        keep_dossier(node.engine, dossier, "0x" + root.hex(), [custodian])
    members = [account(index) for index in Roles.MEMBERS[:2]]
    signatures = {m.address: sign(m, chain.deployment, "Report", report.message()) for m in members}
    Wallet(chain, members[0].key.hex()).send("EvidenceOracle", "submit", report.encoded(), ascending(signatures))
    return len(leaves)


def _matched(works: dict[str, Path], count: int) -> Iterable[tuple[str, dict[str, object], bytes]]:
    chance, matcher = Random(SEED), Matcher()
    for work_id, file in works.items():
        public, thumbnail = fingerprint(load_picture(file.read_bytes()))
        matcher.add(work_id, public.to_bytes(), thumbnail)
    for number in range(count):
        work_id, file = list(works.items())[number % len(works)]
        photo = Image.open(file).convert("RGB")
        copy = alter.ALTERATIONS[KINDS[number // len(works) % len(KINDS)]](photo, chance, number)
        data = _jpeg(copy)
        found = next((m for m in matcher.query(data) if m.work_id == work_id), None)
        if found and found.match_class is MatchClass.COPY:
            yield work_id, match_report(found), data


def _jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _page(data: bytes) -> bytes:
    """A page that shows the picture, as a screenshot of 1280 × 900 pixels."""
    page = Image.new("RGB", (1280, 900), "white")
    with Image.open(io.BytesIO(data)) as picture:
        picture.thumbnail((800, 600))
        page.paste(picture, (60, 120))
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()
