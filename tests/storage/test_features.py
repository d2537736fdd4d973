"""Features offline: the bits of the walk, kept under a key of what decides them, never a later
value."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pyarrow", reason="extra `store` is not installed")

import pyarrow as pa
from store_frames import rows_of, without
from store_rows import META, SEEN, SPECS, START_NS, SYMBOL, VENUE, put, store_at, trades

from tickpath.backtest.setup import config_for
from tickpath.core.backend import Backend
from tickpath.core.config import FeatureSpec, StrategySpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import BookStatus
from tickpath.core.ticks import OrderRow, chunks, ticks_of
from tickpath.engine.native import Engine
from tickpath.storage import Store
from tickpath.storage.asof import asof_index, asof_join
from tickpath.storage.features import FeatureStore
from tickpath.storage.rebuild import Rebuilder, config_of_meta
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.generator import generate

WATCHER = str(Path(__file__).with_name("feature_watcher.py"))


def online(recording: Recording) -> list[tuple[Any, ...]]:
    """Every feature row that a strategy in the native walk is shown."""
    config = config_for(recording)
    config = replace(config, strategies=(StrategySpec(name=WATCHER, instruments=(0,)),))
    engine, blob = Engine(config), recording.blob.tobytes()
    SEEN.clear()
    for t_ns, offset, size in zip(
        recording.t_ns.tolist(), recording.offsets, recording.sizes, strict=True
    ):
        engine.on_market_frame(0, blob[offset : offset + size], t_ns)
    return list(SEEN)


def stored(path: Path, recording: Recording) -> Store:
    store = store_at(path)
    config = config_for(recording)
    store.write(
        recording.venue, recording.symbol, chunks(rows_of(recording), 999),
        instrument=config.instruments[0],
    )  # fmt: skip
    return store


def bits(table: Any) -> list[bytes]:
    """All columns as bytes, so that NaN equals itself."""
    return [column.to_numpy().tobytes() for column in table.columns]


@pytest.mark.parametrize("cut", [False, True], ids=["whole", "with a gap"])
def test_offline_is_bit_for_bit_what_the_walk_saw(tmp_path: Path, cut: bool) -> None:
    made = generate(seed=6, frames=3000)
    if cut:
        made = without(made, set(range(1500, 1520)))
    seen = online(made)
    table = FeatureStore(stored(tmp_path, made)).frame(VENUE, SYMBOL, SPECS)
    table = table.filter(pa.array(table.column("book").to_numpy() == BookStatus.OK))
    assert len(seen) == table.num_rows > 1000
    assert table.column("t_recv_ns").to_pylist() == [row[0] for row in seen]
    assert table.column("kind").to_pylist() == [row[1] for row in seen]
    for k, spec in enumerate(SPECS, 2):
        values = np.array([row[k] for row in seen], dtype=np.float64)
        found = table.column(spec.name).to_numpy()
        assert np.array_equal(values.view(np.int64), found.view(np.int64)), spec.name
        assert not np.isnan(values).all()


def test_the_reference_gives_the_same_bits() -> None:
    rows = rows_of(generate(seed=7, frames=600))
    found = []
    for backend in (Backend.NATIVE, Backend.REFERENCE):
        maker = Rebuilder(config_of_meta(VENUE, SYMBOL, META), SPECS, backend=backend)
        found.append((maker.take(rows), maker.finish()))
    (native, native_end), (reference, reference_end) = found
    assert native.values.tobytes() == reference.values.tobytes()
    assert native_end.values.tobytes() == reference_end.values.tobytes()


def test_a_frame_is_computed_once_and_anew_when_anything_changes(tmp_path: Path) -> None:
    store = stored(tmp_path, generate(seed=8, frames=400))
    features = FeatureStore(store)
    first = features.frame(VENUE, SYMBOL, SPECS[:2])
    assert bits(features.frame(VENUE, SYMBOL, SPECS[:2])) == bits(first)
    assert features.computed == 1
    renamed = [replace(SPECS[0], name="other"), SPECS[1]]
    features.frame(VENUE, SYMBOL, renamed)
    middle = int(first.column("t_recv_ns")[200].as_py())
    late = features.frame(VENUE, SYMBOL, SPECS[:2], middle)
    warm = features.frame(VENUE, SYMBOL, SPECS[:2], middle, warm_ns=10**12)
    assert features.computed == 4
    whole = np.array(first.column("t_recv_ns")) >= middle
    assert 0 < late.num_rows < warm.num_rows == whole.sum()
    values = first.column("ema").to_numpy()[whole]
    assert warm.column("ema").to_numpy().tobytes() == values.tobytes()
    (info,) = store.partitions()
    store.write(VENUE, SYMBOL, trades(3, info.last_ns + 5))
    assert features.frame(VENUE, SYMBOL, SPECS[:2]).num_rows == first.num_rows + 3
    assert features.computed == 5
    assert len(features.frames()) == features.clear() == 5
    assert store.verify().faults == []


def test_features_elsewhere_and_mistakes(tmp_path: Path) -> None:
    store = stored(tmp_path, generate(seed=8, frames=200))
    features = FeatureStore(store, tmp_path / "kept")
    features.frame(VENUE, SYMBOL, SPECS[:1])
    (path,) = (tmp_path / "kept").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match="damaged or truncated"):
        features.frame(VENUE, SYMBOL, SPECS[:1])
    with pytest.raises(ConfigError, match="no column"):
        features.frame(VENUE, SYMBOL, [])
    with pytest.raises(ConfigError, match="'mid' is there twice"):
        features.frame(VENUE, SYMBOL, [SPECS[0], SPECS[0]])
    with pytest.raises(ConfigError, match="unknown indicator"):
        features.frame(VENUE, SYMBOL, [FeatureSpec(name="x", indicator="emma")])
    with pytest.raises(DataError, match="no rows of binance-spot BTCUSDT in the range"):
        features.frame(VENUE, SYMBOL, SPECS[:1], 5, 6)
    orders = ticks_of(t_recv_ns=[START_NS], kind=int(OrderRow.ADD), price_ticks=[5], order_id=[1])
    put(store, orders, symbol="AAPL")
    with pytest.raises(DataError, match="row 0: ADD: rows of an L3 feed"):
        features.frame(VENUE, "AAPL", SPECS[:1])


TIMES = st.lists(st.integers(0, 60), max_size=25).map(sorted)


@settings(max_examples=60)
@given(TIMES, TIMES, st.none() | st.integers(0, 30), st.integers(0, 15))
def test_a_join_never_sees_a_later_value(
    left: list[int], right: list[int], tolerance: int | None, embargo: int
) -> None:
    """Against the definition: the last value known then that is not too old."""
    times = [np.array(x, dtype=np.int64) for x in (left, right)]
    found = asof_index(*times, tolerance_ns=tolerance, embargo_ns=embargo)
    for t, k in zip(left, found.tolist(), strict=True):
        known = [i for i, r in enumerate(right) if r + embargo <= t]
        best = known[-1] if known else -1
        if best >= 0 and tolerance is not None and t - right[best] > tolerance:
            best = -1
        assert k == best
        assert k < 0 or right[k] <= t


def test_a_join_of_tables() -> None:
    left = pa.table({"t_recv_ns": [5, 10, 20], "order": [1, 2, 3]})
    right = pa.table({"t_recv_ns": [6, 10, 11], "mid": [1.5, 2.5, 3.5]})
    joined = asof_join(left, right, tolerance_ns=8)
    assert joined.to_pydict() == {
        "t_recv_ns": [5, 10, 20], "order": [1, 2, 3], "mid": [None, 2.5, None],
        "age_ns": [None, 0, None],
    }  # fmt: skip
    late = asof_join(left, right, embargo_ns=1, prefix="x_")
    assert late.column("x_mid").to_pylist() == [None, 1.5, 3.5]
    assert late.column("x_age_ns").to_pylist() == [None, 4, 9]
    empty = asof_join(left, right.slice(0, 0))
    assert empty.column("mid").null_count == empty.column("age_ns").null_count == 3
    with pytest.raises(ConfigError, match="must not look ahead"):
        asof_join(left, right, embargo_ns=-1)
    with pytest.raises(DataError, match="row 1 of the right side is before"):
        asof_join(left, right.take([1, 0]))
    with pytest.raises(ConfigError, match="both sides have order: give a prefix"):
        asof_join(left, right.rename_columns(["t_recv_ns", "order"]))
    with pytest.raises(ConfigError, match="the right table has no column t_recv_ns"):
        asof_join(left, right.select(["mid"]))
