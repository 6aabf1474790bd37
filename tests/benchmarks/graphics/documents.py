"""Papers of one design, each about somebody or something else."""

from __future__ import annotations

import math

from tests.benchmarks.graphics.paper import Page

YEAR = "January February March April May June July August September October November December"
MONTHS = YEAR.split()


def certificates(page: Page) -> None:
    colour = page.template.vivid()
    for inset in (18, 26, 40):
        page.draw.rectangle([inset, inset, page.width - inset, page.height - inset], outline=colour, width=4)
    for place in range(0, page.width, 22):
        for y in (30, page.height - 30):
            page.draw.ellipse([place - 5, y - 5, place + 5, y + 5], fill=colour)
    middle = page.width / 2
    page.text((middle, 80), "CERTIFICATE", 44, page.template.dark(), "ma")
    page.text((middle, 140), page.template.words(3), 18, (90, 90, 90), "ma")
    page.text((middle, 210), page.content.words(2).title(), 34, (20, 20, 20), "ma")
    for line in range(3):
        page.text((middle, 280 + 26 * line), page.content.words(6), 16, (70, 70, 70), "ma")
    y = page.height - 130
    for point in range(24):
        angle = point * math.pi / 12
        tip = (middle + 46 * math.cos(angle), y + 46 * math.sin(angle))
        page.draw.line([(middle, y), tip], fill=colour, width=6)
    page.draw.ellipse([middle - 32, y - 32, middle + 32, y + 32], fill=colour)


def forms(page: Page) -> None:
    page.draw.rectangle([0, 0, page.width, 70], fill=page.template.dark())
    page.text((30, 20), page.template.words(3).upper(), 26, (255, 255, 255))
    for line in range(11):
        y = 96 + line * (page.height - 120) / 11
        page.text((34, y), page.template.words(2), 14, (90, 90, 90))
        page.draw.rectangle([230, y - 6, page.width - 40, y + 24], outline=(150, 150, 150))
        page.text((240, y), page.content.words(page.content.whole(1, 4)), 16, (20, 30, 90))


def tables(page: Page) -> None:
    """Timetables."""
    page.text((30, 22), page.template.words(3).capitalize(), 24, (20, 20, 20))
    columns, rows, top = 6, 14, 70
    for row in range(rows):
        y = top + row * (page.height - top - 20) / rows
        if row % 2:
            page.draw.rectangle([24, y, page.width - 24, y + (page.height - top - 20) / rows], fill=(232, 236, 240))
        for column in range(columns):
            x = 34 + column * (page.width - 60) / columns
            told = (
                page.template.words(1)
                if row == 0 or column == 0
                else f"{page.content.whole(0, 23):02}:{page.content.number(2)}"
            )
            page.text((x, y + 6), told, 15, (30, 30, 30))


def calendars(page: Page) -> None:
    page.draw.rectangle([0, 0, page.width, 90], fill=page.template.vivid())
    month, first = page.content.whole(0, 11), page.content.whole(0, 6)
    page.text((30, 26), MONTHS[month], 36, (255, 255, 255))
    cell, height = (page.width - 40) / 7, (page.height - 130) / 6
    for place in range(42):
        x, y = 20 + place % 7 * cell, 110 + place // 7 * height
        page.draw.rectangle([x, y, x + cell, y + height], outline=(170, 170, 170))
        day = place - first + 1
        if 1 <= day <= 30 + month % 2:
            page.text((x + 8, y + 6), str(day), 20, (50, 50, 50))
            if page.content.chance(0.2):
                page.text((x + 8, y + 36), page.content.words(1), 15, (150, 60, 60))


def cards(page: Page) -> None:
    """Business cards."""
    colour = page.template.vivid()
    page.draw.polygon([(0, 0), (page.width * 0.34, 0), (page.width * 0.2, page.height), (0, page.height)], fill=colour)
    page.draw.ellipse([40, 50, 130, 140], outline=(255, 255, 255), width=8)
    x = page.width * 0.42
    page.text((x, page.height * 0.2), page.content.words(2).title(), 36, (25, 25, 25))
    page.text((x, page.height * 0.34), page.template.words(2), 20, colour)
    for line, told in enumerate((page.content.number(9), page.content.words(1) + ".example", page.content.words(3))):
        y = page.height * (0.55 + 0.1 * line)
        page.draw.ellipse([x, y, x + 14, y + 14], fill=colour)
        page.text((x + 26, y), told, 18, (70, 70, 70))


def slides(page: Page) -> None:
    """Slides of one deck."""
    colour = page.template.vivid()
    page.draw.rectangle([0, 0, page.width, page.height * 0.16], fill=colour)
    page.draw.rectangle([0, page.height * 0.94, page.width, page.height], fill=page.template.dark())
    page.text((30, page.height * 0.05), page.content.words(4).capitalize(), 30, (255, 255, 255))
    page.text((page.width - 30, page.height * 0.955), page.template.words(2), 14, (255, 255, 255), "ra")
    for line in range(page.content.whole(4, 7)):
        y = page.height * (0.24 + 0.1 * line)
        page.draw.ellipse([40, y + 4, 54, y + 18], fill=colour)
        page.text((70, y), page.content.words(page.content.whole(4, 8)), 22, (40, 40, 40))


def tickets(page: Page) -> None:
    colour = page.template.vivid()
    page.picture.paste(colour, (0, 0, page.width, page.height))
    page.draw.rectangle([20, 20, page.width - 20, page.height - 20], fill=page.template.pale())
    for place in range(16, page.height, 24):
        page.draw.ellipse([page.width * 0.72 - 5, place - 5, page.width * 0.72 + 5, place + 5], fill=colour)
    page.text((50, 50), page.template.words(2).upper(), 34, colour)
    page.text((50, 120), page.content.words(3).title(), 28, (30, 30, 30))
    page.text((50, 180), f"Row {page.content.whole(1, 40)}   Seat {page.content.whole(1, 90)}", 24, (60, 60, 60))
    x = page.width * 0.78
    while x < page.width - 50:
        width = page.content.whole(2, 7)
        page.draw.rectangle([x, 60, x + width, page.height - 90], fill=(20, 20, 20))
        x += width + page.content.whole(2, 6)
    page.text((page.width * 0.78, page.height - 78), page.content.number(10), 16, (40, 40, 40))
