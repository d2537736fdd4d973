"""Runs leave nothing behind: resident memory is flat over a thousand of them in one process."""

from pathlib import Path

import pytest

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.venues.sim.generator import generate

WARM_UP = 0.3
"""Share of the runs after which memory must be flat."""

GROWTH_MIB_MAX = 4.0


def resident_mib() -> float:
    """Resident memory now, not the peak."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")
@pytest.mark.parametrize("runs", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_memory_is_flat_over_many_runs(runs: int) -> None:
    recording = generate(seed=3, frames=40)
    config = config_for(recording, strategy="imbalance_maker")
    hashes = set()
    warm = 0.0
    for k in range(runs):
        result = Backtest(config, recording, Options()).run()
        hashes.add((result.decisions_hash, result.state_hash))
        if k == int(WARM_UP * runs):
            warm = resident_mib()
    assert len(hashes) == 1
    assert resident_mib() - warm < GROWTH_MIB_MAX
