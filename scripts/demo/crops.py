"""The demonstration's second crop: two crops of one photograph are registered, and both are found in its copies; one
use is claimed and paid once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from scripts.demo.client import ApiRefusedError

if TYPE_CHECKING:
    from scripts.demo.journey import Journey

PHOTOS = Path(__file__).with_name("photos")
# Part of each side that is cut off.
MARGIN = 0.04
QUALITY = 91


def register(journey: Journey, file: str) -> None:
    """A crop of this photograph becomes a work of its own."""
    data = cropped((PHOTOS / file).read_bytes())
    found = journey.photographer.upload(f"crop-{file}", data, "The same photograph, cropped for the web")
    (work,) = journey.ready(journey.photographer, [str(found["id"])])
    journey.photographer.send(journey.photographer.get(f"/works/{work}/registration"))
    journey.cropped, journey.second_crop = file, found["work_id"]
    journey.say(f"A second crop of {file} was registered as a separate work.")


def cropped(original: bytes) -> bytes:
    """JPEG of the photograph without its margins."""
    picture = Image.open(io.BytesIO(original)).convert("RGB")
    left, top = round(picture.width * MARGIN), round(picture.height * MARGIN)
    out = io.BytesIO()
    picture.crop((left, top, picture.width - left, picture.height - top)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def use_of_both(journey: Journey) -> dict[str, Any]:
    """The best hit of the photograph on a picture in which its crop was found, too."""
    hits = journey.photographer.get("/hits")
    twice = {h["image_url"] for h in hits if h["work_id"] == journey.second_crop}
    work_id = journey.work_ids[journey.cropped]
    found = [h for h in hits if h["work_id"] == work_id and h["image_url"] in twice]
    journey.must(bool(found), "one use is found under both crops")
    best: dict[str, Any] = max(found, key=lambda h: (h["score"], h["id"]))
    return best


def claim_again(journey: Journey, image_url: str) -> None:
    """A use that was paid for is not claimed under the other crop."""
    hits = journey.photographer.get("/hits")
    hit = next(h for h in hits if (h["work_id"], h["image_url"]) == (journey.second_crop, image_url))
    journey.photographer.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    try:
        journey.photographer.post(f"/hits/{hit['id']}/claim", {"amount": journey.demand, "currency": "EUR"})
    except ApiRefusedError as refused:
        journey.must("licence" in str(refused), f"the payment covers the crop as well: {refused}")
    else:
        journey.must(False, "one use is paid once")
    journey.outcome.case["second_crop"] = "found, not claimed once more"
    journey.say("The same use, found under the second crop, was not claimed again: it is already paid for.")
