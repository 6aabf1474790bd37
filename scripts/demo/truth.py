"""What the demonstration's web shows, picture by picture: the answers that a crawl is compared with."""

from dataclasses import dataclass
from typing import Literal

# `forbidden` must never be asked for, `reserved` may be asked for and must not be used.
Role = Literal["copy", "licensed", "sublicensed", "negative", "broken", "forbidden", "reserved"]


@dataclass(frozen=True)
class Picture:
    """A picture of the web. `works` are the photos it copies; `variants` are smaller renditions of it elsewhere."""

    url: str
    page: str
    works: tuple[str, ...]
    transform: str
    role: Role
    variants: tuple[str, ...] = ()
