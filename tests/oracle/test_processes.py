"""The matcher over several processes answers as one does."""

import pytest

from oracle.errors import BadImageError, OracleError
from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.processes import ProcessLostError, Replicas, Shards
from oracle.pictures.normalise import load_picture
from tests.conftest import noise


@pytest.fixture(scope="module")
def prints(photos):
    made = [(path.name, *fingerprint(load_picture(path.read_bytes()))) for path in photos[:5]]
    return [(name, public.to_bytes(), thumbnail) for name, public, thumbnail in made]


def names(matches):
    return [match.work_id for match in matches]


def test_replicas_answer_in_order_and_see_new_works(tmp_path, prints, photos):
    pictures = [path.read_bytes() for path in photos[:5]] + [noise(1, (300, 300))]
    with Matcher(tmp_path) as writer:
        for entry in prints[:4]:
            writer.add(*entry)
        with Replicas(tmp_path, 2) as group:
            expected = [[name] for name, *_ in prints[:4]] + [[], []]
            assert [names(found) for found in group.query_all(pictures)] == expected
            writer.add(*prints[4])
            group.refresh()
            assert names(next(group.query_all([pictures[4]]))) == [prints[4][0]]
            with pytest.raises(BadImageError):
                list(group.query_all([b"no picture"]))


def test_shards_hold_their_share_and_merge_their_answers(tmp_path, prints, photos):
    with Shards(tmp_path, 2) as group:
        for entry in prints:
            group.add(*entry)
        for (name, *_), path in zip(prints, photos, strict=False):
            assert names(group.query(path.read_bytes())) == [name]
        group.remove(prints[0][0])
        assert group.query(photos[0].read_bytes()) == []
    held = []
    for number in range(2):
        with Matcher(tmp_path / f"shard-{number}") as part:
            held.append(len(part.works))
    assert sum(held) == 4 and all(held)
    with pytest.raises(OracleError, match="open it with 2"):
        Shards(tmp_path, 3)


def test_a_lost_process_is_told(tmp_path, prints, photos):
    with Shards(tmp_path, 2) as group:
        group.add(*prints[0])
        group._members[0]._process.kill()
        with pytest.raises(ProcessLostError, match="nothing that was added is lost"):
            group.query(photos[0].read_bytes())
    with Shards(tmp_path, 2) as again:
        assert names(again.query(photos[0].read_bytes())) == [prints[0][0]]
