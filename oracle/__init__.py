"""The oracle: a library that crawls, fingerprints, matches, secures evidence and reports it, and the node built on it.

Rooms, in the order in which a picture passes through them: `crawl`, `matching`, `evidence`, `report`; beside them
`store` (content by its hash), `chain` (contracts and signatures) and `node` (the process that runs them all).
"""

import os
import platform

# OpenCV and Intel's library in it pick their code by the processor, and so the last bit of their rounding. Without the
# library, and without AVX-512, which gains nothing, fingerprints are the same bytes on all x86-64 processors with AVX2.
# OpenCV reads this when it is loaded; `cv2.ipp.setUseIPP` would hold for one thread only.
os.environ["OPENCV_IPP"] = "disabled"
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # it warns that it was told so
if platform.machine() in ("x86_64", "AMD64"):
    os.environ["OPENCV_CPU_DISABLE"] = "AVX512-SKX,AVX512-COMMON,AVX512-ICL"
