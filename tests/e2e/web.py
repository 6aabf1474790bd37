"""A small web for the end-to-end tests: three sites, each with copies of the photographs that the tests register."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image

from scripts.demo import alter
from scripts.demo.sites import HOSTS, LICENSED_HOST
from scripts.demo.web import PHOTOS

SITES = tuple(host for host in HOSTS if host != LICENSED_HOST)[:4]
# Registered in the browser, by the journey.
BROWSER_PHOTOS = ("klippenkrabbe.jpg", "roter-panda.jpg", "neuschwanstein.jpg")
# Registered beforehand, by the agency.
AGENCY_PHOTOS = ("kamele.jpg", "roebling-bruecke.jpg")
INNOCENT = "unrelated"
KINDS = ("cropped", "framed", "text", "mirrored", "recoloured")
SEED = 3


def build(root: Path) -> list[str]:
    """Write the sites. Returns their front pages."""
    chance = Random(SEED)
    innocent = sorted((PHOTOS / INNOCENT).glob("*.jpg"))
    for number, host in enumerate(SITES):
        folder = root / host
        folder.mkdir(parents=True, exist_ok=True)
        figures = []
        for at, file in enumerate((*BROWSER_PHOTOS, *AGENCY_PHOTOS)):
            kind = KINDS[(number + at) % len(KINDS)]
            photo = Image.open(PHOTOS / file).convert("RGB")
            name = f"{kind}-{at}.jpg"
            (folder / name).write_bytes(_jpeg(alter.ALTERATIONS[kind](photo, chance, number)))
            figures.append(
                f'<figure><img src="/{name}" alt="" width="480"><figcaption>Bild {at + 1}</figcaption></figure>'
            )
        other = innocent[number].name
        (folder / other).write_bytes(innocent[number].read_bytes())
        figures.append(f'<figure><img src="/{other}" alt="" width="480"></figure>')
        head = f'<!doctype html><html lang="de"><head><meta charset="utf-8"><title>{host}</title></head>'
        (folder / "index.html").write_text(f"{head}<body><h1>{host}</h1>{''.join(figures)}</body></html>")
    return [f"https://{host}/" for host in SITES]


def _jpeg(picture: Image.Image) -> bytes:
    out = BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()
