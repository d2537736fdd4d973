"""A process that is killed at any moment comes back as if it had never been away."""

import random
from pathlib import Path

import pytest
from restart_kills import Storm


@pytest.mark.slow
def test_many_kills_of_one_engine(tmp_path: Path) -> None:
    """Ids never come again, decisions are those of a run that nobody killed, the state recovered is
    the state replayed: `Storm.check` after each kill."""
    draw = random.Random(7)
    with Storm(tmp_path, seed=1, frames=20_000) as storm:
        for _ in range(24):
            storm.kill_somewhere(draw)
            storm.check()
    assert len(storm.recoveries) >= 20
    assert len(storm.ids) > 50
    assert storm.fed > 500
