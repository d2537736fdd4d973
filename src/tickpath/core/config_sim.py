"""The table [sim] of a configuration file: the simulated venue of backtests.

[sim]
order_latency_ns = 800000
latency = "interpolated"
latency_file = "latency.npz"            # beside the configuration
feed = "recorded"
queue = "log"
partial_fills = false
orders_per_10s = 50
"""

import hashlib
from pathlib import Path

from tickpath.core.config import FEEDS, LATENCIES, MEASURED, SHAPES_PPM, SimSpec
from tickpath.core.errors import ConfigError
from tickpath.core.toml_table import TomlTable

NS_MAX = 60 * 10**9
ORDERS_MAX = 10**9
FIFO_ORDERS_MAX = 1 << 24
SHAPE_MAX = max(high for _, high in SHAPES_PPM.values())


def digest_of(path: Path | str) -> str:
    """BLAKE2b-64 of a file. Raises ConfigError when it cannot be read."""
    try:
        return hashlib.blake2b(Path(path).read_bytes(), digest_size=8).hexdigest()
    except OSError as error:
        raise ConfigError(f"[sim] latency_file {path}: {error.strerror or error}") from error


def sim_of(table: TomlTable, folder: Path) -> SimSpec:
    """The table; a latency file lies beside the configuration, in `folder`."""
    base = SimSpec()
    latency = table.text("latency", base.latency, LATENCIES)
    named = table.text("latency_file", "")
    if (latency in MEASURED) != bool(named):
        raise ConfigError(
            f"{table.place('latency')} is {latency!r}: "
            + ("it has no use for latency_file" if named else "it needs latency_file, an .npz")
        )
    file = str(folder / named) if named else ""
    spec = SimSpec(
        order_latency_ns=table.integer("order_latency_ns", base.order_latency_ns, 0, NS_MAX),
        response_latency_ns=table.integer(
            "response_latency_ns", base.response_latency_ns, 0, NS_MAX
        ),
        feed_latency_ns=table.integer("feed_latency_ns", base.feed_latency_ns, 0, NS_MAX),
        latency_jitter_ns=table.integer("latency_jitter_ns", base.latency_jitter_ns, 0, NS_MAX),
        latency=latency,
        order_spread_ns=table.integer("order_spread_ns", base.order_spread_ns, 0, NS_MAX),
        response_spread_ns=table.integer("response_spread_ns", base.response_spread_ns, 0, NS_MAX),
        latency_shape_ppm=table.integer("latency_shape_ppm", base.latency_shape_ppm, 0, SHAPE_MAX),
        latency_file=file,
        latency_digest=digest_of(file) if file else "",
        feed=table.text("feed", base.feed, FEEDS),
        queue=table.text("queue", base.queue),
        queue_power=table.integer("queue_power", base.queue_power, 1, 4),
        fifo_orders=table.integer("fifo_orders", base.fifo_orders, 1, FIFO_ORDERS_MAX),
        partial_fills=table.flag("partial_fills", base.partial_fills),
        self_impact=table.flag("self_impact", base.self_impact),
        request_loss_ppm=table.integer("request_loss_ppm", base.request_loss_ppm, 0, 10**6),
        report_loss_ppm=table.integer("report_loss_ppm", base.report_loss_ppm, 0, 10**6),
        orders_per_10s=table.integer("orders_per_10s", base.orders_per_10s, 0, ORDERS_MAX),
        orders_per_min=table.integer("orders_per_min", base.orders_per_min, 0, ORDERS_MAX),
        orders_per_day=table.integer("orders_per_day", base.orders_per_day, 0, ORDERS_MAX),
    )
    table.done()
    check_law(spec)
    return spec


def check_law(sim: SimSpec) -> None:
    """Raises ConfigError when the numbers of a law are missing, or given to a model without."""
    low, high = SHAPES_PPM.get(sim.latency, (0, 0))
    if not low <= sim.latency_shape_ppm <= high:
        raise ConfigError(
            f"[sim] latency = {sim.latency!r}: latency_shape_ppm is {sim.latency_shape_ppm}: "
            + (f"write {low}..{high}" if high else "it has no shape, leave it out")
        )
    spreads = (sim.order_spread_ns, sim.response_spread_ns)
    if sim.latency in SHAPES_PPM and not any(spreads):
        raise ConfigError(
            f"[sim] latency = {sim.latency!r} needs order_spread_ns or response_spread_ns"
        )
    if sim.latency not in SHAPES_PPM and any(spreads):
        raise ConfigError(
            f"[sim] order_spread_ns and response_spread_ns belong to {', '.join(SHAPES_PPM)}: "
            f"latency is {sim.latency!r}"
        )
