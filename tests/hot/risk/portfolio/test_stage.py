"""The portfolio by itself: both backends event by event, its state, and what it refuses."""

import random
import struct
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from portfolio_support import BACKENDS
from support import btcusd_inverse, btcusdt, config_of

from tickpath.core.backend import Backend, load
from tickpath.core.config import PORTFOLIO_MONEY, Config, PortfolioSpec
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import (
    FIGURE_ABSENT,
    WATCH_CORRELATED,
    WATCH_SHORTFALL,
    WATCH_VAR,
)
from tickpath.hot.risk.portfolio import state
from tickpath.hot.risk.portfolio.configure import figures_of

GRID = 10**6
SPEC = PortfolioSpec(grid_ns=GRID, decay_ppm=900_000, confidence_ppm=900_000, window=25)


def config_with(count: int = 3, **changes: Any) -> Config:
    instruments = [btcusdt(symbol=f"S{k}") for k in range(count)]
    return config_of(*instruments, portfolio=replace(SPEC, **changes))


def portfolio_of(name: str, config: Config) -> Any:
    risk = load("risk", Backend(name)).Risk(config)
    return import_module(f"tickpath.hot.risk.portfolio.{name}").Portfolio(config, risk)


def answer_bytes(draw: random.Random, version: int) -> bytes:
    words = [draw.choice((FIGURE_ABSENT, draw.randrange(-(2**62), 2**62))) for _ in range(7)]
    return state.pack_answer(
        version, draw.randrange(50), draw.randrange(10**8), words[:4], words[4:]
    )


def play(handles: list[Any], draw: random.Random, count: int) -> None:
    """Random events, the same to each."""
    now_ns, earned = 10**9, 0
    for _ in range(count):
        now_ns += draw.randrange(GRID)
        earned += draw.randrange(-(10**6), 10**6)
        instrument, mid2 = draw.randrange(-1, 4), draw.randrange(0, 10**7)
        kind, version = draw.random(), draw.randrange(2**64)
        value, seq = answer_bytes(draw, version), draw.randrange(100)
        codes = set()
        for handle in handles:
            if now_ns >= handle.tick_ns:
                handle.grid(now_ns)
                handle.earned(earned if kind < 0.99 else 2**62 + 1, now_ns)
            if kind < 0.9:
                handle.market(instrument, mid2)
            else:
                codes.add(handle.answer(value, seq, now_ns))
        assert len(codes) <= 1


def test_backends_agree_event_by_event() -> None:
    money = {key: Decimal(k + 1) for k, key in enumerate(PORTFOLIO_MONEY)}
    draw, config = random.Random(1), config_with(**money, correlated_age_ns_max=77)
    handles = [portfolio_of(name, config) for name in BACKENDS]
    for _ in range(40):
        play(handles, draw, 100)
        assert handles[0].export_state() == handles[1].export_state()
        assert handles[0].answer_version == handles[1].answer_version
        assert handles[0].figures() == handles[1].figures()
        lots = [draw.randrange(-(10**12), 10**12) for _ in range(3)]
        left, right = (handle.snapshot(lots, 7, 9) for handle in handles)
        assert left == right
    found = handles[0].figures()
    assert found.historical_var_units != FIGURE_ABSENT
    assert found.correlated_units_max == len(PORTFOLIO_MONEY) * 10**8


@pytest.mark.parametrize("name", BACKENDS)
def test_a_snapshot_says_what_it_was_made_from(name: str) -> None:
    handle = portfolio_of(name, config_with())
    play([handle], random.Random(2), 300)
    found = state.unpack_snapshot(handle.snapshot([1, -2, 3], 11, 12), 3, 0.9)
    assert (found.seq, found.now_ns, found.lots.tolist()) == (11, 12, [1, -2, 3])
    image = state.unpack(handle.export_state(), GRID, 3)
    assert image is not None
    other = import_module("tickpath.hot.risk.portfolio.covariance").Covariance(3, 0.9)
    other.import_state(image.covariance)
    want = other.image()
    assert found.covariance.interval == want.interval
    for field in ("rows", "prices", "sampled", "first"):
        assert getattr(found.covariance, field).tolist() == getattr(want, field).tolist()
    for bad in (b"", bytes(state.snapshot_size(3) - 8), bytes(state.snapshot_size(3))):
        with pytest.raises(DataError, match="snapshot"):
            state.unpack_snapshot(bad, 3, 0.9)


@pytest.mark.parametrize("name", BACKENDS)
def test_state_goes_from_either_to_either(name: str) -> None:
    config = config_with()
    for other in BACKENDS:
        first, second = portfolio_of(name, config), portfolio_of(other, config)
        play([first], random.Random(3), 500)
        second.import_state(first.export_state())
        play([first, second], random.Random(4), 500)
        assert first.export_state() == second.export_state()


@pytest.mark.parametrize("name", BACKENDS)
def test_a_forged_state_is_refused(name: str) -> None:
    config = config_with()
    handle = portfolio_of(name, config)
    play([handle], random.Random(5), 800)
    good = handle.export_state()
    fixed = state.HEADER.size

    def with_words(first: int, *values: int) -> bytes:
        at = fixed + 8 * first
        return good[:at] + struct.pack(f"<{len(values)}q", *values) + good[at + 8 * len(values) :]

    correlated = fixed + state.FIXED.size
    beyond = struct.pack("<q", 2**62 + 1)
    forged = {
        "torn": good[:-1],
        "longer": good + b"\0",
        "empty": b"",
        "version": b"\2" + good[1:],
        "off": state.OFF,
        "interval": with_words(0, 2**40),
        "tick": with_words(1, 2**63 - 1),
        "earned": with_words(2, 2**62 + 1),
        "marked": with_words(3, 2),
        "figure": with_words(5, 2**62 + 1),
        "figure from later": with_words(7, 2**62),
        "figure from before all": with_words(10, -1),
        "correlated from later": with_words(14, 2**62),
        "correlated": good[:correlated] + beyond + good[correlated + 8 :],
        "samples": good[:-8] + beyond,
    }
    for what, data in forged.items():
        with pytest.raises(DataError):
            handle.import_state(data)
        assert handle.export_state() == good, what
    off = portfolio_of(name, config_of(btcusdt()))
    for data in (good, state.OFF + b"\0", b"\2\0\0\0\0\0\0\0"):
        with pytest.raises(DataError):
            off.import_state(data)


@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_kept_where_nothing_is_configured(name: str) -> None:
    handle = portfolio_of(name, config_of(btcusdt()))
    handle.market(0, 100)
    handle.grid(10**9)
    handle.earned(5, 10**9)
    assert handle.export_state() == state.OFF
    assert not handle.on


def test_limits_are_units_of_the_settle_currency() -> None:
    money = {key: Decimal(k + 1) / 8 for k, key in enumerate(PORTFOLIO_MONEY)}
    found = figures_of(config_with(**money))
    for k, key in enumerate(PORTFOLIO_MONEY):
        assert getattr(found, key.replace("_max", "_units_max")) == (k + 1) * 10**8 // 8
    assert found.watched == WATCH_VAR | WATCH_SHORTFALL | WATCH_CORRELATED
    for key, watch in (
        ("parametric_var_max", WATCH_VAR),
        ("monte_carlo_shortfall_max", WATCH_SHORTFALL),
        ("correlated_max", WATCH_CORRELATED),
    ):
        assert figures_of(config_with(**{key: Decimal(1)})).watched == watch
    assert figures_of(config_with()).watched == 0


def test_what_cannot_be_watched_is_refused() -> None:
    for changes, match in (
        ({"grid_ns": 0, "correlated_max": Decimal(1)}, "grid_ns"),
        ({"historical_var_max": Decimal("0.000000001")}, "historical_var_max"),
        ({"historical_var_max": Decimal(-1)}, "historical_var_max"),
        ({"historical_var_max": Decimal(10) ** 12}, "historical_var_max"),
        ({"confidence_ppm": 999_000}, "window"),
        ({"confidence_ppm": 10**6}, "tail"),
        ({"decay_ppm": 10}, "decay"),
    ):
        with pytest.raises(ConfigError, match=match):
            figures_of(config_with(**changes))
    for instruments in ((), (btcusdt(), btcusd_inverse())):
        config = replace(config_of(btcusdt()), portfolio=SPEC)
        table = tuple(replace(i, index=k) for k, i in enumerate(instruments))
        with pytest.raises(ConfigError):
            figures_of(replace(config, instruments=table))
