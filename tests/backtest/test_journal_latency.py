"""Latencies and market data out of a journal, and the file of latencies."""

from pathlib import Path

import numpy as np
import pytest
from backtest.explain.explain_rig import MARKETS, run

from tickpath.backtest.explain import read_run
from tickpath.backtest.journal_latency import (
    ABSENT,
    NAMES,
    latency_of,
    load_latency,
    read_latency,
)
from tickpath.core.errors import DataError

MS = 1_000_000
WAYS = {"order_latency_ns": 3 * MS, "response_latency_ns": 2 * MS, "feed_latency_ns": 0}
FRAMES = 2000


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backtest with known ways."""
    return run(tmp_path_factory.mktemp("run"), MARKETS["spot"], sim=WAYS, direct=False)


def test_ways_are_those_of_the_simulated_venue(journal: Path) -> None:
    run = read_run(journal)
    exact = latency_of(run, response_ns=WAYS["response_latency_ns"])
    known = exact.request_latency_ns[exact.request_latency_ns != ABSENT]
    assert len(exact.request_t_ns) == len(run.decisions) > 100
    assert len(known) > 100
    assert set(known.tolist()) == {WAYS["order_latency_ns"]}
    stamped = latency_of(run)
    rough = stamped.request_latency_ns[stamped.request_latency_ns != ABSENT]
    assert ((rough > 2 * MS) & (rough <= 3 * MS)).all()
    back = stamped.report_latency_ns[stamped.report_latency_ns != ABSENT]
    assert ((back >= 2 * MS) & (back < 3 * MS)).all()
    told = stamped.report_t_ns != 0
    received = stamped.report_received_ns[told]
    assert (stamped.report_t_ns[told] + stamped.report_latency_ns[told] == received).all()
    assert len(stamped.frame_t_ns) == FRAMES
    ahead = latency_of(run, offset_ns=5 * MS)
    assert (ahead.request_latency_ns[ahead.request_latency_ns != ABSENT] == rough - 5 * MS).all()
    assert ahead.summary()["request"]["negative"] == len(rough)


def test_a_file_holds_what_was_found(journal: Path, tmp_path: Path) -> None:
    found = read_latency(journal)
    found.save(tmp_path / "ways.npz")
    again = load_latency(tmp_path / "ways.npz")
    assert all(np.array_equal(getattr(found, n), getattr(again, n)) for n in NAMES)
    summary = again.summary()
    assert summary["report"]["count"] == len(again.report_t_ns)
    assert 2 * MS <= summary["report"]["p50"] <= summary["report"]["max"] < 3 * MS


def test_what_is_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "ways.npz"
    with pytest.raises(DataError, match="no file of latencies"):
        load_latency(path)
    path.write_bytes(b"PK nonsense")
    with pytest.raises(DataError, match="no file of latencies"):
        load_latency(path)
    good = {name: np.zeros(3, np.int64) for name in NAMES}
    for name, values, said in (
        ("request_t_ns", np.zeros(3), "float64"),
        ("frame_t_ns", np.zeros((2, 2), np.int64), "2 dimensions"),
        ("report_t_ns", np.zeros(2, np.int64), "not of one length"),
    ):
        np.savez(path, **{**good, name: values})
        with pytest.raises(DataError, match=said):
            load_latency(path)
