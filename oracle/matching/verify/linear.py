"""Products of matrices that keep to the thread that asks for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

# The engine's matrices are small: further threads would only wait, spinning, and double the processor time. Whoever
# wants more cores takes more processes.
threadpool_limits(limits=1, user_api="blas")


def products(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """n × m scalar products of the rows of n × d and m × d."""
    return np.asarray(one @ other.T, np.float32)
