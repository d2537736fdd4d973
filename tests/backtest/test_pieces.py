"""Runs over pieces: the same as over the whole, several instruments on one clock, bad order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from support import btcusdt, config_of
from venues.sim.test_loop_models import flat

from tickpath.backtest.pieces import Pieces, event_pieces, merged_pieces, part_of
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import with_wire
from tickpath.core.config import Config, StrategySpec
from tickpath.core.errors import DataError
from tickpath.core.ticks import empty_ticks
from tickpath.venues.sim.frames import Recording, merged
from tickpath.venues.sim.generator import generate


def config(*symbols: str, wire: str = "flat") -> Config:
    specs = tuple(
        StrategySpec(name="imbalance_maker", instruments=(k,)) for k in range(len(symbols))
    )
    made = config_of(*(btcusdt(symbol=s) for s in symbols), strategies=specs)
    return with_wire(made, wire)


def figures(made: Config, data: Any, engine: str = "native") -> tuple[Any, ...]:
    options = Options(engine=engine, measure=False, direct_orders=True)
    found = Backtest(made, data, options).run()
    return found.decisions_hash, found.state_hash, found.events, found.orders, found.fills


def cut(recording: Recording, frames: int) -> Iterator[Recording]:
    for start in range(0, len(recording), frames):
        yield part_of(recording, start, min(start + frames, len(recording)))


@pytest.mark.parametrize("frames", [1, 97, 64, 5000])
def test_pieces_decide_as_the_whole(frames: int) -> None:
    made, recording = config("BTCUSDT"), flat(5, 1500)
    whole = figures(made, recording)
    assert figures(made, Pieces(cut(recording, frames))) == whole
    assert whole[2] == len(recording)
    assert whole[3] > 10


def test_the_reference_reads_pieces_too() -> None:
    made, recording = config("BTCUSDT"), flat(5, 300)
    assert figures(made, Pieces(cut(recording, 41)), "reference") == figures(made, recording)


def test_text_comes_in_pieces_too() -> None:
    made, recording = config("BTCUSDT", wire=""), generate(5, 900)
    assert figures(made, Pieces(cut(recording, 100))) == figures(made, recording)


@pytest.mark.parametrize("sizes", [(50, 70), (1, 400), (1000, 1000)])
def test_two_instruments_in_pieces_decide_as_on_one_clock(sizes: tuple[int, int]) -> None:
    made = config("BTCUSDT", "ETHUSDT")
    parts = flat(3, 700), flat(4, 500, "ETHUSDT")
    whole = figures(made, merged(parts))
    streams = [cut(part, size) for part, size in zip(parts, sizes, strict=True)]
    assert figures(made, Pieces(merged_pieces(streams))) == whole
    assert whole[2] == sum(map(len, parts))


def test_a_run_may_end_within_the_pieces() -> None:
    made, recording = config("BTCUSDT"), flat(5, 600)
    options = Options(measure=False, direct_orders=True, max_events=250)
    found = [
        Backtest(made, data, options).run()
        for data in (recording, Pieces(cut(recording, 100)), Pieces(cut(recording, 60)))
    ]
    assert {run.events for run in found} == {250}
    assert len({run.decisions_hash for run in found}) == 1


def test_pieces_out_of_order_and_none_are_named() -> None:
    recording = flat(5, 100)
    pieces = Pieces([recording, recording])
    pieces.take()
    with pytest.raises(DataError, match="sort the data by time"):
        pieces.take()
    with pytest.raises(DataError, match="no market data"):
        Pieces(event_pieces("binance-spot", "BTCUSDT", [empty_ticks()]))
    with pytest.raises(DataError, match="instrument 2 of 2"):
        list(merged_pieces([[recording], []]))


def test_a_source_that_begins_anew_does_so_in_any_piece() -> None:
    """The venue numbers frames: the second connection restarts its own source."""
    made = config("BTCUSDT", wire="")
    recording = replace(generate(6, 400), starts=(170, 320))
    whole = figures(made, recording)
    assert figures(made, Pieces(cut(recording, 90))) == whole
    assert whole != figures(made, replace(recording, starts=()))


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_a_window_trades_only_inside(engine: str) -> None:
    made, recording = config("BTCUSDT"), flat(5, 900)
    start, stop = int(recording.t_ns[300]), int(recording.t_ns[700])
    options = Options(
        engine=engine, measure=False, direct_orders=True, start_ns=start, stop_ns=stop
    )
    runs = [
        Backtest(made, data, options).run() for data in (recording, Pieces(cut(recording, 110)))
    ]
    assert runs[0].decisions_hash == runs[1].decisions_hash
    assert runs[0].state_hash == runs[1].state_hash
    found = runs[0]
    assert found.events == int(((recording.t_ns >= start) & (recording.t_ns < stop)).sum())
    assert found.orders > 5
    assert found.samples.t_ns[0] < start <= found.samples.t_ns[1]
    assert (found.fill_rows["t_ns"] >= start).all()
    assert found.order_rows["t_ns"].min() >= start
    whole = Backtest(made, recording, Options(engine=engine, measure=False, direct_orders=True))
    assert whole.run().decisions_hash != found.decisions_hash


def test_a_window_from_the_beginning_needs_no_warm_up() -> None:
    made, recording = config("BTCUSDT"), flat(5, 500)
    options = Options(measure=False, direct_orders=True)
    whole = Backtest(made, recording, options).run()
    late = replace(options, stop_ns=int(recording.t_ns[-1]) + 1)
    assert Backtest(made, recording, late).run().decisions_hash == whole.decisions_hash
