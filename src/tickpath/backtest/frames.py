"""The tables of a run as pandas DataFrames, for notebooks. pandas is imported when asked for."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from tickpath.backtest.execution import order_of
from tickpath.backtest.markouts import horizon_text
from tickpath.backtest.sampling import ENDS
from tickpath.core.errors import ConfigError
from tickpath.core.records import IntentKind, OrderType, TimeInForce
from tickpath.venues.sim.fills import WHY

if TYPE_CHECKING:
    from tickpath.backtest.result import Result

Columns = dict[str, Any]


def stamps(t_ns: Any) -> Any:
    """int64 ns as datetime64[ns]."""
    return np.asarray(t_ns, dtype=np.int64).astype("datetime64[ns]")


def sized(result: "Result", rows: Any, name: str, size: str) -> Any:
    """A column of ticks or lots as float64 prices or quantities."""
    sizes = np.array([float(getattr(i, size)) for i in result.config.instruments])
    return rows[name] * sizes[rows["instrument"]]


def symbols(result: "Result", rows: Any) -> Any:
    """`venue:symbol` of each row."""
    return np.array(result.instrument_names())[rows["instrument"]]


def scaled(result: "Result", rows: Any, name: str) -> Any:
    """A column of units as float64 money of the settle currency."""
    scale = np.array([10.0**i.settle_decimals for i in result.config.instruments])
    return rows[name] / scale[rows["instrument"]]


def sides(rows: Any) -> Any:
    return np.where(rows["side"] == 0, "buy", "sell")


def equity(result: "Result") -> Columns:
    """A row a sample: equity, drawdown, gross, net and leverage by currency, positions."""
    found: Columns = {"time": result.times()}
    for name in result.settle_currencies():
        found[f"equity {name}"] = result.equity(name)
        found[f"drawdown {name}"] = result.drawdown(name)
        for kind, series in result.exposure(name).items():
            found[f"{kind} {name}"] = series
    for k, name in enumerate(result.instrument_names()):
        found[f"position {name}"] = result.position(k)
    return found


def fills(result: "Result") -> Columns:
    """A row a fill."""
    rows = result.fill_rows
    return {
        "time": stamps(rows["t_ns"]),
        "instrument": symbols(result, rows),
        "side": sides(rows),
        "price": sized(result, rows, "price_ticks", "tick_size"),
        "quantity": sized(result, rows, "quantity_lots", "lot_size"),
        "fee": scaled(result, rows, "fee_units"),
        "maker": rows["maker"] != 0,
        "reason": np.array(WHY)[rows["why"]],
        "client_order_id": rows["client_order_id"],
        "order_row": order_of(rows, result.order_rows),
    }


def orders(result: "Result") -> Columns:
    """A row a kept order, with its cost."""
    rows, cost = result.order_rows, result.shortfall
    size = np.array([float(i.tick_size) for i in result.config.instruments])[rows["instrument"]]
    lot = np.array([float(i.lot_size) for i in result.config.instruments])[rows["instrument"]]
    return {
        "time": stamps(rows["t_ns"]),
        "instrument": symbols(result, rows),
        "strategy": rows["strategy"],
        "kind": [IntentKind(k).name.lower() for k in rows["kind"].tolist()],
        "side": sides(rows),
        "type": [OrderType(k).name.lower() for k in rows["type"].tolist()],
        "time_in_force": [TimeInForce(k).name for k in rows["time_in_force"].tolist()],
        "price": rows["price_ticks"] * size,
        "quantity": rows["quantity_lots"] * lot,
        "filled": cost.filled_lots * lot,
        "decision_mid": np.where(cost.decision_mid2 > 0, cost.decision_mid2 * size / 2, np.nan),
        "slippage": cost.slippage,
        "fees": cost.fees,
        "opportunity": cost.opportunity,
        "slippage_ticks": cost.slippage_ticks,
        "end": np.array(ENDS)[rows["end"]],
        "client_order_id": rows["client_order_id"],
    }


def trips(result: "Result") -> Columns:
    """A row a FIFO round trip."""
    rows = result.trips
    return {
        "opened": stamps(rows["open_ns"]),
        "closed": stamps(rows["close_ns"]),
        "instrument": symbols(result, rows),
        "side": sides(rows),
        "quantity": sized(result, rows, "quantity_lots", "lot_size"),
        "entry": sized(result, rows, "entry_ticks", "tick_size"),
        "exit": sized(result, rows, "exit_ticks", "tick_size"),
        "profit": scaled(result, rows, "profit_units"),
        "fees": scaled(result, rows, "fee_units"),
    }


def mids(result: "Result") -> Columns:
    """A row a change of a mid at the venue."""
    rows = result.mid_rows
    price = sized(result, rows, "mid2", "tick_size") / 2
    return {
        "time": stamps(rows["t_ns"]),
        "instrument": symbols(result, rows),
        "mid": np.where(rows["mid2"] > 0, price, np.nan),
    }


def marked(result: "Result") -> Columns:
    """A row a fill: markouts in ticks by horizon."""
    found = result.markouts()
    names = [f"{horizon_text(h)} ticks" for h in found.horizons_ns]
    return {"time": stamps(result.fill_rows["t_ns"])} | dict(
        zip(names, found.ticks().T, strict=True)
    )


TABLES: dict[str, Callable[["Result"], Columns]] = {
    "equity": equity,
    "fills": fills,
    "orders": orders,
    "trips": trips,
    "mids": mids,
    "markouts": marked,
}


def frame(result: "Result", name: str) -> Any:
    """One of TABLES as a DataFrame; "equity" is indexed by time."""
    if name not in TABLES:
        raise ConfigError(f"frame {name!r}: choose {', '.join(TABLES)}")
    try:
        import pandas
    except ImportError as error:
        raise ConfigError("frames need pandas: pip install pandas") from error
    made = pandas.DataFrame(TABLES[name](result))
    return made.set_index("time") if name == "equity" else made
