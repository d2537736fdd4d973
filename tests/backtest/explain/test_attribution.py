"""Amounts add up to the last unit, whatever differs; and one change alone has one cause."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from backtest.explain.explain_rig import (
    MARKETS,
    PARAMS,
    STEADY,
    causes,
    checked,
    config_with,
    run,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from support import RECORDINGS, require

from tickpath.backtest.explain import Cause
from tickpath.backtest.recording import read_recordings
from tickpath.backtest.run import Backtest, Options
from tickpath.engine.native import Engine
from tickpath.ops.live.journal import open_journal
from tickpath.venues.sim import GeneratedMarket

SLOW = {"order_latency_ns": 3_000_000}
PESSIMISTIC = {"queue": "pessimistic"}
DEAR = {"maker_fee_ppm": 123, "taker_fee_ppm": 777}
CUT = 4_500


@cache
def recorded() -> Any:
    return read_recordings([require(RECORDINGS / "spot_btcusdt_20240808.gz")])


class Runs:
    """Runs of a module, each made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def __call__(self, market: Any, *words: Any, **changes: Any) -> Path:
        text = f"{id(market)} {words} {sorted(changes.items())}"
        if text not in self._made:
            place = self._folder / str(len(self._made))
            self._made[text] = run(place, market, *words, **changes)
        return self._made[text]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    return Runs(tmp_path_factory.mktemp("runs"))


def test_a_run_is_equal_to_itself_and_to_another_like_it(made: Runs, tmp_path: Path) -> None:
    first, again = made(MARKETS["spot"]), run(tmp_path, MARKETS["spot"])
    for other in (first, again):
        found = checked(first, other)
        assert found.equal
        assert found.by_cause() == {"USDT": dict.fromkeys(Cause, 0)}
        assert found.top_orders() == []
    assert len(found.runs[0].postings) > 50


@pytest.mark.parametrize("strategy", ["imbalance_maker", STEADY])
def test_another_fee_alone_is_a_fee(made: Runs, strategy: str) -> None:
    found = checked(
        made(MARKETS["spot"], strategy), made(MARKETS["spot"], strategy, fees=DEAR)
    )  # fmt: skip
    assert causes(found) == {"fee"}
    fees = [row.after.fees[1] - row.before.fees[1] for r in found.runs for row in r.postings]
    half = len(fees) // 2
    assert found.difference["USDT"] * 10**9 == sum(fees[half:]) - sum(fees[:half]) != 0


@pytest.mark.recordings
@pytest.mark.parametrize("strategy", ["imbalance_maker", STEADY])
def test_another_queue_alone_is_the_queue(made: Runs, strategy: str) -> None:
    """The maker follows its fills, so all that it does otherwise afterwards is of the queue too."""
    words = {"events": CUT, "params": {"order_lots": 2000}}
    a = made(recorded(), strategy, **words)
    found = checked(a, made(recorded(), strategy, sim=PESSIMISTIC, **words))
    assert causes(found) == {"queue"}
    assert found.difference["USDT"] != 0


@pytest.mark.recordings
@pytest.mark.parametrize("name", ["order_latency_ns", "response_latency_ns", "feed_latency_ns"])
def test_another_latency_alone_is_latency(made: Runs, name: str) -> None:
    words = {"events": CUT, "direct": name == "order_latency_ns"}
    a = made(recorded(), **words)
    found = checked(a, made(recorded(), sim={name: 7_000_000}, **words))
    assert causes(found) == {"latency"}
    assert found.counts["decisions_a_only"] > 0


def test_other_parameters_are_a_decision(made: Runs) -> None:
    a = made(MARKETS["spot"])
    found = checked(a, made(MARKETS["spot"], params={"half_spread_ppm": 2}))
    assert causes(found) == {"decision"}
    assert found.difference["USDT"] != 0
    assert {row.why for row in found.top_orders()} == {"other strategies"}
    other = checked(a, made(MARKETS["spot"], "ema_cross"))
    assert causes(other) == {"decision"}


def test_other_data_are_data(made: Runs) -> None:
    found = checked(made(MARKETS["spot"]), made(MARKETS["other"]))
    assert causes(found) == {"data"}
    assert found.counts["frames_matched"] < 100


def test_a_frame_less_is_data(made: Runs) -> None:
    """One trade of the market is missing in run B: what follows is of the data."""
    market = MARKETS["spot"]
    keep = [k for k in range(len(market)) if k != 1500]
    less = replace(
        market, t_ns=market.t_ns[keep], offsets=market.offsets[keep], sizes=market.sizes[keep]
    )
    found = checked(made(market, STEADY, events=1800), made(less, STEADY, events=1799))
    assert (found.counts["frames_a_only"], found.counts["frames_b_only"]) == (1, 0)
    assert causes(found) <= {"data"}


def test_a_frame_that_cannot_be_read(made: Runs) -> None:
    """What an engine does on it is matched like anything else; in one run only it is data: the
    book is lost."""
    market = MARKETS["spot"]
    blob = market.blob.copy()
    places = zip(market.offsets.tolist(), market.sizes.tolist(), strict=True)
    start, size = next(
        (start, size)
        for k, (start, size) in enumerate(places)
        if k > 1500 and b"depthUpdate" in bytes(blob[start : start + size])
    )
    blob[start : start + size] = ord("?")
    spoilt = replace(market, blob=blob)
    bad = made(spoilt)
    found = checked(bad, made(spoilt, fees=DEAR))
    assert causes(found) == {"fee"}
    assert found.counts["decisions_a_only"] == found.counts["decisions_b_only"] == 0
    assert found.runs[0].frames[""].n != []
    assert causes(checked(bad, made(market))) == {"data"}


def test_a_shorter_run_lacks_data(made: Runs) -> None:
    found = checked(made(MARKETS["spot"]), made(MARKETS["spot"], events=1000))
    assert causes(found) == {"data"}
    assert found.counts["frames_a_only"] == 1000


def test_a_fee_and_a_latency_are_told_apart(made: Runs) -> None:
    """Fills of both runs show the fee, whenever they came; the rest is latency."""
    a = made(MARKETS["spot"])
    found = checked(a, made(MARKETS["spot"], fees=DEAR, sim=SLOW))
    assert causes(found) == {"fee", "latency"}
    alone = checked(a, made(MARKETS["spot"], sim=SLOW))
    assert causes(alone) == {"latency"}


def test_a_market_that_reacts(made: Runs) -> None:
    """Our orders change a generated market: by default that is data, on request an effect."""
    words = {"events": 2000}
    a, b = (
        made(GeneratedMarket(3, 2000), sim=sim, **words) for sim in ({}, SLOW)
    )  # fmt: skip
    assert "data" in causes(checked(a, b))
    assert causes(checked(a, b, reacts=True)) == {"latency"}


def test_arrivals_within_the_tolerance_are_equal(made: Runs) -> None:
    """A fill that differs while the requests arrived alike is the queue's."""
    a = made(MARKETS["spot"], STEADY)
    b = made(MARKETS["spot"], STEADY, sim=PESSIMISTIC | {"order_latency_ns": 1_100_000})
    exact, rough = checked(a, b), checked(a, b, tolerance_ns=200_000)
    assert "queue" not in causes(exact)
    assert causes(rough) <= {"queue"}


def test_other_starting_equity_is_told_and_left_out(made: Runs) -> None:
    a = made(MARKETS["spot"])
    rich = made(MARKETS["spot"], balances={"USDT": Decimal(150_000), "BTC": Decimal(1)})
    found = checked(rich, a)
    assert found.opening == {"USDT": 50_000 * 10**8}
    assert "began with 50000.00000000 USDT more" in found.notes[0]
    assert causes(found) <= {"decision"}


def test_a_run_that_begins_with_a_state(tmp_path: Path) -> None:
    """As a live engine goes on after a restart: position and orders are there, and what is asked
    about orders from before is matched as well."""
    market = MARKETS["spot"]
    config = config_with(market, "imbalance_maker", {}, {}, stale_policy="keep")
    quotes = replace(config.strategies[0], params=PARAMS["imbalance_maker"])
    options = Options(max_events=1500, measure=False, direct_orders=True)
    first = Backtest(replace(config, strategies=(quotes,)), market, options)
    first.run()
    state, held = first.engine.export_state(), first.engine.stages.execute.positions[0]
    assert held.position_lots != 0
    paths = []
    for name in ("again", "fresh"):
        begun = state if name == "again" else None
        journal, final = open_journal(tmp_path / name, first.config, state=begun, now_ns=1)
        engine = Engine(final, journal)
        if begun is not None:
            engine.import_state(begun)
        for k in range(1500, 2000):
            start = int(market.offsets[k])
            frame = bytes(market.blob[start : start + int(market.sizes[k])])
            engine.on_market_frame(0, frame, int(market.t_ns[k]))
        journal.close()
        paths.append(tmp_path / name)
    again = checked(paths[0], paths[0])
    assert again.equal
    assert not again.runs[0].simulated
    assert again.counts["decisions_matched"] > 0
    found = checked(*paths)
    assert again.runs[0].start.legs[0][0] == held.position_lots
    assert found.opening["USDT"] != 0
    assert found.runs[1].start.legs == ((0, 0),)


CHANGES = st.fixed_dictionaries(
    {
        "order_latency_ns": st.sampled_from([0, 1_000_000, 20_000_000]),
        "response_latency_ns": st.sampled_from([0, 1_000_000, 20_000_000]),
        "queue": st.sampled_from(["power", "pessimistic"]),
        "latency_jitter_ns": st.sampled_from([0, 200_000]),
        "report_loss_ppm": st.sampled_from([0, 50_000]),
    }
)
FEES = st.fixed_dictionaries(
    {"maker_fee_ppm": st.sampled_from([-50, 200]), "taker_fee_ppm": st.sampled_from([500, 333])}
)
STRATEGIES = st.sampled_from(["imbalance_maker", "every_event", STEADY])
MARKET = st.sampled_from(["recorded", "generated", "reacts"])


@settings(max_examples=6)
@given(st.lists(st.tuples(CHANGES, FEES, STRATEGIES), min_size=2, max_size=2), MARKET)
def test_amounts_add_up_whatever_differs(made: Runs, changes: list[Any], name: str) -> None:
    events = 700
    if name == "recorded" and not RECORDINGS.exists():
        name = "generated"
    paths = []
    for sim, fees, strategy in changes:
        market = MARKETS["spot"]
        if name != "generated":
            market = recorded() if name == "recorded" else GeneratedMarket(9, events)
        paths.append(made(market, strategy, sim=sim, fees=fees, events=events))
    checked(*paths)
