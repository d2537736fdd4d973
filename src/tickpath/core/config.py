"""The one frozen configuration object: built before start, hashed, shared by both engines.

Unknown keys are refused with the place and the nearest known key. Values that limits.toml bounds
can only be tightened. All money and sizes are `Decimal` here and integers from `Instrument` on.
"""

import difflib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import ceil, floor
from pathlib import Path
from typing import Any

from tickpath.core.errors import ConfigError, LimitError
from tickpath.core.fixed import decimals_of, ratio_of, units_of, wire_decimals, wire_units
from tickpath.core.limits import LIMITS
from tickpath.core.records import InstrumentKind

CURRENCY_DECIMALS = 8
"""Decimals of a currency unless the instruments file says otherwise."""

EXPONENT_MAX = 40
"""Largest power of ten in a configured number: beyond it, a typing error."""

CEILINGS: Mapping[str, str] = {
    "position_ceiling_ppm": "position_ceiling_ppm",
    "price_collar_ppm": "price_collar_ppm_max",
    "order_rate_per_s": "order_rate_per_s_max",
    "order_burst": "order_rate_per_s_max",
    "stale_ns": "stale_ns_max",
    "reference_collar_ppm": "price_collar_ppm_max",
    "fat_finger_ppm": "fat_finger_ppm_max",
    "open_orders_max": "open_orders_max",
    "duplicate_ns": "duplicate_ns_max",
    "venue_order_rate_per_s": "order_rate_per_s_max",
    "venue_order_burst": "order_rate_per_s_max",
    "message_rate_per_s": "message_rate_per_s_max",
    "message_burst": "message_rate_per_s_max",
    "venue_message_rate_per_s": "message_rate_per_s_max",
    "venue_message_burst": "message_rate_per_s_max",
    "leverage_ppm": "leverage_ppm_max",
    "concentration_ppm": "concentration_ppm_max",
}
"""Field of RiskSpec to the compiled limit that it may only tighten."""

COST_METHODS = ("average", "fifo", "average+fifo")
"""How positions are costed, see AccountSpec."""

VENUE_ORDERS = ("stop", "stop_limit", "iceberg", "gtd")
"""Special types that a venue may make itself, see ExecuteSpec. Bit k of a mask is the k-th."""

PORTFOLIO_METHODS = ("historical", "parametric", "monte_carlo", "correlated")
"""What a figure of the portfolio is computed by; each has an age of its own."""

PORTFOLIO_MONEY = (
    "historical_var_max",
    "historical_shortfall_max",
    "parametric_var_max",
    "parametric_shortfall_max",
    "monte_carlo_var_max",
    "monte_carlo_shortfall_max",
    "correlated_max",
)
"""Limits of PortfolioSpec, in money of the currency that the instruments settle in."""

VENUE_KINDS: Mapping[str, str] = {
    "binance-spot": "spot",
    "binance-usdm": "linear",
    "binance-coinm": "inverse",
    "kraken-spot": "spot",
    "coinbase": "spot",
    "coinbase-exchange": "spot",
    "nasdaq": "spot",
}
"""What is traded on a venue."""

VENUES = tuple(VENUE_KINDS)
MEASURED = ("distribution", "interpolated", "recorded")
"""Latency models of [sim] that read a file."""
SHAPES_PPM: Mapping[str, tuple[int, int]] = {
    "exponential": (0, 0),
    "lognormal": (10_000, 3_000_000),
    "gamma": (100_000, 50_000_000),
}
"""Latency models by a law, and what `latency_shape_ppm` may be."""
LATENCIES = ("constant", *MEASURED, *SHAPES_PPM)
FEEDS = ("constant", "recorded")
"""How a simulated venue delays messages, and how long before the engine it lives a frame."""
WIRES = ("", "flat")
"""Forms of a source's market frames: the venue's own, or normalised events."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Currency:
    name: str
    decimals: int = CURRENCY_DECIMALS


@dataclass(frozen=True, kw_only=True, slots=True)
class Instrument:
    """Metadata of one instrument. `venue`, `base`, `quote`, `settle` are indices of the tables of
    the configuration."""

    index: int
    symbol: str
    venue: int
    kind: InstrumentKind
    base: int
    quote: int
    settle: int
    settle_decimals: int
    tick_size: Decimal
    lot_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    multiplier: Decimal
    maker_fee_ppm: int
    taker_fee_ppm: int
    trading: bool = True
    order_step: Decimal | None = None

    @property
    def price_decimals(self) -> int:
        return decimals_of(self.tick_size)

    @property
    def quantity_decimals(self) -> int:
        return decimals_of(self.lot_size)

    @property
    def price_wire_decimals(self) -> int:
        return wire_decimals(self.tick_size)

    @property
    def quantity_wire_decimals(self) -> int:
        return wire_decimals(self.lot_size)

    @property
    def price_step_units(self) -> int:
        """tick_size in 10**-price_wire_decimals."""
        return wire_units(self.tick_size)

    @property
    def quantity_step_units(self) -> int:
        return wire_units(self.lot_size)

    @property
    def value_ratio(self) -> tuple[int, int]:
        """(value_num, value_den): see tp_instrument in records.h."""
        scale = 10**self.settle_decimals * Fraction(self.multiplier) * Fraction(self.lot_size)
        tick = Fraction(self.tick_size)
        ratio = scale / tick if self.kind == InstrumentKind.INVERSE else scale * tick
        return ratio.numerator, ratio.denominator

    @property
    def quantity_lots_min(self) -> int:
        return max(1, ceil(ratio_of(self.quantity_min, self.lot_size)))

    @property
    def quantity_lots_max(self) -> int:
        return floor(ratio_of(self.quantity_max, self.lot_size))

    @property
    def order_step_lots(self) -> int:
        """Quantities of orders are multiples of this: 1 unless books show finer quantities."""
        return 1 if self.order_step is None else int(self.order_step / self.lot_size)

    @property
    def notional_units_min(self) -> int:
        return units_of(self.notional_min, self.settle_decimals)


def same_thing(a: Instrument, b: Instrument) -> bool:
    """Whether two instruments, on two venues, trade the same thing for the same money."""
    return (a.kind, a.base, a.quote, a.settle) == (b.kind, b.base, b.quote, b.settle)


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where frames come from: one connection of one venue. `instruments` are those it may name;
    a frame without a symbol belongs to the first. `depth`: levels a side that its books are
    subscribed with where the venue bounds them, 0 for the venue's default. `wire`: "flat" for the
    normalised frames of venues/flat, "" for the venue's own."""

    name: str
    venue: int
    instruments: tuple[int, ...]
    depth: int = 0
    wire: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureSpec:
    """One column: an indicator stem with its input and parameters. `period` and `factor` are the
    parameters that most indicators have; `params` names any of them, and `bar` (samples of a bar)
    of those that read bars."""

    name: str
    indicator: str
    source: str = "mid"
    period: int = 1
    factor: float = 0.0
    params: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategySpec:
    """A strategy on its instruments. `name` is a shipped stem or a path to a file."""

    name: str
    instruments: tuple[int, ...]
    params: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """`kind` is "none", "dense", "trees" or "recurrent", `path` an .npz of its arrays; "onnx": an
    .onnx."""

    kind: str = "none"
    path: str = ""
    hash: str = ""
    """BLAKE2b-64 (hex) of the file when the configuration was read; "": it was not there. A model
    with another hash is not run, so a journal says which one decided."""

    @property
    def label(self) -> str:
        """Name and hash of a model of a registry, else path and hash; "" without a model."""
        file = Path(self.path)
        name = file.parent.name if self.hash and file.stem == self.hash else self.path
        return f"{name} {self.hash}".strip()


def content_hash(path: Path | str) -> str:
    """BLAKE2b-64 (hex) of a file's bytes, "" when it is not there."""
    digest = hashlib.blake2b(digest_size=8)
    try:
        with Path(path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskSpec:
    """Run-time limits; each may only be tighter than the compiled one, or LimitError is raised.

    Money is in the settle currency of the instrument that is asked about: its orders, exposures and
    equity are summed by settle currency. `duplicate_ns` refuses the same order within that time, 0:
    never. Exposures are the worst case of positions and open orders, at the mark."""

    order_quantity_max: Decimal = Decimal("1000000000")
    order_notional_max: Decimal = Decimal("1000000000")
    position_ceiling_ppm: int = LIMITS["position_ceiling_ppm"]
    price_collar_ppm: int = LIMITS["price_collar_ppm_max"]
    order_rate_per_s: int = 100
    order_burst: int = 100
    stale_ns: int = LIMITS["stale_ns_max"]
    reference_collar_ppm: int = LIMITS["price_collar_ppm_max"]
    fat_finger_ppm: int = LIMITS["fat_finger_ppm_max"]
    open_orders_max: int = LIMITS["open_orders_max"]
    duplicate_ns: int = 0
    venue_order_rate_per_s: int = LIMITS["order_rate_per_s_max"]
    venue_order_burst: int = LIMITS["order_rate_per_s_max"]
    message_rate_per_s: int = LIMITS["message_rate_per_s_max"]
    message_burst: int = LIMITS["message_rate_per_s_max"]
    venue_message_rate_per_s: int = LIMITS["message_rate_per_s_max"]
    venue_message_burst: int = LIMITS["message_rate_per_s_max"]
    gross_exposure_max: Decimal = Decimal("1000000000")
    net_exposure_max: Decimal = Decimal("1000000000")
    leverage_ppm: int = LIMITS["leverage_ppm_max"]
    concentration_ppm: int = LIMITS["concentration_ppm_max"]

    def __post_init__(self) -> None:
        for name, ceiling in CEILINGS.items():
            value = getattr(self, name)
            if not 0 <= value <= LIMITS[ceiling]:
                raise LimitError(
                    f"risk: {name} is {value}: the compiled ceiling {ceiling} is "
                    f"{LIMITS[ceiling]}: choose 0..{LIMITS[ceiling]}"
                )


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakerSpec:
    """One circuit breaker: a rule of hot/risk/breakers with its limit in the rule's own unit.

    Tripped, it closes its scope ("instrument" or "engine") for new orders, with `cancel` also
    cancels what is open there; `manual` keeps it tripped until a person re-arms it."""

    rule: str
    limit: int
    window_ns: int = 0
    count: int = 0
    cooling_ns: int = 60_000_000_000
    scope: str = "instrument"
    cancel: bool = False
    manual: bool = False
    instruments: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawdownSpec:
    """Two levels of loss, in ppm of the peak or of the day's opening equity; 0: not watched.
    `day_start_ns` is when a day begins, after midnight UTC."""

    reduce_only_ppm: int = 0
    halt_ppm: int = 0
    daily_reduce_only_ppm: int = 0
    daily_halt_ppm: int = 0
    strategy_reduce_only_ppm: int = 0
    strategy_halt_ppm: int = 0
    day_start_ns: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class PortfolioSpec:
    """Risk of the portfolio on a grid of `grid_ns`; 0: none of it runs.

    A limit of 0 is not watched. A figure with a limit that is absent, or whose newest data is older
    than its `_age_ns_max`, lets only reducing orders pass. `horizon` is in intervals of the grid,
    for parametric and Monte Carlo figures; historical ones are of one interval."""

    grid_ns: int = 0
    decay_ppm: int = 970_000
    confidence_ppm: int = 990_000
    horizon: int = 1
    window: int = 1000
    paths: int = 100_000
    historical_var_max: Decimal = Decimal(0)
    historical_shortfall_max: Decimal = Decimal(0)
    parametric_var_max: Decimal = Decimal(0)
    parametric_shortfall_max: Decimal = Decimal(0)
    monte_carlo_var_max: Decimal = Decimal(0)
    monte_carlo_shortfall_max: Decimal = Decimal(0)
    correlated_max: Decimal = Decimal(0)
    historical_age_ns_max: int = 60_000_000_000
    parametric_age_ns_max: int = 60_000_000_000
    monte_carlo_age_ns_max: int = 60_000_000_000
    correlated_age_ns_max: int = 60_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LaneSpec:
    """Work in batches off the path. With `scores` no model runs in the walk: a worker scores the
    rows that it leaves, by the model or by the bank of the file `bank`. A score is absent when its
    row is older than `age_ns_max`, or than `age_inputs_max` inputs (0: any number). The ring keeps
    `rows` rows, the newest. `fp16` and `cuda_graph` are of a GPU, see hot/model/gpu.py."""

    scores: bool = False
    age_ns_max: int = 100_000_000
    age_inputs_max: int = 0
    rows: int = 1024
    bank: str = ""
    fp16: bool = False
    cuda_graph: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSpec:
    """How positions are kept and valued. `cost` is "average", "fifo" or "average+fifo" (average
    decides, lots are kept beside it); `hedging` names the venues with long and short positions;
    `currencies` are kept beside those of the instruments, for fees; a rate older than `fx_stale_ns`
    is no rate. On the venues of `cash` buys need the cash and sells the holdings; on all others an
    order needs `margin_ppm` of the worst-case exposure as equity."""

    cost: str = "average"
    hedging: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    reporting: str = ""
    fx_stale_ns: int = 60_000_000_000
    cash: tuple[str, ...] = ()
    margin_ppm: int = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecuteSpec:
    """`venue_orders` names the special types that a venue makes itself, as "venue:type"; the engine
    makes all others."""

    venue_orders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteSpec:
    """Expected one-way latency of each venue, in the order of the venue table, and its cost.

    `split` turns on children: an order for a thing that several venues trade is allocated over
    them, at most `children_max` of them, and followed until it is done. `split_resting` lets orders
    that rest be split too. `fok` says what happens to a fill-or-kill order that no single venue
    displays the depth for: "refuse" or "send". `flow_ns` is the window of traded quantity behind a
    fill probability."""

    latency_ns: tuple[int, ...] = ()
    latency_cost_ppm_per_ms: int = 0
    split: bool = False
    split_resting: bool = False
    children_max: int = LIMITS["venues_max"]
    fok: str = "refuse"
    flow_ns: int = 10_000_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class AlgorithmSpec:
    """One execution algorithm, as strategies name it by its place in the table: a kind of
    hot/execute/algorithms with its curve, its cap on the share of the market's volume
    (`participation_ppm`, 0: none), the bounds of a clip in ppm of the parent and how a clip is
    priced. What a kind asks of its fields is checked with the engine."""

    name: str
    kind: str
    slices: int = 1
    curve: tuple[int, ...] = ()
    participation_ppm: int = 0
    clip_min_ppm: int = 0
    clip_max_ppm: int = 1_000_000
    price: str = "rest_then_cross"
    rest_ns: int = 0
    urgency: Decimal | None = None
    risk_aversion: Decimal | None = None
    volatility: Decimal | None = None
    impact: Decimal | None = None
    horizon_s: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SimSpec:
    """The simulated venue: delays, queue model, self impact; used by backtest and demo only. What
    `latency` and `feed` mean stands in venues/sim/delays.py and timing.py, the queue models in
    queue.py; `latency_digest` is of the file, so that a configuration's hash knows its content."""

    order_latency_ns: int = 1_000_000
    response_latency_ns: int = 1_000_000
    feed_latency_ns: int = 500_000
    latency_jitter_ns: int = 200_000
    latency: str = "constant"
    latency_file: str = ""
    latency_digest: str = ""
    order_spread_ns: int = 0
    response_spread_ns: int = 0
    latency_shape_ppm: int = 0
    """Of a latency by a law, see venues/sim/laws.py."""
    feed: str = "constant"
    queue: str = "power"
    queue_power: int = 2
    fifo_orders: int = 262_144
    """Orders of the market that `queue = "fifo"` keeps."""
    partial_fills: bool = True
    """False: a trade that reaches a resting order fills all of it."""
    self_impact: bool = False
    direct_orders: bool = False
    """Orders and reports pass as records instead of the venue's text: faster, same decisions."""
    request_loss_ppm: int = 0
    report_loss_ppm: int = 0
    """How many requests never reach the venue and how many of its messages never the engine."""
    orders_per_10s: int = 0
    orders_per_min: int = 0
    orders_per_day: int = 0
    """New orders that each venue takes in an interval, see venues/sim/rates.py; 0: any number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything an engine is built from."""

    engine_id: int = 1
    epoch: int = 1
    seed: int = 1
    currencies: tuple[Currency, ...]
    venues: tuple[str, ...]
    instruments: tuple[Instrument, ...]
    sources: tuple[Source, ...]
    strategies: tuple[StrategySpec, ...] = ()
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    model: ModelSpec = field(default_factory=ModelSpec)
    risk: RiskSpec = field(default_factory=RiskSpec)
    breakers: tuple[BreakerSpec, ...] = ()
    drawdown: DrawdownSpec = field(default_factory=DrawdownSpec)
    portfolio: PortfolioSpec = field(default_factory=PortfolioSpec)
    lane: LaneSpec = field(default_factory=LaneSpec)
    account: AccountSpec = field(default_factory=AccountSpec)
    execute: ExecuteSpec = field(default_factory=ExecuteSpec)
    route: RouteSpec = field(default_factory=RouteSpec)
    algorithms: tuple[AlgorithmSpec, ...] = ()
    sim: SimSpec = field(default_factory=SimSpec)
    backends: Mapping[str, str] = field(default_factory=dict)
    stale_policy: str = "cancel"

    def venue_orders(self, venue: int) -> int:
        """Mask of the VENUE_ORDERS that a venue makes itself."""
        names = [f"{self.venues[venue]}:{kind}" for kind in VENUE_ORDERS]
        return sum((name in self.execute.venue_orders) << k for k, name in enumerate(names))

    def balance_units(self, currency: int) -> int:
        """Starting equity of a currency in its own units."""
        entry = self.currencies[currency]
        return units_of(self.balances.get(entry.name, Decimal(0)), entry.decimals)

    def hash(self) -> str:
        """BLAKE2b-64 over the canonical JSON of what decides behaviour (backends left out)."""
        data = {k: v for k, v in asdict(self).items() if k != "backends"}
        if not self.model.hash:
            data["model"].pop("hash")
        text = json.dumps(data, sort_keys=True, default=str)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def refuse_unknown(table: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raise ConfigError for the first key that is not known."""
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}" if near else f"; known: {', '.join(sorted(known))}"
            raise ConfigError(f"{where}: unknown key {key!r}{hint}")


def to_decimal(value: object, where: str) -> Decimal:
    """Exact decimal of a string or integer. Floats are refused: they are not exact."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ConfigError(
            f'{where}: write {value!r} as text, for example "0.01": floats are not exact'
        )
    try:
        number = Decimal(value)
    except InvalidOperation as error:
        raise ConfigError(f"{where}: {value!r} is not a decimal number") from error
    if not number.is_finite():
        raise ConfigError(f"{where}: {value!r} is not a finite number")
    if number and abs(number.adjusted()) > EXPONENT_MAX:
        raise ConfigError(f"{where}: {value!r} is beyond 10^{EXPONENT_MAX}: check its exponent")
    return number
