"""Marks on pictures: watermarks, signatures, frames and writing, with the texts of the marked references or others."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from tests.benchmarks.matching.draw import Draw
from tests.benchmarks.matching.library import FONTS, font_file

# What the references in refs_marked carry.
SHARED_WATERMARK = "STOCKROOM.EXAMPLE"
SHARED_SIGNATURE = "Jane Roe Photography"
SHARED_CAPTION = "summer 2024"

WATERMARKS = (SHARED_WATERMARK, "PREVIEW", "© picturebank.example", "SAMPLE ONLY", "do not copy", "imagehaus.example")
SIGNATURES = (SHARED_SIGNATURE, "© A. Fischer 2023", "@wanderlens", "photo: M. Okafor", "lightandlens.example")
CAPTIONS = (SHARED_CAPTION, "best day ever", "Lisbon, May", "us <3", "throwback", "No. 17")
SLOGANS = ("BIG SALE", "new in store", "50% OFF TODAY", "link in bio", "BREAKING NEWS", "good vibes only", "read more")


def watermark(picture: Image.Image, draw: Draw, text: str | None = None) -> Image.Image:
    """The text all over the picture, in tilted rows that are offset like bricks."""
    shared = text is not None
    text = text or draw.one_of(WATERMARKS)
    size = max(11, round(min(picture.size) * (draw.between(0.055, 0.075) if shared else draw.between(0.04, 0.1))))
    font = default_font(size) if shared else any_font(draw, size)
    width = round(font.getlength(text))
    step_x, step_y = round(width * draw.between(1.15, 1.5)), round(size * draw.between(2.2, 3.2))
    side = round((picture.width**2 + picture.height**2) ** 0.5) + step_x
    layer = Image.new("L", (side, side))
    pen = ImageDraw.Draw(layer)
    for row, y in enumerate(range(0, side, step_y)):
        for x in range(-row * step_x // 3 % step_x - step_x, side, step_x):
            pen.text((x, y), text, fill=255, font=font)
    angle = draw.between(20, 26) if shared else draw.between(-45, 45)
    layer = layer.rotate(angle, Image.Resampling.BICUBIC)
    left, top = (side - picture.width) // 2, (side - picture.height) // 2
    opacity = draw.between(0.4, 0.65) if shared else draw.between(0.25, 0.7)
    mask = layer.crop((left, top, left + picture.width, top + picture.height)).point(lambda v: round(v * opacity))
    colour = (255, 255, 255) if shared or draw.chance(0.7) else (0, 0, 0)
    return Image.composite(Image.new("RGB", picture.size, colour), picture, mask)


def signature(picture: Image.Image, draw: Draw, text: str | None = None) -> Image.Image:
    """A line near the edge, a quarter to three quarters of the picture wide."""
    shared = text is not None
    text = text or draw.one_of(SIGNATURES)
    share = draw.between(0.7, 0.8) if shared else draw.between(0.25, 0.7)
    font = _font_as_wide_as(text, share * picture.width, None if shared else draw.one_of(FONTS))
    margin = 0.05 if shared else draw.between(0.02, 0.08)
    right, top = (False, False) if shared else (draw.chance(0.6), draw.chance(0.3))
    x = (1 - margin) * picture.width - font.getlength(text) if right else margin * picture.width
    y = margin * picture.height if top else (1 - margin) * picture.height - font.size * 1.2
    colour = (255, 255, 255) if shared else draw.one_of([(255, 255, 255), (255, 255, 255), (0, 0, 0), (240, 210, 60)])
    opacity = round(255 * (draw.between(0.75, 0.95) if shared else draw.between(0.5, 1)))
    return over(picture, lambda pen: pen.text((x, y), text, fill=(*colour, opacity), font=font))


def polaroid(picture: Image.Image, draw: Draw, text: str | None = None) -> Image.Image:
    """A paper border, wide below, with a caption."""
    shared = text is not None
    text = text or draw.one_of(CAPTIONS)
    border = round(min(picture.size) * (draw.between(0.07, 0.09) if shared else draw.between(0.04, 0.12)))
    foot = round(border * (draw.between(3.5, 4.2) if shared else draw.between(2, 4)))
    paper = (251, 247, 240) if shared else draw.one_of([(251, 247, 240), (255, 255, 255), (235, 228, 210)])
    framed = Image.new("RGB", (picture.width + 2 * border, picture.height + border + foot), paper)
    framed.paste(picture, (border, border))
    size = max(10, round(foot * 0.35))
    font = default_font(size) if shared else any_font(draw, size)
    ImageDraw.Draw(framed).text((border, framed.height - foot * 0.75), text, fill=(38, 34, 56), font=font)
    return framed


def frame(picture: Image.Image, draw: Draw) -> Image.Image:
    """A polaroid, a passe-partout with a line, or a thick coloured frame."""
    style = draw.whole(0, 2)
    if style == 0:
        return polaroid(picture, draw)
    border = round(min(picture.size) * draw.between(0.05, 0.2))
    framed = Image.new("RGB", (picture.width + 2 * border, picture.height + 2 * border), draw.colour())
    framed.paste(picture, (border, border))
    inset = border // 2 if style == 1 else 0
    box = (inset, inset, framed.width - 1 - inset, framed.height - 1 - inset)
    ImageDraw.Draw(framed).rectangle(box, outline=draw.colour(), width=max(1, border // (8 if style == 1 else 3)))
    return framed


def slogan(picture: Image.Image, draw: Draw) -> Image.Image:
    """Large writing on the picture, sometimes on a bar or with an outline."""
    text = draw.one_of(SLOGANS)
    font = _font_as_wide_as(text, draw.between(0.5, 0.9) * picture.width, draw.one_of(FONTS))
    x = draw.between(0.02, 0.98) * (picture.width - font.getlength(text))
    y = draw.between(0.05, 0.85) * (picture.height - font.size)
    colour, behind = draw.one_of(
        [((255, 255, 255), (0, 0, 0)), ((20, 20, 20), (255, 230, 0)), ((220, 20, 30), (255,) * 3)]
    )
    bar, outline = draw.chance(0.4), max(1, round(font.size / 15))

    def write(pen: ImageDraw.ImageDraw) -> None:
        if bar:
            pen.rectangle((0, y - font.size * 0.2, picture.width, y + font.size * 1.4), fill=(*behind, 235))
        pen.text((x, y), text, fill=(*colour, 255), font=font, stroke_width=outline, stroke_fill=(*behind, 255))

    return over(picture, write)


def over(picture: Image.Image, write: Callable[[ImageDraw.ImageDraw], None]) -> Image.Image:
    layer = Image.new("RGBA", picture.size)
    write(ImageDraw.Draw(layer))
    return Image.alpha_composite(picture.convert("RGBA"), layer).convert("RGB")


def any_font(draw: Draw, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(draw.one_of(FONTS)), size)


def default_font(size: float) -> ImageFont.FreeTypeFont:
    """Pillow's own: what the marked references were written with."""
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font


def _font_as_wide_as(text: str, width: float, name: str | None) -> ImageFont.FreeTypeFont:
    probe = ImageFont.truetype(font_file(name), 100) if name else default_font(100)
    size = max(9, round(100 * width / probe.getlength(text)))
    return ImageFont.truetype(font_file(name), size) if name else default_font(size)
