"""Logos, icons, and goods that carry another print each."""

from __future__ import annotations

import math

from tests.benchmarks.graphics.paper import Page

LETTERS = "ABCDEFGHKLMNPRSTUVWXYZ"


def emblems(page: Page) -> None:
    """One badge, other letters."""
    colour, x, y, radius = page.template.vivid(), page.width / 2, page.height / 2, 0.38 * min(page.width, page.height)
    for point in range(36):
        angle = point * math.pi / 18
        tip = (x + 1.06 * radius * math.cos(angle), y + 1.06 * radius * math.sin(angle))
        page.draw.ellipse([tip[0] - 9, tip[1] - 9, tip[0] + 9, tip[1] + 9], fill=colour)
    page.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)
    inner = 0.86 * radius
    page.draw.ellipse([x - inner, y - inner, x + inner, y + inner], outline=(255, 255, 255), width=5)
    letters = "".join(page.content.one_of(LETTERS) for _ in range(2))
    page.text((x, y - 0.1 * radius), letters, round(0.8 * radius), (255, 255, 255), "mm")
    page.text((x, y + 0.5 * radius), page.content.words(1).upper(), round(0.16 * radius), (255, 255, 255), "mm")


def wordmarks(page: Page) -> None:
    """One sign beside another name."""
    colour, y, side = page.template.vivid(), page.height / 2, page.height * 0.3
    points = page.template.whole(3, 7)
    corners = [
        (page.width * 0.2 + side * math.cos(2 * math.pi * p / points), y + side * math.sin(2 * math.pi * p / points))
        for p in range(points)
    ]
    page.draw.polygon(corners, fill=colour)
    page.draw.ellipse([page.width * 0.2 - 30, y - 30, page.width * 0.2 + 30, y + 30], fill=(255, 255, 255))
    page.text((page.width * 0.4, y), page.content.words(1).capitalize(), 64, page.template.dark(), "lm")


def icons(page: Page) -> None:
    """A sheet of icons in one style."""
    colour = page.template.dark()
    for place in range(20):
        x, y = page.width * (0.13 + 0.185 * (place % 5)), page.height * (0.16 + 0.225 * (place // 5))
        size, shape = 0.06 * page.width, page.content.whole(0, 4)
        box = [x - size, y - size, x + size, y + size]
        if shape == 0:
            page.draw.ellipse(box, outline=colour, width=6)
        elif shape == 1:
            page.draw.rectangle(box, outline=colour, width=6)
        elif shape == 2:
            page.draw.polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], outline=colour, width=6)
        elif shape == 3:
            page.draw.line([(x - size, y), (x + size, y)], fill=colour, width=6)
            page.draw.line([(x, y - size), (x, y + size)], fill=colour, width=6)
        else:
            page.draw.arc(box, page.content.whole(0, 180), page.content.whole(200, 350), fill=colour, width=6)
        if page.content.chance(0.5):
            page.draw.ellipse([x - 8, y - 8, x + 8, y + 8], fill=colour)


def app_icons(page: Page) -> None:
    """Rounded squares of one shine, each with another sign."""
    side = 0.8 * min(page.width, page.height)
    x, y = (page.width - side) / 2, (page.height - side) / 2
    top, bottom = page.template.vivid(), page.template.dark()
    for line in range(round(side)):
        part = line / side
        colour = tuple(round(a + (b - a) * part) for a, b in zip(top, bottom, strict=True))
        page.draw.line([(x, y + line), (x + side, y + line)], fill=colour)
    for radius in (90, 70):
        frame = [x - 40, y - 40, x + side + 40, y + side + 40]
        page.draw.rounded_rectangle(frame, radius, outline=(255, 255, 255), width=44)
    sign = "".join(page.content.one_of(LETTERS + "&%?!@#+=~") for _ in range(3))
    page.text((page.width / 2, page.height / 2), sign, 190, (255, 255, 255), "mm")


def shirts(page: Page) -> None:
    """One picture of a shirt, another print."""
    w, h = page.width, page.height
    page.picture.paste((236, 236, 238), (0, 0, w, h))
    colour = page.template.vivid()
    outline = [(0.32, 0.1), (0.42, 0.16), (0.58, 0.16), (0.68, 0.1), (0.92, 0.26), (0.83, 0.42), (0.73, 0.37)]
    outline += [(0.73, 0.94), (0.27, 0.94), (0.27, 0.37), (0.17, 0.42), (0.08, 0.26)]
    page.draw.polygon([(w * x, h * y) for x, y in outline], fill=colour, outline=(60, 60, 60))
    for fold in range(7):
        x = w * (0.3 + 0.06 * fold)
        shade = tuple(max(c - 24, 0) for c in colour)
        page.draw.line([(x, h * 0.5), (x + page.template.between(-20, 20), h * 0.92)], fill=shade, width=3)
    page.text((w / 2, h * 0.36), page.content.words(1).upper(), 40, (255, 255, 255), "mm")
    for _ in range(5):
        x, y = page.content.between(w * 0.38, w * 0.62), page.content.between(h * 0.45, h * 0.62)
        size = page.content.between(12, 34)
        page.draw.ellipse([x - size, y - size, x + size, y + size], fill=page.content.vivid())
