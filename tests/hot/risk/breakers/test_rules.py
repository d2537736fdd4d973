"""Every rule at its limit stays armed and one past it trips, on both backends; from its SPEC."""

import json
from dataclasses import replace
from typing import Any

import pytest
from control_support import config_with, control_of, refusal
from risk_support import BACKENDS, MID

from tickpath.core.codes import Code
from tickpath.core.config import BreakerSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.control.plan import rule_module, rule_stems
from tickpath.hot.risk.control.spec import ControlEvent, On, RuleSpec, Scenario

STEMS = rule_stems()


def spec_of(stem: str) -> RuleSpec:
    spec = rule_module(stem).SPEC
    assert isinstance(spec, RuleSpec)
    return spec


SCENARIOS = [(stem, s) for stem in STEMS for s in spec_of(stem).scenarios]


def breaker_of(stem: str, scenario: Scenario, **changes: Any) -> BreakerSpec:
    scope = spec_of(stem).scopes[0]
    base = BreakerSpec(rule=stem, scope=scope, cooling_ns=10**9, **scenario.numbers)
    return replace(base, **changes)


def quiet(stem: str) -> ControlEvent:
    first = next(on for on in On if on in spec_of(stem).on)
    return ControlEvent(first, 0, 1000, bid_ticks=MID - 1, ask_ticks=MID + 1, report=1)


def run(name: str, stem: str, scenario: Scenario, end: Any) -> int:
    config = config_with(breaker_of(stem, scenario))
    control = control_of(name, config)
    for changes in (*scenario.events, end):
        x = replace(quiet(stem), **changes)
        control.tick(x.now_ns) if x.on == On.TIMER else control.event(x)
    return refusal(control, config)


def name_of(value: Any) -> str:
    return value.name.replace(" ", "_") if isinstance(value, Scenario) else str(value)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(("stem", "scenario"), SCENARIOS, ids=name_of)
def test_at_the_limit_armed_and_one_past_tripped(name: str, stem: str, scenario: Scenario) -> None:
    assert run(name, stem, scenario, scenario.at) == Code.OK
    assert run(name, stem, scenario, scenario.past) == spec_of(stem).code


@pytest.mark.parametrize("stem", STEMS)
def test_every_rule_says_what_it_does(stem: str) -> None:
    spec = spec_of(stem)
    assert spec.what
    assert spec.limit
    assert spec.scenarios
    assert spec.code.name == f"RISK_BREAKER_{stem.upper()}"


def test_a_stem_has_both_forms() -> None:
    folder = rule_module(STEMS[0]).__file__
    assert folder is not None
    native = sorted(p.stem for p in __import__("pathlib").Path(folder).parent.glob("[a-z]*.pxd"))
    assert list(STEMS) == native


GOOD = BreakerSpec(rule="volatility", limit=1, window_ns=1600)


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize(
    "changes",
    [
        {"rule": "volatilty"},
        {"rule": "../checks/rate"},
        {"limit": -1},
        {"limit": 2**61},
        {"limit": 1.0},
        {"limit": True},
        {"limit": None},
        {"window_ns": 0},
        {"window_ns": -5},
        {"cooling_ns": -1},
        {"cooling_ns": 2**63},
        {"scope": "venue"},
        {"instruments": (2,)},
        {"instruments": (-1,)},
        {"rule": "drawdown", "scope": "instrument"},
        {"rule": "fill_rate", "limit": LIMITS["breaker_words_max"]},
        {"rule": "reject_rate", "count": 0},
        {"rule": "reject_rate", "count": LIMITS["breaker_words_max"]},
        {"cancel": 1},
        {"manual": "yes"},
    ],
    ids=json.dumps,
)
def test_what_a_rule_cannot_do_is_refused(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="breakers"):
        control_of(name, config_with(replace(GOOD, **changes)))


@pytest.mark.parametrize("name", BACKENDS)
def test_there_is_a_most(name: str) -> None:
    control_of(name, config_with(*[GOOD] * LIMITS["breakers_max"]))
    with pytest.raises(ConfigError, match="at most"):
        control_of(name, config_with(*[GOOD] * (LIMITS["breakers_max"] + 1)))
