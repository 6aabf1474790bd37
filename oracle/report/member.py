"""A member's check of another's proposal: open the bundle, fetch and match by oneself, and only then confirm."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eth_utils.crypto import keccak

from oracle.crawl.clock import RestingError
from oracle.crawl.site_pages import PageReader
from oracle.crawl.visitor import Visitor
from oracle.errors import BadImageError, OracleError, VerificationError
from oracle.evidence.bundle import Bundle, open_bundle
from oracle.names import canonical_url, host_of, site_of
from oracle.pictures.decoding import decode_found
from oracle.pictures.normalise import Picture
from oracle.report.items import Item, place_hashes, use_hash
from oracle.sealing import unwrap, wrap
from oracle.store.base import ContentStore
from oracle.store.cids import cid_to_bytes


@dataclass(frozen=True)
class Proposal:
    """One proposed item with what its leaf hides. `sealed_key` is the bundle's key, sealed to the member."""

    item: Item
    page_url: str
    image_url: str
    bundle_cid: str
    sealed_key: bytes

    def to_json(self) -> dict[str, Any]:
        return {
            "item": self.item.to_json(),
            "page_url": self.page_url,
            "image_url": self.image_url,
            "bundle_cid": self.bundle_cid,
            "sealed_key": self.sealed_key.hex(),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Proposal:
        """Raises VerificationError."""
        try:
            sealed = bytes.fromhex(data["sealed_key"])
            page_url, image_url, cid = (str(data[k]) for k in ("page_url", "image_url", "bundle_cid"))
        except (KeyError, ValueError, TypeError) as problem:
            raise VerificationError("proposal", f"incomplete: {problem}") from problem
        return cls(Item.from_json(data["item"]), page_url, image_url, cid, sealed)


def propose(item: Item, page_url: str, image_url: str, cid: str, key: bytes, member_key: bytes) -> Proposal:
    """Proposal of an item to the member with this X25519 key."""
    return Proposal(item, page_url, image_url, cid, wrap(key, member_key))


@dataclass(frozen=True)
class Checker:
    """What a member checks with: its own store, fetcher, method of comparing pictures, and view of the chain."""

    store: ContentStore
    visitor: Visitor
    shows: Callable[[str, Picture], bool]
    covered: Callable[[str, str, int], bool]
    encryption_key: bytes
    max_age_seconds: float = 86_400

    @cached_property
    def reader(self) -> PageReader:
        return PageReader(self.visitor)

    def check(self, proposal: Proposal) -> bytes:
        """Confirm the proposal and return the bundle's key.

        Raises VerificationError with the reason for a refusal; other errors say that it could not be checked now.
        """
        item = proposal.item
        work_id = "0x" + item.work_id.hex()
        self.check_place(proposal)
        if any(self.covered(work_id, proposal.page_url, at) for at in (item.seen_at, int(time.time()))):
            raise VerificationError("licence", "a licence or release covers the use")
        key = unwrap(proposal.sealed_key, self.encryption_key)
        bundle = open_bundle(self.store.get_folder(proposal.bundle_cid), key)
        self._check_bundle(proposal, bundle, work_id)
        self._must_show(work_id, bundle.files["image.bin"], "the bundle's picture")
        self._must_be_on_page(proposal)
        try:
            own = self.visitor.fetch(proposal.image_url, headers={"Referer": proposal.page_url})
        except RestingError:
            raise  # says nothing about the proposal
        except OracleError as problem:
            raise VerificationError("own fetch", str(problem)) from problem
        if own.status != 200:
            raise VerificationError("own fetch", f"{proposal.image_url} returned status {own.status}")
        if reason := self.visitor.reservation(own.answer).reason:
            raise VerificationError("own fetch", reason)
        self._must_show(work_id, own.body, "our own fetch")
        return key

    def _must_be_on_page(self, proposal: Proposal) -> None:
        """The page, fetched by this member, must use the picture: nobody is accused of another's server."""
        try:
            read = self.reader.read(proposal.page_url)
        except RestingError:
            raise
        except OracleError as problem:
            raise VerificationError("own fetch", str(problem)) from problem
        final_url = read.fetched.final_url
        if site_of(host_of(final_url)) != site_of(host_of(proposal.page_url)):
            raise VerificationError("own fetch", f"{proposal.page_url} redirects to another site, {final_url}")
        if read.problem:
            raise VerificationError("own fetch", f"{proposal.page_url}: {read.problem}")
        if canonical_url(proposal.image_url) not in {image.url for image in read.uses}:
            raise VerificationError("own fetch", "the page does not show the picture")

    def check_place(self, proposal: Proposal) -> None:
        """Whether the item's hashes are those of the addresses that are proposed. Raises VerificationError."""
        item = proposal.item
        stated = {"host_hash": item.host_hash, "site_hash": item.site_hash}
        if place_hashes(proposal.page_url) != stated:
            raise VerificationError("place", "host and site do not match the page")
        if use_hash(proposal.page_url, proposal.image_url) != item.url_hash:
            raise VerificationError("place", "the addresses do not match the stated hash")
        if keccak(cid_to_bytes(proposal.bundle_cid)) != item.cid_hash:
            raise VerificationError("bundle", "the CID does not match the stated hash")
        age = time.time() - item.seen_at
        if not -60 <= age <= self.max_age_seconds:
            raise VerificationError("time", "the use was seen in the future or too long ago")

    def _check_bundle(self, proposal: Proposal, bundle: Bundle, work_id: str) -> None:
        if bundle.bundle_hash != proposal.item.bundle_hash:
            raise VerificationError("bundle", "the manifest does not match the stated hash")
        stated = {
            "workId": work_id,
            "pageUrl": proposal.page_url,
            "imageUrl": proposal.image_url,
            "seenAt": proposal.item.seen_at,
        }
        for name, value in stated.items():
            if bundle.facts.get(name) != value:
                raise VerificationError("bundle", f"its {name} does not match the item")
        for name in ("page.png", "page.warc.gz", "image.bin", "match.json"):
            if name not in bundle.files:
                raise VerificationError(name, "is missing")

    def _must_show(self, work_id: str, data: bytes, whose: str) -> None:
        try:
            shown = self.shows(work_id, decode_found(data))
        except BadImageError as problem:
            raise VerificationError(whose, str(problem)) from problem
        if not shown:
            raise VerificationError(whose, "is not a copy of the work")
