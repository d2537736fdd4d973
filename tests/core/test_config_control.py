"""Tables [[breakers]] and [drawdown]: read, kept in a journal's configuration, mistakes named."""

from pathlib import Path

import pytest

from tickpath.core.config import BreakerSpec, Config, DrawdownSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.engine.native import Engine

HEAD = """
[[sources]]
venue = "binance-spot"
symbols = ["ETHUSDT", "BTCUSDT"]
"""
BREAKER = """
[[breakers]]
rule = "volatility"
limit = 20000
"""
WHOLE = (
    HEAD
    + BREAKER
    + """window_ns = 1000000000
cooling_ns = 5
scope = "engine"
cancel = true
manual = true
instruments = ["binance-spot:BTCUSDT"]

[[breakers]]
rule = "latency"
limit = 7
count = 3

[drawdown]
reduce_only_ppm = 30000
halt_ppm = 50000
daily_reduce_only_ppm = 10000
daily_halt_ppm = 20000
strategy_reduce_only_ppm = 5000
strategy_halt_ppm = 9000
day_start_ns = 28800000000000
"""
)


def loaded(folder: Path, text: str) -> Config:
    path = folder / "engine.toml"
    path.write_text(text)
    return load_config(path)


def test_everything_is_read(tmp_path: Path) -> None:
    config = loaded(tmp_path, WHOLE)
    assert config.breakers == (
        BreakerSpec(
            rule="volatility",
            limit=20_000,
            window_ns=10**9,
            cooling_ns=5,
            scope="engine",
            cancel=True,
            manual=True,
            instruments=(1,),
        ),
        BreakerSpec(rule="latency", limit=7, count=3),
    )
    assert config.drawdown == DrawdownSpec(
        reduce_only_ppm=30_000,
        halt_ppm=50_000,
        daily_reduce_only_ppm=10_000,
        daily_halt_ppm=20_000,
        strategy_reduce_only_ppm=5_000,
        strategy_halt_ppm=9_000,
        day_start_ns=8 * 3600 * 10**9,
    )
    again = config_from_json(config_to_json(config))
    assert again.breakers == config.breakers
    assert again.drawdown == config.drawdown
    assert again.hash() == config.hash()
    assert Engine(again).export_state() == Engine(config).export_state()


def test_without_them_nothing_is_watched(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD)
    assert config.breakers == ()
    assert config.drawdown == DrawdownSpec()
    assert Engine(config).stages.control.wants == 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (BREAKER.replace("20000", "-1"), "limit"),
        (BREAKER.replace("20000", "1e4"), "limit"),
        (BREAKER.replace("limit = 20000", ""), "limit"),
        (BREAKER.replace('rule = "volatility"', ""), "rule"),
        (BREAKER + "windows_ns = 5", "window_ns"),
        (BREAKER + 'scope = "venue"', "scope"),
        (BREAKER + "cancel = 1", "cancel"),
        (BREAKER + 'instruments = ["LTCUSDT"]', "LTCUSDT"),
        (BREAKER + "count = 100000", "count"),
        (BREAKER * 17, "breakers"),
        ("[drawdown]\nhalt_ppm = 0", "halt_ppm"),
        ("[drawdown]\nhalt_ppm = 1000001", "halt_ppm"),
        ("[drawdown]\nhalt_ppm = true", "halt_ppm"),
        ("[drawdown]\nhalt = 1", "halt_ppm"),
        ("[drawdown]\nday_start_ns = 86400000000000", "day_start_ns"),
    ],
)
def test_a_mistake_names_its_place(text: str, part: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=part) as found:
        loaded(tmp_path, HEAD + text)
    assert "\n" not in str(found.value)


def test_what_only_a_rule_knows_is_said_before_start(tmp_path: Path) -> None:
    config = loaded(tmp_path, HEAD + BREAKER)
    with pytest.raises(ConfigError, match=r"breakers.* 1 .volatility.: window_ns is 0: write 1"):
        Engine(config)
