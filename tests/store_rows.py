"""Shared by the tests of the store: rows made from a seed, and a store of one symbol."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.core.config import FeatureSpec
from tickpath.core.records import EventKind
from tickpath.core.ticks import CHAIN_SHIFT, LAST, Ticks, ticks_of
from tickpath.storage import InstrumentMeta, Store, open_store
from tickpath.storage.layout import NS_PER_DAY, day_start_ns

DAY = "2024-08-08"
SEEN: list[tuple[Any, ...]] = []
"""What `feature_watcher` was shown."""

SPECS = [
    FeatureSpec(name="mid", indicator="mid"),
    FeatureSpec(name="ema", indicator="ema", period=20),
    FeatureSpec(name="imbalance", indicator="imbalance", period=5),
    FeatureSpec(name="ofi", indicator="ofi", period=10),
    FeatureSpec(name="std", indicator="std", source="microprice", period=50),
    FeatureSpec(name="vwap", indicator="vwap", source="trade", period=30),
    FeatureSpec(name="flow", indicator="trade_flow", source="trade", period=30),
    FeatureSpec(name="bbo", indicator="sma", source="bbo_mid", period=7),
    FeatureSpec(name="skew", indicator="bbo_imbalance", source="bbo_mid"),
    FeatureSpec(name="z", indicator="zscore", source="trade", period=25),
]
START_NS = day_start_ns(DAY)
VENUE, SYMBOL = "binance-spot", "BTCUSDT"
META = InstrumentMeta(tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"))


def trades(count: int, start_ns: int = START_NS, step_ns: int = 1000, seed: int = 1) -> Ticks:
    """Trades with rising times and ids."""
    random = np.random.default_rng(seed)
    return ticks_of(
        t_recv_ns=start_ns + np.arange(count) * step_ns,
        t_venue_ns=start_ns + np.arange(count) * step_ns - 500,
        last_id=np.arange(1, count + 1),
        price_ticks=6_000_000 + np.cumsum(random.integers(-2, 3, count)),
        quantity_lots=random.integers(1, 1000, count),
        kind=int(EventKind.TRADE),
        side=random.integers(0, 2, count).astype("u1"),
    )


def depths(events: int, levels: int = 3, start_ns: int = START_NS, step_ns: int = 1000) -> Ticks:
    """Depth events of several rows each."""
    rows = events * levels
    event = np.repeat(np.arange(events), levels)
    last = np.where(np.arange(rows) % levels == levels - 1, LAST, 0)
    return ticks_of(
        t_recv_ns=start_ns + event * step_ns,
        first_id=10 * event + 1,
        last_id=10 * event + 10,
        price_ticks=1000 + np.arange(rows) % levels,
        quantity_lots=np.arange(rows) % 7,
        kind=int(EventKind.DEPTH),
        flags=(last | 0 << CHAIN_SHIFT).astype("u1"),
    )


def days(count: int, rows: int = 100, first: str = DAY) -> Ticks:
    """Trades of several days, the same number each."""
    start = day_start_ns(first)
    whole = trades(count * rows, start, 1)
    times = start + np.repeat(np.arange(count) * NS_PER_DAY, rows) + np.tile(np.arange(rows), count)
    return Ticks({**whole.columns, "t_recv_ns": times})


def changed(ticks: Ticks, **columns: Any) -> Ticks:
    """The rows with other columns."""
    return Ticks({**ticks.columns, **{k: np.asarray(v) for k, v in columns.items()}})


def same(left: Ticks, right: Ticks) -> bool:
    """Whether all columns are equal."""
    return all(np.array_equal(left[name], right[name]) for name in left.columns)


def store_at(path: Path) -> Store:
    """A store in a folder."""
    return open_store(path / "store")


def put(store: Store, ticks: Any, symbol: str = SYMBOL, **options: Any) -> Any:
    """Write rows of the usual instrument."""
    return store.write(VENUE, symbol, ticks, instrument=META, **options)


def files(path: Path) -> list[str]:
    """Every file of a store but its lock, by its path."""
    root = path / "store"
    found = (p.relative_to(root) for p in root.rglob("*") if p.is_file())
    return sorted(str(p) for p in found if not p.name.startswith("lock"))
