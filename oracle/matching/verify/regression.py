"""Logistic regressions that `scripts/train verdict` fitted, by name, from verdict.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Regression:
    """A chance from numbers, each standardised by its mean and deviation first."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def chance(self, numbers: NDArray[np.float64]) -> float:
        """0 … 1."""
        margin = float((numbers - self.mean) / self.deviation @ self.weights + self.bias)
        return float(1.0 / (1.0 + np.exp(-np.clip(margin, -30, 30))))


@cache
def trained(name: str, numbers: tuple[str, ...]) -> Regression:
    """The regression of that name. Raises ValueError if it was fitted to other numbers."""
    found = _file()[name]
    if tuple(found["names"]) != numbers:
        raise ValueError(f"verdict.json was trained on different numbers for {name}: run scripts/train verdict")
    mean, deviation, weights = (np.array(found[part], np.float64) for part in ("mean", "deviation", "weights"))
    return Regression(mean, deviation, weights, float(found["bias"]))


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("oracle.matching.verify").joinpath("verdict.json").read_text())
    return found
