"""Works on disk and in the index: nothing acknowledged is lost, and the index may change while it is asked."""

import os
import random
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from oracle.matching.describe.fingerprint import BadFingerprintError, fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.index import catalogue, codebook, segments
from oracle.matching.index.catalogue import SHELF
from oracle.matching.index.segment_file import BadSegmentError, SegmentFile, fresh_lists, joined_lists, write_segment
from oracle.matching.index.shelf import ADDED, DamagedShelfError, Shelf
from oracle.matching.verify.decision import MatchClass
from oracle.pictures.normalise import load_picture


@pytest.fixture(scope="module")
def prints(photos):
    """(name, fingerprint, thumbnail) of each photograph."""
    made = [(path.name, *fingerprint(load_picture(path.read_bytes()))) for path in photos[:6]]
    return [(name, public.to_bytes(), thumbnail) for name, public, thumbnail in made]


def found(matcher, path):
    return [m.work_id for m in matcher.query(path.read_bytes()) if m.match_class is MatchClass.COPY]


def test_what_was_added_is_there_after_a_restart(tmp_path, prints, photos):
    with Matcher(tmp_path) as matcher:
        for entry in prints:
            matcher.add(*entry)
        matcher.remove(prints[1][0])
    assert list(tmp_path.glob("*.segment"))
    with Matcher(tmp_path) as again:
        assert len(again.works) == len(prints) - 1
        assert found(again, photos[0]) == [prints[0][0]]
        assert found(again, photos[1]) == []
        again.add(*prints[1])
        assert found(again, photos[1]) == [prints[1][0]]


def test_adding_a_work_again_replaces_it(tmp_path, prints, photos):
    with Matcher(tmp_path) as matcher:
        matcher.add("w", *prints[0][1:])
        matcher.add("w", *prints[1][1:])
        assert len(matcher.works) == 1
        assert found(matcher, photos[0]) == []
        assert found(matcher, photos[1]) == ["w"]
    with Matcher(tmp_path) as again:
        assert found(again, photos[0]) == []
        assert found(again, photos[1]) == ["w"]


def test_segments_are_merged_and_hold_everything(tmp_path, prints, photos, monkeypatch):
    monkeypatch.setattr(catalogue, "SEAL_AT", 1)
    with Matcher(tmp_path) as matcher:
        for entry in prints:
            matcher.add(*entry)
        assert len(list(tmp_path.glob("*.segment"))) == 1
        for (name, *_), path in zip(prints, photos, strict=False):
            assert found(matcher, path) == [name]
    with Matcher(tmp_path) as again:
        for (name, *_), path in zip(prints, photos, strict=False):
            assert found(again, path) == [name]


def test_a_large_segment_is_not_written_anew_for_a_work_or_two(tmp_path, prints):
    for entry in prints:
        with Matcher(tmp_path) as matcher:
            for copy in range(20):
                matcher.add(f"{entry[0]} {copy}", *entry[1:])
    [large] = tmp_path.glob("*.segment")
    with Matcher(tmp_path) as matcher:
        matcher.add("one more", *prints[0][1:])
    sizes = [SegmentFile(path).codes for path in sorted(tmp_path.glob("*.segment"))]
    assert large.exists() and len(sizes) == 2 and sizes[0] > segments.LARGER * sizes[1]


def test_without_its_segments_the_index_is_made_anew(tmp_path, prints, photos):
    with Matcher(tmp_path) as matcher:
        for entry in prints:
            matcher.add(*entry)
    for segment in tmp_path.glob("*.segment"):
        segment.unlink()
    with Matcher(tmp_path) as again:
        assert found(again, photos[2]) == [prints[2][0]]


@pytest.mark.parametrize("cut", [1, 20, 5000])
def test_a_half_written_record_is_dropped_and_the_rest_kept(tmp_path, prints, cut):
    with Matcher(tmp_path) as matcher:
        for entry in prints[:3]:
            matcher.add(*entry)
    for segment in tmp_path.glob("*.segment"):
        segment.unlink()
    file = tmp_path / SHELF
    os.truncate(file, file.stat().st_size - cut)
    with Matcher(tmp_path) as again:
        assert len(again.works) == 2
        again.add(*prints[2])
        assert len(again.works) == 3


def test_a_changed_byte_in_the_last_record_is_noticed(tmp_path):
    path = tmp_path / SHELF
    with Shelf(path) as shelf:
        shelf.append(ADDED, "one", b"1" * 50)
        shelf.append(ADDED, "two", b"2" * 50)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with Shelf(path) as again:
        assert [work_id for _, _, work_id in again.records()] == ["one"]


def test_other_files_and_second_writers_are_refused(tmp_path, prints):
    (tmp_path / SHELF).write_bytes(b"something else entirely")
    with pytest.raises(DamagedShelfError, match="move it away"):
        Matcher(tmp_path)
    other = tmp_path / "other"
    with Matcher(other) as matcher:
        with pytest.raises(DamagedShelfError, match="another process"):
            Matcher(other)
        with pytest.raises(BadFingerprintError):
            matcher.add("w", b"no fingerprint", prints[0][2])
        with pytest.raises(BadFingerprintError):
            matcher.add("w", prints[0][1], b"no thumbnail")
        assert len(matcher.works) == 0
    with pytest.raises(DamagedShelfError, match="add works first"):
        Matcher(tmp_path / "nowhere", read_only=True)


def test_a_reader_sees_what_a_writer_adds(tmp_path, prints, photos):
    with Matcher(tmp_path) as writer:
        writer.add(*prints[0])
        with Matcher(tmp_path, read_only=True) as reader:
            assert found(reader, photos[0]) == [prints[0][0]]
            writer.add(*prints[1])
            writer.remove(prints[0][0])
            reader.refresh()
            assert found(reader, photos[1]) == [prints[1][0]]
            assert found(reader, photos[0]) == []


def test_works_come_and_go_while_pictures_are_asked(tmp_path, prints, photos):
    stop = threading.Event()
    problems = []

    def ask():
        while not stop.is_set():
            try:
                answer = found(matcher, photos[0])
                assert answer == [prints[0][0]], answer
            except Exception as problem:
                problems.append(problem)
                return

    with Matcher(tmp_path) as matcher:
        matcher.add(*prints[0])
        thread = threading.Thread(target=ask)
        thread.start()
        for turn in range(12):
            name, *files = prints[1 + turn % 4]
            matcher.add(name, *files)
            if turn % 3 == 0:
                matcher.works.seal()
            if turn % 2:
                matcher.remove(name)
        stop.set()
        thread.join()
    assert problems == []


WRITER = """
import sys
from pathlib import Path
from oracle.matching.engine import Matcher
public, thumbnail = (Path(p).read_bytes() for p in sys.argv[2:4])
matcher = Matcher(Path(sys.argv[1]))
for number in range(100_000):
    matcher.add(f"work-{number}", public, thumbnail)
    print(number, flush=True)
"""


def test_a_killed_process_loses_no_acknowledged_work(tmp_path, prints):
    """kill -9 at three random moments; each time all that was acknowledged is there, and at most one more."""
    for name, data in zip(("public", "thumbnail"), prints[0][1:], strict=True):
        (tmp_path / name).write_bytes(data)
    chance = random.Random(4)
    for turn in range(3):
        folder = tmp_path / f"turn-{turn}"
        command = [sys.executable, "-c", WRITER, str(folder), str(tmp_path / "public"), str(tmp_path / "thumbnail")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        acknowledged = [int(process.stdout.readline()) for _ in range(chance.randrange(3, 30))]
        time.sleep(chance.random() / 20)
        process.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in process.stdout]
        process.wait()
        with Matcher(folder) as matcher:
            assert len(acknowledged) <= len(matcher.works) <= len(acknowledged) + 1
            assert all(f"work-{number}" in matcher.works for number in acknowledged)


def codes(numbers, descriptors):
    made = codebook.new_segment()
    made.add_with_ids(descriptors.astype(np.float32), numbers)
    return made


def nearest(asked, *segments):
    """(distance, payload) of all that the segments hold near to what is asked, nearest first."""
    found = []
    for segment in segments:
        segment.nprobe = 3
        for row in zip(*segment.search(asked.astype(np.float32), 10_000), strict=True):
            found += [(float(d), int(i)) for d, i in zip(*row, strict=True) if i >= 0]
    return sorted(found)


@pytest.mark.parametrize("counts", [(3000, 5000, 37), (32, 1), (31, 33, 64), (512, 512, 1), (0, 5)])
def test_segments_answer_from_disk_and_put_together_as_they_did_in_memory(tmp_path, counts):
    chance = np.random.default_rng(7)
    centres = chance.integers(0, 120, (60, 128))
    made, first = [], 0
    for count in counts:
        near = centres[chance.integers(60, size=count)] + chance.integers(-9, 10, (count, 128))
        made.append(codes(np.arange(first, first + count), np.clip(near, 0, 255)))
        first += count
    expected = nearest(centres, *made)
    assert expected
    files = []
    for at, segment in enumerate(made):
        path = tmp_path / f"{at}.segment"
        write_segment(path, np.array([[at, 100 * at]]), fresh_lists(segment))
        files.append(SegmentFile(path))
    assert nearest(centres, *(file.index() for file in files)) == expected
    write_segment(tmp_path / "whole.segment", np.concatenate([f.works for f in files]), joined_lists(files))
    whole = SegmentFile(tmp_path / "whole.segment")
    assert nearest(centres, whole.index()) == expected
    assert whole.works.tolist() == [[at, 100 * at] for at in range(len(counts))]
    assert whole.sizes.sum() == whole.index().ntotal == sum(counts)


def cut(path):
    os.truncate(path, path.stat().st_size - 1)


def emptied(path):
    path.write_bytes(b"")


def of_something_else(path):
    path.write_bytes(b"CTSHELF1" + bytes(path.stat().st_size - 8))


def of_other_sizes(path):
    data = bytearray(path.read_bytes())
    data[24:28] = b"\xff\xff\xff\x00"
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [cut, emptied, of_something_else, of_other_sizes])
def test_a_damaged_segment_is_made_anew(tmp_path, prints, photos, damage):
    with Matcher(tmp_path) as matcher:
        for entry in prints:
            matcher.add(*entry)
    [path] = tmp_path.glob("*.segment")
    damage(path)
    with pytest.raises(BadSegmentError):
        SegmentFile(path)
    with Matcher(tmp_path, read_only=True) as reader:
        assert found(reader, photos[2]) == [prints[2][0]]
    assert path.exists()
    with Matcher(tmp_path) as again:
        assert found(again, photos[2]) == [prints[2][0]]
        assert not path.exists()


def test_segments_that_a_crash_left_beside_the_one_made_of_them_are_dropped(tmp_path, prints, photos, monkeypatch):
    monkeypatch.setattr(catalogue, "SEAL_AT", 1)
    kept = {}
    with Matcher(tmp_path) as matcher:
        for entry in prints[:4]:
            matcher.add(*entry)
            kept |= {path: path.read_bytes() for path in tmp_path.glob("*.segment")}
    [whole] = tmp_path.glob("*.segment")
    for path, data in kept.items():
        path.write_bytes(data)
    with Matcher(tmp_path) as again:
        assert list(tmp_path.glob("*.segment")) == [whole]
        for (name, *_), path in zip(prints[:4], photos, strict=False):
            assert found(again, path) == [name]
