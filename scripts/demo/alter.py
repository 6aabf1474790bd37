"""Alters photographs the way copiers do, so that the demonstration has copies worth finding.

Every alteration takes pictures, a source of chance and the number of the variant to make, and returns a new picture.
The frames of the alterations (text, border, watermark) also serve to dress up pictures that copy nothing.
"""

from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFont, ImageOps

from .screens import draw_screenshot

Picture = Image.Image
Alteration = Callable[[Picture, Random, int], Picture]

# Pillow's own font knows no umlauts, so these words do without.
SLOGANS = ("SOMMER SALE  -30 %", "Entdecke mehr!", "BREAKING NEWS", "Jetzt buchen", "Best of 2024", "NUR HEUTE GRATIS")
CAPTIONS = ("Momente", "Fine Art Print No. 7", "unterwegs 2024", "Limited Edition", "Postkarte aus dem Norden")
# How high a collage of so many pictures is, by its width: so that no picture loses much of itself.
COLLAGE_HEIGHTS = {2: 0.46, 3: 1.0, 4: 0.8}
MATS = ((250, 248, 243), (24, 24, 26), (122, 88, 58), (222, 214, 198), (38, 58, 84))


def load_font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(size, 10))


def fit(picture: Picture, long_side: int) -> Picture:
    """Scales a picture down to the given long side; never up."""
    factor = min(1.0, long_side / max(picture.size))
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def resize(picture: Picture, long_side: int) -> Picture:
    """Scales a picture up or down to the given long side."""
    factor = long_side / max(picture.size)
    size = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def recompressed(picture: Picture, chance: Random, variant: int) -> Picture:
    """Shrinks to 40 to 70 per cent (at least 500 pixels); the coarse quality comes with saving."""
    factor = max(chance.uniform(0.4, 0.7), 500 / max(picture.size))
    return fit(picture, round(max(picture.size) * factor))


def cropped(picture: Picture, chance: Random, variant: int) -> Picture:
    """Keeps 40 to 70 per cent of the area, somewhere in the picture."""
    area = chance.uniform(0.4, 0.7)
    stretch = chance.uniform(0.85, 1.15)
    across = min(1.0, (area**0.5) * stretch)
    down = min(1.0, area / across)
    width, height = round(picture.width * across), round(picture.height * down)
    left = chance.randint(0, picture.width - width)
    top = chance.randint(0, picture.height - height)
    part = picture.crop((left, top, left + width, top + height))
    return resize(part, 520) if max(part.size) < 520 else fit(part, chance.randint(640, 1000))


def recoloured(picture: Picture, chance: Random, variant: int) -> Picture:
    """Grey, sepia, garish, or hard contrast with a colour cast, in turn."""
    small = fit(picture, chance.randint(650, 950))
    grey = ImageOps.grayscale(small)
    kind = variant % 4
    if kind == 0:
        return grey.convert("RGB")
    if kind == 1:
        return ImageOps.colorize(grey, (38, 22, 10), (255, 240, 212), mid=(158, 118, 76))
    if kind == 2:
        return ImageEnhance.Color(small).enhance(chance.uniform(1.9, 2.5))
    cast = Image.new("RGB", small.size, chance.choice(((20, 60, 140), (170, 90, 20))))
    return ImageEnhance.Contrast(Image.blend(small, cast, 0.22)).enhance(1.6)


def mirrored(picture: Picture, chance: Random, variant: int) -> Picture:
    return ImageOps.mirror(fit(picture, chance.randint(600, 1000)))


def text(picture: Picture, chance: Random, variant: int) -> Picture:
    """Lays a translucent bar with a large slogan over the picture."""
    base = fit(picture, chance.randint(680, 1000)).convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    bar = round(base.height * chance.uniform(0.2, 0.28))
    top = (round(base.height * 0.06), (base.height - bar) // 2, base.height - bar - round(base.height * 0.05))[
        variant % 3
    ]
    colour = chance.choice(((10, 10, 14), (150, 20, 30), (16, 70, 110)))
    draw.rectangle((0, top, base.width, top + bar), fill=(*colour, 165))
    slogan = chance.choice(SLOGANS)
    size = min(round(bar * 0.62), round(base.width * 1.55 / len(slogan)))
    middle = (base.width // 2, top + bar // 2)
    draw.text(middle, slogan, font=load_font(size), fill=(255, 255, 255, 245), anchor="mm")
    return Image.alpha_composite(base, layer).convert("RGB")


def framed(picture: Picture, chance: Random, variant: int) -> Picture:
    """Mounts the picture on a mat of 8 to 15 per cent with a line and a caption."""
    inner = fit(picture, chance.randint(560, 840))
    border = round(max(inner.size) * chance.uniform(0.08, 0.15))
    mat = MATS[variant % len(MATS)]
    ink = (40, 38, 36) if sum(mat) > 380 else (236, 232, 224)
    caption_room = border // 2
    board = Image.new("RGB", (inner.width + 2 * border, inner.height + 2 * border + caption_room), mat)
    board.paste(inner, (border, border))
    draw = ImageDraw.Draw(board)
    line = border // 3
    draw.rectangle((line, line, board.width - line - 1, board.height - line - 1), outline=ink, width=2)
    place = (board.width // 2, border + inner.height + (board.height - line - border - inner.height) // 2)
    draw.text(place, chance.choice(CAPTIONS), font=load_font(round(border * 0.42)), fill=ink, anchor="mm")
    return board


def screenshot(picture: Picture, chance: Random, variant: int) -> Picture:
    """Shows the picture inside a mock browser, social post or reader window."""
    long_side = chance.randint(560, 680)
    return fit(draw_screenshot(resize(picture, long_side), chance, variant), 1100)


def watermarked(picture: Picture, chance: Random, variant: int) -> Picture:
    """Repeats a faint mark across the picture, as picture agencies do."""
    base = fit(picture, 860).convert("RGBA")
    layer = Image.new("RGBA", base.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    font = load_font(round(base.width * 0.05))
    step = base.height // 4
    for row in range(5):
        for column in range(-1, 4):
            place = (column * base.width // 3 + (row % 2) * base.width // 6, row * step)
            draw.text(place, "PREVIEW", font=font, fill=(255, 255, 255, 105))
    return Image.alpha_composite(base, layer).convert("RGB")


def plain(picture: Picture, chance: Random, variant: int) -> Picture:
    return resize(picture, chance.randint(600, max(620, max(picture.size))))


def _tile(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    return ImageOps.fit(picture, (box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS)


def _collage_boxes(count: int, width: int, height: int, gap: int) -> list[tuple[int, int, int, int]]:
    middle, near, far = width // 2, gap // 2, gap - gap // 2
    if count == 2:
        return [(gap, gap, middle - near, height - gap), (middle + far, gap, width - gap, height - gap)]
    split = height // 2 if count == 4 else height * 3 // 5
    lower_left = (gap, split + far, middle - near, height - gap)
    lower_right = (middle + far, split + far, width - gap, height - gap)
    if count == 3:
        return [(gap, gap, width - gap, split - near), lower_left, lower_right]
    upper_left = (gap, gap, middle - near, split - near)
    upper_right = (middle + far, gap, width - gap, split - near)
    return [upper_left, upper_right, lower_left, lower_right]


def collage(pictures: Sequence[Picture], chance: Random) -> Picture:
    """Puts two to four pictures side by side in one; the order is up to chance."""
    width = chance.randint(960, 1100)
    height = round(width * COLLAGE_HEIGHTS[len(pictures)])
    gap = chance.choice((0, 8, 14))
    board = Image.new("RGB", (width, height), chance.choice(((255, 255, 255), (20, 20, 20), (238, 232, 220))))
    order = list(pictures)
    chance.shuffle(order)
    for picture, box in zip(order, _collage_boxes(len(order), width, height, gap), strict=True):
        board.paste(_tile(picture, box), box[:2])
    return board


ALTERATIONS: dict[str, Alteration] = {
    "recompressed": recompressed,
    "cropped": cropped,
    "recoloured": recoloured,
    "mirrored": mirrored,
    "text": text,
    "framed": framed,
    "screenshot": screenshot,
    "watermarked": watermarked,
    "plain": plain,
    "same scene": plain,
}
