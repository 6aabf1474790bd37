"""The demonstration's second crop: the photographer registers another crop of the photograph that was paid for, and the
same use is found under it; it is not claimed once more."""

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


def register(journey: Journey) -> None:
    """A crop of the settled work becomes a work of its own; the nodes look for it from now on."""
    file = next(name for name, work_id in journey.work_ids.items() if work_id == journey.outcome.case["work"])
    found = journey.photographer.upload(f"crop-{file}", cropped((PHOTOS / file).read_bytes()), "The crop for the web")
    journey.second_crop = found["work_id"]
    (work,) = journey.ready(journey.photographer, [str(found["id"])])
    journey.photographer.send(journey.photographer.get(f"/works/{work}/registration"))
    journey.say("The photographer registered a second crop of the photograph that was paid for.")


def cropped(original: bytes) -> bytes:
    """JPEG of the photograph without its margins."""
    picture = Image.open(io.BytesIO(original)).convert("RGB")
    left, top = round(picture.width * MARGIN), round(picture.height * MARGIN)
    out = io.BytesIO()
    picture.crop((left, top, picture.width - left, picture.height - top)).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def claim(journey: Journey) -> None:
    """The settled use was found under the crop as well: one use, one demand, one payment."""
    hit: dict[str, Any] = journey.until("the settled use is found under the crop", lambda: _settled_use(journey))
    journey.photographer.post(f"/hits/{hit['id']}/mark", {"mark": "illegal"})
    try:
        journey.photographer.post(f"/hits/{hit['id']}/claim", {"amount": journey.demand, "currency": "EUR"})
    except ApiRefusedError as refused:
        journey.must("licence" in str(refused), f"the payment covers the crop: {refused}")
    else:
        journey.must(False, "a use that was paid for is not claimed under another crop")
    journey.outcome.case["second_crop"] = "found, not claimed once more"
    journey.say("The nodes found the settled use under the crop, too; the claim was refused: it is paid for.")


def _settled_use(journey: Journey) -> dict[str, Any] | None:
    hits = journey.photographer.get("/hits")
    use = (journey.second_crop, journey.outcome.case["url"])
    return next((h for h in hits if (h["work_id"], h["image_url"]) == use), None)
