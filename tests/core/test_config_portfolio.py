"""The table [portfolio]: read, kept in a journal's configuration, mistakes named in one line."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tickpath.core.config import PORTFOLIO_METHODS, PORTFOLIO_MONEY, Config, PortfolioSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.engine.native import Engine

HEAD = """
[[sources]]
venue = "binance-spot"
symbols = ["ETHUSDT", "BTCUSDT"]

[portfolio]
"""
GRID = "grid_ns = 1000000000\n"


def loaded(folder: Path, text: str) -> Config:
    path = folder / "engine.toml"
    path.write_text(text)
    return load_config(path)


def whole() -> PortfolioSpec:
    """Every field other than its default."""
    return PortfolioSpec(
        grid_ns=10**9, decay_ppm=940_000, confidence_ppm=975_000, horizon=10, window=500,
        paths=2000,
        **{name: Decimal(k) + Decimal("0.25") for k, name in enumerate(PORTFOLIO_MONEY)},
        **{f"{name}_age_ns_max": 10 + k for k, name in enumerate(PORTFOLIO_METHODS)},
    )  # fmt: skip


def text_of(spec: PortfolioSpec) -> str:
    values = {name: getattr(spec, name) for name in PortfolioSpec.__dataclass_fields__}
    quoted = {n: f'"{v}"' if isinstance(v, Decimal) else v for n, v in values.items()}
    return HEAD + "".join(f"{name} = {value}\n" for name, value in quoted.items())


def test_everything_is_read_and_survives_a_journal(tmp_path: Path) -> None:
    config = loaded(tmp_path, text_of(whole()))
    assert config.portfolio == whole()
    again = config_from_json(config_to_json(config))
    assert again.portfolio == config.portfolio
    assert again.hash() == config.hash()
    assert config.hash() != replace(config, portfolio=PortfolioSpec()).hash()
    assert Engine(config).stages.portfolio.on


def test_without_the_table_nothing_runs(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD)
    assert config.portfolio == PortfolioSpec()
    assert not Engine(config).stages.portfolio.on


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        ("grid_ns = 0", "grid_ns"),
        ("grid_ns = 999999", "grid_ns"),
        ("grid_ns = 86400000000001", "grid_ns"),
        ("grid_ns = 1e9", "grid_ns"),
        ("window = 500", "no grid_ns"),
        ('historical_var_max = "5"', "no grid_ns"),
        (GRID + "historical_var_max = 5.5", "historical_var_max"),
        (GRID + 'historical_var_max = "0"', "historical_var_max"),
        (GRID + 'monte_carlo_shortfall_max = "-1"', "monte_carlo_shortfall_max"),
        (GRID + 'correlated_max = "nan"', "correlated_max"),
        (GRID + 'correlated_max = "inf"', "correlated_max"),
        (GRID + "decay_ppm = 1000000", "decay_ppm"),
        (GRID + "decay_ppm = 799999", "decay_ppm"),
        (GRID + "confidence_ppm = 500000", "confidence_ppm"),
        (GRID + "confidence_ppm = 1000000", "confidence_ppm"),
        (GRID + "horizon = 0", "horizon"),
        (GRID + "window = 4097", "window"),
        (GRID + "window = 99", "needs 100 samples"),
        (GRID + "confidence_ppm = 999999", "needs 1000000 samples"),
        (GRID + "paths = 999", "paths"),
        (GRID + "paths = 1048577", "paths"),
        (GRID + "historical_age_ns_max = 0", "historical_age_ns_max"),
        (GRID + "correlated_age_ns_max = true", "correlated_age_ns_max"),
        (GRID + 'historical_vra_max = "5"', "historical_var_max"),
    ],
)
def test_a_mistake_is_one_line_that_says_where(tmp_path: Path, lines: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word) as error:
        loaded(tmp_path, HEAD + lines)
    assert "\n" not in str(error.value)
    assert "engine.toml" in str(error.value)
    assert "[portfolio]" in str(error.value)
