import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.venues.budget import Budget

REQUESTS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 60), st.booleans()), min_size=1, max_size=80
)


@given(REQUESTS)
def test_no_interval_wherever_it_begins_holds_more_than_the_limit(
    requests: list[tuple[int, int, bool]],
) -> None:
    budget = Budget([(1000, 100), (5000, 300)])
    now_ns, spent = 0, []
    for step_ns, weight, urgent in requests:
        now_ns += step_ns
        if budget.take(weight, now_ns, urgent=urgent):
            spent.append((now_ns, weight))
        for interval_ns, most in ((1000, 100), (5000, 300)):
            held = sum(w for at_ns, w in spent if at_ns > now_ns - interval_ns)
            assert held <= most


@given(REQUESTS)
def test_what_must_wait_may_go_when_the_wait_is_over(
    requests: list[tuple[int, int, bool]],
) -> None:
    budget = Budget([(1000, 100)])
    now_ns = 0
    for step_ns, weight, urgent in requests:
        now_ns += step_ns
        wait_ns = budget.wait_ns(weight, now_ns, urgent=urgent)
        assert budget.take(weight, now_ns, urgent=urgent) == (wait_ns == 0)
        if wait_ns > 1:
            assert budget.wait_ns(weight, now_ns + wait_ns - 1, urgent=urgent) > 0
        if wait_ns > 0:
            assert budget.wait_ns(weight, now_ns + wait_ns, urgent=urgent) == 0


def test_the_reserve_is_for_what_is_urgent() -> None:
    budget = Budget([(1000, 100)], reserve_ppm=200_000)
    assert budget.take(80, 0)
    assert not budget.take(1, 0)
    assert budget.refused == 1
    assert budget.take(20, 0, urgent=True)
    assert not budget.take(1, 0, urgent=True)
    assert budget.wait_ns(1, 0) == 1000


def test_what_the_venue_counts_counts_when_it_is_more() -> None:
    budget = Budget([(1000, 100)], reserve_ppm=0)
    budget.take(10, 0)
    budget.said(1000, 5, 0)
    assert budget.windows[0].used == 10
    budget.said(1000, 90, 500)
    assert not budget.take(11, 500)
    assert budget.take(10, 500)
    budget.said(77, 10**6, 500)
    assert budget.wait_ns(1, 1500) == 0


def test_a_refusal_blocks_everything_for_as_long_as_the_venue_says() -> None:
    budget = Budget([(1000, 100)])
    budget.block(10_000, 5)
    budget.block(1, 6)
    assert budget.wait_ns(1, 6, urgent=True) == 9_999
    assert not budget.take(1, 10_004, urgent=True)
    assert budget.take(1, 10_005)


def test_a_refusal_without_a_wait_blocks_for_the_longest_window() -> None:
    budget = Budget([(1000, 100), (5000, 300)])
    assert budget.block(0, 10) == 5000
    assert budget.wait_ns(1, 10, urgent=True) == 5000
    assert Budget([]).block(0, 0) == 60_000_000_000


def test_what_never_fits_waits_for_ever_in_steps() -> None:
    assert Budget([(1000, 100)]).wait_ns(101, 0, urgent=True) == 1000


@pytest.mark.parametrize(
    ("windows", "reserve"), [([(0, 1)], 0), ([(1, 0)], 0), ([(1, 1)], 10**6), ([(1, 1)], -1)]
)
def test_limits_that_make_no_sense_are_refused(
    windows: list[tuple[int, int]], reserve: int
) -> None:
    with pytest.raises(ValueError, match="budget"):
        Budget(windows, reserve_ppm=reserve)
