"""The methods by which a node may compare pictures before it signs. Members of one committee should differ in it, so
that the error of one program is not the agreement of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from oracle.crosscheck.verdict import is_copy
from oracle.matching.verify.decision import MatchClass
from oracle.node.register import Register
from oracle.pictures.normalise import Picture

Method = Literal["sift", "orb"]
# Whether a picture shows a copy of the work with this id.
Shows = Callable[[str, Picture], bool]


def method_of(name: Method, register: Register) -> Shows:
    """`sift` asks the index with which the node searches (`oracle.matching`); `orb` compares the picture with that one
    work in another way (`oracle.crosscheck`)."""

    def by_index(work_id: str, picture: Picture) -> bool:
        return any(m.work_id == work_id and m.match_class is MatchClass.COPY for m in register.query(picture))

    def by_crosscheck(work_id: str, picture: Picture) -> bool:
        return register.counts(work_id) and is_copy(picture, register.work_files(work_id).thumbnail)

    return {"sift": by_index, "orb": by_crosscheck}[name]
