"""The graphics that `scripts/bench graphics` draws."""

import pytest

from oracle.pictures.normalise import load_picture
from tests.benchmarks.graphics.__main__ import cross
from tests.benchmarks.graphics.kinds import KINDS, graphics, pages


@pytest.fixture(scope="module")
def drawn():
    return list(graphics(seed=7, templates=1, each=2))


def test_a_seed_draws_the_same_graphics_again_and_another_one_others(drawn):
    again = list(graphics(seed=7, templates=1, each=2))
    assert [graphic.data for graphic in again] == [graphic.data for graphic in drawn]
    others = {graphic.data for graphic in graphics(seed=8, templates=1, each=2)}
    assert not others & {graphic.data for graphic in drawn}


def test_every_kind_has_other_contents_each_time(drawn):
    assert len(KINDS) >= 20 and len(drawn) == 2 * len(KINDS)
    assert len({graphic.data for graphic in drawn}) == len(drawn)


def test_no_two_of_many_graphics_are_the_same(monkeypatch):
    monkeypatch.setattr("tests.benchmarks.graphics.kinds.KINDS", {"wordmarks": KINDS["wordmarks"]})
    many = [graphic.data for graphic in graphics(seed=7, templates=2, each=30)]
    assert len(set(many)) == len(many) == 60


def test_the_pages_of_this_app_are_among_them():
    shown = list(pages())
    assert len(shown) >= 20 and len({page.name for page in shown}) == len(shown)
    assert all(load_picture(page.data).rgb.shape[1] >= 300 for page in shown[:4])


class SeesTheFirst:
    """Calls everything a copy of the first work, and of nothing else."""

    def __init__(self, name):
        self.name = name

    def query(self, data):
        return [(self.name, 0.99), ("unsure", 0.5)]


def test_a_hit_on_another_graphic_is_false_and_a_missing_one_is_counted(drawn):
    names = [graphic.name for graphic in drawn[:3]]
    found = cross(SeesTheFirst(names[0]), {graphic.name: graphic.data for graphic in drawn[:3]})
    assert [(hit.query, hit.work) for hit in found.wrong] == [(name, names[0]) for name in names[1:]]
    assert found.missed == names[1:] and len(found.milliseconds) == 3
