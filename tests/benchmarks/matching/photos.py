"""The folder of photographs: folders by role and manifest.tsv, which names the group of each."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

SIBLING_ROLES = ("refs_scene", "refs_burst", "neg_hard", "neg_burst")


@dataclass(frozen=True)
class Photo:
    """A photograph. `path` is relative to the folder; `group` names its scene or burst, or else where it comes from."""

    path: str
    role: str
    group: str
    sha256: str

    @property
    def is_reference(self) -> bool:
        return self.role.startswith("refs_")

    @property
    def siblings_group(self) -> str:
        """Photos with the same name here show the same scene; empty where nothing is known to."""
        return self.group if self.role in SIBLING_ROLES else ""


def read_photos(folder: Path) -> list[Photo]:
    """All photographs, sorted by path. Photos that the manifest does not name have no group.

    Raises FileNotFoundError if the folder has no manifest.
    """
    with (folder / "manifest.tsv").open(newline="") as lines:
        groups = {row["path"]: row["group"] for row in csv.DictReader(lines, delimiter="\t")}
    found = []
    for file in sorted(folder.glob("*/*.jpg")):
        path = file.relative_to(folder).as_posix()
        found.append(Photo(path, file.parent.name, groups.get(path, ""), hashlib.sha256(file.read_bytes()).hexdigest()))
    return found


def siblings(photo: Photo, photos: list[Photo]) -> list[str]:
    """Paths of the other references of the photo's scene or burst."""
    group = photo.siblings_group
    return [p.path for p in photos if group and p.is_reference and p.siblings_group == group and p.path != photo.path]
