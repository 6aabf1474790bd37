"""AugLy's image edits, made to run with today's Pillow and NumPy and without libmagic."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from PIL import ImageDraw, ImageFont
from PIL.Image import new

if "magic" not in sys.modules:  # AugLy asks it only about files, and we hand over pictures
    sys.modules["magic"] = ModuleType("magic")
np.float = float  # gone since NumPy 1.24; AugLy's perspective transform names it


def _getsize_multiline(font: ImageFont.FreeTypeFont, text: str, **_: Any) -> tuple[int, int]:
    """Width and height in pixels; gone since Pillow 10, and AugLy's meme asks for it."""
    box = ImageDraw.Draw(new("L", (1, 1))).multiline_textbbox((0, 0), text, font=font)
    return int(box[2]), int(box[3])


ImageFont.FreeTypeFont.getsize_multiline = _getsize_multiline

import augly.image as augly  # noqa: E402
from augly import utils  # noqa: E402

__all__ = ["EMOJI", "FONTS", "TEMPLATES", "augly", "font_file"]

EMOJI = sorted(Path(utils.EMOJI_DIR).glob("*/*.png"))
TEMPLATES = [str(Path(utils.SCREENSHOT_TEMPLATES_DIR) / name) for name in ("web.png", "mobile.png")]
FONTS = (
    "OpenSans-Regular",
    "OpenSans-Bold",
    "Montserrat-SemiBold",
    "Lobster_1.3",
    "Pacifico",
    "PlayfairDisplay-Italic",
    "IBMPlexMono-Medium",
    "Ubuntu-M",
    "Impact",
    "DancingScript-Regular",
)


def font_file(name: str) -> str:
    return str(Path(utils.FONTS_DIR) / f"{name}.ttf")
