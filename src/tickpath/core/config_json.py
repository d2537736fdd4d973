"""The configuration as JSON text and back: a journal carries it, so a replay needs no file."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from tickpath.core.config import (
    PORTFOLIO_MONEY,
    AccountSpec,
    AlgorithmSpec,
    BreakerSpec,
    Config,
    Currency,
    DrawdownSpec,
    ExecuteSpec,
    Instrument,
    LaneSpec,
    ModelSpec,
    PortfolioSpec,
    RiskSpec,
    RouteSpec,
    SimSpec,
    Source,
    StrategySpec,
)
from tickpath.core.errors import ConfigError
from tickpath.core.records import InstrumentKind

DECIMAL_FIELDS = (
    "tick_size",
    "lot_size",
    "quantity_min",
    "quantity_max",
    "notional_min",
    "multiplier",
)
MONEY_LIMITS = (
    "order_quantity_max",
    "order_notional_max",
    "gross_exposure_max",
    "net_exposure_max",
)

ALGORITHM_DECIMALS = ("urgency", "risk_aversion", "volatility", "impact", "horizon_s")


def config_to_json(config: Config) -> str:
    """Canonical text; decimals are strings."""
    return json.dumps(asdict(config), sort_keys=True, default=str)


def config_from_json(text: str) -> Config:
    """The inverse of `config_to_json`. Raises ConfigError when the text is not a configuration."""
    try:
        data: dict[str, Any] = json.loads(text)
        return Config(
            engine_id=data["engine_id"],
            epoch=data["epoch"],
            seed=data["seed"],
            currencies=tuple(Currency(**c) for c in data["currencies"]),
            venues=tuple(data["venues"]),
            instruments=tuple(_instrument(i) for i in data["instruments"]),
            sources=tuple(
                Source(**{**s, "instruments": tuple(s["instruments"])}) for s in data["sources"]
            ),
            strategies=tuple(
                StrategySpec(
                    name=s["name"], instruments=tuple(s["instruments"]), params=s["params"]
                )
                for s in data["strategies"]
            ),
            balances={k: Decimal(v) for k, v in data["balances"].items()},
            model=ModelSpec(**data["model"]),
            risk=_risk(data["risk"]),
            account=_account(data["account"]),
            execute=ExecuteSpec(venue_orders=tuple(data["execute"]["venue_orders"])),
            route=RouteSpec(**{**data["route"], "latency_ns": tuple(data["route"]["latency_ns"])}),
            algorithms=tuple(_algorithm(a) for a in data["algorithms"]),
            breakers=tuple(
                BreakerSpec(**{**b, "instruments": tuple(b["instruments"])})
                for b in data["breakers"]
            ),
            drawdown=DrawdownSpec(**data["drawdown"]),
            portfolio=_portfolio(data["portfolio"]),
            lane=LaneSpec(**data.get("lane", {})),
            sim=SimSpec(**data["sim"]),
            backends=data["backends"],
            stale_policy=data["stale_policy"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"not a configuration: {error!r}") from error


def _instrument(data: dict[str, Any]) -> Instrument:
    exact: dict[str, Decimal | None] = {name: Decimal(data[name]) for name in DECIMAL_FIELDS}
    step = data["order_step"]
    exact["order_step"] = None if step is None else Decimal(step)
    return Instrument(**{**data, **exact, "kind": InstrumentKind(data["kind"])})


def _portfolio(data: dict[str, Any]) -> PortfolioSpec:
    exact = {name: Decimal(data[name]) for name in PORTFOLIO_MONEY}
    return PortfolioSpec(**{**data, **exact})


def _account(data: dict[str, Any]) -> AccountSpec:
    names = {k: tuple(data[k]) for k in ("hedging", "currencies", "cash")}
    return AccountSpec(**{**data, **names})


def _algorithm(data: dict[str, Any]) -> AlgorithmSpec:
    exact = {k: None if data[k] is None else Decimal(data[k]) for k in ALGORITHM_DECIMALS}
    return AlgorithmSpec(**{**data, **exact, "curve": tuple(data["curve"])})


def _risk(data: dict[str, Any]) -> RiskSpec:
    exact = {k: Decimal(data[k]) for k in MONEY_LIMITS}
    return RiskSpec(**{**data, **exact})
