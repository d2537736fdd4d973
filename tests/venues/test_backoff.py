from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.venues.backoff import Backoff


@given(st.integers(0, 2**32), st.integers(1, 10**9), st.integers(0, 10**10), st.integers(1, 80))
def test_waits_lie_between_nothing_and_a_ceiling_that_doubles(
    seed: int, base_ns: int, more_ns: int, tries: int
) -> None:
    backoff = Backoff(Random(seed), base_ns, base_ns + more_ns)
    for k in range(tries):
        assert backoff.ceiling_ns() == min(base_ns + more_ns, base_ns << min(k, 63))
        assert 0 <= backoff.wait_ns() <= min(base_ns + more_ns, base_ns << min(k, 63))


def test_the_first_wait_after_a_success_is_short_again() -> None:
    backoff = Backoff(Random(1), 100, 10**6)
    for _ in range(10):
        backoff.wait_ns()
    backoff.succeeded()
    assert backoff.ceiling_ns() == 100


def test_clients_that_were_cut_off_together_come_back_apart() -> None:
    waits = {Backoff(Random(seed)).wait_ns() for seed in range(100)}
    assert len(waits) == 100


@pytest.mark.parametrize(("base_ns", "max_ns"), [(0, 1), (-1, 5), (6, 5)])
def test_waits_that_make_no_sense_are_refused(base_ns: int, max_ns: int) -> None:
    with pytest.raises(ValueError, match="backoff"):
        Backoff(Random(1), base_ns, max_ns)
