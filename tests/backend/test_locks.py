"""One process at a time."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from backend.core.database import transaction
from backend.core.locks import Lock, try_lock, wait_for_lock


def test_a_transaction_holds_a_lock_until_it_ends(backend):
    with transaction() as one:
        assert try_lock(one, Lock.REPORTS)
        with transaction() as other:
            assert not try_lock(other, Lock.REPORTS)
            assert try_lock(other, Lock.CONTESTS)
    with transaction() as later:
        assert try_lock(later, Lock.REPORTS)


def test_who_waits_for_a_lock_gets_it_when_it_is_free(backend):
    held, got = Event(), Event()

    def wait():
        held.wait(10)
        with transaction() as other:
            wait_for_lock(other, Lock.INDEX)
            got.set()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wait)
        with transaction() as one:
            wait_for_lock(one, Lock.INDEX)
            held.set()
            assert not got.wait(0.3)
        waiting.result(timeout=10)
    assert got.is_set()


def test_no_two_locks_have_one_number():
    assert len({lock.value for lock in Lock.__members__.values()}) == len(Lock.__members__)
