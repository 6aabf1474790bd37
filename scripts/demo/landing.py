"""Makes the pictures of the front page: one photograph, the copies that the demonstration's own alterations make of it,
and what the matcher says of each. Run `python -m scripts.demo.landing`; the results are committed.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageOps

from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.pictures.normalise import load_picture

from . import alter
from .web import PHOTOS

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "frontend/public/pictures"
TOLD = ROOT / "frontend/src/features/landing/copies.json"
WORK = "klippenkrabbe.jpg"
FILLERS = ("neuschwanstein.jpg", "feige-in-schale.jpg", "roebling-bruecke.jpg")
KINDS = (
    ("cropped", 0),
    ("mirrored", 0),
    ("recoloured", 1),
    ("text", 2),
    ("framed", 1),
    ("screenshot", 0),
    ("collage", 0),
)
# Phones get the small one whatever their pixels: the page must be there within 1.5 s on a slow line.
WIDTHS = {640: 55, 1280: 72}
COPY_SIDE = 560
TILE_SIDE = 144
PHONE_WIDTH = 640
SEED = 11


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    original = Image.open(PHOTOS / WORK).convert("RGB")
    for width, quality in WIDTHS.items():
        _save(alter.resize(original, width), f"work-{width}", quality)
    alter.resize(original, PHONE_WIDTH).save(PICTURES / f"work-{PHONE_WIDTH}.avif", "AVIF", quality=44, speed=2)
    public, thumbnail = fingerprint(load_picture((PHOTOS / WORK).read_bytes()))
    matcher = Matcher()
    matcher.add("work", public.to_bytes(), thumbnail)
    rows = []
    for kind, variant in KINDS:
        copy = _copy(original, kind, variant)
        data = _save(alter.fit(copy, COPY_SIDE), kind, 70)
        _save(_square(copy), f"{kind}-tile", 55)
        match = matcher.query(data)[0]
        size = Image.open(BytesIO(data)).size
        rows.append(
            {
                "kind": kind,
                "width": size[0],
                "height": size[1],
                "class": match.match_class.value,
                "score": match.score,
                "mirrored": match.mirrored,
                "transform": match.transform,
                "reasons": match.reasons,
            }
        )
        print(
            f"{kind:12} {match.match_class.value:8} {match.score:.2f} {len(data):6} bytes  {'; '.join(match.reasons)}"
        )
    TOLD.write_text(json.dumps(rows, indent=2) + "\n")


def _copy(original: Image.Image, kind: str, variant: int) -> Image.Image:
    chance = Random(SEED)
    if kind == "collage":
        others = [Image.open(PHOTOS / file).convert("RGB") for file in FILLERS]
        return alter.collage([original, *others], chance)
    return alter.ALTERATIONS[kind](original, chance, variant)


def _square(picture: Image.Image) -> Image.Image:
    return ImageOps.fit(picture, (TILE_SIDE, TILE_SIDE), Image.Resampling.LANCZOS)


def _save(picture: Image.Image, name: str, quality: int) -> bytes:
    out = BytesIO()
    picture.save(out, "WEBP", quality=quality, method=6)
    (PICTURES / f"{name}.webp").write_bytes(out.getvalue())
    return out.getvalue()


if __name__ == "__main__":
    main()
