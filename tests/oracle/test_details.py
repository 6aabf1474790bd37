"""Graphics of one template are not copies of each other, and works that nothing tells from others say so."""

from __future__ import annotations

import io
from itertools import pairwise

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from oracle.matching.benchmark import matcher
from oracle.matching.describe.fingerprint import FINE_SIDE, Work, decode_thumbnail, fingerprint
from oracle.matching.engine import Matcher, explain
from oracle.matching.monitoring import NOT_RECOGNISED, why_not_monitored
from oracle.matching.verify.decision import MatchClass
from oracle.matching.verify.details import CONTRADICTS, redescribed
from oracle.matching.verify.regression import trained
from oracle.matching.verify.uniqueness import GRAPHIC, GRAPHIC_NAMES, character, graphic_numbers
from oracle.pictures.normalise import load_picture
from tests.benchmarks.graphics import symbols
from tests.benchmarks.graphics.kinds import KINDS, graphics
from tests.benchmarks.graphics.paper import drawn as drawn_from
from tests.conftest import jpeg, png

SEED = 20261130


def work_of(data):
    public, thumbnail = fingerprint(load_picture(data))
    return Work.of("w", public, thumbnail)


def looks_drawn(work):
    numbers = graphic_numbers(work.thumbnail, character(work.thumbnail).distinctive)
    return trained("graphic", GRAPHIC_NAMES).chance(numbers) >= GRAPHIC


def reason_for(image):
    public, thumbnail = fingerprint(load_picture(png(image)))
    return why_not_monitored(public, decode_thumbnail(thumbnail))


def diploma(name, grade="with distinction"):
    """A drawing that only says another name each time."""
    page = Image.new("RGB", (900, 640), (250, 246, 232))
    draw = ImageDraw.Draw(page)
    for inset in (20, 32, 52):
        draw.rectangle([inset, inset, 899 - inset, 639 - inset], outline=(120, 90, 40), width=4)
    for x in range(60, 840, 26):
        draw.ellipse([x, 60, x + 14, 74], fill=(150, 110, 50))
        draw.polygon([(x, 570), (x + 7, 556), (x + 14, 570)], fill=(150, 110, 50))
    draw.text((450, 130), "Academy of the Northern Coast", (70, 50, 20), ImageFont.load_default(34), "mm")
    draw.text((450, 200), "hereby confirms that", (70, 50, 20), ImageFont.load_default(22), "mm")
    draw.text((450, 290), name, (20, 20, 60), ImageFont.load_default(64), "mm")
    draw.text((450, 390), f"passed {grade}", (70, 50, 20), ImageFont.load_default(26), "mm")
    draw.ellipse([680, 450, 790, 560], outline=(160, 30, 30), width=8)
    return page


def crossword(seed):
    """The same grid each time, filled with other letters."""
    grid, letters = np.random.default_rng(8), np.random.default_rng(seed)
    page = Image.new("RGB", (640, 640), (232, 240, 242))
    draw = ImageDraw.Draw(page)
    draw.text((24, 18), "The Daily Grid: Solution", (20, 40, 60), ImageFont.load_default(34), "lt")
    for row in range(13):
        for column in range(13):
            x, y = 26 + 45 * column, 70 + 42 * row
            black = grid.random() < 0.24
            draw.rectangle(
                [x, y, x + 45, y + 42], fill=(20, 40, 60) if black else "white", outline=(20, 40, 60), width=2
            )
            if not black:
                letter = "ABCDEGHIKLMNOPRSTUVY"[letters.integers(20)]
                draw.text((x + 23, y + 22), letter, (0, 90, 140), ImageFont.load_default(22), "mm")
    return page


def on_cloth(corners, seed):
    """A piece of clothing on coarse cloth, as if photographed: folds, noise, and the weave the same each time."""
    rng, weaver = np.random.default_rng(seed), np.random.default_rng(4)
    thread = weaver.integers(70, 190, (4, 4)).astype(np.uint8)
    cloth = np.tile(cv2.resize(thread, (48, 48), interpolation=cv2.INTER_CUBIC), (15, 15)).astype(np.float32)
    folds = cv2.resize(rng.integers(20, 200, (40, 40)).astype(np.uint8), (720, 720), interpolation=cv2.INTER_CUBIC)
    garment = np.zeros((720, 720), np.uint8)
    cv2.fillPoly(garment, [np.array(corners, np.int32)], 255)
    inside = cv2.GaussianBlur(garment, (0, 0), 2).astype(np.float32) / 255
    page = cloth * (1 - inside) + folds * inside + weaver.normal(0, 2, (720, 720)) + rng.normal(0, 2, (720, 720))
    return Image.fromarray(np.clip(page, 0, 255).astype(np.uint8)).convert("RGB")


def checks():
    return Image.fromarray(np.kron(np.indices((20, 30)).sum(0) % 2, np.full((20, 20), 255)).astype(np.uint8))


def dotted():
    page = Image.new("RGB", (600, 400), "white")
    ImageDraw.Draw(page).ellipse([290, 190, 310, 210], fill="black")
    return page


@pytest.fixture(scope="module")
def drawn():
    """Two graphics of one template of each kind."""
    return list(graphics(SEED, templates=1, each=2))


def test_no_graphic_is_found_in_another(drawn):
    with Matcher() as matcher:
        for graphic in drawn:
            public, thumbnail = fingerprint(load_picture(graphic.data))
            matcher.add(graphic.name, public.to_bytes(), thumbnail)
        found = {g.name: [m.work_id for m in matcher.query(g.data) if m.match_class is MatchClass.COPY] for g in drawn}
    assert {name: works for name, works in found.items() if set(works) - {name}} == {}
    assert sum(name in works for name, works in found.items()) >= len(drawn) // 2


def test_the_recheck_accuses_no_graphic_of_the_same_template(drawn):
    """It looks in every way: what the index names has no say."""
    for one, other in [pair for pair in pairwise(drawn) if pair[0].kind == pair[1].kind][::2]:
        found = explain(load_picture(one.data), work_of(other.data))
        assert found is None or found.match_class is not MatchClass.COPY, (one.name, other.name, found.score)


def test_a_graphic_is_found_again_as_pages_show_it(drawn):
    monitored = [g for g in drawn if g.name.endswith(".0") and reason_for(Image.open(io.BytesIO(g.data))) is None]
    assert len(monitored) >= 12
    missed = []
    for graphic in monitored[::2]:
        image = Image.open(io.BytesIO(graphic.data)).convert("RGB")
        smaller = image.resize((image.width * 7 // 10, image.height * 7 // 10), Image.Resampling.LANCZOS)
        w, h = image.size
        cropped = image.crop((w // 8, h // 8, w - w // 10, h - h // 12))
        for altered in (image, smaller, cropped, ImageEnhance.Contrast(image).enhance(0.8)):
            found = explain(load_picture(jpeg(altered, 60)), work_of(graphic.data))
            if found is None or found.match_class is not MatchClass.COPY:
                missed.append(graphic.name)
    assert len(missed) <= len(monitored) // 8, missed


def test_another_name_on_a_diploma_is_its_template_not_a_copy():
    own, other = diploma("Wilhelmina Okafor"), diploma("Aurelio Brandt")
    work = work_of(png(own))
    assert explain(load_picture(jpeg(own, 70)), work).match_class is MatchClass.COPY
    found = explain(load_picture(jpeg(other, 90)), work)
    assert found.match_class is MatchClass.SAME_TEMPLATE
    assert any("same template" in reason for reason in found.reasons)


def test_an_emblem_with_another_letter_and_name_is_no_copy():
    """Most of it is the badge that both have: only nine features of 249 contradict, but seven of them for certain."""
    own, other = (drawn_from(symbols.emblems, (720, 720), (31415, 17, 1), content) for content in (1, 9))
    assert explain(load_picture(png(own)), work_of(png(own))).match_class is MatchClass.COPY
    found = explain(load_picture(png(other)), work_of(png(own)))
    assert found.match_class is MatchClass.SAME_TEMPLATE


def test_the_same_grid_with_other_letters_is_no_copy():
    """Its blocks correlate by the grid, and its letters are smaller than any feature that is described."""
    work = work_of(png(crossword(1)))
    assert explain(load_picture(jpeg(crossword(1), 60)), work).match_class is MatchClass.COPY
    for seed in (2, 3):
        found = explain(load_picture(png(crossword(seed))), work)
        assert found.match_class is MatchClass.SAME_TEMPLATE


def test_another_garment_on_the_same_cloth_is_no_copy():
    """What agrees is cloth, which recurs all over the work."""
    shirt = on_cloth([(240, 260), (480, 240), (500, 480), (250, 500)], 1)
    trousers = on_cloth([(300, 200), (430, 200), (470, 560), (390, 560), (365, 330), (330, 560), (250, 560)], 2)
    work = work_of(png(shirt))
    assert not looks_drawn(work)
    assert explain(load_picture(jpeg(shirt, 70)), work).match_class is MatchClass.COPY
    found = explain(load_picture(jpeg(trousers, 90)), work)
    assert found is None or found.match_class is not MatchClass.COPY


def test_what_was_filled_into_an_empty_place_counts():
    """The empty sheet is the work: all that it has is in the filled one, which has more."""
    work = work_of(png(diploma("", grade="")))
    found = explain(load_picture(png(diploma("Wilhelmina Okafor"))), work)
    assert found is None or found.match_class is not MatchClass.COPY


def test_features_are_described_again_where_they_are(photos):
    data = photos[0].read_bytes()
    work, picture = work_of(data), load_picture(data)
    height, width = picture.grey.shape
    to_work = np.diag([work.thumbnail.shape[1] / width, work.thumbnail.shape[0] / height, 1.0])
    again = redescribed(picture.grey, work, to_work)
    assert len(again) > 100
    assert np.median(again) < 60 and (again > CONTRADICTS).mean() < 0.02
    covered = picture.grey.copy()
    covered[:, : width // 2] = cv2.flip(covered[:, : width // 2], -1)
    assert 0.3 < (redescribed(covered, work, to_work) > CONTRADICTS).mean() < 0.8


def test_nothing_is_described_outside_the_picture(photos):
    work = work_of(photos[0].read_bytes())
    grey = np.random.default_rng(1).integers(0, 255, (100, 100)).astype(np.uint8)
    far = np.array([[1, 0, 5 * FINE_SIDE], [0, 1, 0], [0, 0, 1.0]])
    assert len(redescribed(grey, work, far)) == 0


@pytest.mark.parametrize(
    ("picture", "because"),
    [
        (Image.new("RGB", (600, 400), (40, 90, 160)), "uniform"),
        (Image.linear_gradient("L").resize((600, 400)).convert("RGB"), "details"),
        (dotted(), "uniform"),
        (checks(), "repeat"),
        (diploma("Wilhelmina Okafor"), None),
    ],
    ids=["one colour", "gradient", "a dot", "checks", "diploma"],
)
def test_who_registers_what_cannot_be_found_learns_why(picture, because):
    reason = reason_for(picture)
    assert reason is None if because is None else because in reason


def test_photographs_are_monitored_and_no_graphics(photos):
    for path in photos:
        public, thumbnail = fingerprint(load_picture(path.read_bytes()))
        pixels = decode_thumbnail(thumbnail)
        assert why_not_monitored(public, pixels) is None
        assert not character(pixels).graphic, path.name


def test_a_graphic_that_its_own_picture_does_not_show_is_not_called_monitored():
    draw, size = KINDS["slides"]
    place = list(KINDS).index("slides")
    engine, slides, reasons = matcher(), {}, {}
    for content in range(12):
        file = io.BytesIO()
        drawn_from(draw, size, (20290101, place, 0), content).save(file, "PNG")
        slides[str(content)] = file.getvalue()
        reasons[str(content)] = engine.add(str(content), file.getvalue())
    assert 1 <= sum(reason == NOT_RECOGNISED for reason in reasons.values()) <= 6
    for name, data in slides.items():
        assert reasons[name] is not None or name in {work for work, score in engine.query(data) if score >= 0.85}


def test_a_work_that_is_not_monitored_is_not_searched_for():
    public, thumbnail = fingerprint(load_picture(png(checks())))
    with Matcher() as matcher:
        assert "repeat" in matcher.add("checks", public.to_bytes(), thumbnail)
        assert matcher.query(png(checks())) == [] and len(matcher.works) == 0
