"""Doors around the limits stay shut: configuration, environment, Python, the handle."""

from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from risk_support import BACKENDS, MID, S, buy, one
from support import btcusdt, config_of

from tickpath.core import limits as limits_module
from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config, RiskSpec
from tickpath.core.errors import ConfigError, LimitError
from tickpath.core.limits import LIMITS
from tickpath.core.records import (
    Position,
)
from tickpath.hot.risk import context as context_module
from tickpath.hot.risk.context import limits_of


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("risk", Backend(request.param))


CEILINGS = ["position_ceiling_ppm", "price_collar_ppm", "order_rate_per_s", "order_burst"]


def forced(**values: Any) -> Config:
    """A configuration whose frozen risk table was written into from outside."""
    config = config_of(risk=RiskSpec())
    for name, value in values.items():
        object.__setattr__(config.risk, name, value)
    return config


@pytest.mark.parametrize("name", [*CEILINGS, "stale_ns"])
@pytest.mark.parametrize("value", [2**40, 2**63, -1, 1.5, True, None, "1"])
def test_a_forced_configuration_is_refused(module: ModuleType, name: str, value: Any) -> None:
    with pytest.raises((ConfigError, TypeError)):
        module.Risk(forced(**{name: value}))


@pytest.mark.parametrize("name", CEILINGS)
def test_a_configuration_looser_than_compiled_cannot_be_written(name: str) -> None:
    with pytest.raises(LimitError):
        RiskSpec(**{name: 2**40})


@pytest.mark.parametrize("value", [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), 1.5, None])
@pytest.mark.parametrize("name", ["order_quantity_max", "order_notional_max"])
def test_maxima_are_numbers(module: ModuleType, name: str, value: Any) -> None:
    with pytest.raises(ConfigError):
        module.Risk(forced(**{name: value}))


def test_the_environment_is_not_read(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in LIMITS:
        for prefix in ("", "TP_", "TICKPATH_", "TICKPATH_RISK_"):
            monkeypatch.setenv(f"{prefix}{name}".upper(), "999999999")
    config = config_of()
    assert one(module.Risk(config), config, buy(4001)) == Code.RISK_NOTIONAL_MAX


def test_limits_cannot_be_written() -> None:
    with pytest.raises(TypeError):
        LIMITS["position_ceiling_ppm"] = 1_000_000  # type: ignore[index]


def test_native_obeys_the_compiled_limits_whatever_python_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loose = dict.fromkeys(LIMITS, 2**62) | {"instruments_max": LIMITS["instruments_max"]}
    monkeypatch.setattr(context_module, "LIMITS", loose)
    monkeypatch.setattr(limits_module, "LIMITS", loose)
    config = forced(
        position_ceiling_ppm=10**6,
        price_collar_ppm=10**6,
        order_rate_per_s=10**9,
        order_burst=2**62 // S,
        stale_ns=2**62,
    )
    risk = load("risk", Backend.NATIVE).Risk(config)
    assert risk.tokens(0, 0) == 1000
    assert one(risk, config, buy(4001)) == Code.RISK_NOTIONAL_MAX
    held = {"positions": [Position(position_lots=4000)]}
    assert one(risk, config, buy(10), **held) == Code.RISK_POSITION
    assert one(risk, config, buy(100, 5_250_001)) == Code.RISK_COLLAR
    late = {"now_ns": 7 * S, "last_market_ns": [2 * S - 1]}
    assert one(risk, config, buy(100), **late) == Code.RISK_STALE


def test_a_handle_has_no_limit_to_write() -> None:
    risk = load("risk", Backend.NATIVE).Risk(config_of())
    public = [name for name in dir(risk) if not name.startswith("_")]
    assert sorted(public) == [
        "export_state", "import_state", "kill", "killed", "limits", "load", "rearm", "set_gate",
        "set_limit", "set_reference", "set_strategy_gate", "set_venue", "tokens", "validate",
        "validate_batch", "validate_children", "validate_moved",
    ]  # fmt: skip
    with pytest.raises(AttributeError):
        risk.killed = False
    with pytest.raises(AttributeError):
        risk.limits = None
    risk.limits()[0][2] = 10**6
    assert risk.limits()[0][2] == LIMITS["position_ceiling_ppm"]
    assert risk.set_limit(2, -1, 20_001) == Code.ENGINE_LIMIT


def test_limits_can_be_tightened(module: ModuleType) -> None:
    spec = RiskSpec(
        position_ceiling_ppm=10_000, price_collar_ppm=1000, order_quantity_max=Decimal("0.015")
    )
    config = config_of(risk=spec)
    risk = module.Risk(config)
    assert one(risk, config, buy(1501)) == Code.RISK_QUANTITY_MAX
    assert one(risk, config, buy(1500)) == 0
    held = {"positions": [Position(position_lots=501)]}
    assert one(risk, config, buy(1500), **held) == Code.RISK_POSITION
    assert one(risk, config, buy(1500, MID + 5001)) == Code.RISK_COLLAR
    assert one(risk, config, buy(1500, MID + 5000, side=1)) == 0
    tight = config_of(risk=RiskSpec(order_notional_max=Decimal(750)))
    assert one(module.Risk(tight), tight, buy(1500)) == 0
    assert one(module.Risk(tight), tight, buy(1501)) == Code.RISK_NOTIONAL_MAX


def test_zero_closes_everything(module: ModuleType) -> None:
    for name in ("position_ceiling_ppm", "order_burst", "order_notional_max"):
        zero = Decimal(0) if name == "order_notional_max" else 0
        config = config_of(risk=RiskSpec(**{name: zero}))
        assert one(module.Risk(config), config, buy(100)) != 0


def test_tables_that_do_not_fit_are_refused(module: ModuleType) -> None:
    with pytest.raises(ConfigError):
        module.Risk(config_of(*[btcusdt()] * (LIMITS["instruments_max"] + 1)))
    with pytest.raises(ConfigError):
        module.Risk(config_of(btcusdt(settle=3)))
    with pytest.raises(ConfigError):
        module.Risk(config_of(btcusdt(settle=-1)))


def test_limits_in_an_instruments_own_integers() -> None:
    spec = RiskSpec(order_quantity_max=Decimal("0.0000299"), order_notional_max=Decimal("1E+30"))
    (limits,) = limits_of(config_of(risk=spec))
    assert limits.order_lots_max == 2
    assert limits.order_notional_units_max == 2**62
