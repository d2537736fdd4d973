"""What the sweep kernels are exact for: refused by name otherwise, never approximated.

Covered: `ema_cross`, `imbalance_maker` and strategies of `declare_bank`, alone on one spot
instrument of one source whose tick times lot is a whole number of settle units, with constant
latencies and jitter; all limits of [risk] but `duplicate_ns`. For `imbalance_maker` the queue
models pessimistic, power, power2 and power3 of a power up to 3, and recordings of one connection.
What a set cannot be judged for before it runs (a book that is lost under an order, an order deeper
than the kept levels) is found while it runs: `left` of its result.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from tickpath.backtest.sweep.batch.stream import Tape
from tickpath.core.config import AccountSpec, Config, DrawdownSpec, FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import InstrumentKind
from tickpath.devices.gpu import layout
from tickpath.devices.gpu.port import Port
from tickpath.devices.gpu.sweep import Figures, makers, takers
from tickpath.hot.risk.context import limits_of
from tickpath.hot.risk.limits import RATE_FIELDS
from tickpath.hot.strategy.configure import Configured, configure_one
from tickpath.hot.strategy.declare import Declaration
from tickpath.hot.strategy.discover import find
from tickpath.venues.sim.frames import Recording

UNITS_MAX: Final = 2**59
"""A product of the kernels doubles it once: 2**60, and sums of two stay below 2**63."""
EMA_CROSS, BANK = range(2)
EMA_NAME: Final = "ema_cross"
MAKER_NAME: Final = "imbalance_maker"
MAKER_QUEUES: Final = ("power", "pessimistic", "power2", "power3")
POWER_MAX: Final = 3
INSTEAD: Final = "take --executor process, thread, ray or dask"


def makes(config: Config) -> bool:
    """Whether the strategy rests orders."""
    return bool(config.strategies) and config.strategies[0].name == MAKER_NAME


def reasons(config: Config) -> Iterator[str]:
    """Why a configuration is not covered, one line each; none: it is."""
    if len(config.instruments) != 1 or len(config.sources) != 1:
        yield f"{len(config.instruments)} instruments on {len(config.sources)} sources: only one"
        return
    i = config.instruments[0]
    if i.kind != InstrumentKind.SPOT:
        yield f"{i.symbol} is {i.kind.name.lower()}: only spot"
    elif i.value_ratio[1] != 1:
        yield f"{i.symbol}: a tick times a lot is no whole number of its settle currency's units"
    if not i.trading:
        yield f"{i.symbol} is not trading"
    yield from strategy_reasons(config)
    yield from sim_reasons(config)
    yield from risk_reasons(config)


def strategy_reasons(config: Config) -> Iterator[str]:
    """Of the strategy."""
    if len(config.strategies) != 1:
        yield f"{len(config.strategies)} strategies: only one"
        return
    name = config.strategies[0].name
    declaration = find(name)
    if name not in (EMA_NAME, MAKER_NAME) and declaration.bank is None:
        yield f"strategy {name}: only {EMA_NAME}, {MAKER_NAME} and banks (declare_bank)"
    if declaration.warm_up:
        yield f"strategy {name}: a warm-up of its own"


def sim_reasons(config: Config) -> Iterator[str]:
    """Of the simulated venue."""
    sim = config.sim
    if sim.latency != "constant":
        yield f'[sim] latency = "{sim.latency}": only constant'
    if sim.feed != "constant":
        yield f'[sim] feed = "{sim.feed}": only constant'
    if sim.queue == "fifo":
        yield '[sim] queue = "fifo": only the models of levels'
    elif makes(config) and (sim.queue not in MAKER_QUEUES or sim.queue_power > POWER_MAX):
        yield f'[sim] queue = "{sim.queue}" of power {sim.queue_power}: only {MAKER_QUEUES} up to 3'
    if sim.self_impact:
        yield "[sim] self_impact: each set would have a book of its own"
    if sim.request_loss_ppm or sim.report_loss_ppm:
        yield "[sim] lost messages"
    if sim.orders_per_10s or sim.orders_per_min or sim.orders_per_day:
        yield "[sim] order limits of the venue"


def risk_reasons(config: Config) -> Iterator[str]:
    """Of risk and account."""
    if config.breakers or config.drawdown != DrawdownSpec():
        yield "circuit breakers and drawdown levels"
    if config.portfolio.grid_ns:
        yield "[portfolio]: figures computed off the path"
    if config.risk.duplicate_ns:
        yield "[risk] duplicate_ns"
    if config.route.split:
        yield "[route] split"
    plain = replace(config.account, cost=AccountSpec().cost, currencies=(), reporting="")
    if plain.cash or plain.hedging:
        yield "[account] cash and hedging accounts"


def check(config: Config) -> None:
    """ConfigError that names all of `reasons` and what to do instead."""
    refuse(list(reasons(config)))


def check_recording(config: Config, recording: Recording) -> None:
    """ConfigError for a recording that the strategy is not covered on."""
    found = []
    if recording.sources is not None and np.any(recording.sources):
        found.append("a recording of several sources")
    if makes(config) and recording.starts:
        found.append(f"{MAKER_NAME} on a recording of several connections")
    refuse(found)


def check_tape(config: Config, tape: Tape) -> None:
    """ConfigError for a stream on which the strategy is not covered."""
    sim, found = config.sim, []
    way_ns = sim.order_latency_ns + sim.response_latency_ns + 2 * sim.latency_jitter_ns
    if makes(config) and tape.quiet_ns + way_ns > limits_of(config)[0].stale_ns:
        found.append(f"{MAKER_NAME} where no frame comes for {tape.quiet_ns} ns: stale data")
    if makes(config) and way_ns >= LIMITS["ack_ns_max"]:
        found.append("latencies after which the engine asks for its orders")
    refuse(found)


def refuse(found: Sequence[str]) -> None:
    if found:
        raise ConfigError(f"executor batch does not cover {'; '.join(found)}: {INSTEAD}")


def figures_for(
    config: Config, tape: Tape, plan: Any, sets: Any, port: Port | None, threads: int
) -> Figures:
    """All sets along the stream, by the kernel of their strategy."""
    if makes(config):
        return makers(tape.stream, tape.market, plan, sets, port, threads)
    return takers(tape.stream, plan, sets, port, threads)


def features_of(declaration: Declaration) -> tuple[FeatureSpec, ...]:
    """Columns that the stream must have: those of a bank. Averages of a cross are the sets' own."""
    return () if declaration.bank is None else declaration.feature_specs({})


def votes_of(declaration: Declaration, tape: Tape) -> Tape:
    """The tape with the votes of a bank on every book event."""
    if declaration.bank is None:
        return tape
    events = tape.stream.events.copy()
    for k in np.flatnonzero(events["kind"] == 0):
        events["votes"][k] = sum(declaration.bank.signals(list(tape.features[k])))
    return replace(tape, stream=tape.stream._replace(events=events))


def plan_of(config: Config, tape: Tape, order_rows: int, fill_rows: int) -> Any:
    """One SWEEP_PLAN record."""
    i, sim = config.instruments[0], config.sim
    limits = limits_of(config)[0]
    ceiling = LIMITS["price_collar_ppm_max"]
    plan = np.zeros(1, layout.SWEEP_PLAN)
    values = {
        "order_rows": order_rows,
        "fill_rows": fill_rows,
        "last_ns": tape.last_ns,
        "last_mid2": tape.last_mid2,
        "order_ns": sim.order_latency_ns,
        "response_ns": sim.response_latency_ns,
        "jitter_ns": sim.latency_jitter_ns,
        "seed": np.uint64(config.seed % 2**64).view(np.int64),
        "balance_units": config.balance_units(i.settle),
        "value_num": i.value_ratio[0],
        "maker_fee_ppm": i.maker_fee_ppm,
        "taker_fee_ppm": i.taker_fee_ppm,
        "lots_min": i.quantity_lots_min,
        "lots_max": min(i.quantity_lots_max, limits.order_lots_max),
        "step_lots": i.order_step_lots,
        "notional_units_min": i.notional_units_min,
        "notional_floor_units": -(-i.notional_units_min * 21 // 20),
        "order_notional_units_max": limits.order_notional_units_max,
        "order_notional_ppm": LIMITS["order_notional_ceiling_ppm"],
        "position_ppm": min(limits.position_ceiling_ppm, LIMITS["position_ceiling_ppm"]),
        "collar_ppm": min(limits.price_collar_ppm, ceiling),
        "fat_finger_ppm": min(limits.fat_finger_ppm, LIMITS["fat_finger_ppm_max"]),
        "gross_units_max": limits.gross_units_max,
        "net_units_max": limits.net_units_max,
        "leverage_ppm": min(limits.leverage_ppm, LIMITS["leverage_ppm_max"]),
        "concentration_ppm": min(limits.concentration_ppm, LIMITS["concentration_ppm_max"]),
        "margin_ppm": config.account.margin_ppm,
        "open_orders_max": min(limits.open_orders_max, LIMITS["open_orders_max"]),
        "feed_ns": sim.feed_latency_ns,
        "queue": MAKER_QUEUES.index(sim.queue) if sim.queue in MAKER_QUEUES else 0,
        "queue_power": sim.queue_power,
        "whole_fills": int(not sim.partial_fills),
        "bid_prices": tape.bid_prices,
        "ask_prices": len(tape.market.prices) - 1 - tape.bid_prices,
    }
    for name, value in values.items():
        plan[name] = value
    for k, (rate_name, burst_name) in enumerate(RATE_FIELDS):
        rate, burst = getattr(limits, rate_name), getattr(limits, burst_name)
        step = -(-1_000_000_000 // rate) if rate > 0 else 0
        plan["step_ns"][0, k] = step
        plan["room_ns"][0, k] = (burst - 1) * step if step > 0 and burst > 0 else -1
    return plan


def entry_of(config: Config) -> Configured:
    """The strategy's checked parameters. ConfigError as a backtest of them raises it."""
    return configure_one(config, 0, config.strategies[0])


SIZES: Final = ("order_lots", "order_units", "position_units")


def maker_of(ints: Mapping[str, int]) -> Any:
    """One MAKER_SET record."""
    found = np.zeros((), layout.MAKER_SET)
    for name in (*SIZES, "half_spread_ppm", "lean_ppm", "replace_ppm", "imbalance_levels"):
        found[name] = ints[name]
    found["shift_ppm"] = ints["imbalance_shift_ppm"]
    return found


def set_of(entry: Configured) -> Any:
    """One TAKER_SET or MAKER_SET record of checked parameters."""
    ints = entry.params[0].ints
    if entry.declaration.name == MAKER_NAME:
        return maker_of(ints)
    found = np.zeros((), layout.TAKER_SET)
    for name in (*SIZES, "slip_ppm"):
        found[name] = ints[name]
    if entry.declaration.bank is not None:
        found["kind"], found["votes_full"] = BANK, ints["votes_full"]
        return found
    found["kind"], found["tries_max"] = EMA_CROSS, ints["tries_max"]
    found["slow_period"] = ints["slow_period"]
    found["fast_alpha"] = 2.0 / (ints["fast_period"] + 1.0)
    found["slow_alpha"] = 2.0 / (ints["slow_period"] + 1.0)
    found["band"] = float(ints["band_ppm"]) * 1e-6
    found["votes_full"] = 1
    return found


def outsize(plan: Any, one: Any, tape: Tape) -> str:
    """Why a set's products might not fit the words of the kernels, or nothing."""
    num = int(plan["value_num"][0])
    most = 2 * tape.ticks_most
    least = max(tape.ticks_least, 1) * num
    units = max(int(plan["notional_floor_units"][0]), int(one["order_units"]))
    lots = max(int(one["order_lots"]), units // least + 1, int(plan["lots_min"][0]))
    lots = 8 * (lots + int(plan["step_lots"][0]))
    held = max(lots, int(one["position_units"]) // least + 1)
    fee = max(abs(int(plan["taker_fee_ppm"][0])), abs(int(plan["maker_fee_ppm"][0])), 1)
    balance = abs(int(plan["balance_units"][0]))
    if max(most * held * num, most * lots * num * fee // 8, balance) > UNITS_MAX:
        return "its orders or balance are too large for the words of the batch"
    if max(held, 20 * tape.lots_most) > 2**62 // 10**6:
        return "its quantities, or those of the books, are too large for the words of the batch"
    if held * 64 > 2**62 or most > 2**37 or int(plan["notional_units_min"][0]) > UNITS_MAX:
        return "its quantities or prices are too large for the words of the batch"
    return ""
