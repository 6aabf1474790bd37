"""What is left between a work and the picture that lies on it: gradients, movement and colours, pixel by pixel.

Everything here is told in the pixels of the work's thumbnail.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.crosscheck.placement import Grey, Matrix, Pixels, is_plausible, resize

Field = NDArray[np.float32]
Mask = NDArray[np.bool_]

# Of several blurs, more must bring GAIN more cells that agree.
GAIN = 0.03
# Sigma within which brightness and contrast are made the same, before movement is looked for.
SURROUNDINGS = 12
# Gradient (greys a pixel) from which a cell holds something, with the blur that weakens it; what one picture holds of
# the other's energy at least, if they hold the same.
STRUCTURE, FAINT = 2.5, 0.08
# Share of a cell that must lie in the picture.
SEEN = 0.6
# Correlation of gradients from which a cell is the same in both, and below which it is something else.
SAME, OTHER = 0.6, 0.3
# A picture's contrast may differ so many times from the work's.
MOST_CONTRAST = 4.0
# Quantile of the movement that is left, over what is not something else; and what stands for it where nothing is.
MOVED, ADRIFT = 0.7, 99.0
# A transform settles in so many rounds, by so many points; a point agrees with it within FITS pixels.
SETTLING, POINTS, MIN_POINTS, FITS = 4, 1500, 100, 0.7
# Standard deviation of chroma (CIELAB, 8 bits) from which a picture has colours.
COLOURED = 5.0


@dataclass(frozen=True)
class Residual:
    """Of `cells` with structure in work or picture, the share `same` has the same gradients, the share `other`
    different ones. `drift` is by how many pixels the rest still moves; `colours` the correlation of chroma, 1 where
    work or picture has none; `visible` the share of the work that the picture shows."""

    cells: int
    same: float
    other: float
    drift: float
    colours: float
    visible: float


@dataclass(frozen=True)
class Grain:
    """How finely gradients are compared: side of a cell, and the blurs (sigma) tried, of which coded and enlarged
    copies need some."""

    cell: int
    blurs: tuple[float, ...]


@dataclass(frozen=True)
class Overlay:
    """A picture as it lies on the work: its pixels H × W × 3, and `inside`, where it is."""

    pixels: Pixels
    inside: Mask

    @property
    def grey(self) -> Field:
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), np.float32)

    def within(self, window: Mask) -> Overlay:
        return Overlay(self.pixels, self.inside & window)


def overlay(seen: Pixels, to_work: Matrix, shape: tuple[int, ...]) -> Overlay:
    """The picture (H × W × 3) on a work of this shape, without aliasing."""
    scale = float(np.sqrt(abs(np.linalg.det(to_work[:2, :2]))))
    if scale < 1:
        seen, to_work = resize(seen, scale), to_work @ np.diag([1 / scale, 1 / scale, 1.0])
    size = shape[1], shape[0]
    pixels = cv2.warpPerspective(seen, to_work, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones(seen.shape[:2], np.float32), to_work, size) > 0.999
    inner = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return Overlay(np.asarray(pixels, np.uint8), np.asarray(inner))


def residual(picture: Overlay, work: Pixels, grain: Grain) -> Residual:
    """What is left between a work (H × W × 3) and what lies on it."""
    grey = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY).astype(np.float32)
    best = np.zeros(0, np.float32)
    map_of_best = np.full((1, 1), np.nan, np.float32)
    for blur in grain.blurs:
        correlation = gradients(picture.grey, grey, picture.inside, blur, grain.cell)
        values = correlation[np.isfinite(correlation)]
        if len(values) and (not len(best) or (values >= SAME).mean() > (best >= SAME).mean() + GAIN):
            best, map_of_best = values, correlation
    if not len(best):
        return Residual(0, 0.0, 1.0, ADRIFT, 1.0, float(picture.inside.mean()))
    return Residual(
        cells=len(best),
        same=float((best >= SAME).mean()),
        other=float((best < OTHER).mean()),
        drift=_drift(picture, grey, map_of_best >= OTHER),
        colours=_colours(picture, work),
        visible=float(picture.inside.mean()),
    )


def gradients(seen: Field, work: Field, inside: Mask, blur: float, cell: int) -> Field:
    """Correlation of gradients in each cell; NaN where neither holds anything, or the picture is not.

    Directions count, and how strong they are beside their neighbours; brightness and contrast of the whole do not.
    """
    fields = [np.asarray(cv2.GaussianBlur(x, (0, 0), blur), np.float32) for x in (seen, work)]
    (ax, ay), (bx, by) = (_slopes(field) for field in fields)
    mask = inside.astype(np.float32)
    share = _in_cells(mask, cell)
    theirs, mine = (_in_cells((x * x + y * y) * mask, cell) for x, y in ((ax, ay), (bx, by)))
    contrast = float(np.clip(mine.sum() / max(float(theirs.sum()), 1e-6), MOST_CONTRAST**-2, MOST_CONTRAST**2))
    level = (STRUCTURE / (1 + blur)) ** 2
    strong = (share > SEEN) & (np.maximum(theirs * contrast, mine) > level * np.maximum(share, 1e-6))
    both = _in_cells((ax * bx + ay * by) * mask, cell) / np.sqrt(np.maximum(theirs * mine, 1e-9))
    # What stands in one of them only is something else, however well the rest of the cell fits.
    lone = np.minimum(theirs * contrast, mine) < FAINT * np.maximum(theirs * contrast, mine)
    return np.asarray(np.where(strong, np.where(lone, 0.0, both), np.nan), np.float32)


def _in_cells(values: Field, cell: int) -> Field:
    size = max(1, values.shape[1] // cell), max(1, values.shape[0] // cell)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def settle(seen: Pixels, work: Pixels, to_work: Matrix) -> Matrix:
    """The transform (of H × W × 3 pixels onto others) near this one under which nothing moves on the whole."""
    grey = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY).astype(np.float32)
    for _ in range(SETTLING):
        picture = overlay(seen, to_work, work.shape)
        y, x = np.nonzero(picture.inside & (_strength(grey) > STRUCTURE))
        if len(x) < MIN_POINTS:
            break
        chosen = np.linspace(0, len(x) - 1, min(len(x), POINTS)).astype(np.intp)
        at = np.stack([x, y], axis=1)[chosen].astype(np.float32)
        there = at + _flow(grey, picture.grey)[at[:, 1].astype(np.intp), at[:, 0].astype(np.intp)]
        nearer, _ = cv2.findHomography(there, at, cv2.USAC_MAGSAC, FITS, maxIters=2000, confidence=0.999)
        if nearer is None or not is_plausible(nearer @ to_work):
            break
        to_work = np.asarray(nearer @ to_work, np.float64)
    return to_work


def _flow(work: Field, seen: Field) -> NDArray[np.float32]:
    """Dense optical flow of the work to the picture on it (DIS, Kroeger et al. 2016)."""
    flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(
        _even(work), _even(seen), np.zeros((*work.shape, 2), np.float32)
    )
    return np.asarray(flow, np.float32)


def _strength(grey: Field) -> Field:
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.0), np.float32)
    return np.asarray(np.hypot(*_slopes(smooth)), np.float32)


def _slopes(greys: Field) -> tuple[Field, Field]:
    """Greys a pixel to the right, and down."""
    across, down = (cv2.Scharr(greys, cv2.CV_32F, *way, scale=1 / 32) for way in ((1, 0), (0, 1)))
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


def _drift(picture: Overlay, grey: Field, alike: Mask) -> float:
    """How far the flow still goes where the work has structure, and the picture nothing else."""
    size = grey.shape[1], grey.shape[0]
    compared = cv2.resize(alike.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    moved = np.hypot(*np.moveaxis(_flow(grey, picture.grey), -1, 0))[
        picture.inside & compared & (_strength(grey) > STRUCTURE)
    ]
    return float(np.quantile(moved, MOVED)) if len(moved) else ADRIFT


def _even(grey: Field) -> Grey:
    """Brightness and contrast made the same everywhere."""
    mean = cv2.GaussianBlur(grey, (0, 0), SURROUNDINGS)
    spread = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), SURROUNDINGS)) + 4
    return np.asarray(np.clip(128 + 40 * (grey - mean) / spread, 0, 255), np.uint8)


def _colours(picture: Overlay, work: Pixels) -> float:
    """Correlation of a* and b* about their means."""
    chroma = []
    for pixels in (picture.pixels, work):
        lab = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), (0, 0), 2.0)
        plane = lab[picture.inside][:, 1:].astype(np.float64) @ np.array([1, 1j])
        chroma.append(plane - plane.mean() if len(plane) else plane)
    powers = [float((np.abs(c) ** 2).mean()) if len(c) else 0.0 for c in chroma]
    if min(powers) < COLOURED**2:
        return 1.0
    return float((chroma[0] * chroma[1].conj()).real.mean() / np.sqrt(powers[0] * powers[1]))
