"""The readers of strangers' bytes, shortly; `scripts/soak --only readers` runs the same for long."""

from oracle.store.car import CarFolder
from scripts.soaking import readers


def test_whatever_comes_is_read_or_refused(tmp_path):
    figures, passed = readers.run(120, 20261125, CarFolder(tmp_path))
    assert passed, figures
    assert figures["refused"] > 100 and figures["inputs"] > 1000
