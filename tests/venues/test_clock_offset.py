from hypothesis import given
from hypothesis import strategies as st

from tickpath.venues.clock_offset import SAMPLES_MAX, ClockOffset


@given(
    st.integers(-(10**12), 10**12),
    st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), min_size=1, max_size=SAMPLES_MAX
    ),
    st.sampled_from((0, 1_000, 1_000_000)),
)
def test_the_true_offset_lies_within_the_stated_error(
    offset_ns: int, paths: list[tuple[int, int]], resolution_ns: int
) -> None:
    clock, now_ns = ClockOffset(), 10**18
    for out_ns, back_ns in paths:
        true_ns = now_ns + out_ns + offset_ns
        said_ns = true_ns - true_ns % resolution_ns if resolution_ns else true_ns
        clock.add(now_ns, said_ns, now_ns + out_ns + back_ns, resolution_ns)
        now_ns += 10**10
    found = clock.estimate()
    assert found is not None
    assert abs(found.offset_ns - offset_ns) <= found.error_ns
    best = min(out_ns + back_ns for out_ns, back_ns in paths)
    assert found.error_ns <= (best + 1) // 2 + (resolution_ns + 1) // 2
    assert clock.venue_ns(now_ns) == now_ns + found.offset_ns


def test_without_a_sample_nothing_is_known() -> None:
    clock = ClockOffset()
    assert clock.estimate() is None
    assert clock.venue_ns(123) == 123
    clock.add(10, 500, 9)
    assert clock.estimate() is None


def test_old_samples_are_forgotten() -> None:
    clock = ClockOffset()
    clock.add(0, 1000, 0)
    for k in range(1, SAMPLES_MAX + 1):
        clock.add(k * 10**6, k * 10**6 + 70, k * 10**6 + 40)
    found = clock.estimate()
    assert found is not None
    assert (found.offset_ns, found.error_ns) == (50, 20)
