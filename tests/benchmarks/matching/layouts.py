"""Pictures inside larger ones: screenshots, collages, pages, photographed prints."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageOps

from tests.benchmarks.matching.draw import Draw
from tests.benchmarks.matching.library import TEMPLATES, augly
from tests.benchmarks.matching.marks import default_font

Box = tuple[int, int, int, int]
RGB = tuple[int, int, int]

WORDS = ("the", "a", "of", "light", "and", "road", "we", "then", "saw", "in", "morning", "by", "old", "water", "with")


@dataclass(frozen=True)
class Theme:
    page: RGB
    bar: RGB
    ink: RGB
    faint: RGB


THEMES = (
    Theme((255, 255, 255), (226, 229, 235), (32, 34, 38), (150, 154, 162)),
    Theme((24, 25, 28), (44, 46, 51), (232, 234, 238), (120, 124, 132)),
)


# --------------------------------------------------------------------------------------------------------- screenshots


def browser(picture: Image.Image, draw: Draw) -> Image.Image:
    """A page in a desktop browser, with the picture as its main image and text beside it."""
    return _browser(picture, draw)[0]


def phone(picture: Image.Image, draw: Draw) -> Image.Image:
    """A post in a photo app on a telephone."""
    return _phone(picture, draw)[0]


def template(picture: Image.Image, draw: Draw) -> Image.Image:
    """AugLy's screenshots. The picture is fitted in, or the template is scaled to it and the picture cropped."""
    fit = draw.chance(0.5)
    made = augly.overlay_onto_screenshot(
        picture,
        template_filepath=draw.one_of(TEMPLATES),
        crop_src_to_fit=not fit,
        resize_src_to_match_template=fit,
        max_image_size_pixels=1_600_000,
    )
    return made.convert("RGB")


def cropped_screenshot(picture: Image.Image, draw: Draw) -> Image.Image:
    """A screenshot cut so that 55 to 90 % of the picture's width and height is left, and some of the interface."""
    shot, (left, top, right, bottom) = draw.one_of([_browser, _phone])(picture, draw)
    keep_x, keep_y = draw.between(0.55, 0.9), draw.between(0.55, 0.9)
    cut_x, cut_y = round((right - left) * (1 - keep_x)), round((bottom - top) * (1 - keep_y))
    box = [draw.whole(0, left), draw.whole(0, top), draw.whole(right, shot.width), draw.whole(bottom, shot.height)]
    if draw.chance(0.5):
        box[0] = left + cut_x
    else:
        box[2] = right - cut_x
    if draw.chance(0.5):
        box[1] = top + cut_y
    else:
        box[3] = bottom - cut_y
    return shot.crop((box[0], box[1], box[2], box[3]))


def _browser(picture: Image.Image, draw: Draw) -> tuple[Image.Image, Box]:
    theme = draw.one_of(THEMES)
    width, height = 1280, draw.one_of([720, 800, 860])
    shot = Image.new("RGB", (width, height), theme.page)
    pen = ImageDraw.Draw(shot)
    pen.rectangle((0, 0, width, 84), fill=theme.bar)
    for at, colour in enumerate([(237, 106, 94), (245, 191, 79), (98, 197, 84)]):
        pen.ellipse((16 + 22 * at, 14, 28 + 22 * at, 26), fill=colour)
    pen.rounded_rectangle((100, 6, 340, 42), 8, fill=theme.page)
    pen.text((114, 14), draw.one_of(["Morning Gazette", "Shop | Home", "My travel blog"]), theme.ink, default_font(15))
    pen.rounded_rectangle((120, 48, 1160, 78), 14, fill=theme.page)
    pen.text(
        (140, 54),
        "https://www.daily.example/" + draw.one_of(["a", "news/today", "p/7731"]),
        theme.faint,
        default_font(15),
    )
    for at, word in enumerate(["Home", "World", "Shop", "About", "Contact"]):
        pen.text((60 + 110 * at, 104), word, theme.ink, default_font(18))
    pen.line((40, 140, 1240, 140), fill=theme.faint)
    space = draw.one_of([(60, 200, 860, height - 30), (60, 200, 620, height - 30), (300, 200, 980, height - 60)])
    pen.text(
        (space[0], 152), draw.one_of(["A day to remember", "What we saw", "New arrivals"]), theme.ink, default_font(30)
    )
    box = _fitted(picture, space, shot)
    _lines(pen, draw, (box[2] + 40, 210, width - 60, height - 40), theme)
    return shot, box


def _phone(picture: Image.Image, draw: Draw) -> tuple[Image.Image, Box]:
    theme = draw.one_of(THEMES)
    width, height = 720, draw.one_of([1280, 1440])
    shot = Image.new("RGB", (width, height), theme.page)
    pen = ImageDraw.Draw(shot)
    pen.text((28, 14), f"{draw.whole(0, 23)}:{draw.whole(10, 59)}", theme.ink, default_font(24))
    pen.rounded_rectangle((640, 18, 692, 40), 5, outline=theme.ink, width=2)
    pen.rectangle((644, 22, 644 + draw.whole(8, 44), 36), fill=theme.ink)
    pen.text((28, 64), "snapfeed", theme.ink, default_font(38))
    pen.ellipse((24, 132, 84, 192), fill=draw.colour(), outline=theme.faint, width=3)
    pen.text(
        (100, 146), draw.one_of(["maria_92", "the.real.tom", "city.walks", "old.lens"]), theme.ink, default_font(26)
    )
    box = _fitted(picture, (0, 212, width, height - 320), shot, centred=True)
    under = box[3] + 20
    for at in range(3):
        pen.ellipse((28 + 70 * at, under, 66 + 70 * at, under + 38), outline=theme.ink, width=4)
    pen.text((28, under + 54), f"{draw.whole(12, 9999)} likes", theme.ink, default_font(26))
    _lines(pen, draw, (28, under + 100, width - 60, under + 180), theme)
    pen.rectangle((0, height - 90, width, height), fill=theme.bar)
    for at in range(5):
        pen.rounded_rectangle((50 + 144 * at, height - 66, 92 + 144 * at, height - 24), 10, outline=theme.ink, width=4)
    return shot, box


def _fitted(picture: Image.Image, space: Box, shot: Image.Image, centred: bool = False) -> Box:
    """Pasted as large as fits. Returns where it is."""
    left, top, right, bottom = space
    scale = min((right - left) / picture.width, (bottom - top) / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    if centred:
        left += (right - left - size[0]) // 2
    shot.paste(picture.resize(size, Image.Resampling.LANCZOS), (left, top))
    return left, top, left + size[0], top + size[1]


def _lines(pen: ImageDraw.ImageDraw, draw: Draw, space: Box, theme: Theme) -> None:
    font = default_font(17)
    for y in range(space[1], space[3], 28):
        line = ""
        while font.getlength(line) < (space[2] - space[0]) * 0.85 and len(line) < 80:
            line += draw.one_of(WORDS) + " "
        if space[2] - space[0] > 80:
            pen.text((space[0], y), line, theme.ink, font)


# ----------------------------------------------------------------------------------------------- pages and collages


def embedded(picture: Image.Image, draw: Draw, area: float) -> Image.Image:
    """On another photograph, 1,280 px long, of which it covers this share."""
    ground = _stretched(draw.filler(), 1280)
    scale = (area * ground.width * ground.height / (picture.width * picture.height)) ** 0.5
    scale = min(scale, ground.width / picture.width, ground.height / picture.height)
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.LANCZOS)
    place = draw.whole(0, ground.width - small.width), draw.whole(0, ground.height - small.height)
    ground.paste(small, place)
    return ground


def collage(picture: Image.Image, draw: Draw, works: int) -> Image.Image:
    """Two to four cells, cropped to fit by at most a third, with this many works; the rest are fillers."""
    cells = draw.whole(max(2, works), 4)
    pictures = [picture, *(draw.other_work() for _ in range(works - 1))]
    pictures += [draw.filler() for _ in range(cells - works)]
    order = draw.rng.permutation(cells)
    gap, side = draw.one_of([0, 4, 16]), 480
    if cells == 3 or (cells == 2 and draw.chance(0.5)):  # columns of one height
        tiles = [_at_height(pictures[i], side) for i in order]
    else:
        tiles = [ImageOps.fit(pictures[i], _cell(pictures[i], side), Image.Resampling.LANCZOS) for i in order]
    if cells == 4:
        rows = [_row(tiles[:2], gap), _row(tiles[2:], gap)]
        return _row([row.transpose(Image.Transpose.ROTATE_90) for row in rows], gap).transpose(
            Image.Transpose.ROTATE_270
        )
    return _row(tiles, gap)


def mosaic(picture: Image.Image, draw: Draw) -> Image.Image:
    """One of 4 × 4 cells, cropped to fit by at most a third; the others are fillers."""
    gap, place = draw.one_of([0, 4, 8]), draw.whole(0, 15)
    cell = _cell(picture, 320)
    tiles = [
        ImageOps.fit(picture if at == place else draw.filler(), cell, Image.Resampling.LANCZOS) for at in range(16)
    ]
    sheet = Image.new("RGB", (4 * (cell[0] + gap) + gap, 4 * (cell[1] + gap) + gap), (255, 255, 255))
    for at, tile in enumerate(tiles):
        sheet.paste(tile, (gap + at % 4 * (cell[0] + gap), gap + at // 4 * (cell[1] + gap)))
    return sheet


def halves(picture: Image.Image, draw: Draw) -> Image.Image:
    """One half of it beside a half of another photograph, without a seam."""
    left = draw.chance(0.5)
    other = ImageOps.fit(draw.filler(), picture.size, Image.Resampling.LANCZOS)
    middle = picture.width // 2
    box = (0, 0, middle, picture.height) if left else (middle, 0, picture.width, picture.height)
    other.paste(picture.crop(box), box[:2])
    return other


def banner(picture: Image.Image, draw: Draw) -> Image.Image:
    """All of it in a banner ten times as wide as high, among fillers."""
    height = 200
    tiles = [_at_height(picture, height)]
    while sum(tile.width for tile in tiles) < 10 * height:
        tiles.insert(draw.whole(0, len(tiles)), _at_height(draw.filler(), height))
    return _row(tiles, draw.one_of([0, 4, 10]))


def printed(picture: Image.Image, draw: Draw) -> Image.Image:
    """A print on another photograph, photographed at an angle: four corners of their own, a shade across."""
    ground = _stretched(draw.filler(), 1100)
    width, height = ground.size
    scale = min(width / picture.width, height / picture.height) * draw.between(0.55, 0.85)
    half = np.array([picture.width, picture.height]) * scale / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    angle = np.radians(draw.between(-20, 20))
    spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = (signs * half * draw.rng.uniform(0.72, 1.0, (4, 2))) @ spin.T + (width / 2, height / 2)
    source = np.array([[0, 0], [picture.width, 0], [picture.width, picture.height], [0, picture.height]], np.float32)
    transform = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    flat = np.asarray(picture, np.float32) * np.linspace(1, draw.between(0.6, 0.95), picture.width)[:, None]
    layer = cv2.warpPerspective(flat, transform, (width, height), flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.ones((picture.height, picture.width), np.float32), transform, (width, height))
    mixed = np.asarray(ground) * (1 - mask[..., None]) + layer * mask[..., None]
    return Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8))


def _stretched(picture: Image.Image, longest: int) -> Image.Image:
    scale = longest / max(picture.size)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BICUBIC)


def _at_height(picture: Image.Image, height: int) -> Image.Image:
    return picture.resize((round(picture.width * height / picture.height), height), Image.Resampling.LANCZOS)


def _cell(picture: Image.Image, side: int) -> tuple[int, int]:
    """Nearly square, but no more than a third of the picture is cut away."""
    aspect = picture.width / picture.height
    kept = float(np.clip(1.0, aspect * 2 / 3, aspect * 3 / 2))
    return (round(side * kept), side)


def _row(tiles: list[Image.Image], gap: int) -> Image.Image:
    height = max(tile.height for tile in tiles)
    row = Image.new("RGB", (sum(t.width for t in tiles) + gap * (len(tiles) + 1), height + 2 * gap), (255, 255, 255))
    x = gap
    for tile in tiles:
        row.paste(tile, (x, gap))
        x += tile.width + gap
    return row
