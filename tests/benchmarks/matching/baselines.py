"""Known methods to compare with: pHash, PDQ, and ORB with a geometric check. Each is an index of whole pictures."""

from __future__ import annotations

import io
from typing import Protocol

import cv2
import faiss
import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

MOST = 20  # answers a query, as a register's search would show
Answer = list[tuple[str, float]]
Bytes = NDArray[np.uint8]


class Matcher(Protocol):
    """An index. `finish` is called once, after the last picture was added; scores rise with likeness."""

    def add(self, name: str, data: bytes) -> None: ...
    def finish(self) -> None: ...
    def query(self, data: bytes) -> Answer: ...


class PHash:
    """imagehash's 64-bit DCT hash; the score is the share of equal bits."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.hashes: list[Bytes] = []

    def add(self, name: str, data: bytes) -> None:
        self.names.append(name)
        self.hashes.append(self._hash(data))

    def finish(self) -> None:
        self.table = np.stack(self.hashes)

    def query(self, data: bytes) -> Answer:
        return _nearest(self.names, _distances(self.table, self._hash(data)), 64)

    @staticmethod
    def _hash(data: bytes) -> Bytes:
        return np.packbits(imagehash.phash(Image.open(io.BytesIO(data)).convert("RGB")).hash)


class PDQ:
    """Meta's 256-bit hash; a query is asked in its eight orientations, and the nearest counts."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.hashes: list[Bytes] = []

    def add(self, name: str, data: bytes) -> None:
        bits, _ = pdqhash.compute(_decoded(data, cv2.IMREAD_COLOR_RGB))
        self.names.append(name)
        self.hashes.append(np.packbits(bits))

    def finish(self) -> None:
        self.table = np.stack(self.hashes)

    def query(self, data: bytes) -> Answer:
        turns, _ = pdqhash.compute_dihedral(_decoded(data, cv2.IMREAD_COLOR_RGB))
        distances = [_distances(self.table, np.packbits(bits)) for bits in turns]
        return _nearest(self.names, np.min(distances, axis=0), 256)


class ORB:
    """500 features, brute-force Hamming, ratio test against other pictures, a vote, and RANSAC for the best voted.

    The score is the number of points that agree on one homography. Half a second a query over 400,000 features.
    """

    FEATURES = 500
    RATIO = 0.85
    VERIFIED = 10
    LEAST_VOTES = 5

    def __init__(self) -> None:
        self.detector = cv2.ORB_create(self.FEATURES)
        self.names: list[str] = []
        self.points: list[NDArray[np.float32]] = []
        self.owners: list[int] = []
        self.places: list[int] = []
        self.index = faiss.IndexBinaryFlat(256)
        self.index.use_heap = False  # counting is quicker than heaps where the distance is a small whole number

    def add(self, name: str, data: bytes) -> None:
        points, descriptors = self._features(data)
        self.owners += [len(self.names)] * len(points)
        self.places += range(len(points))
        self.names.append(name)
        self.points.append(points)
        if len(points):
            self.index.add(descriptors)

    def finish(self) -> None:
        self.owner, self.place = np.array(self.owners), np.array(self.places)

    def query(self, data: bytes) -> Answer:
        points, descriptors = self._features(data)
        if len(points) < self.LEAST_VOTES:
            return []
        distances, found = self.index.search(descriptors, 2)
        owners = self.owner[found]
        second = np.where(owners[:, 1] != owners[:, 0], distances[:, 1], 256)
        good = distances[:, 0] < self.RATIO * second
        votes = np.bincount(owners[good, 0], minlength=len(self.names))
        answer = []
        for work in np.argsort(-votes, kind="stable")[: self.VERIFIED]:
            if votes[work] < self.LEAST_VOTES:
                break
            mine = good & (owners[:, 0] == work)
            there = self.points[work][self.place[found[mine, 0]]]
            _, agreeing = cv2.findHomography(points[mine], there, cv2.RANSAC, 5.0)
            if agreeing is not None:
                answer.append((self.names[work], float(agreeing.sum())))
        return answer

    def _features(self, data: bytes) -> tuple[NDArray[np.float32], Bytes]:
        found, descriptors = self.detector.detectAndCompute(_decoded(data, cv2.IMREAD_GRAYSCALE), None)
        if not found:
            return np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8)
        return np.array([point.pt for point in found], np.float32), descriptors


BASELINES = {"phash": PHash, "pdq": PDQ, "orb": ORB}


def _decoded(data: bytes, flags: int) -> Bytes:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), flags), np.uint8)


def _distances(table: Bytes, one: Bytes) -> NDArray[np.int64]:
    return np.bitwise_count(table ^ one).sum(axis=1, dtype=np.int64)


def _nearest(names: list[str], distances: NDArray[np.int64], bits: int) -> Answer:
    nearest = np.argsort(distances, kind="stable")[:MOST]
    return [(names[i], 1 - float(distances[i]) / bits) for i in nearest]
