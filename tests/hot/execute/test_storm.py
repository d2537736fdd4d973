"""Random lives of orders against the slow model: no fill lost, none doubled, no id given twice.

TICKPATH_STORM_N events on the native stage (10 000 000 for the full run), a prefix on both.
"""

import os

import pytest
from execute_desk import execute_of
from slow_model import Storm

EVENTS = int(os.environ.get("TICKPATH_STORM_N", "20000"))
BOTH = 6_000


def test_both_backends_live_through_the_same_storm() -> None:
    stages = [execute_of("reference"), execute_of("native")]
    storm = Storm(5, stages)
    for _ in range(BOTH // 500):
        storm.run(500)
        assert stages[0].export_state() == stages[1].export_state()
    assert storm.counted > BOTH // 20
    assert storm.went_out > BOTH // 20
    assert storm.busted > 10


@pytest.mark.parametrize("seed", [1])
def test_native_keeps_the_books_of_the_slow_model(seed: int) -> None:
    storm = Storm(seed, [execute_of("native")])
    storm.run(EVENTS)
    assert storm.counted > EVENTS // 20
    assert storm.went_out > EVENTS // 20
    made = f"{storm.went_out} orders, {storm.counted} fills counted, {storm.busted} taken back"
    print(f"{EVENTS} events, {made}")
