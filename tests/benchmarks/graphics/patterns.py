"""What repeats: textures, backdrops, weaves, and façades. Nothing tells one part of it from another."""

from __future__ import annotations

import math

from tests.benchmarks.graphics.paper import Page


def dots(page: Page) -> None:
    """One pattern of dots, another colour and place of it."""
    step, radius = page.template.whole(26, 44), page.template.whole(6, 12)
    shift = page.content.whole(0, step), page.content.whole(0, step)
    colour = page.content.vivid()
    for row in range(-1, page.height // step + 2):
        for column in range(-1, page.width // step + 2):
            x, y = column * step + shift[0] + (row % 2) * step // 2, row * step + shift[1]
            page.draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=colour)


def chevrons(page: Page) -> None:
    step, width = page.template.whole(36, 56), page.template.whole(8, 16)
    shift, colour = page.content.whole(0, step), page.content.vivid()
    for row in range(-2, page.height // step + 3):
        y, columns = row * step + shift, range(-step, page.width + step, step)
        points = [(x, y + (step // 2 if x // step % 2 else 0)) for x in columns]
        page.draw.line(points, fill=colour, width=width)


def backdrops(page: Page) -> None:
    """A step-and-repeat wall, another person in front of it."""
    colour, word = page.template.vivid(), page.template.words(1).upper()
    for row in range(9):
        for column in range(6):
            x = (column + 0.5 * (row % 2)) * page.width / 5.5
            page.text((x, 30 + row * page.height / 8.5), word, 22, colour, "mm")
            page.draw.ellipse([x - 52, 22 + row * page.height / 8.5, x - 36, 38 + row * page.height / 8.5], fill=colour)
    x, size = page.width * page.content.between(0.3, 0.7), page.height * page.content.between(0.1, 0.14)
    skin, cloth = page.content.one_of(((225, 180, 150), (140, 96, 70), (246, 214, 190))), page.content.vivid()
    y = page.height * page.content.between(0.3, 0.42)
    page.draw.rounded_rectangle([x - 1.6 * size, y + size, x + 1.6 * size, page.height + 40], 50, fill=cloth)
    page.draw.ellipse([x - 0.8 * size, y - size, x + 0.8 * size, y + 1.1 * size], fill=skin)
    hair = [x - 0.9 * size, y - 1.2 * size, x + 0.9 * size, y + 0.7 * size]
    page.draw.pieslice(hair, 180, 360, fill=page.content.dark())


def weaves(page: Page) -> None:
    """Cloth of one weave, another piece of clothing on it."""
    step = page.template.whole(10, 16)
    light, dark = page.template.pale(), page.template.vivid()
    for row in range(0, page.height, step):
        for column in range(0, page.width, step):
            thread = dark if (row + column) // step % 3 else light
            page.draw.rectangle([column, row, column + step - 2, row + step - 2], fill=thread)
    colour, turn = page.content.vivid(), page.content.between(0, 6.3)
    corners = page.content.whole(5, 9)
    points = []
    for corner in range(corners):
        angle, reach = turn + 2 * math.pi * corner / corners, page.content.between(0.18, 0.4) * page.height
        points.append((page.width / 2 + reach * math.cos(angle), page.height / 2 + reach * math.sin(angle)))
    page.draw.polygon(points, fill=colour, outline=(40, 40, 40), width=4)


def facades(page: Page) -> None:
    """One kind of window in another house."""
    page.picture.paste(page.content.pale(), (0, 0, page.width, page.height))
    columns, rows = page.content.whole(5, 7), page.content.whole(4, 6)
    frame, glass = page.template.dark(), (120, 150, 180)
    for row in range(rows):
        for column in range(columns):
            x, y = (column + 0.5) * page.width / columns, (row + 0.5) * page.height / rows
            w, h = 42, 60
            page.draw.rectangle([x - w / 2, y - h / 2, x + w / 2, y + h / 2], fill=glass, outline=frame, width=5)
            page.draw.line([(x, y - h / 2), (x, y + h / 2)], fill=frame, width=4)
            page.draw.line([(x - w / 2, y), (x + w / 2, y)], fill=frame, width=4)
            if page.content.chance(0.3):
                page.draw.rectangle([x - w / 2, y - h / 2, x, y + h / 2], fill=page.content.pale())
