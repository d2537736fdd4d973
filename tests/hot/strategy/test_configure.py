"""From configuration to strategies: finding, parameters, columns."""

from pathlib import Path
from typing import Any

import pytest
from strategy_support import BACKENDS, TOYS, spec_of, stage_with
from support import btcusdt, btcusdt_linear, config_of

from tickpath.core.config import StrategySpec
from tickpath.core.errors import ConfigError
from tickpath.hot.strategy.configure import column_map, configure, levels_of, seed_of, union_of
from tickpath.hot.strategy.discover import find

backends = pytest.mark.parametrize("backend", BACKENDS)


@backends
@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (StrategySpec(name="imbalance_makr", instruments=(0,)), "did you mean 'imbalance_maker'"),
        (StrategySpec(name="zzz", instruments=(0,)), "shipped: bank_example, ema_cross"),
        (StrategySpec(name="nowhere/x.py", instruments=(0,)), "no such file"),
        (spec_of("every_event", order_lot=1), "unknown key 'order_lot'; did you mean 'order_lots'"),
        (spec_of("every_event", order_lots=-1), "order_lots: -1 is outside 0 to"),
        (spec_of("every_event", order_lots=1.5), "1.5 is not of type int"),
        (spec_of("every_event", ()), "at least one"),
        (spec_of("every_event", (0, 0)), "each instrument once"),
        (spec_of("every_event", (1,)), "no instrument has index 1"),
    ],
)
def test_mistakes_are_named(backend: str, spec: StrategySpec, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        stage_with(backend, spec)


@backends
def test_at_most_sixteen_strategies(backend: str) -> None:
    assert stage_with(backend, *[spec_of("every_event")] * 16) is not None
    with pytest.raises(ConfigError, match="17 strategies; limits"):
        stage_with(backend, *[spec_of("every_event")] * 17)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", "declares 0 strategies"),
        ("raise ValueError('no')\n", r"cannot be loaded: ValueError\('no'\)"),
        (
            "from tickpath.hot.strategy.declare import Strategy, declare\n"
            "class A(Strategy):\n    pass\n"
            "a = declare(name='a', body=A)\nb = declare(name='b', body=A)\n",
            "declares 2 strategies",
        ),
        (
            "from tickpath.hot.strategy.declare import declare\n"
            "class A:\n    pass\na = declare(name='a', body=A, events=('never',))\n",
            "unknown event 'never'",
        ),
    ],
)
def test_a_file_declares_one_strategy(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(text)
    with pytest.raises(ConfigError, match=words):
        find(str(path))


def test_a_declaration_that_was_imported_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "borrower.py"
    path.write_text(
        "from tickpath.hot.strategy.declare import Strategy, strategy\n"
        "from tickpath.strategies.ema_cross import EmaCross\n"
        "assert EmaCross\n"
        "@strategy(name='own', events=('book',))\nclass Own(Strategy):\n    pass\n"
    )
    assert find(str(path)).name == "own"
    assert find(str(path)) is find(str(path))


def test_parameters_are_resolved_for_each_instrument() -> None:
    config = config_of(
        btcusdt(), btcusdt_linear(), strategies=(spec_of("every_event", (0, 1), order_lots=9),)
    )
    (entry,) = configure(config)
    assert list(entry.params[0].ints) == [
        "order_units",
        "position_units",
        "lots_min",
        "notional_floor_units",
        "value_num",
        "value_den",
        "inverse",
        "step_lots",
        "order_lots",
        "order_equity_ppm",
        "position_equity_ppm",
    ]
    assert entry.params[0].ints["value_num"] == 10
    assert entry.params[1].ints["value_num"] == 10_000
    assert {p.ints["order_lots"] for p in entry.params.values()} == {9}


def test_equal_columns_are_computed_once() -> None:
    specs = (
        spec_of("ema_cross", (0, 1)),
        spec_of("ema_cross", (0,), slow_period=900),
        spec_of("bank_example", (1,)),
    )
    config = config_of(btcusdt(), btcusdt_linear(), strategies=specs)
    entries = configure(config)
    rows = union_of(config, entries)
    assert [c.name for c in rows[0]] == ["ema_mid_50", "ema_mid_500", "ema_mid_900"]
    assert len(rows[1]) == 6
    assert column_map(entries[1], rows[0]) == [0, 2]
    with pytest.raises(ConfigError, match="no column for fast, slow"):
        column_map(entries[0], [])


def test_a_view_is_as_deep_as_its_deepest_strategy() -> None:
    specs = (spec_of("ema_cross", (0, 1)), spec_of("imbalance_maker", (0,)))
    assert levels_of(config_of(btcusdt(), btcusdt_linear(), strategies=specs)) == [10, 1]
    assert levels_of(config_of()) == [1]


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.py"
    path.write_text(
        "from tickpath.hot.strategy.declare import FeatureSpec, Strategy, strategy\n"
        "@strategy(name='wide', events=('book',), features=[FeatureSpec(name=f'f{k}',"
        " indicator='sma', period=k + 1) for k in range(33)])\n"
        "class Wide(Strategy):\n    pass\n"
    )
    config = config_of(strategies=(StrategySpec(name=str(path), instruments=(0,)),))
    with pytest.raises(ConfigError, match=r"need 33 features; limits.toml allows 32"):
        union_of(config, configure(config))


def test_seeds_are_far_apart() -> None:
    seeds = {seed_of(s, k) for s in range(20) for k in range(16)}
    assert len(seeds) == 320
    assert all(0 <= s < 2**64 for s in seeds)


@backends
def test_a_stage_is_what_it_was_configured_to_be(backend: str) -> None:
    stage: Any = stage_with(backend, spec_of("actor"))
    assert [c.declaration.name for c in stage.configured] == ["actor"]
    assert (TOYS / "actor.py").exists()
    with pytest.raises(IndexError):
        stage.paused(1)
