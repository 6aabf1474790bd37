"""The figures of the matching benchmark are what they are called, and never kinder than the predictions."""

import math

import pytest

from tests.benchmarks.matching.measure import (
    Prediction,
    at_threshold,
    by_family,
    false_hits,
    judge,
    micro_average_precision,
    pairs,
    recall_at_precision,
    without_siblings,
)
from tests.benchmarks.matching.photos import Photo, siblings
from tests.benchmarks.matching.queries import COPY, NEGATIVE, Query, read_queries, write_queries

COPIES = [
    Query("1", "crop", COPY, "", "a", ("a",), ("a2",)),
    Query("2", "crop", COPY, "", "b", ("b",)),
    Query("3", "collage", COPY, "", "a", ("a", "b")),
]
STRANGER = Query("4", "unrelated, unedited", NEGATIVE, "unrelated", "x")
FRAME = Query("5", "burst, unedited", NEGATIVE, "burst", "y", (), ("a", "a2"))
QUERIES = [*COPIES, STRANGER, FRAME]
RIGHT = [Prediction("1", "a", 0.9), Prediction("2", "b", 0.8), Prediction("3", "a", 0.7), Prediction("3", "b", 0.6)]


def test_finding_every_pair_first_is_perfect():
    judged = judge(QUERIES, [*RIGHT, Prediction("4", "a", 0.1)])
    assert pairs(QUERIES) == 4
    assert micro_average_precision(judged, 4) == 1
    assert recall_at_precision(judged, 4, 1.0).recall == 1
    assert recall_at_precision(judged, 4, 1.0).threshold == 0.6


def test_average_precision_is_the_mean_precision_at_each_found_pair():
    judged = judge(QUERIES, [RIGHT[0], Prediction("4", "a", 0.85), RIGHT[1]])
    assert micro_average_precision(judged, 4) == pytest.approx((1 + 2 / 3) / 4)


def test_false_answers_of_equal_score_count_before_true_ones():
    judged = judge(QUERIES, [RIGHT[0], Prediction("4", "a", 0.9)])
    assert micro_average_precision(judged, 4) == pytest.approx((1 / 2) / 4)
    assert recall_at_precision(judged, 4, 0.6).recall == 0
    assert recall_at_precision(judged, 4, 0.5).recall == 0.25


def test_a_threshold_may_lie_beyond_a_false_answer_if_precision_recovers():
    judged = judge(QUERIES, [Prediction("4", "a", 0.95), *RIGHT])
    assert recall_at_precision(judged, 4, 0.8).recall == 1
    assert recall_at_precision(judged, 4, 0.8).precision == 0.8
    assert recall_at_precision(judged, 4, 0.81) == recall_at_precision([], 4, 0.81)


def test_without_answers_nothing_is_found_and_nothing_is_wrong():
    found = recall_at_precision([], 4, 0.999)
    assert (found.recall, found.threshold) == (0, math.inf)
    assert micro_average_precision([], 4) == 0
    assert at_threshold([], 4, 0.5).precision == 1


def test_siblings_are_false_only_in_the_strict_view():
    judged = judge(QUERIES, [Prediction("1", "a2", 0.99), *RIGHT, Prediction("5", "a", 0.65)])
    assert recall_at_precision(judged, 4, 0.999).recall == 0
    assert recall_at_precision(without_siblings(judged), 4, 0.999).recall == 1
    assert micro_average_precision(judged, 4) < micro_average_precision(without_siblings(judged), 4) == 1


def test_a_pair_that_is_answered_twice_counts_once_with_its_best_score():
    judged = judge(QUERIES, [Prediction("1", "a", 0.2), RIGHT[0], Prediction("1", "a", 0.3)])
    assert [(j.reference, j.score) for j in judged] == [("a", 0.9)]


def test_an_answer_to_a_query_that_nobody_asked_is_an_error():
    with pytest.raises(KeyError):
        judge(QUERIES, [Prediction("99", "a", 0.5)])


def test_a_threshold_takes_what_scores_as_much():
    judged = judge(QUERIES, [*RIGHT, Prediction("4", "a", 0.7)])
    found = at_threshold(judged, 4, 0.7)
    assert (found.recall, found.precision) == (0.75, 0.75)


def test_families_come_with_the_worst_first_and_name_what_they_miss():
    cells = by_family(QUERIES, judge(QUERIES, RIGHT), 0.7)
    assert [(c.family, c.pairs, c.found, c.recall) for c in cells] == [("collage", 2, 1, 0.5), ("crop", 2, 2, 1.0)]
    assert cells[0].missed == ("3 → b",)


def test_false_hits_are_told_by_kind():
    wrong = [
        Prediction("4", "a", 0.9),
        Prediction("5", "a", 0.9),
        Prediction("1", "a2", 0.9),
        Prediction("1", "b", 0.9),
    ]
    told = false_hits(judge(QUERIES, [*RIGHT, *wrong, Prediction("2", "a", 0.1)]), 0.5)
    assert {kind: len(hits) for kind, hits in told.items()} == {
        "unrelated": 1,
        "burst": 1,
        "copy's sibling": 1,
        "copy": 1,
    }


def test_queries_survive_the_file(tmp_path):
    write_queries(tmp_path, QUERIES)
    assert read_queries(tmp_path) == QUERIES


def test_siblings_are_other_references_of_the_same_scene_or_burst():
    frame, other = Photo("refs_burst/1", "refs_burst", "walk", "1"), Photo("refs_burst/2", "refs_burst", "walk", "2")
    negative, stock = Photo("neg_burst/3", "neg_burst", "walk", "3"), Photo("refs_orig/4", "refs_orig", "stock", "4")
    alike = Photo("refs_orig/5", "refs_orig", "stock", "5")
    photos = [frame, other, negative, stock, alike]
    assert siblings(frame, photos) == ["refs_burst/2"]
    assert siblings(negative, photos) == ["refs_burst/1", "refs_burst/2"]
    assert siblings(stock, photos) == []
