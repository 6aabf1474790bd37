"""The oracle: a library that crawls, fingerprints, matches, secures evidence and reports it, and the node built on it.

Rooms, in the order in which a picture passes through them: `crawl`, `matching`, `evidence`, `report`; beside them
`store` (content by its hash), `chain` (contracts and signatures) and `node` (the process that runs them all).
"""

import os
import platform

# OpenCV picks its code by the processor, and so the last bit of its rounding. Without AVX-512, which gains nothing,
# fingerprints are the same bytes on all x86-64 processors with AVX2. It reads this when it is loaded.
if platform.machine() in ("x86_64", "AMD64"):
    os.environ.setdefault("OPENCV_CPU_DISABLE", "AVX512-SKX,AVX512-COMMON,AVX512-ICL")
