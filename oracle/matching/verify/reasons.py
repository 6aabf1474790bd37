"""Why, in words that a photographer understands, and what was done to the photograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oracle.matching.verify.decision import Evidence, MatchClass
from oracle.matching.verify.geometry import Matrix
from oracle.pictures.normalise import Picture

# Below these an edit is not worth a word.
TURN_DEGREES = 2.0
STRETCH = 0.04
PERSPECTIVE = 0.02
CROP = 0.03
COVERED = 0.02
EMBEDDED = 0.92
GREY_SPREAD = 3.0
SOFT = 3.2  # pixels of the thumbnail


@dataclass(frozen=True)
class Edit:
    """`name` is one word of a fixed list; `strength` 0 … 1 (for a turn: share of 180 degrees); `words` tell it."""

    name: str
    strength: float
    words: str


def reasons(evidence: Evidence, found: MatchClass, changes: list[Edit]) -> tuple[str, ...]:
    comparison = evidence.comparison
    told = [f"{comparison.visible:.0%} of the work is visible"]
    told.append(f"{comparison.coverage:.0%} of the comparable area matches in detail")
    if evidence.inliers:
        told.append(f"{evidence.inliers} matching points line up")
    told += [change.words for change in changes]
    if found is MatchClass.SAME_TEMPLATE:
        recoloured = evidence.details is not None and evidence.details.has_other_colours
        differs = "colours differ" if recoloured else "content differs"
        told.append(f"the {differs}: same template, but not this work")
    if found is MatchClass.SAME_SCENE:
        told.append("the details differ: same scene, but another photograph")
    return tuple(told)


def edits(evidence: Evidence, picture: Picture) -> list[Edit]:
    """What the transform and the differing blocks show, in the order of the work's way into the picture."""
    matrix = evidence.comparison.to_work
    height, width = picture.grey.shape
    found = _cropping(evidence)
    if evidence.mirrored:
        found.append(Edit("mirrored", 1.0, "mirrored"))
    if evidence.negative:
        found.append(Edit("inverted", 1.0, "colours inverted"))
    found += _turning(matrix, width, height)
    share = evidence.share
    if share < EMBEDDED:
        found.append(Edit("embedded", 1.0 - share, f"fills {share:.0%} of the picture"))
    if float(np.ptp(picture.rgb.astype(np.int16), axis=2).mean()) < GREY_SPREAD:
        found.append(Edit("grey", 1.0, "in black and white"))
    compared, agreeing = evidence.comparison.compared, evidence.comparison.agreeing
    covered = float((compared & ~agreeing).sum() / max(int(compared.sum()), 1))
    if covered >= COVERED:
        found.append(Edit("covered", covered, f"{covered:.0%} is covered or retouched"))
    if evidence.comparison.blur >= SOFT:
        found.append(Edit("softened", evidence.comparison.blur / SOFT, "much softer or noisier than the original"))
    return found


def _cropping(evidence: Evidence) -> list[Edit]:
    """Which sides of the work are missing, as seen on the work."""
    lost = 1.0 - evidence.comparison.visible
    if lost < CROP:
        return []
    rows, columns = np.nonzero(np.isfinite(evidence.comparison.correlation))
    if not len(rows):
        return []
    height, width = evidence.comparison.correlation.shape
    gaps = {
        "left": columns.min() / width,
        "right": 1.0 - (columns.max() + 1) / width,
        "top": rows.min() / height,
        "bottom": 1.0 - (rows.max() + 1) / height,
    }
    sides = [side for side, gap in gaps.items() if gap > 0.05]
    words = f"cropped {', '.join(sides)}" if sides else "cropped"
    return [Edit("cropped", lost, words)]


def _turning(matrix: Matrix, width: int, height: int) -> list[Edit]:
    """Rotation, stretching and perspective at the middle of the picture."""
    x, y = width / 2, height / 2
    z = matrix[2] @ (x, y, 1.0)
    px, py = (matrix[0] @ (x, y, 1.0)) / z, (matrix[1] @ (x, y, 1.0)) / z
    local = np.array([(matrix[0, :2] - px * matrix[2, :2]) / z, (matrix[1, :2] - py * matrix[2, :2]) / z])
    u, sizes, vt = np.linalg.svd(local)
    turn = u @ vt
    angle = float(np.degrees(np.arctan2(turn[1, 0], turn[0, 0])))
    found = []
    if abs(angle) > TURN_DEGREES:
        # The transform turns the picture back.
        way = "anticlockwise" if angle > 0 else "clockwise"
        found.append(Edit("turned", abs(angle) / 180.0, f"rotated {abs(angle):.0f}° {way}"))
    stretch = float(sizes[0] / max(sizes[1], 1e-9)) - 1.0
    if stretch > STRETCH:
        found.append(Edit("stretched", min(stretch, 1.0), f"stretched by {stretch:.0%}"))
    bend = float(np.hypot(matrix[2, 0] * width, matrix[2, 1] * height) / abs(z))
    if bend > PERSPECTIVE:
        found.append(Edit("perspective", min(bend, 1.0), "seen at an angle"))
    return found
