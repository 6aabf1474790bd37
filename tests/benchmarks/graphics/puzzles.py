"""Grids: what differs is which cells are filled, and with what."""

from __future__ import annotations

from tests.benchmarks.graphics.paper import Page


def crosswords(page: Page) -> None:
    side, x, y, cell = _grid(page, 13)
    for place in range(side * side):
        left, top = x + place % side * cell, y + place // side * cell
        black = page.content.chance(0.2)
        fill = (25, 25, 25) if black else (255, 255, 255)
        page.draw.rectangle([left, top, left + cell, top + cell], outline=(30, 30, 30), fill=fill)
        if not black and page.content.chance(0.25):
            page.text((left + 3, top + 1), str(page.content.whole(1, 60)), 11, (30, 30, 30))


def sudokus(page: Page) -> None:
    side, x, y, cell = _grid(page, 9)
    for line in range(side + 1):
        width = 4 if line % 3 == 0 else 1
        page.draw.line([(x + line * cell, y), (x + line * cell, y + side * cell)], fill=(20, 20, 20), width=width)
        page.draw.line([(x, y + line * cell), (x + side * cell, y + line * cell)], fill=(20, 20, 20), width=width)
    for place in range(side * side):
        if page.content.chance(0.38):
            at = x + (place % side + 0.5) * cell, y + (place // side + 0.5) * cell
            page.text(at, str(page.content.whole(1, 9)), round(cell * 0.6), (20, 20, 60), "mm")


def matrix_codes(page: Page) -> None:
    """As QR codes: three finders, a quiet border, other modules."""
    side, x, y, cell = _grid(page, 29)
    quiet = [x - 3 * cell, y - 3 * cell, x + (side + 3) * cell, y + (side + 3) * cell]
    page.draw.rectangle(quiet, fill=(255, 255, 255))
    for place in range(side * side):
        if page.content.chance(0.48):
            left, top = x + place % side * cell, y + place // side * cell
            page.draw.rectangle([left, top, left + cell - 1, top + cell - 1], fill=(0, 0, 0))
    for column, row in ((0, 0), (side - 7, 0), (0, side - 7)):
        for inset, colour in ((-1, 255), (0, 0), (1, 255), (2, 0)):
            left, top = x + (column + inset) * cell, y + (row + inset) * cell
            length = (7 - 2 * inset) * cell - 1
            page.draw.rectangle([left, top, left + length, top + length], fill=(colour,) * 3)


def chess(page: Page) -> None:
    _, x, y, cell = _grid(page, 8)
    dark, light = page.template.vivid(), page.template.pale()
    for place in range(64):
        left, top = x + place % 8 * cell, y + place // 8 * cell
        page.draw.rectangle([left, top, left + cell, top + cell], fill=dark if (place + place // 8) % 2 else light)
        if page.content.chance(0.3):
            colour = (250, 250, 250) if page.content.chance(0.5) else (20, 20, 20)
            inset = cell * page.content.one_of((0.18, 0.26, 0.32))
            box = [left + inset, top + inset, left + cell - inset, top + cell - inset]
            shape = page.draw.ellipse if page.content.chance(0.6) else page.draw.rectangle
            shape(box, fill=colour, outline=(90, 90, 90))


def _grid(page: Page, side: int) -> tuple[int, float, float, float]:
    """Cells a side, where the grid begins, and the side of a cell."""
    cell = int(0.82 * min(page.width, page.height) / side)
    return side, (page.width - side * cell) // 2, (page.height - side * cell) // 2, cell
