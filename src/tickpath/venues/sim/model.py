"""Numbers of the generated market, shared by both backends: integers only, each with its reason.

Probabilities are of 65 536. What the numbers lead to (spread, volatility, clustering) stands in
`generator.py` and is checked by tests.
"""

from dataclasses import dataclass
from typing import Final

TICKS: Final = 262_144
"""Prices a generated book can hold; the start is in the middle."""

POOL: Final = 9216
"""Orders in a generated book; the last 1 024 places are kept for ours."""

OWN_PLACES: Final = 1024
KEEP_ORDERS: Final = 64
"""The crowd leaves this many of its orders on each side."""

EDGE_TICKS: Final = 16_384
"""Nearer than this to the end of the prices, flow turns back."""

CANCEL_REACH_TICKS: Final = 64
THIN_WEIGHT: Final = 16
"""How much an order more on one side draws limit orders to the other, of 65 536."""

DEPTH_NS: Final = 100_000_000
SNAPSHOT_AFTER: Final = 3
"""Depth diffs before the snapshot, so that a reader must buffer."""

SNAPSHOT_LEVELS: Final = 5000
START_NS: Final = 1_700_000_000_000_000_000
FIRST_ID: Final = 50_000_000_000
FIRST_TRADE_ID: Final = 3_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketModel:
    """How the crowd behaves."""

    wait_ns: int = 60_000_000
    """Mean wait between events in a calm market without heat."""
    busy_rate: int = 4
    """A busy market is this many times faster."""
    calm_ns: int = 20_000_000_000
    busy_ns: int = 5_000_000_000
    """Mean length of a calm and of a busy time."""
    heat_step: int = 26_000
    """A market order raises the rate by this share of 65 536 of the market's."""
    heat_max: int = 400_000
    heat_decay_ns: int = 600_000_000
    market_calm: int = 6_500
    market_busy: int = 7_500
    """Share of market orders in calm and in busy times."""
    limit: int = 30_000
    cancel_near: int = 16_500
    """Shares of limit orders and of cancels near the touch; what is left cancels anywhere."""
    requote: int = 2_000
    """Share of events in which makers move their prices."""
    follow: int = 10_000
    """Makers move the way the market orders go with this probability."""
    improve: int = 58_000
    """A limit order steps into an open spread with this probability."""
    touch: int = 6_500
    """A limit order joins the best price with this probability."""
    against: int = 9_000
    """A market order goes against the run of its predecessors with this probability."""
    run_bits: int = 7
    """Longest run of market orders of one sign, as a power of two."""
    tilt_shift: int = 7
    """The larger, the slower which side is favoured changes."""
    tilt_min: int = 22_000
    tilt_max: int = 43_536
    orders_start: int = 1500
    """Orders of each side at the start."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Product:
    """What trades: steps in 10^-8, digits on the wire, scale of prices and sizes."""

    venue: str
    symbol: str
    price_units: int
    price_decimals: int
    quantity_units: int
    quantity_decimals: int
    mid_ticks: int
    reach_bits: int
    """Farthest distance from the touch, as a power of two of ticks."""
    size_max: int
    """Largest order in steps."""

    @property
    def futures(self) -> bool:
        return self.venue != "binance-spot"


PRODUCTS: Final = {
    "binance-spot": Product(
        venue="binance-spot",
        symbol="BTCUSDT",
        price_units=1_000_000,
        price_decimals=8,
        quantity_units=1_000,
        quantity_decimals=8,
        mid_ticks=6_000_000,
        reach_bits=12,
        size_max=200_000,
    ),
    "binance-usdm": Product(
        venue="binance-usdm",
        symbol="BTCUSDT",
        price_units=10_000_000,
        price_decimals=2,
        quantity_units=100_000,
        quantity_decimals=3,
        mid_ticks=600_000,
        reach_bits=10,
        size_max=4_000,
    ),
}
"""BTCUSDT as it is quoted on each market that can be generated."""
