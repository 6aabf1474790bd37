"""Charts, maps and music: the same axes and grids, other values."""

from __future__ import annotations

import math

from tests.benchmarks.graphics.paper import Page


def bars(page: Page) -> None:
    left, top, right, bottom = _axes(page)
    count = page.template.whole(6, 11)
    step = (right - left) / count
    colour = page.template.vivid()
    for place in range(count):
        height = page.content.between(0.08, 0.96) * (bottom - top)
        x = left + place * step
        page.draw.rectangle([x + 0.18 * step, bottom - height, x + 0.82 * step, bottom], fill=colour)
        page.text((x + step / 2, bottom + 8), str(2014 + place), 13, (60, 60, 60), "ma")


def lines(page: Page) -> None:
    left, top, right, bottom = _axes(page)
    for _ in range(page.template.whole(1, 3)):
        colour, value, points = page.template.vivid(), page.content.between(0.2, 0.8), []
        for place in range(25):
            value = min(max(value + page.content.between(-0.13, 0.13), 0.03), 0.97)
            points.append((left + place / 24 * (right - left), bottom - value * (bottom - top)))
        page.draw.line(points, fill=colour, width=3)


def pies(page: Page) -> None:
    _title(page)
    side = 0.62 * min(page.width, page.height)
    x, y, angle = page.width * 0.36, page.height * 0.56, page.content.between(0, 360)
    box = [x - side / 2, y - side / 2, x + side / 2, y + side / 2]
    parts = [page.content.between(0.4, 2) for _ in range(5)]
    for place, part in enumerate(parts):
        colour, turn = page.template.vivid(), 360 * part / sum(parts)
        page.draw.pieslice(box, angle, angle + turn, fill=colour, outline=(255, 255, 255))
        angle += turn
        line = page.height * (0.36 + 0.09 * place)
        page.draw.rectangle([page.width * 0.74, line, page.width * 0.77, line + 18], fill=colour)
        page.text((page.width * 0.79, line), f"{page.content.whole(2, 60)} %", 16, (50, 50, 50))


def scatter(page: Page) -> None:
    left, top, right, bottom = _axes(page)
    colour = page.template.vivid()
    for _ in range(page.content.whole(50, 90)):
        x, y = page.content.between(left, right), page.content.between(top, bottom)
        page.draw.ellipse([x - 4, y - 4, x + 4, y + 4], fill=colour)


def city_maps(page: Page) -> None:
    """One style of map, another town each."""
    street, water = page.template.pale(), (170, 205, 230)
    page.picture.paste((240, 236, 226), (0, 0, page.width, page.height))
    river = [(page.content.between(0, page.width), -20)]
    while river[-1][1] < page.height + 20:
        x, y = river[-1]
        river.append((x + page.content.between(-60, 60), y + 40))
    page.draw.line(river, fill=water, width=28)
    for place in range(26):
        angle = page.content.between(-0.25, 0.25) + (math.pi / 2 if place % 2 else 0)
        x, y = page.content.between(0, page.width), page.content.between(0, page.height)
        dx, dy = 2000 * math.cos(angle), 2000 * math.sin(angle)
        width = page.content.one_of((3, 5, 9))
        page.draw.line([(x - dx, y - dy), (x + dx, y + dy)], fill=(190, 186, 178), width=width + 3)
        page.draw.line([(x - dx, y - dy), (x + dx, y + dy)], fill=street, width=width)
    for _ in range(10):
        at = page.content.between(20, page.width - 90), page.content.between(20, page.height - 30)
        page.text(at, page.content.words(1).capitalize(), 14, (90, 80, 70))


def scores(page: Page) -> None:
    """Sheet music."""
    page.text((page.width / 2, 30), page.content.words(2).title(), 26, (20, 20, 20), "ma")
    for system in range(5):
        top = 90 + system * (page.height - 110) / 5
        for line in range(5):
            page.draw.line([(40, top + 10 * line), (page.width - 40, top + 10 * line)], fill=(30, 30, 30), width=1)
        for bar in range(5):
            x = 40 + bar * (page.width - 80) / 4
            page.draw.line([(x, top), (x, top + 40)], fill=(30, 30, 30), width=2)
        for note in range(16):
            x = 62 + note * (page.width - 110) / 16
            y = top + 5 * page.content.whole(-1, 9)
            page.draw.ellipse([x - 6, y - 4, x + 6, y + 4], fill=(20, 20, 20))
            page.draw.line([(x + 5, y), (x + 5, y - 30)], fill=(20, 20, 20), width=2)


def _axes(page: Page) -> tuple[float, float, float, float]:
    _title(page)
    left, top, right, bottom = 70.0, 90.0, page.width - 40.0, page.height - 60.0
    for line in range(6):
        y = bottom - line * (bottom - top) / 5
        page.draw.line([(left, y), (right, y)], fill=(200, 200, 200), width=1)
        page.text((left - 10, y), str(20 * line), 13, (90, 90, 90), "rm")
    page.draw.line([(left, top), (left, bottom), (right, bottom)], fill=(40, 40, 40), width=2)
    return left, top, right, bottom


def _title(page: Page) -> None:
    page.text((40, 24), page.template.words(3).capitalize(), 26, (30, 30, 30))
    page.text((40, 58), page.content.words(4), 15, (100, 100, 100))
