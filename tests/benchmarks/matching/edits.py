"""The families of copies: what people do to pictures that they take. AugLy's edits where it has them, else ours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from tests.benchmarks.matching import layouts, marks, own_edits
from tests.benchmarks.matching.draw import Draw
from tests.benchmarks.matching.library import EMOJI, FONTS, augly, font_file

Edit = Callable[[Image.Image, Draw], Image.Image]
SMALLEST = 100  # pixels of the long side


@dataclass(frozen=True)
class Coding:
    """How the query is stored. A range of qualities is drawn from; PNG has none."""

    coder: str = "JPEG"
    qualities: tuple[int, int] = (85, 85)

    @property
    def suffix(self) -> str:
        return {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[self.coder]


@dataclass(frozen=True)
class Family:
    name: str
    edit: Edit
    coding: Coding = Coding()


# ---------------------------------------------------------------------------------------------------- size and shape


def unchanged(picture: Image.Image, _: Draw) -> Image.Image:
    return picture


def scaled(picture: Image.Image, draw: Draw, low: float, high: float) -> Image.Image:
    """Not below 100 px, where people no longer tell what it is."""
    least = min(1.0, SMALLEST / max(picture.size))
    return augly.scale(picture, factor=max(least, draw.between(low, high)))


def aspect(picture: Image.Image, draw: Draw) -> Image.Image:
    """Stretched to 0.7 to 1.4 times its aspect, by at least a tenth."""
    stretch = draw.one_of([draw.between(0.7, 0.9), draw.between(1.1, 1.4)])
    return augly.change_aspect_ratio(picture, ratio=picture.width / picture.height * stretch)


def mirrored(picture: Image.Image, _: Draw) -> Image.Image:
    return augly.hflip(picture)


def flipped(picture: Image.Image, _: Draw) -> Image.Image:
    return augly.vflip(picture)


def quarter_turned(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.rotate(picture, degrees=draw.one_of([90, 180, 270]))


def rotated(picture: Image.Image, draw: Draw, low: float, high: float, keep_all: bool | None = None) -> Image.Image:
    """By low to high degrees either way. AugLy crops to what has no corners; ours keeps all and fills them."""
    angle = draw.between(low, high) * draw.one_of([-1, 1])
    if draw.chance(0.5) if keep_all is None else keep_all:
        return own_edits.turned(picture, draw, angle)
    return augly.rotate(picture, degrees=angle)


def perspective(picture: Image.Image, draw: Draw, low: float, high: float) -> Image.Image:
    """Each corner moved by a normal deviate, whose sigma is a share of the long side.

    Drawn again where the corners cross or less than 40 % of the picture is left in view.
    """
    sigma = draw.between(low, high) * max(picture.size)
    white = Image.new("L", picture.size, 255)
    for _ in range(20):
        seed = draw.whole(0, 2**31 - 1)
        if np.asarray(augly.perspective_transform(white, sigma=sigma, seed=seed)).mean() > 0.4 * 255:
            break
    return augly.perspective_transform(picture, sigma=sigma, seed=seed)


def skewed(picture: Image.Image, draw: Draw) -> Image.Image:
    if draw.chance(0.5):
        return own_edits.shear(picture, draw)
    return augly.skew(picture, skew_factor=draw.between(0.15, 0.4) * draw.one_of([-1, 1]), axis=draw.whole(0, 1))


def padded(picture: Image.Image, draw: Draw) -> Image.Image:
    if draw.chance(0.3):
        return augly.pad_square(picture, color=draw.colour())
    return augly.pad(picture, w_factor=draw.between(0.05, 0.35), h_factor=draw.between(0.05, 0.35), color=draw.colour())


# ------------------------------------------------------------------------------------------------------ tone and focus


def light(picture: Image.Image, draw: Draw) -> Image.Image:
    if draw.chance(0.5):
        return own_edits.brightness_and_contrast(picture, draw)
    factor = draw.one_of([draw.between(0.4, 0.7), draw.between(1.3, 1.7)])
    return augly.contrast(augly.brightness(picture, factor=factor), factor=draw.between(0.7, 1.4))


def saturation(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.saturation(picture, factor=draw.one_of([draw.between(0, 0.5), draw.between(1.6, 3.5)]))


def greyed(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.grayscale(picture, mode=draw.one_of(["luminosity", "average"])).convert("RGB")


def toned(picture: Image.Image, draw: Draw) -> Image.Image:
    return draw.one_of([own_edits.sepia, own_edits.duotone])(picture, draw)


def noisy(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.random_noise(picture, var=draw.between(0.004, 0.04), seed=draw.whole(0, 2**31 - 1))


def sharpened(picture: Image.Image, draw: Draw) -> Image.Image:
    if draw.chance(0.5):
        return own_edits.detail(picture, draw)
    return augly.sharpen(picture, factor=draw.between(3, 12))


def pixelated(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.pixelization(picture, ratio=draw.between(0.25, 0.5))


# ------------------------------------------------------------------------------------------------------------ overlays


def written(picture: Image.Image, draw: Draw) -> Image.Image:
    """Words of ours, or AugLy's lines of random characters."""
    if draw.chance(0.5):
        return marks.slogan(picture, draw)
    lines = [[draw.whole(0, 500) for _ in range(draw.whole(4, 12))] for _ in range(draw.whole(1, 3))]
    return augly.overlay_text(
        picture,
        text=lines,
        font_file=font_file(draw.one_of(FONTS)),
        font_size=draw.between(0.06, 0.15),
        opacity=draw.between(0.6, 1),
        color=draw.colour(),
        x_pos=draw.between(0, 0.4),
        y_pos=draw.between(0, 0.7),
    )


def emoji(picture: Image.Image, draw: Draw) -> Image.Image:
    """One to four, each up to 40 % of the height."""
    for _ in range(draw.whole(1, 4)):
        size = draw.between(0.12, 0.4)
        picture = augly.overlay_image(
            picture,
            overlay=Image.open(draw.one_of(EMOJI)).convert("RGBA"),
            opacity=draw.between(0.8, 1),
            overlay_size=size,
            x_pos=draw.between(0, 0.8),
            y_pos=draw.between(0, 1 - size),
        )
    return picture.convert("RGB")


def striped(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.overlay_stripes(
        picture,
        line_width=draw.between(0.1, 0.4),
        line_color=draw.colour(),
        line_angle=draw.between(-90, 90),
        line_density=draw.between(0.5, 0.85),
        line_type=draw.one_of(["dotted", "dashed", "solid"]),
        line_opacity=draw.between(0.4, 0.9),
    )


def meme(picture: Image.Image, draw: Draw) -> Image.Image:
    return augly.meme_format(
        picture,
        text=draw.one_of(
            ["LOL", "me on monday", "when the code\nworks at once", "nobody:\nabsolutely nobody:", "same"]
        ),
        font_file=font_file(draw.one_of(["Impact", "OpenSans-Bold", "Montserrat-SemiBold"])),
        caption_height=max(40, round(picture.height * draw.between(0.15, 0.4))),
        meme_bg_color=draw.one_of([(255, 255, 255), (0, 0, 0), (250, 240, 120)]),
        text_color=draw.one_of([(30, 30, 30), (220, 30, 60)]),
    )


# -------------------------------------------------------------------------------------------------------- combinations

MILD: dict[str, tuple[Edit, ...]] = {
    "shape": (
        mirrored,
        aspect,
        partial(own_edits.telling_crop, area=0.6),
        partial(rotated, low=2, high=12),
        partial(perspective, low=0.02, high=0.05),
        partial(scaled, low=0.5, high=0.8),
    ),
    "tone": (light, saturation, own_edits.hue, greyed, own_edits.vintage, own_edits.equalise, sharpened, toned),
    "overlay": (written, emoji, marks.signature, marks.watermark, meme, padded, marks.frame, noisy),
}


def three_edits(picture: Image.Image, draw: Draw) -> Image.Image:
    """One of shape, one of tone, one laid over, in any order."""
    for kind in draw.rng.permutation(list(MILD)):
        picture = draw.one_of(MILD[kind])(picture, draw)
    return picture


def three_of_any(picture: Image.Image, draw: Draw) -> Image.Image:
    """Three different edits, of whatever kind."""
    edits = [edit for kind in MILD.values() for edit in kind]
    for at in draw.rng.permutation(len(edits))[:3]:
        picture = edits[at](picture, draw)
    return picture


def cropped_marked_grey(picture: Image.Image, draw: Draw) -> Image.Image:
    """A known hard case: half of it, in grey, with a watermark all over."""
    return marks.watermark(greyed(own_edits.telling_crop(picture, draw, 0.5), draw), draw)


def reposted(picture: Image.Image, draw: Draw) -> Image.Image:
    """Cropped, filtered, written on, then a screenshot of the post, compressed by the messenger."""
    picture = own_edits.telling_crop(picture, draw, 0.8)
    picture = draw.one_of([own_edits.vintage, saturation, light])(picture, draw)
    picture = draw.one_of([written, emoji, marks.signature])(picture, draw)
    return own_edits.recompress(layouts.phone(picture, draw), "JPEG", draw.whole(25, 60))


FAMILIES = (
    Family("recompressed jpeg", unchanged, Coding("JPEG", (10, 40))),
    Family("recompressed webp", unchanged, Coding("WEBP", (8, 40))),
    Family("smaller", partial(scaled, low=0.25, high=0.5)),
    Family("larger", partial(scaled, low=1.4, high=2.0)),
    Family("aspect", aspect),
    Family("crop 75 %", partial(own_edits.telling_crop, area=0.75)),
    Family("crop 50 %", partial(own_edits.telling_crop, area=0.5)),
    Family("crop 25 %", partial(own_edits.telling_crop, area=0.25)),
    Family("saturation", saturation),
    Family("hue", own_edits.hue),
    Family("brightness and contrast", light),
    Family("grey", greyed),
    Family("sepia or duotone", toned),
    Family("vintage", own_edits.vintage),
    Family("posterised", own_edits.posterise, Coding("PNG")),
    Family("equalised", own_edits.equalise),
    Family("sharpened", sharpened),
    Family("blurred", own_edits.blur),
    Family("motion blur", own_edits.motion_blur),
    Family("pixelated", pixelated),
    Family("noise", noisy),
    Family("salt and pepper", own_edits.salt_and_pepper),
    Family("mirrored", mirrored),
    Family("flipped", flipped),
    Family("quarter turns", quarter_turned),
    Family("turned a little", partial(rotated, low=2, high=15)),
    Family("turned far, cropped", partial(rotated, low=20, high=70, keep_all=False)),
    Family("turned far, filled", partial(rotated, low=20, high=160, keep_all=True)),
    Family("padded", padded, Coding("PNG")),
    Family("framed", marks.frame),
    Family("text", written),
    Family("watermark", marks.watermark),
    Family("signature", marks.signature),
    Family("emoji", emoji),
    Family("stripes", striped),
    Family("meme", meme),
    Family("screenshot, template", layouts.template, Coding("PNG")),
    Family("screenshot, browser", layouts.browser, Coding("PNG")),
    Family("screenshot, phone", layouts.phone),
    Family("screenshot, cropped", layouts.cropped_screenshot),
    Family("embedded 30 %", partial(layouts.embedded, area=0.3)),
    Family("embedded 15 %", partial(layouts.embedded, area=0.15)),
    Family("embedded 5 %", partial(layouts.embedded, area=0.05)),
    Family("collage with one", partial(layouts.collage, works=1)),
    Family("collage with two", partial(layouts.collage, works=2)),
    Family("perspective", partial(perspective, low=0.03, high=0.07)),
    Family("strong perspective", partial(perspective, low=0.08, high=0.12)),
    Family("tilted", own_edits.tilted),
    Family("photographed print", layouts.printed),
    Family("sheared", skewed),
    Family("inverted", own_edits.inverted),
    Family("barrel or pincushion", own_edits.barrel),
    Family("collage, 4 × 4", layouts.mosaic),
    Family("half beside a half", layouts.halves),
    Family("banner, 10:1", layouts.banner),
    Family("three edits", three_edits),
    Family("three of any", three_of_any),
    Family("half, marked, grey", cropped_marked_grey),
    Family("reposted", reposted),
)
