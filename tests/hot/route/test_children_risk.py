"""Risk judges the children of an order as one batch, on both backends: nothing gets around it."""

from dataclasses import replace
from random import Random
from types import ModuleType

import pytest
from risk_support import BACKENDS, S, buy, context, debt_ns, sell
from support import btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.records import IntentKind


@pytest.fixture(params=BACKENDS)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load("risk", Backend(request.param))


def three() -> Config:
    return config_of(btcusdt(), btcusdt(symbol="B", venue=1), btcusdt(symbol="C", venue=2))


def test_children_take_the_place_of_their_order(module: ModuleType) -> None:
    config = three()
    risk, at = module.Risk(config), context(config)
    step_ns = S // config.risk.order_rate_per_s
    assert risk.validate([buy(4000)], at) == [0]
    children = [buy(1500), buy(2500, instrument=1)]
    assert risk.validate_children([buy(4000)], children, at) == [0, 0]
    assert debt_ns(risk.export_state()) - S == 2 * step_ns
    again = [buy(4000, instrument=2)]
    assert risk.validate_children(children, again, at) == [0]
    assert debt_ns(risk.export_state()) - S == step_ns
    assert risk.validate_children(again, [], at) == []
    assert debt_ns(risk.export_state()) == S, "all tokens are back"


def test_children_stand_beside_each_other_and_the_batch(module: ModuleType) -> None:
    """4 000 lots are the ceiling of an instrument: what is pending there counts."""
    config = three()
    risk, at = module.Risk(config), context(config, 2)
    assert risk.validate([buy(4000), buy(2000, instrument=1)], at) == [0, 0]
    children = [buy(1000), buy(2001, instrument=1), buy(999, instrument=2)]
    found = risk.validate_children([buy(4000)], children, at)
    assert found == [0, Code.RISK_POSITION, 0]
    twice = [buy(2000, instrument=2), buy(2001, instrument=2)]
    assert risk.validate_children([children[0], children[2]], twice, at) == [0, Code.RISK_POSITION]


def test_nothing_is_judged_that_was_not_allowed(module: ModuleType) -> None:
    config = three()
    risk, at = module.Risk(config), context(config)
    assert risk.validate([buy(100)], at) == [0]
    child = buy(50, instrument=1)
    for wrong in (buy(101), sell(100), buy(0), buy(100, instrument=9)):
        assert risk.validate_children([wrong], [child], at) == [Code.RISK_INTENT]
    cancel = replace(child, kind=IntentKind.CANCEL)
    outside = replace(child, instrument=-1)
    found = risk.validate_children([buy(100)], [cancel, outside, child], at)
    assert found == [Code.RISK_INTENT, Code.RISK_INSTRUMENT, 0]


def test_a_kill_refuses_children(module: ModuleType) -> None:
    config = three()
    risk, at = module.Risk(config), context(config)
    assert risk.validate([buy(100)], at) == [0]
    risk.kill()
    assert risk.validate_children([buy(100)], [buy(100, instrument=1)], at) == [Code.RISK_KILLED]


def test_backends_agree_on_random_batches() -> None:
    rng, config = Random(8), three()
    left, right = (load("risk", Backend(name)).Risk(config) for name in BACKENDS)
    for step in range(300):
        batch = [buy(rng.randrange(1, 2500), instrument=rng.randrange(3)) for _ in range(3)]
        at = context(config, 3, now_ns=S * (step + 1), last_market_ns=[S * (step + 1)] * 3)
        codes = left.validate(batch, at)
        assert codes == right.validate(batch, at)
        children = [buy(rng.randrange(1, 3000), instrument=rng.randrange(-1, 4)) for _ in range(4)]
        allowed = [i for i, code in zip(batch, codes, strict=True) if code == 0][:1]
        found = left.validate_children(allowed, children, at)
        assert found == right.validate_children(allowed, children, at)
        assert left.export_state() == right.export_state()
