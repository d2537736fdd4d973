"""Clocks that are passed in, and the arithmetic of the stamps' calibration."""

import pytest

from tickpath.core import stamp
from tickpath.core.clock import Clock, ManualClock, SystemClock, calibrate
from tickpath.core.errors import ConfigError


def test_a_manual_clock_moves_only_on_and_only_when_told() -> None:
    clock: Clock = ManualClock(5)
    assert clock.now_ns() == clock.now_ns() == 5
    assert isinstance(clock, ManualClock)
    assert clock.advance(10) == clock.now_ns() == 15
    assert clock.move_to(15) == 15
    with pytest.raises(ConfigError, match="back"):
        clock.move_to(14)
    with pytest.raises(ConfigError, match="back"):
        clock.advance(-1)


def test_the_system_clock_does_not_go_back() -> None:
    clock: Clock = SystemClock()
    readings = [clock.now_ns() for _ in range(100)]
    assert readings == sorted(readings)


class Counter:
    """A counter of 2.5 counts a ns beside a clock, both moved by each reading; one reading in ten
    is interrupted for 50 us."""

    def __init__(self) -> None:
        self.now_ns = 1000
        self.readings = 0

    def both(self) -> tuple[int, int, int]:
        self.readings += 1
        before = self.now_ns
        self.now_ns += 50_020 if self.readings % 10 == 1 else 20
        after = self.now_ns
        self.now_ns += 980
        return before * 5 // 2, (before + after) // 2, after * 5 // 2


def test_calibration_finds_the_rate_despite_interrupts() -> None:
    counter = Counter()
    scale = calibrate(1_000_000, counter.both, lambda pairs: 50)
    assert scale.counts_per_ns == pytest.approx(2.5, rel=1e-5)
    assert scale.cost_ns == pytest.approx(20, rel=1e-5)
    assert scale.to_ns(2500) == pytest.approx(1000, rel=1e-5)
    assert 0 < scale.error_ppm < 100


def test_the_real_counter_counts_on() -> None:
    start = stamp.begin()
    assert stamp.end() >= start
    first = stamp.begin()
    before, now_ns, after = stamp.both()
    assert first <= before <= after <= stamp.end()
    assert now_ns > 0
    assert stamp.pair_cost(100) >= 0
    assert stamp.pair_cost(0) >= 0
