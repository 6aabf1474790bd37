"""Draws mock windows around a picture: a browser, a social post and a reader with a side column.

Each window is sized so that the picture fills 38 to 58 per cent of the area of the screenshot.
"""

from random import Random

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

HEADLINES = ("Unsere Tipps der Woche", "Ten places to see", "Bild des Tages", "Neu im Magazin", "Was jetzt wichtig ist")
SENTENCES = (
    "Die besten Aufnahmen der Saison",
    "Mehr dazu auf der folgenden Seite",
    "Our readers sent us their best shots",
    "Ein Klick, und alles ist zu sehen",
    "Kommentare sind willkommen",
    "Read more about this in our archive",
)
NAMES = ("nina.unterwegs", "waldundwiese", "the_daily_frame", "stadtkind88")
ADDRESSES = ("https://magazin.example/bilder", "https://forum.example/t/4821", "https://pinwand.example/home")
BLUE: Colour = (32, 98, 196)
GREY: Colour = (120, 124, 130)
PALE: Colour = (236, 238, 241)
INK: Colour = (28, 30, 34)


def _font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(round(size), 10))


def _lines(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], chance: Random, ink: Colour) -> None:
    """Fills a box with lines of text, as many as fit."""
    left, top, right, bottom = box
    font = _font(17)
    sentences = list(SENTENCES)
    chance.shuffle(sentences)
    y, count = top, 0
    while y + 22 < bottom:
        line = sentences[count % len(sentences)]
        while line and draw.textlength(line, font=font) > right - left:
            line = line.rpartition(" ")[0]
        draw.text((left, y), line, font=font, fill=ink)
        y, count = y + 27, count + 1


def _browser(photo: Image.Image, chance: Random) -> Image.Image:
    share = chance.uniform(0.42, 0.55)
    width = round(photo.width * 1.14)
    height = round(photo.width * photo.height / (share * width))
    screen = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(screen)
    bar = max(62, round(height * 0.1))
    draw.rectangle((0, 0, width, bar), fill=(222, 225, 230))
    for index, colour in enumerate(((237, 94, 84), (245, 190, 64), (98, 198, 84))):
        draw.ellipse((14 + 22 * index, 10, 28 + 22 * index, 24), fill=colour)
    draw.rounded_rectangle((14, 30, width - 14, bar - 6), radius=11, fill="white")
    draw.text((26, 34), chance.choice(ADDRESSES), font=_font(15), fill=GREY)
    draw.text((24, bar + 8), chance.choice(HEADLINES), font=_font(26), fill=INK)
    left, top = (width - photo.width) // 2, bar + 46
    screen.paste(photo, (left, top))
    _lines(draw, (left, top + photo.height + 14, width - left, height - 6), chance, GREY)
    return screen


def _post(photo: Image.Image, chance: Random) -> Image.Image:
    share = chance.uniform(0.45, 0.58)
    width = photo.width
    height = round(photo.height / share)
    dark = chance.random() < 0.5
    paper, ink = ((18, 20, 24), (232, 234, 238)) if dark else ((255, 255, 255), INK)
    screen = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(screen)
    draw.text((14, 6), "12:47", font=_font(15), fill=ink)
    draw.text((width - 14, 6), "LTE  81 %", font=_font(15), fill=ink, anchor="ra")
    draw.ellipse((14, 34, 58, 78), fill=chance.choice(((214, 96, 80), (70, 140, 120), (120, 96, 190))))
    draw.text((72, 36), chance.choice(NAMES), font=_font(19), fill=ink)
    draw.text((72, 60), "vor 3 Stunden", font=_font(14), fill=GREY)
    top = 92
    screen.paste(photo, (0, top))
    below = top + photo.height + 12
    for index, label in enumerate(("Like", "Comment", "Share")):
        left = 14 + index * (width // 3)
        draw.rounded_rectangle((left, below, left + width // 3 - 28, below + 32), radius=10, outline=GREY, width=2)
        draw.text((left + width // 6 - 14, below + 16), label, font=_font(15), fill=ink, anchor="mm")
    draw.text((14, below + 44), f"{chance.randint(120, 9800)} likes", font=_font(18), fill=ink)
    _lines(draw, (14, below + 74, width - 14, height - 46), chance, GREY)
    draw.rectangle((0, height - 40, width, height), fill=(34, 36, 42) if dark else PALE)
    return screen


def _reader(photo: Image.Image, chance: Random) -> Image.Image:
    share = chance.uniform(0.38, 0.5)
    height = round(photo.height * 1.2) + 30
    width = round(photo.width * photo.height / (share * height))
    screen = Image.new("RGB", (width, height), (248, 248, 246))
    draw = ImageDraw.Draw(screen)
    draw.rectangle((0, 0, width, 44), fill=BLUE)
    draw.text((16, 11), "News Reader", font=_font(20), fill="white")
    draw.rounded_rectangle((width - 130, 8, width - 14, 36), radius=8, fill="white")
    draw.text((width - 72, 22), "Anmelden", font=_font(15), fill=BLUE, anchor="mm")
    side = width - photo.width - 24
    draw.rectangle((0, 44, side, height), fill=PALE)
    _lines(draw, (14, 62, side - 10, height - 20), chance, INK)
    screen.paste(photo, (side + 12, 58))
    _lines(draw, (side + 12, 66 + photo.height, width - 12, height - 4), chance, GREY)
    return screen


def draw_screenshot(photo: Image.Image, chance: Random, variant: int) -> Image.Image:
    """The picture inside one of the windows, chosen by the number of the variant."""
    windows = (_browser, _post, _reader)
    return windows[variant % len(windows)](photo, chance)
