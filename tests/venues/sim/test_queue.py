"""Queue models: bounds, the formulas in real numbers, and fixed-point logarithms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickpath.venues.sim.queue import LOG_BITS, QUEUES, STILL, log2_fixed, queue_advance

LOTS = st.integers(0, 1 << 49)


@given(st.integers(1, 2**63 - 1))
def test_a_logarithm_is_right_to_its_last_bits(x: int) -> None:
    assert abs(log2_fixed(x) / 2**LOG_BITS - math.log2(x)) < 1e-8


@pytest.mark.parametrize("queue", QUEUES)
@given(power=st.integers(1, 4), ahead=LOTS, behind=LOTS, data=st.data())
def test_what_leaves_from_ahead_is_part_of_the_decrease(
    queue: str, power: int, ahead: int, behind: int, data: st.DataObject
) -> None:
    shown = ahead + behind
    decrease = data.draw(st.integers(0, shown))
    found = queue_advance(queue, power, ahead, shown, decrease, 1, 10**8)
    assert 0 <= found <= decrease


def behind_share(queue: str, n: int, f: float, b: float) -> float:
    """p of the table in queue.py."""
    if queue == "power":
        return b**n / (f**n + b**n)
    if queue == "power2":
        return b**n / (f + b) ** n
    if queue == "power3":
        return 1 - (f / (f + b)) ** n
    log = [math.log(1 + x) for x in (f, b, f + b)]
    return log[1] / (log[0] + log[1] if queue == "log" else log[2])


@pytest.mark.parametrize("queue", sorted(set(QUEUES) - set(STILL)))
@given(
    power=st.integers(1, 4), ahead=st.integers(1, 900_000), behind=st.integers(1, 90_000),
    part=st.floats(0, 1),
)  # fmt: skip
def test_the_formula(queue: str, power: int, ahead: int, behind: int, part: float) -> None:
    decrease = int(part * behind)
    p = behind_share(queue, power, ahead * 1e-3, behind * 1e-3)
    wanted = (1 - p) * decrease
    found = queue_advance(queue, power, ahead, ahead + behind, decrease, 1, 1000)
    assert abs(found - wanted) <= 1 + 1e-6 * decrease


def test_a_queue_behind_us_alone_never_moves_us() -> None:
    for queue in QUEUES:
        assert queue_advance(queue, 2, 0, 100, 50, 1, 1) == 0
        assert queue_advance(queue, 2, 100, 100, 50, 1, 1) == (0 if queue in STILL else 50)
