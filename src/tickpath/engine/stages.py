"""Builds the eight stages of an engine, each on the backend the configuration names.

The native engine, the reference engine and every mixture are built from the same object, so they
differ in speed only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from tickpath.core.backend import Backend, choose, load
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot import STAGES
from tickpath.hot.model.arrays import check_columns
from tickpath.hot.model.choose import Chosen, built
from tickpath.hot.strategy.configure import levels_of
from tickpath.venues.base import has_orders, source_module

BESIDE = {Backend.FPGA: Backend.REFERENCE}
"""What of risk has no form of its own on a board runs so."""
ORDER_MODULES = {Backend.REFERENCE: "orders", Backend.NATIVE: "native_orders"}


@dataclass(kw_only=True, slots=True)
class Stages:
    """One handle a stage; books, features and models are one an instrument. `codecs` are the order
    codecs that remember something of what the venue told."""

    backends: dict[str, Backend]
    columns: list[list[FeatureSpec]]
    levels: list[int]
    feed: Any
    books: list[Any]
    features: list[Any]
    models: list[Any]
    model: Chosen
    lane: Any
    strategy: Any
    risk: Any
    control: Any
    portfolio: Any
    route: Any
    execute: Any
    codecs: list[Any]

    def model_text(self) -> str:
        """Who evaluates the model and why, and the runs that failed; "" when there is nothing to
        say."""
        failed = [m for m in self.models if getattr(m, "failures", 0)]
        if not failed:
            return self.model.text() if self.model.reason else ""
        count = sum(m.failures for m in failed)
        return f"{self.model.text()}; {count} runs failed, the last one: {failed[-1].last_error}"


def backends_of(config: Config, default: Backend | None = None) -> dict[str, Backend]:
    """Backend of every stage in the walk: forced by the configuration, else `default`, else the
    best. A GPU has batches off the path only (core/config_lane.py says which), so that the walk of
    such a stage is on its usual backend."""
    for stage, name in config.backends.items():
        if stage not in STAGES or name not in tuple(Backend):
            raise ConfigError(
                f"[backends] {stage} = {name!r}: stages are {', '.join(STAGES)}; "
                f"backends are {', '.join(Backend)}"
            )
    forced = {
        stage: Backend(name) for stage, name in config.backends.items() if name != Backend.GPU
    }
    return {stage: choose(stage, forced.get(stage, default)) for stage in STAGES}


def order_codec(config: Config, index: int, backend: Backend) -> Any:
    """The order codec of a venue, None where it has market data only; a backtest may pass records
    instead of the venue's text."""
    if config.sim.direct_orders:
        return import_module("tickpath.venues.sim.direct").DirectCodec(config, index)
    venue = config.venues[index]
    if not has_orders(venue):
        return None
    folder = venue.partition("-")[0]
    module = import_module(f"tickpath.venues.{folder}.{ORDER_MODULES[backend]}")
    return module.OrderCodec(config, index)


def build_stages(config: Config, backends: Mapping[str, Backend]) -> Stages:
    """All stages of an engine. Raises ConfigError or BackendError with what to change."""
    decoders = [
        source_module(config, index, backends["feed"]).MarketDecoder(config, index)
        for index in range(len(config.sources))
    ]
    traded = {instrument.venue for instrument in config.instruments}
    codecs = [
        order_codec(config, index, backends["execute"]) if index in traded else None
        for index in range(len(config.venues))
    ]
    strategies = load("strategy", backends["strategy"]).Strategies
    columns = strategies.required_features(config)
    book = load("book", backends["book"]).Book
    features = load("features", backends["features"]).Features
    rows = [features(specs) for specs in columns]
    for specs in columns:
        check_columns(config.model, [spec.name for spec in specs])
    forced = config.backends.get("model")
    models = [built(config.model, len(specs), backends["model"], forced) for specs in columns]
    chosen = models[0][1] if models else Chosen(backends["model"], "")
    plain = backends["model"] == Backend.REFERENCE
    lane = import_module(f"tickpath.hot.model.{'lane' if plain else 'lane_native'}").Lane
    shown = LIMITS["view_levels"] if config.route.split else 0
    risk = load("risk", backends["risk"]).Risk(config)
    beside = BESIDE.get(backends["risk"], backends["risk"])
    control = import_module(f"tickpath.hot.risk.control.{beside}").Control
    portfolio = import_module(f"tickpath.hot.risk.portfolio.{beside}").Portfolio
    return Stages(
        backends={**backends, "model": chosen.backend},
        columns=columns,
        levels=[max(f.levels, n, shown) for f, n in zip(rows, levels_of(config), strict=True)],
        feed=load("feed", backends["feed"]).Feed(config, decoders),
        books=[book(config, i.index) for i in config.instruments],
        features=rows,
        models=[handle for handle, _ in models],
        model=chosen,
        lane=lane(config, columns),
        strategy=strategies(config, columns),
        risk=risk,
        control=control(config, risk),
        portfolio=portfolio(config, risk),
        route=load("route", backends["route"]).Route(config),
        execute=load("execute", backends["execute"]).Execute(config, codecs),
        codecs=[codec for codec in codecs if hasattr(codec, "export_state")],
    )
