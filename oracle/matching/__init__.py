"""The matching engine; README.md beside this file is its map."""

import faiss
import numpy  # noqa: F401  (its matrix library must be loaded to be limited)
from threadpoolctl import threadpool_limits

# The engine's matrices are small: further threads would only wait, spinning, and double the processor time. Whoever
# wants more cores takes more processes.
threadpool_limits(limits=1, user_api="blas")
faiss.omp_set_num_threads(1)
