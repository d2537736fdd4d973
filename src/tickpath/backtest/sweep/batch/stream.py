"""One run of the engine and one of the venue, kept as the stream that all sets are walked along.

The engine runs with a strategy that only records: what it is shown, and when equity is sampled, is
what every set's engine would show and sample, because no set changes the market. The venue lives
the same frames without an order of ours and its books are kept. Cost: a run in which every book
event calls Python, and 320 bytes a book.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.sweep.backtest_job import refuse_broken
from tickpath.backtest.sweep.batch.sink import Sink, recording_into
from tickpath.core.config import Config, FeatureSpec, StrategySpec
from tickpath.devices.gpu import layout, sweep
from tickpath.venues.sim import SimVenue
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.levels import market_of

RECORDER = Path(__file__).with_name("recorder.py")
BOOK, SAMPLE, LOST, ODD = range(4)
MOVE_BOOK = 2
TICKS_MAX = 2**36
LOTS_MAX = 2**49
"""Prices and quantities beyond these sample no feature, see hot/features/sources.py."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tape:
    """A stream and what all its sets have in common. `features` are float64 [event][column], of
    book events; `result` is that of the run that recorded it, without any order."""

    stream: sweep.Stream
    market: sweep.Market
    features: npt.NDArray[np.float64]
    result: Result
    last_ns: int
    last_mid2: int
    ticks_least: int
    ticks_most: int
    lots_most: int
    bid_prices: int
    quiet_ns: int
    """Longest time between two frames once the book was there."""

    @property
    def sample_ns(self) -> list[int]:
        """When equity is sampled, the end of the run left out."""
        events = self.stream.events
        return [int(t) for t in events["t_ns"][events["kind"] == SAMPLE]]

    def digest(self) -> str:
        """BLAKE2b-64 over the stream."""
        found = hashlib.blake2b(digest_size=8)
        for part in (*self.stream, *self.market):
            found.update(part.tobytes())
        return found.hexdigest()


class RecordingRun(Backtest):
    """A run that also notes at which events its equity is sampled; the end's own is no event."""

    def __init__(self, sink: Sink, *arguments: Any) -> None:
        self.sink = sink
        super().__init__(*arguments)

    def _sample(self, spacing_ns: int = 0) -> None:
        before = len(self.samples.t_ns)
        if spacing_ns:
            super()._sample(spacing_ns)
            return
        super()._sample()
        if len(self.samples.t_ns) > before:
            mark = (len(self.sink.books), self.engine.now_ns, self.engine.seq, self._mids2()[0])
            self.sink.marks.append(mark)


def tape_of(
    config: Config,
    recording: Recording,
    *,
    features: Sequence[FeatureSpec] = (),
    max_events: int = 2**62,
    depth: int = sweep.LEVELS_MAX,
) -> Tape:
    """The stream of a recording under a configuration that cover.py covers. Raises what a backtest
    of it raises."""
    sink = Sink(features=features)
    recorder = StrategySpec(name=str(RECORDER), instruments=(0,))
    quiet = replace(config, strategies=(recorder,))
    options = Options(measure=False, direct_orders=True, max_events=max_events)
    with recording_into(sink):
        run = RecordingRun(sink, quiet, recording, options)
        result = run.run()
    refuse_broken(run)
    if result.message.startswith("interrupted"):
        raise KeyboardInterrupt
    times = recording.t_ns[: min(len(recording), max_events)]
    last_ns = int(times[-1])
    books, levels, moves, changes, resets = market_of(SimVenue(quiet), recording, depth, last_ns)
    events, rows = events_of(sink)
    used = events[events["kind"] == BOOK]
    prices = np.concatenate([used["bid_ticks"], used["ask_ticks"], levels[:, 0]])
    prices = prices[prices > 0]
    first_ns = used["t_ns"][0] if len(used) else last_ns
    return Tape(
        stream=sweep.Stream(
            events, book_records(books), records(levels, layout.SWEEP_LEVEL, (-1, 2, depth))
        ),
        market=market_records(config, sink, events, moves, changes, resets, times),
        features=rows,
        result=result,
        last_ns=run.engine.now_ns,
        last_mid2=run._mids2()[0],
        ticks_least=int(prices.min(initial=TICKS_MAX)),
        ticks_most=int(prices.max(initial=1)),
        lots_most=int(levels[:, 1].max(initial=0)),
        bid_prices=len(np.unique(changes[changes[:, 0] == 0, 1])),
        quiet_ns=int(np.diff(times[times >= first_ns]).max(initial=0)),
    )


def records(
    rows: npt.NDArray[np.int64], kind: Any, shape: tuple[int, ...] = (-1,)
) -> sweep.Records:
    """Rows of int64 as records of a kind of so many fields."""
    found: sweep.Records = np.ascontiguousarray(rows).view(kind).reshape(shape)
    return found


def book_records(books: npt.NDArray[np.int64]) -> sweep.Records:
    """SWEEP_BOOK records of rows (time, good, levels of bids, of asks)."""
    found = np.zeros(len(books), layout.SWEEP_BOOK)
    found["t_ns"], found["good"], found["count"] = books[:, 0], books[:, 1], books[:, 2:]
    return found


def market_records(
    config: Config,
    sink: Sink,
    events: sweep.Records,
    moves: npt.NDArray[np.int64],
    changes: npt.NDArray[np.int64],
    resets: npt.NDArray[np.int64],
    frames: npt.NDArray[np.int64],
) -> sweep.Market:
    """What resting orders meet. The engine has a trade `feed_latency_ns` after it was lived."""
    prices, kept = price_records(changes, resets)
    traded = moves[moves[:, 1] != MOVE_BOOK]
    trades = np.stack([traded[:, 0] + config.sim.feed_latency_ns, traded[:, 2]], axis=1)
    quotes = np.zeros(len(events), layout.MAKER_QUOTE)
    on_book = np.isin(events["kind"], (BOOK, ODD))
    if on_book.any():
        quotes[on_book] = quote_records(sink)
    return sweep.Market(
        quotes=quotes,
        moves=records(moves, layout.MAKER_MOVE),
        prices=prices,
        changes=kept,
        frames=np.ascontiguousarray(frames),
        trades=records(trades, layout.MAKER_TRADE),
    )


def quote_records(sink: Sink) -> sweep.Records:
    """MAKER_QUOTE records of the books that were seen."""
    found = np.zeros(len(sink.books), layout.MAKER_QUOTE)
    for k, (book, (bids, asks)) in enumerate(zip(sink.books, sink.sides, strict=True)):
        _, _, bid, bid_lots, ask, ask_lots, _ = book
        if bid_lots + ask_lots > 0:
            found["micro2"][k] = 2 * (bid * ask_lots + ask * bid_lots) // (bid_lots + ask_lots)
        for name, side in (("bids", bids), ("asks", asks)):
            padded = [*side, *[0] * (layout.MAKER_LEVELS - len(side))]
            found[name][k] = np.cumsum(padded)
    return found


def edges(keys: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Which rows are the last with their key, equal keys lying together."""
    found = np.ones(len(keys), bool)
    found[:-1] = (keys[1:] != keys[:-1]).any(axis=1)
    return found


def price_records(
    changes: npt.NDArray[np.int64], resets: npt.NDArray[np.int64]
) -> tuple[sweep.Records, sweep.Records]:
    """MAKER_PRICE and MAKER_CHANGE records of rows (side, price, book, lots)."""
    known = np.unique(changes[:, :2], axis=0)
    nothing = np.zeros((len(known) * len(resets), 4), np.int64)
    nothing[:, :2] = np.tile(known, (len(resets), 1))
    nothing[:, 2] = np.repeat(resets[:, 0], len(known))
    rows = np.concatenate([nothing, changes])  # what changes at a reset comes behind it
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    rows = rows[edges(rows[:, :3])]
    begins = np.roll(edges(rows[:, :2]), 1)
    first = np.flatnonzero(begins)
    prices = np.zeros(len(first) + 1, layout.MAKER_PRICE)
    prices["price_ticks"][:-1], prices["first"][:-1] = rows[first, 1], first
    prices["first"][-1] = len(rows)
    return prices, records(rows[:, 2:], layout.MAKER_CHANGE)


def events_of(sink: Sink) -> tuple[sweep.Records, npt.NDArray[np.float64]]:
    """SWEEP_EVENT records in the order of the engine's inputs, and the features of each."""
    books = np.array(sink.books, np.int64).reshape(-1, 7)
    found = np.zeros(len(books), layout.SWEEP_EVENT)
    for name, column in (("t_ns", 0), ("seq", 1), ("bid_ticks", 2), ("ask_ticks", 4)):
        found[name] = books[:, column]
    found["last_ticks"] = books[:, 6]
    found["mid2"] = found["bid_ticks"] + found["ask_ticks"]
    priced = ((books[:, [2, 4]] > 0) & (books[:, [2, 4]] <= TICKS_MAX)).all(axis=1)
    priced &= ((books[:, [3, 5]] > 0) & (books[:, [3, 5]] <= LOTS_MAX)).all(axis=1)
    found["kind"] = np.where(priced, BOOK, ODD)
    others = [(place, SAMPLE, t, seq, mid2) for place, t, seq, mid2 in sink.marks]
    others += [(place, LOST, t, seq, 0) for place, t, seq in sink.lost]
    more = np.zeros(len(others), layout.SWEEP_EVENT)
    for name, column in (("kind", 1), ("t_ns", 2), ("seq", 3), ("mid2", 4)):
        more[name] = [row[column] for row in others]
    places = np.concatenate([np.arange(len(books)) + 1, [row[0] for row in others]])
    # behind the books before them; by input where no book lies between
    order = np.lexsort((np.concatenate([found["seq"], more["seq"]]), places))
    width = len(sink.features)
    rows = np.full((len(order), width), np.nan)
    rows[: len(books)] = np.array(sink.rows, np.float64).reshape(len(books), width)
    return np.concatenate([found, more])[order], rows[order]
