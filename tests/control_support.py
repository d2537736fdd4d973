"""Shared by the tests of control: a control with its risk handle, on one backend."""

from importlib import import_module
from typing import Any

from risk_support import MID, S, context
from support import btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.config import BreakerSpec, Config, StrategySpec
from tickpath.core.records import Intent, IntentKind
from tickpath.hot.risk.control.spec import ControlEvent, On

STRATEGIES = (
    StrategySpec(name="ema_cross", instruments=(0, 1)),
    StrategySpec(name="ema_cross", instruments=(0, 1)),
)


def config_with(*breakers: BreakerSpec, **changes: Any) -> Config:
    """Two spot instruments in one currency, two strategies."""
    two = (btcusdt(), btcusdt(symbol="OTHER"))
    return config_of(*two, breakers=breakers, strategies=STRATEGIES, **changes)


def control_of(name: str, config: Config) -> Any:
    """Control of a backend over a risk handle of the same."""
    risk = load("risk", Backend(name)).Risk(config)
    return import_module(f"tickpath.hot.risk.control.{name}").Control(config, risk)


def market(now_ns: int, bid: int = MID - 1, ask: int = MID + 1, instrument: int = 0) -> Any:
    return ControlEvent(On.MARKET, instrument, now_ns, bid_ticks=bid, ask_ticks=ask)


def report(now_ns: int, kind: int = 1, instrument: int = 0, **changes: Any) -> Any:
    return ControlEvent(On.REPORT, instrument, now_ns, report=kind, **changes)


def refusal(control: Any, config: Config, instrument: int = 0, strategy: int = 0) -> int:
    """The code a plain order gets now."""
    intent = Intent(IntentKind.SUBMIT, strategy, instrument, price_ticks=MID, quantity_lots=200)
    at = context(config, now_ns=S, last_market_ns=[S, S])
    return int(control.risk.validate([intent], at)[0])
