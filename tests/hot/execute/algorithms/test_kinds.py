"""The curves of the kinds, and what a configuration may not ask of them."""

import math
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import config_of

from tickpath.core.config import AlgorithmSpec
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.execute.schedule import PPM
from tickpath.hot.execute.schedule_plan import kind_of, kinds, schedules_of

MODEL = {
    "risk_aversion": Decimal("0.000001"),
    "volatility": Decimal("0.95"),
    "impact": Decimal("0.0000025"),
    "horizon_s": Decimal(5),
}
"""Of the example of Almgren and Chriss: lambda, sigma and eta a day, five days."""


def spec(kind: str, **fields: Any) -> AlgorithmSpec:
    return AlgorithmSpec(name="one", kind=kind, **fields)


def curve(made: AlgorithmSpec) -> tuple[int, ...]:
    (schedule,) = schedules_of(config_of(algorithms=(made,)))
    return schedule.cumulative_ppm


def test_the_folder_says_what_there_is() -> None:
    assert kinds() == ("pov", "shortfall", "twap", "vwap")
    assert all(kind_of(stem).what for stem in kinds())


@settings(deadline=None)
@given(
    slices=st.integers(1, LIMITS["algorithm_slices_max"]),
    weights=st.lists(st.integers(0, 10**12), min_size=1, max_size=40).filter(any),
    urgency=st.decimals("0.001", 900, places=3),
)
def test_every_curve_rises_to_the_whole(slices: int, weights: list[int], urgency: Decimal) -> None:
    made = (
        spec("twap", slices=slices),
        spec("vwap", slices=len(weights), curve=tuple(weights)),
        spec("pov", participation_ppm=1, rest_ns=1),
        spec("shortfall", slices=slices, urgency=urgency),
    )
    for one in made:
        found = curve(one)
        assert len(found) == one.slices
        assert found[-1] == PPM
        assert sorted(found) == list(found)
        assert found[0] >= 0


def test_twap_is_a_straight_line_and_vwap_its_curve() -> None:
    assert curve(spec("twap", slices=4)) == (250_000, 500_000, 750_000, PPM)
    assert curve(spec("twap", slices=3)) == (333_333, 666_666, PPM)
    assert curve(spec("vwap", slices=3, curve=(3, 0, 1))) == (750_000, 750_000, PPM)


@pytest.mark.parametrize("urgency", ["0.01", "1", "3.5", "40"])
@pytest.mark.parametrize("slices", [1, 7, 100])
def test_shortfall_is_the_trajectory_of_almgren_and_chriss(urgency: str, slices: int) -> None:
    kappa = float(urgency)
    for k, share in enumerate(curve(spec("shortfall", slices=slices, urgency=Decimal(urgency))), 1):
        left = math.sinh(kappa * (1 - k / slices)) / math.sinh(kappa)
        assert share == pytest.approx(PPM * (1 - left), abs=1.5)


def test_urgency_follows_from_the_market_and_the_aversion() -> None:
    """Table 1 of the paper: kappa is 0.61 a day for these numbers with its permanent impact, a
    little less without one; the discrete kappa solves its equation."""
    slices = 5
    found = curve(spec("shortfall", slices=slices, **MODEL))
    risk, sigma, eta, horizon = (float(v) for v in MODEL.values())
    tau = horizon / slices
    kappa = math.acosh(risk * sigma**2 / eta * tau**2 / 2 + 1) / tau
    assert 0.55 < kappa < 0.61
    assert 2 * (math.cosh(kappa * tau) - 1) / tau**2 == pytest.approx(risk * sigma**2 / eta)
    for k, share in enumerate(found, 1):
        left = math.sinh(kappa * (horizon - k * tau)) / math.sinh(kappa * horizon)
        assert share == pytest.approx(PPM * (1 - left), abs=1.5)


def test_more_urgency_trades_earlier() -> None:
    slow, fast = (curve(spec("shortfall", slices=10, urgency=Decimal(u))) for u in (1, 5))
    assert all(a < b for a, b in zip(slow[:-1], fast[:-1], strict=True))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "twop"}, "did you mean 'twap'"),
        ({"kind": "zzz"}, "choose one of pov, shortfall, twap, vwap"),
        ({"kind": "twap", "slices": 0}, "slices is 0"),
        ({"kind": "twap", "slices": LIMITS["algorithm_slices_max"] + 1}, "slices is"),
        ({"kind": "twap", "slices": True}, "slices is True"),
        ({"kind": "twap", "curve": (1,)}, "twap does not read curve"),
        ({"kind": "twap", "urgency": Decimal(1)}, "twap does not read urgency"),
        ({"kind": "twap", "participation_ppm": -1}, "participation_ppm is -1"),
        ({"kind": "twap", "participation_ppm": PPM + 1}, "participation_ppm is 1000001"),
        ({"kind": "twap", "clip_max_ppm": 0}, "clip_max_ppm is 0"),
        ({"kind": "twap", "clip_min_ppm": 9, "clip_max_ppm": 8}, "clip_min_ppm is above"),
        ({"kind": "twap", "price": "mid"}, "price is 'mid'"),
        ({"kind": "twap", "rest_ns": -1}, "rest_ns is -1"),
        ({"kind": "vwap"}, "vwap needs curve"),
        ({"kind": "vwap", "slices": 2, "curve": (1,)}, "the curve has 1 weights"),
        ({"kind": "vwap", "slices": 2, "curve": (0, 0)}, "one above 0"),
        ({"kind": "vwap", "slices": 2, "curve": (5, -1)}, "weights of 0 or more"),
        ({"kind": "pov", "rest_ns": 1}, "pov needs participation_ppm"),
        ({"kind": "pov", "participation_ppm": 5}, "say in rest_ns"),
        ({"kind": "pov", "participation_ppm": 5, "rest_ns": 1, "slices": 2}, "read slices"),
        ({"kind": "shortfall"}, "give urgency, or all of"),
        ({"kind": "shortfall", "urgency": Decimal(1), **MODEL}, "give urgency, or all of"),
        ({"kind": "shortfall", "volatility": Decimal(1)}, "horizon_s, impact, risk_aversion"),
        ({"kind": "shortfall", "urgency": Decimal(1001)}, "urgency is 1001"),
        ({"kind": "shortfall", "urgency": Decimal("1e-9")}, "urgency is"),
    ],
)  # fmt: skip
def test_what_a_kind_cannot_do_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=r"\[\[algorithms\]\] 1 \(one\)") as found:
        curve(spec(**fields))
    assert words in str(found.value)


def test_more_than_the_limit_are_refused() -> None:
    many = (spec("twap"),) * (LIMITS["algorithms_max"] + 1)
    with pytest.raises(ConfigError, match="at most 32"):
        schedules_of(config_of(algorithms=many))


# -- the file -------------------------------------------------------------------------------------

FILE = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]
"""
TABLE = """
[[algorithms]]
name = "close"
kind = "vwap"
curve = [3, 1]
participation_ppm = 100000
clip_min_ppm = 1000
clip_max_ppm = 200000
price = "rest"
rest_ns = 2000000000

[[algorithms]]
name = "is"
kind = "shortfall"
slices = 20
urgency = "1.5"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "run.toml"
    path.write_text(FILE + text)
    return path


def test_the_tables_are_read_and_live_in_the_journal(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, TABLE))
    close, fast = config.algorithms
    assert close == AlgorithmSpec(
        name="close", kind="vwap", slices=2, curve=(3, 1), participation_ppm=100_000,
        clip_min_ppm=1_000, clip_max_ppm=200_000, price="rest", rest_ns=2_000_000_000,
    )  # fmt: skip
    assert (fast.slices, fast.urgency) == (20, Decimal("1.5"))
    assert config_from_json(config_to_json(config)).algorithms == config.algorithms
    assert config.hash() != replace(config, algorithms=()).hash()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[algorithms]]\nname = "a"\nkind = "pov"\nparticipation_ppm = 0', "participation_ppm"),
        ('[[algorithms]]\nname = "a"\nkind = "pov"\nparticipation_ppm = 1000001', "1..1000000"),
        ('[[algorithms]]\nname = "a"\nkind = "twap"\nslices = 0', "slices is 0"),
        ('[[algorithms]]\nname = "a"\nkind = "twap"\nrest_ns = 0', "rest_ns is 0"),
        ('[[algorithms]]\nname = "a"\nkind = "vwap"\ncurve = [1, 2.5]', "curve holds 2.5"),
        ('[[algorithms]]\nname = "a"\nkind = "vwap"\ncurve = [1, -2]', "curve holds -2"),
        ('[[algorithms]]\nname = "a"\nkind = "shortfall"\nurgency = 0', "above 0"),
        ('[[algorithms]]\nname = "a"\nkind = "shortfall"\nurgency = 1.5', "floats are not exact"),
        ('[[algorithms]]\nname = "a"\nkind = "twap"\nprize = "rest"', "did you mean 'price'"),
        ('[[algorithms]]\nkind = "twap"', "name is missing"),
        ('[[algorithms]]\nname = "a"\nkind = "twap"\n' * 2, "'a' is there twice"),
        ("".join(f'[[algorithms]]\nname = "{k}"\nkind = "twap"\n' for k in range(33)), "at most"),
    ],
)
def test_a_wrong_table_is_one_line_that_says_what_to_write(
    tmp_path: Path, text: str, words: str
) -> None:
    with pytest.raises(ConfigError) as found:
        load_config(write(tmp_path, text))
    assert words in str(found.value)
    assert "\n" not in str(found.value)
