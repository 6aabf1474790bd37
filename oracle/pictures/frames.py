"""Which frames of an animation are looked at: those that look different, a few of them, in bounded work.

A first frame that is empty, or is shown for an instant, would else hide a work from the search, while visitors see it.
The choice depends on the file alone, never on the clock: all members must see the same.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from oracle.errors import BadImageError
from oracle.pictures.containers import GIFS, PNG, gif_read, png_chunks, png_file, riff_chunks, riff_file
from oracle.pictures.damaged import completed_gif

Pixels = NDArray[np.uint8]

# Besides the first one. Each is searched like a picture of its own.
MAX_OTHERS = 7
# Of all frames that are decoded; 30 to 60 million a second on an idle core.
MAX_ANIMATION_PIXELS = 100_000_000
# What a frame costs at least, as pixels.
_FRAME_PIXELS = 50_000
# Frames that are held while the rest is looked at.
_MAX_HELD = 24
# Two frames differ if so large a share of GRID × GRID cells does by so many levels.
GRID, _LEVELS, _SHARE = 32, 24, 0.03
# Deviation of the cells, in levels: of a frame without a picture, and from which on one counts fully.
_EMPTY, _FULL = 3.0, 40.0
# Milliseconds. Browsers show a frame for this long if it states less than 11; nobody sees more in 2 seconds than in 1.
_DEFAULT_SHOWN, _MOST_SHOWN = 100, 1000


@dataclass
class _Held:
    number: int
    cells: Pixels
    rgb: Pixels
    shown: float

    @property
    def weight(self) -> float:
        """How much there is to see, and for how long."""
        return min(_deviation(self.cells), _FULL) * self.shown


def other_frames(data: bytes, render: Callable[[Image.Image], Pixels]) -> list[tuple[int, Pixels]]:
    """Numbers and pixels of frames of an animation that differ from the first and from each other; none of a still.

    `render` makes pixels of a frame and may change it. A frame that cannot be decoded ends the animation.
    """
    first: Pixels | None = None
    held: list[_Held] = []
    with contextlib.suppress(OSError, SyntaxError, ValueError, IndexError, EOFError, struct.error, MemoryError):
        file, numbers = _thinned(data) or (b"", ())
        for number, image in zip(numbers, _played(file), strict=False):
            cells = _cells(image)
            if first is None:
                first = cells
                continue
            shown = float(min(max(image.info.get("duration") or 0, 0), _MOST_SHOWN))
            shown = shown if shown > 10 else _DEFAULT_SHOWN
            if _differ(first, cells) < _SHARE or _deviation(cells) < _EMPTY:
                continue
            near = next((one for one in held if _differ(one.cells, cells) < _SHARE), None)
            if near is not None:
                near.shown = min(near.shown + shown, _MOST_SHOWN)
                continue
            held.append(_Held(number, cells, render(image.copy()), shown))
            if len(held) > _MAX_HELD:
                _drop_one(held)
    return [(one.number, one.rgb) for one in _chosen(first, held)] if first is not None else []


def _played(file: bytes) -> Iterator[Image.Image]:
    """The frames as they are shown one after the other. Each holds until the next is asked for."""
    if not file:
        return
    with Image.open(io.BytesIO(file), formats=("GIF", "PNG", "WEBP", "AVIF")) as image:
        for number in range(getattr(image, "n_frames", 1) if image.format != "GIF" else 1 << 30):
            image.seek(number)
            cut = False
            try:
                image.load()
            except (OSError, SyntaxError, ValueError):
                if not number or not isinstance(image, ImageFile.ImageFile):
                    raise
                cut = True
                image.tile = []  # what came so far is laid onto the frame before
                image.load_end()
            yield image
            if cut:
                return


def _cells(image: Image.Image) -> Pixels:
    """GRID × GRID × 3 colours on white."""
    small = image.convert("RGBA" if image.has_transparency_data else "RGB").resize((GRID, GRID), Image.Resampling.BOX)
    if small.mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB")
    return np.asarray(small, dtype=np.uint8)


def _deviation(cells: Pixels) -> float:
    return float(cells.std(axis=(0, 1)).max())


def _differ(one: Pixels, other: Pixels) -> float:
    """Share of the cells that differ."""
    levels = np.abs(one.astype(np.int16) - other.astype(np.int16)).max(axis=2)
    return float((levels > _LEVELS).mean())


def _drop_one(held: list[_Held]) -> None:
    """Of the two that are most alike, the one with the smaller weight."""
    pairs = ((_differ(a.cells, b.cells), i, j) for i, a in enumerate(held) for j, b in enumerate(held[:i]))
    _, i, j = min(pairs)
    del held[i if held[i].weight <= held[j].weight else j]


def _chosen(first: Pixels, held: list[_Held]) -> list[_Held]:
    """One after the other the frame that is most unlike those before and has the largest weight."""
    left, chosen = list(held), list[_Held]()
    while left and len(chosen) < MAX_OTHERS:
        seen = [first, *(one.cells for one in chosen)]
        best = max(left, key=lambda one: (min(_differ(one.cells, cells) for cells in seen) * one.weight, -one.number))
        left.remove(best)
        chosen.append(best)
    return sorted(chosen, key=lambda one: one.number)


# ------------------------------------------------------------------------------------------------- which are decoded


def _thinned(data: bytes) -> tuple[bytes, Sequence[int]] | None:
    """An animation of at most as many frames as may be decoded, and their numbers in the file; None for a still."""
    if data.startswith(GIFS):
        return _thinned_gif(data)
    if data.startswith(PNG):
        return _thinned_png(data) if b"acTL" in data or b"fcTL" in data else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _thinned_webp(data)
    if data[4:8] == b"ftyp" and b"avis" in data[8 : int.from_bytes(data[:4], "big")][:64]:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
            # A frame needs those before it: nothing is gained by leaving some out in between.
            return data, range(_most(*image.size))
    return None


def _most(width: int, height: int) -> int:
    """How many frames of this size are decoded."""
    return MAX_ANIMATION_PIXELS // max(width * height, _FRAME_PIXELS)


def _picked(sizes: Sequence[int], most: int) -> list[int]:
    """Half of them from the beginning on, the other half spread over the rest: there, the largest of each stretch.

    What is laid onto the frames between is not quite as it is shown then; what fills the picture is.
    """
    if len(sizes) <= most:
        return list(range(len(sizes)))
    head = most - most // 2
    edges = np.linspace(head, len(sizes), most // 2 + 1).astype(int)
    return [*range(head), *(max(range(a, b), key=lambda at: sizes[at]) for a, b in itertools.pairwise(edges))]


def _thinned_gif(data: bytes) -> tuple[bytes, Sequence[int]] | None:
    gif = gif_read(data)
    width, height = struct.unpack("<HH", gif.head[6:10])
    most = _most(width, height)
    if len(gif.frames) < 2 or most < 2:
        return None

    def check_size(width: int, height: int) -> None:
        if _most(width, height) < 2:
            raise BadImageError("a frame is too large to analyse")

    frames = gif.frames
    with contextlib.suppress(BadImageError):
        frames = gif_read(completed_gif(data, check_size)).frames
    picked = _picked([len(frame) for frame in frames], most)
    return gif.file([frames[at] for at in picked]), picked


def _thinned_webp(data: bytes) -> tuple[bytes, Sequence[int]] | None:
    whole = [(kind, body) for kind, body, is_whole in riff_chunks(data) if is_whole]
    frames = [body for kind, body in whole if kind == b"ANMF"]
    head = next((body for kind, body in whole if kind == b"VP8X" and len(body) >= 10), None)
    if len(frames) < 2 or head is None:
        return None
    width, height = (1 + int.from_bytes(head[at : at + 3], "little") for at in (4, 7))
    if (most := _most(width, height)) < 2:
        return None
    picked = _picked([len(frame) for frame in frames], most)
    around = [(kind, body) for kind, body in whole if kind in (b"VP8X", b"ANIM", b"ICCP")]
    around.sort(key=lambda chunk: (b"VP8X", b"ICCP", b"ANIM").index(chunk[0]))
    tail = [(kind, body) for kind, body in whole if kind == b"EXIF"]
    return riff_file([*around, *((b"ANMF", frames[at]) for at in picked), *tail]), picked


def _thinned_png(data: bytes) -> tuple[bytes, Sequence[int]] | None:
    """Frame 0 is the picture that is shown where animations are unknown, whether it is part of the animation or not."""
    around: list[tuple[bytes, bytes]] = []
    frames: list[tuple[bytes | None, list[bytes]]] = []
    control: bytes | None = None
    for kind, body, right in png_chunks(data):
        if kind == b"fcTL" and len(body) == 26:
            control = body
        elif kind == b"IDAT" or (kind == b"fdAT" and len(body) > 4):
            starts = control is not None or not frames
            if starts:
                frames.append((control, []))
                control = None
            frames[-1][1].append(body if kind == b"IDAT" else body[4:])
        elif kind in (b"IHDR", b"PLTE", b"tRNS", b"iCCP", b"eXIf") and not frames and (right or kind == b"PLTE"):
            around.append((kind, body))
    if len(frames) < 2 or not around or len(around[0][1]) < 13:
        return None
    width, height = struct.unpack(">II", around[0][1][:8])
    if (most := _most(width, height)) < 2:
        return None
    picked = _picked([sum(map(len, bodies)) for _, bodies in frames], most)
    animated = sum(frames[at][0] is not None for at in picked)
    chunks = [around[0], (b"acTL", struct.pack(">II", animated, 0)), *around[1:]]
    sequence = 0
    for at in picked:
        told, bodies = frames[at]
        if told is not None:
            chunks.append((b"fcTL", struct.pack(">I", sequence) + told[4:]))
            sequence += 1
        if at == 0:
            chunks.append((b"IDAT", b"".join(bodies)))
        else:
            chunks.append((b"fdAT", struct.pack(">I", sequence) + b"".join(bodies)))
            sequence += 1
    return png_file([*chunks, (b"IEND", b"")]), picked
