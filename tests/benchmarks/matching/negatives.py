"""Pictures that are no copies: strangers, the same kind of thing, the same scene, mark or interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PIL import Image

from tests.benchmarks.matching import layouts, marks
from tests.benchmarks.matching.draw import Album, Draw
from tests.benchmarks.matching.edits import Edit, scaled, unchanged
from tests.benchmarks.matching.photos import Photo

PRODUCT_GROUPS = ("clothing",)
BY_ROLE = {"neg_easy": "unrelated", "neg_hard": "scene", "neg_burst": "burst"}
OF_A_MARK = 42
OF_AN_INTERFACE = 15


@dataclass(frozen=True)
class Negative:
    photo: Photo
    family: str
    kind: str
    edit: Edit


def light_edit(picture: Image.Image, draw: Draw) -> Image.Image:
    return scaled(picture, draw, 0.5, 0.9)


def negatives(album: Album) -> Iterator[Negative]:
    """Every photo that is no reference, as it is and made smaller; then strangers with marks and in screenshots."""
    for photo in album.of(*BY_ROLE):
        product = photo.role == "neg_easy" and photo.group in PRODUCT_GROUPS
        kind = "product" if product else BY_ROLE[photo.role]
        yield Negative(photo, f"{kind}, unedited", kind, unchanged)
        yield Negative(photo, f"{kind}, smaller", kind, light_edit)
    strangers = album.of("fillers", "neg_easy")
    marked: tuple[tuple[str, Edit], ...] = (
        ("watermark", partial(marks.watermark, text=marks.SHARED_WATERMARK)),
        ("signature", partial(marks.signature, text=marks.SHARED_SIGNATURE)),
        ("frame", partial(marks.polaroid, text=marks.SHARED_CAPTION)),
    )
    for at, (kind, edit) in enumerate(marked):
        for photo in _spread(strangers, OF_A_MARK, at):
            yield Negative(photo, f"same {kind}", kind, edit)
    interfaces: tuple[tuple[str, Edit], ...] = (
        ("template", layouts.template),
        ("browser", layouts.browser),
        ("phone", layouts.phone),
        ("cropped", layouts.cropped_screenshot),
    )
    for at, (name, edit) in enumerate(interfaces):
        for photo in _spread(strangers, OF_AN_INTERFACE, at):
            yield Negative(photo, f"same interface, {name}", "interface", edit)


def _spread(photos: list[Photo], count: int, offset: int) -> list[Photo]:
    """Evenly over the list, other ones for each offset."""
    step = max(1, len(photos) // count)
    return photos[offset % step :: step][:count]
