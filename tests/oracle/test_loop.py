"""A loop goes on after every failure, and stops when it is told to."""

import time
from threading import Event, Thread

import pytest

from oracle.errors import OracleError
from oracle.loop import run_until


def ran(steps, **options):
    """How long the loop took for these steps: an answer, or a failure to raise. It stops after the last one."""
    stop, left = Event(), list(steps)

    def step():
        now = left.pop(0)
        if not left:
            stop.set()
        if isinstance(now, Exception):
            raise now
        return now

    started = time.monotonic()
    run_until(stop, step, "trying", **options)
    assert not left
    return time.monotonic() - started


def test_there_is_no_pause_while_there_is_work():
    assert ran([True] * 200, idle=5) < 1


@pytest.mark.parametrize("nothing", [False, None])
def test_it_rests_while_there_is_none(nothing):
    assert ran([nothing, nothing, True], idle=0.2) >= 0.39


@pytest.mark.parametrize("failure", [OracleError("the endpoint does not answer"), ValueError("a bug")])
def test_it_goes_on_after_a_failure(failure):
    assert 0.19 <= ran([failure, True], idle=9, after_failure=0.2) < 5


def test_what_may_have_broken_is_put_away_after_each_failure():
    put_away = []
    ran([True, OracleError("not now"), ValueError("dead")], after_failure=0, on_failure=lambda: put_away.append(1))
    assert put_away == [1, 1]


def test_a_resting_loop_stops_at_once():
    stop = Event()
    loop = Thread(target=run_until, args=(stop, lambda: False, "resting", 60))
    loop.start()
    time.sleep(0.1)
    stop.set()
    loop.join(timeout=2)
    assert not loop.is_alive()
