"""[route]: every setting is read, bounded, and part of the configuration that a journal carries."""

from dataclasses import replace
from pathlib import Path

import pytest
from support import config_of

from tickpath.core.config import RouteSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError

FILE = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]

[route]
"""


def loaded(tmp_path: Path, text: str) -> RouteSpec:
    path = tmp_path / "config.toml"
    path.write_text(FILE + text)
    return load_config(path).route


def test_splitting_is_off_unless_asked_for(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == RouteSpec()
    assert not RouteSpec().split


def test_every_setting_is_read(tmp_path: Path) -> None:
    text = 'split = true\nsplit_resting = true\nchildren_max = 3\nfok = "send"\nflow_ns = 7\n'
    wanted = RouteSpec(split=True, split_resting=True, children_max=3, fok="send", flow_ns=7)
    assert loaded(tmp_path, text) == wanted


@pytest.mark.parametrize(
    "line", ["split = 1", "children_max = 0", "children_max = 9", 'fok = "never"', "flow_ns = 0"]
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError):
        loaded(tmp_path, line)


def test_a_journal_carries_the_settings() -> None:
    config = config_of(route=RouteSpec(split=True, latency_ns=(1, 2), children_max=2))
    assert config_from_json(config_to_json(config)) == config
    plain = replace(config, route=replace(config.route, split=False))
    assert plain.hash() != config.hash()
