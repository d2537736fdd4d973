"""The tables [risk] and [account] of a file: every limit is read, none can be loosened."""

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from tickpath.core.config import CEILINGS, Config, RiskSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError, LimitError
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import limits_of
from tickpath.hot.risk.limits import LIMIT_FIELDS, LOTS_MAX, ceilings

HEAD = '[[sources]]\nvenue = "binance-spot"\nsymbols = ["BTCUSDT"]\n'
MONEY = {
    "order_quantity_max": "1.5",
    "order_notional_max": "2000",
    "gross_exposure_max": "3000.25",
    "net_exposure_max": "400",
}


def load(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(HEAD + text)
    return load_config(path)


def test_every_limit_is_read(tmp_path: Path) -> None:
    """A number of its own for each, so that none is taken for another."""
    small = {name: 3 + k for k, name in enumerate(CEILINGS)}
    lines = [f"{n} = {v}" for n, v in small.items()] + [f'{n} = "{v}"' for n, v in MONEY.items()]
    config = load(tmp_path, "[risk]\n" + "\n".join(lines))
    assert {f.name for f in fields(RiskSpec)} == {*small, *MONEY}
    assert config.risk == RiskSpec(**small, **{n: Decimal(v) for n, v in MONEY.items()})
    assert config_from_json(config_to_json(config)) == config
    (limits,) = limits_of(config)
    assert (limits.gross_units_max, limits.net_units_max) == (300_025_000_000, 40_000_000_000)
    assert {n: getattr(limits, n) for n in small} == small


@pytest.mark.parametrize("name", CEILINGS)
def test_no_limit_is_looser_than_compiled(tmp_path: Path, name: str) -> None:
    most = LIMITS[CEILINGS[name]]
    assert getattr(load(tmp_path, f"[risk]\n{name} = {most}").risk, name) == most
    for value in (most + 1, -1):
        with pytest.raises(ConfigError, match=name):
            load(tmp_path, f"[risk]\n{name} = {value}")
        with pytest.raises(LimitError, match=name):
            RiskSpec(**{name: value})


@pytest.mark.parametrize("name", MONEY)
@pytest.mark.parametrize("value", ['"0"', '"-1"', "1.5", '"NaN"', "true"])
def test_money_is_a_positive_exact_number(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load(tmp_path, f"[risk]\n{name} = {value}")


def test_how_orders_are_paid_for_is_read(tmp_path: Path) -> None:
    config = load(tmp_path, '[account]\ncash = ["binance-spot"]\nmargin_ppm = 123')
    assert (config.account.cash, config.account.margin_ppm) == (("binance-spot",), 123)
    assert config_from_json(config_to_json(config)) == config


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('cash = ["binance-usdm"]', "binance-usdm"),
        ('cash = ["nowhere"]', "nowhere"),
        ("margin_ppm = 0", "margin_ppm"),
        ("margin_ppm = 1000001", "margin_ppm"),
    ],
)
def test_other_ways_to_pay_are_refused(tmp_path: Path, line: str, wanted: str) -> None:
    with pytest.raises(ConfigError, match=wanted):
        load(tmp_path, f"[account]\n{line}")


def test_only_money_and_lots_have_no_ceiling_of_their_own() -> None:
    free = [n for n, ceiling in zip(LIMIT_FIELDS, ceilings(), strict=True) if ceiling == LOTS_MAX]
    assert free == [
        "order_lots_max", "order_notional_units_max", "gross_units_max", "net_units_max",
    ]  # fmt: skip
    assert set(CEILINGS) == set(LIMIT_FIELDS) - set(free)
