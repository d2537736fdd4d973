"""Random lives of orders that algorithms work: sums exact, no share exceeded, no slice too early.

TICKPATH_ALGORITHM_STORM_N events on the native stage, a prefix on both.
"""

import os

import pytest
from algorithm_storm import STORM_CONFIG, AlgorithmStorm
from execute_desk import execute_of

EVENTS = int(os.environ.get("TICKPATH_ALGORITHM_STORM_N", "12000"))
BOTH = 5_000


def test_both_backends_live_through_the_same_storm() -> None:
    stages = [execute_of(name, STORM_CONFIG) for name in ("native", "reference")]
    storm = AlgorithmStorm(3, stages)
    for _ in range(BOTH // 500):
        storm.run(500)
        assert stages[0].export_state() == stages[1].export_state()
    assert storm.clips > BOTH // 50
    assert storm.pauses > 20


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_native_keeps_the_sums_of_the_model(seed: int) -> None:
    storm = AlgorithmStorm(seed, [execute_of("native", STORM_CONFIG)])
    storm.run(EVENTS)
    assert storm.clips > EVENTS // 50
    assert storm.whole > 5
    assert storm.short > 5
    ends = f"{storm.whole} parents whole, {storm.short} short"
    print(f"{EVENTS} events, {storm.clips} clips, {ends}, {storm.busted} busts")
