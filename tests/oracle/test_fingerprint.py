"""The fingerprint of a work: a file that is the same everywhere, small, and readable by later versions."""

import hashlib
import os
import platform
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from oracle.matching.describe.fingerprint import (
    MAX_BYTES,
    BadFingerprintError,
    Fingerprint,
    decode_thumbnail,
    fingerprint,
)
from oracle.matching.engine import Matcher
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.normalise import load_picture
from tests.conftest import jpeg, noise

# Written by engine version 2 from the first photograph of the demonstration; never to be written again.
KEPT = Path(__file__).parent / "kept/fingerprint-2.ctfp"

DIGESTS = """
import hashlib, sys
from pathlib import Path
from oracle.matching.describe.fingerprint import fingerprint
from oracle.pictures.normalise import load_picture
for name in sys.argv[1:]:
    public, thumbnail = fingerprint(load_picture(Path(name).read_bytes()))
    print(hashlib.sha256(public.to_bytes() + thumbnail).hexdigest())
"""


def digest(data: bytes) -> str:
    public, thumbnail = fingerprint(load_picture(data))
    return hashlib.sha256(public.to_bytes() + thumbnail).hexdigest()


def test_a_fingerprint_is_the_same_on_every_run_and_small(photos):
    for path in photos[:4]:
        picture = load_picture(path.read_bytes())
        one, thumbnail = fingerprint(picture)
        two, again = fingerprint(load_picture(path.read_bytes()))
        assert one.to_bytes() == two.to_bytes() and thumbnail == again
        assert len(one.to_bytes()) + len(thumbnail) <= MAX_BYTES
        assert max(decode_thumbnail(thumbnail).shape) == 256


def test_a_fingerprint_survives_writing_and_reading(photos):
    public, _ = fingerprint(load_picture(photos[0].read_bytes()))
    read = Fingerprint.from_bytes(public.to_bytes())
    assert read.to_bytes() == public.to_bytes()
    assert np.array_equal(read.features.descriptors, public.features.descriptors)


def test_broken_fingerprints_are_refused(photos):
    public, thumbnail = fingerprint(load_picture(photos[0].read_bytes()))
    whole = public.to_bytes()
    for broken in (b"", b"CTFP", whole[:-1], whole + b"x", b"XXXX" + whole[4:], whole[:4] + b"\x63" + whole[5:]):
        with pytest.raises(BadFingerprintError):
            Fingerprint.from_bytes(broken)
    for broken in (b"", b"no jpeg", thumbnail[:10]):
        with pytest.raises(BadFingerprintError):
            decode_thumbnail(broken)


def test_a_fingerprint_does_not_depend_on_the_thread(photos):
    """A service makes it in one of many threads, and Intel's library is on or off for each of them."""
    pictures = [*(path.read_bytes() for path in photos), *(noise(seed) for seed in range(20))]
    with ThreadPoolExecutor(1) as pool:
        there = list(pool.map(digest, pictures))
    assert there == [digest(data) for data in pictures]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="promised for one architecture; this one is tried here")
def test_a_fingerprint_does_not_depend_on_the_processor(photos):
    """As on a machine with AVX2 only, for NumPy and for whatever OpenCV is told by its surroundings."""
    plain = {
        "OPENCV_CPU_DISABLE": "AVX512-SKX,AVX512-COMMON,AVX512-ICL,AVX2",
        "OPENCV_IPP": "avx2",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX512_SPR",
    }
    command = [sys.executable, "-W", "ignore", "-c", DIGESTS, *map(str, photos)]
    told = subprocess.run(command, env={**os.environ, **plain}, capture_output=True, text=True, check=True, timeout=120)
    assert told.stdout.split() == [digest(path.read_bytes()) for path in photos]


def test_a_file_of_this_version_stays_readable_and_useful(photos):
    kept = Fingerprint.from_bytes(KEPT.read_bytes())
    picture = load_picture(photos[0].read_bytes())
    assert (kept.engine_version, len(kept.features)) == (2, 379)
    assert (kept.width, kept.height) == (picture.width, picture.height)
    _, thumbnail = fingerprint(picture)
    with Matcher() as matcher:
        matcher.add("kept", KEPT.read_bytes(), thumbnail)
        found = matcher.query(jpeg(Image.open(photos[0]).resize((300, 420)), 60))
    assert [(m.work_id, m.match_class) for m in found] == [("kept", MatchClass.COPY)]
