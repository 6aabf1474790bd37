"""Builds the demonstration's web: small made-up sites that show altered copies, a licensed use and innocent pictures,
and sites that test whether a crawler obeys (`traps.py`).

`build_web` writes a folder per host and a `truth.json` that says which picture copies which work. The same seed always
gives the same web. Run `python -m scripts.demo.web DIR` to look at one.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from . import alter
from .pages import (
    EMBEDDINGS,
    WITH_SMALL,
    Embedded,
    page_path,
    render_imprint,
    render_page,
    render_staff_page,
    write_page,
)
from .sites import CLIENT_HOST, FORBIDDING_HOST, LICENSED_HOST, SITES, Page, Site
from .traps import build_traps
from .truth import Picture, Role

PHOTOS = Path(__file__).with_name("photos")
OTHER_PART = "-anderer-ausschnitt.jpg"
COPY_KINDS = ("recompressed", "cropped", "recoloured", "mirrored", "text", "framed", "collage", "screenshot")
COPIES_PER_KIND = 5
# How the innocent pictures are dressed up; the rest are shown plainly.
DRESSES = ("text", "framed", "screenshot", "watermarked") * 3
PLAIN_NEGATIVES = 10
# Which site shows which kind of broken picture.
BROKEN = {
    "news.tagwerk.example": "missing",
    "www.kacheln.example": "truncated",
    "www.nordkurier.example": "empty",
    "portal.stadtleben.example": "html",
}
SMALL_SIDE = 320


@dataclass(frozen=True)
class Order:
    """A picture that is to be made: from which photos (files below `photos/`) and how."""

    photos: tuple[str, ...]
    works: tuple[str, ...]
    transform: str
    variant: int
    role: Role


@dataclass
class Workshop:
    """The photos, and the chance that decides everything."""

    chance: Random
    registered: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    other_parts: list[str] = field(default_factory=list)
    loaded: dict[str, Image.Image] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in json.loads((PHOTOS / "photos.json").read_text(encoding="utf-8")):
            file = str(entry["file"])
            shelf = self.others if not file.endswith(OTHER_PART) else self.other_parts
            (self.registered if entry["registered"] else shelf).append(file)

    def photo(self, file: str) -> Image.Image:
        if file not in self.loaded:
            with Image.open(PHOTOS / file) as picture:
                self.loaded[file] = picture.convert("RGB")
        return self.loaded[file]


def _plan_copies(shop: Workshop) -> list[Order]:
    """Every kind of alteration equally often, and the works in turn, so that each is copied at least twice."""
    works = shop.registered.copy()
    shop.chance.shuffle(works)
    orders = []
    for number in range(len(COPY_KINDS) * COPIES_PER_KIND):
        kind, variant = COPY_KINDS[number % len(COPY_KINDS)], number // len(COPY_KINDS)
        # Shifted by one for each round, or a work would get the same kind twice.
        work = works[(number + number // len(works)) % len(works)]
        copied: tuple[str, ...] = (work,)
        fillers: list[str] = []
        if kind == "collage":
            if variant % 2:
                copied = (work, works[(number + 5 * variant) % len(works)])
            fillers = shop.chance.sample(shop.others, 2 + variant % 3 - len(copied))
        orders.append(Order((*copied, *fillers), copied, kind, variant, "copy"))
    return orders


def _plan_negatives(shop: Workshop) -> list[Order]:
    others = shop.others.copy()
    shop.chance.shuffle(others)
    orders = [Order((file,), (), "plain", 0, "negative") for file in others[:PLAIN_NEGATIVES]]
    # What is not shown plainly comes first, so that every photo is shown.
    rest = others[PLAIN_NEGATIVES:] + others
    orders += [
        Order((file,), (), dress, number // 4, "negative")
        for number, (file, dress) in enumerate(zip(rest, DRESSES, strict=False))
    ]
    orders += [
        Order(tuple(shop.chance.sample(shop.others, count)), (), "collage", 0, "negative") for count in (2, 3, 4)
    ]
    orders += [Order((file,), (), "same scene", 0, "negative") for file in shop.other_parts]
    return orders


def _make(order: Order, shop: Workshop) -> Image.Image:
    photos = [shop.photo(file) for file in order.photos]
    if order.transform == "collage":
        return alter.collage(photos, shop.chance)
    return alter.ALTERATIONS[order.transform](photos[0], shop.chance, order.variant)


def _encode(picture: Image.Image, order: Order, number: int, chance: Random) -> tuple[bytes, str]:
    """The file of a picture and its ending: mostly JPEG, some WebP, and PNG where it stays small enough."""
    data = BytesIO()
    if order.transform == "recompressed":
        picture.save(data, "JPEG", quality=chance.randint(25, 45))
        return data.getvalue(), "jpg"
    kind = ("jpg", "webp", "jpg", "jpg", "png", "jpg", "webp")[number % 7]
    if kind == "png" and picture.width * picture.height <= 700_000:
        picture.save(data, "PNG", compress_level=5)
        return data.getvalue(), "png"
    if kind == "webp":
        picture.save(data, "WEBP", quality=chance.randint(60, 85), method=2)
        return data.getvalue(), "webp"
    picture.save(data, "JPEG", quality=chance.randint(62, 88))
    return data.getvalue(), "jpg"


def _assign(shop: Workshop) -> dict[str, list[Order]]:
    """Spreads the orders over the sites; the customer's site shows its licensed picture and nothing else copied."""
    copies, negatives = _plan_copies(shop), _plan_negatives(shop)
    shop.chance.shuffle(copies)
    shop.chance.shuffle(negatives)
    shares: dict[str, list[Order]] = {site.host: [] for site in SITES}
    open_hosts = [host for host in shares if host != LICENSED_HOST]
    work = shop.chance.choice(shop.registered)
    shares[LICENSED_HOST] = [Order((work,), (work,), "plain", 0, "licensed"), *(negatives.pop() for _ in range(3))]
    for orders in (copies, negatives):
        for number, order in enumerate(orders):
            shares[open_hosts[number % len(open_hosts)]].append(order)
    shown = {work for order in shares[CLIENT_HOST] for work in order.works}
    work = next(work for work in sorted(shop.registered, reverse=True) if work not in shown)
    shares[CLIENT_HOST].append(Order((work,), (work,), "plain", 0, "sublicensed"))
    return shares


class _SiteBuilder:
    """Writes one site and notes down the pictures it shows."""

    def __init__(self, folder: Path, site: Site, shop: Workshop, first: int) -> None:
        self.folder, self.site, self.shop = folder / site.host, site, shop
        self.number = first
        self.pictures: list[Picture] = []
        self.shown: dict[str, list[Embedded]] = {}

    def url(self, path: str) -> str:
        return f"https://{self.site.host}{path}"

    def write(self, path: str, data: bytes) -> None:
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)

    def add(self, order: Order, page: str, folder: str, embedding: str) -> None:
        """Makes a picture, writes it with the renditions it needs, and puts it on a page."""
        image = _make(order, self.shop)
        data, ending = _encode(image, order, self.number, self.shop.chance)
        name = f"{folder}/{self.shop.chance.choice(('img', 'dsc', 'bild', 'foto'))}-{4000 + 7 * self.number}"
        self.number += 1
        path, small = f"{name}.{ending}", f"{name}-klein.jpg"
        self.write(path, data)
        variants: tuple[str, ...] = ()
        if embedding in WITH_SMALL:
            thumbnail = BytesIO()
            alter.fit(image, SMALL_SIDE).save(thumbnail, "JPEG", quality=75)
            self.write(small, thumbnail.getvalue())
            variants = (self.url(small),)
        self.shown.setdefault(page, []).append(Embedded(path, small, image.width, image.height, embedding))
        self.pictures.append(
            Picture(self.url(path), self.url(page), order.works, order.transform, order.role, variants)
        )

    def add_broken(self, kind: str, page: str) -> None:
        path = f"/bilder/defekt-{4000 + 7 * self.number}.jpg"
        self.number += 1
        if kind == "truncated":
            whole = (PHOTOS / self.shop.others[0]).read_bytes()
            self.write(path, whole[: len(whole) * 2 // 5])
        elif kind == "empty":
            self.write(path, b"")
        elif kind == "html":
            self.write(path, b"<!doctype html><title>Fehler</title><p>Dieses Bild ist umgezogen.</p>\n")
        self.shown.setdefault(page, []).append(Embedded(path, path, 800, 600, "img"))
        self.pictures.append(Picture(self.url(path), self.url(page), (), kind, "broken"))

    def add_forbidden(self) -> None:
        work = self.shop.chance.choice(self.shop.registered)
        self.add(Order((work,), (work,), "mirrored", 0, "forbidden"), "/intern/", "/intern/bilder", "img")
        write_page(self.folder, "/intern/", render_staff_page(self.site, self.shown["/intern/"]))
        self.write("/robots.txt", b"User-agent: *\nDisallow: /intern/\n")

    def build(self, orders: list[Order]) -> None:
        pages: list[Page | None] = [*self.site.pages, None]
        # The embeddings go round over the whole web, not within each site, so that all of them occur.
        for place, order in enumerate(orders):
            embedding = EMBEDDINGS[self.number % len(EMBEDDINGS)]
            self.add(order, page_path(pages[place % len(pages)]), "/bilder", embedding)
        if self.site.host in BROKEN:
            self.add_broken(BROKEN[self.site.host], page_path(self.site.pages[-1]))
        for page in pages:
            path = page_path(page)
            write_page(self.folder, path, render_page(self.site, page, self.shown.get(path, [])))
        write_page(self.folder, "/impressum.html", render_imprint(self.site))
        if self.site.host == FORBIDDING_HOST:
            self.add_forbidden()


def _build_sites(target: Path, shop: Workshop) -> Iterator[Picture]:
    shares = _assign(shop)
    number = 0
    for site in SITES:
        builder = _SiteBuilder(target, site, shop, number)
        builder.build(shares[site.host])
        number = builder.number
        yield from builder.pictures


def build_web(target: Path, seed: int) -> list[Picture]:
    """Writes all sites and `truth.json` below the target folder; returns what `truth.json` says."""
    target.mkdir(parents=True, exist_ok=True)
    shop = Workshop(Random(seed))
    pictures = list(_build_sites(target, shop))
    works = {file: shop.photo(file) for file in shop.registered}
    pictures += build_traps(target, works, [shop.photo(file) for file in shop.others])
    truth = json.dumps([asdict(picture) for picture in pictures], ensure_ascii=False, indent=2)
    (target / "truth.json").write_text(truth + "\n", encoding="utf-8")
    return pictures


def read_truth(target: Path) -> list[Picture]:
    """What `build_web` wrote to `truth.json`."""
    rows = json.loads((target / "truth.json").read_text(encoding="utf-8"))
    return [Picture(**{**row, "works": tuple(row["works"]), "variants": tuple(row["variants"])}) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description="Build the demonstration's web.")
    parser.add_argument("target", type=Path, help="folder to write it to")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same web")
    options = parser.parse_args()
    print(f"{len(build_web(options.target, options.seed))} pictures in {options.target}")


if __name__ == "__main__":
    main()
