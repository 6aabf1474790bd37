"""Block by block: how well two greys of one size agree, and by how far each block must shift to agree best.

Zero-mean normalised correlation (ZNCC) does not see changes of brightness and contrast.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

BLOCK = 16
STRIDE = BLOCK // 2
# Standard deviation of greys below which a block of the work, or of the picture, says nothing.
TEXTURE, FLAT = 5.0, 1.0
# The same for small cells of the work: the coding of its thumbnail alone makes some 5.
CELL_TEXTURE = 10.0

Greys = NDArray[np.float32]
Grid = NDArray[np.float32]


def compare_blocks(seen: Greys, mask: Greys, work: Greys, textured: Greys, reach: int) -> tuple[Grid, Grid]:
    """The best correlation of each block over all shifts up to `reach` pixels, and that shift (x, y) in `seen`.

    All are H × W; `mask` is 1 where there is a picture. Returns rows × columns, NaN where nothing can be compared (too
    little texture in `textured`, or outside the picture), and rows × columns × 2.
    """
    height, width = work.shape
    if height < BLOCK or width < BLOCK:
        return np.zeros((0, 0), np.float32), np.zeros((0, 0, 2), np.float32)
    work_mean, work_deviation = moments(work)
    usable = (moments(textured)[1] > TEXTURE) & (means(mask) > 0.999)
    padded = np.asarray(cv2.copyMakeBorder(seen, reach, reach, reach, reach, cv2.BORDER_REPLICATE), np.float32)
    products = _summed(_products(work, padded, reach))
    mean, deviation = (_at_all_shifts(v, reach, usable.shape) for v in _moments_everywhere(padded))
    covariance = products - work_mean * mean
    scores = np.asarray(covariance / np.maximum(work_deviation * deviation, 1e-3), np.float32)
    scores[deviation <= FLAT] = 0.0
    best, shift = _peaks(scores)
    return np.where(usable, best, np.nan).astype(np.float32), shift


def compare_cells(seen: Greys, mask: Greys, work: Greys, reach: int) -> Grid:
    """The best correlation of each cell of half a block's side, over all shifts up to `reach` pixels. All are H × W;
    NaN where the work has too little texture, or the picture is not."""
    height, width = work.shape
    mean, deviation = _cell_moments(work)
    best = np.full(mean.shape, -1.0, np.float32)
    padded = np.asarray(cv2.copyMakeBorder(seen, reach, reach, reach, reach, cv2.BORDER_REPLICATE), np.float32)
    for y in range(2 * reach + 1):
        for x in range(2 * reach + 1):
            shifted = padded[y : y + height, x : x + width]
            its_mean, its_deviation = _cell_moments(shifted)
            covariance = _cell_means(shifted * work) - its_mean * mean
            score = covariance / np.maximum(its_deviation * deviation, 1e-3)
            best = np.maximum(best, np.where(its_deviation > FLAT, score, 0.0))
    usable = (deviation > CELL_TEXTURE) & (_cell_means(mask) > 0.999)
    return np.where(usable, best, np.nan).astype(np.float32)


def _cell_moments(values: Greys) -> tuple[Grid, Grid]:
    mean = _cell_means(values)
    return mean, np.sqrt(np.maximum(_cell_means(values * values) - mean * mean, 0.0))


def _cell_means(values: Greys) -> Grid:
    """The mean of each cell; they overlap by half."""
    half = STRIDE // 2
    inside = slice(half, 1 - half, half)
    return np.asarray(cv2.blur(values, (STRIDE, STRIDE))[inside, inside], np.float32)


def centres(which: NDArray[np.bool_]) -> NDArray[np.float64]:
    """n × 2 middles (x, y) of the chosen blocks, in pixels."""
    rows, columns = np.nonzero(which)
    return np.asarray(np.column_stack([columns, rows]) * float(STRIDE) + BLOCK / 2, np.float64)


def means(values: Greys) -> Grid:
    """The mean of each block. Blocks overlap by half, so that four cells of half a side make one."""
    return _summed(_cells(values))


def _cells(values: Greys) -> Grid:
    rows, columns = values.shape[0] // STRIDE, values.shape[1] // STRIDE
    whole = values[: rows * STRIDE, : columns * STRIDE]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _summed(cells: NDArray[np.float32]) -> Grid:
    """Means of blocks from means of cells, along the last two axes."""
    sums = cells[..., :-1, :-1] + cells[..., :-1, 1:] + cells[..., 1:, :-1] + cells[..., 1:, 1:]
    return np.asarray(sums * 0.25, np.float32)


def moments(values: Greys) -> tuple[Grid, Grid]:
    """Mean and standard deviation of each block."""
    mean = means(values)
    return mean, np.sqrt(np.maximum(means(values * values) - mean * mean, 0.0))


def _moments_everywhere(values: Greys) -> tuple[Greys, Greys]:
    """Mean and standard deviation of the block around each pixel."""
    squares = values * values
    mean, square = (np.asarray(cv2.boxFilter(v, cv2.CV_32F, (BLOCK, BLOCK)), np.float32) for v in (values, squares))
    return mean, np.sqrt(np.maximum(square - mean * mean, 0.0))


def _products(work: Greys, padded: Greys, reach: int) -> NDArray[np.float32]:
    """Shifts (y, x) × cells: the mean product of the work with what lies on it at each shift."""
    side = 2 * reach + 1
    rows, columns = work.shape[0] // STRIDE, work.shape[1] // STRIDE
    work = work[: rows * STRIDE, : columns * STRIDE]
    products = np.empty((side, side, rows, columns), np.float32)
    moved = np.empty(work.shape, np.float32)
    for dy in range(side):
        for dx in range(side):
            cv2.multiply(work, padded[dy : dy + work.shape[0], dx : dx + work.shape[1]], dst=moved)
            products[dy, dx] = _cells(moved)
    return products


def _at_all_shifts(everywhere: Greys, reach: int, grid: tuple[int, ...]) -> NDArray[np.float32]:
    """Shifts (y, x) × blocks: of the values around each pixel those of the blocks, as a view. An even filter's window
    begins half a block before the pixel."""
    down, across = everywhere.strides
    side = 2 * reach + 1
    strides = (down, across, STRIDE * down, STRIDE * across)
    return as_strided(everywhere[STRIDE:, STRIDE:], (side, side, *grid), strides, writeable=False)


def _peaks(scores: NDArray[np.float32]) -> tuple[Grid, Grid]:
    """The highest score of each block over all shifts, and its place (x, y) to a part of a pixel, by a parabola through
    its neighbours."""
    side = len(scores)
    reach = side // 2
    off = np.abs(np.arange(side) - reach)
    # Of equal scores, the nearest.
    favoured = scores - 1e-3 * (off[:, None] + off[None, :])[..., None, None].astype(np.float32)
    at = favoured.reshape(side * side, *scores.shape[2:]).argmax(axis=0)
    y, x = at // side, at % side
    rows, columns = np.indices(at.shape)

    def value(down: NDArray[np.intp], across: NDArray[np.intp]) -> NDArray[np.float32]:
        return np.asarray(scores[down, across, rows, columns])

    best = value(y, x)
    inner_x, inner_y = np.clip(x, 1, side - 2), np.clip(y, 1, side - 2)
    part_x = _parabola(value(y, inner_x - 1), value(y, inner_x), value(y, inner_x + 1))
    part_y = _parabola(value(inner_y - 1, x), value(inner_y, x), value(inner_y + 1, x))
    shift_x = x - reach + np.where(x == inner_x, part_x, 0.0)
    shift_y = y - reach + np.where(y == inner_y, part_y, 0.0)
    return best, np.stack([shift_x, shift_y], axis=-1).astype(np.float32)


def _parabola(
    before: NDArray[np.float32], here: NDArray[np.float32], after: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Where, − ½ … ½ from the middle one, the parabola through three values is highest."""
    bend = before - 2 * here + after
    moved = 0.5 * (before - after) / np.where(np.abs(bend) > 1e-6, bend, -1.0)
    return np.where(bend < -1e-6, np.clip(moved, -0.5, 0.5), 0.0).astype(np.float32)
