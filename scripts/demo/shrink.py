"""Turns the screenshots of a folder into WebP: the repository stays small. `python -m scripts.demo.shrink DIR`"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image


def main() -> None:
    for shot in sorted(Path(sys.argv[1]).glob("*.png")):
        with Image.open(shot) as picture:
            picture.convert("RGB").save(shot.with_suffix(".webp"), "WEBP", quality=80, method=6)
        shot.unlink()


if __name__ == "__main__":
    main()
