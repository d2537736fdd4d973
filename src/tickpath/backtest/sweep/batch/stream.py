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
from tickpath.backtest.sweep.batch.sink import Sink, recording_into
from tickpath.core.config import Config, FeatureSpec, StrategySpec
from tickpath.devices.gpu import layout, sweep
from tickpath.venues.sim import SimVenue
from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.levels import levels_of

RECORDER = Path(__file__).with_name("recorder.py")
BOOK, SAMPLE, LOST, ODD = range(4)
TICKS_MAX = 2**36
LOTS_MAX = 2**49
"""Prices and quantities beyond these sample no feature, see hot/features/sources.py."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tape:
    """A stream and what all its sets have in common. `features` are float64 [event][column], of
    book events; `result` is that of the run that recorded it, without any order."""

    stream: sweep.Stream
    features: npt.NDArray[np.float64]
    result: Result
    last_ns: int
    last_mid2: int
    ticks_least: int
    ticks_most: int

    @property
    def sample_ns(self) -> list[int]:
        """When equity is sampled, the end of the run left out."""
        events = self.stream.events
        return [int(t) for t in events["t_ns"][events["kind"] == SAMPLE]]

    def digest(self) -> str:
        """BLAKE2b-64 over the stream."""
        found = hashlib.blake2b(digest_size=8)
        for part in self.stream:
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
    frames = min(len(recording), max_events)
    books, levels = levels_of(SimVenue(quiet), recording, depth, frames)
    events, rows = events_of(sink)
    used = events[events["kind"] == BOOK]
    prices = np.concatenate([used["bid_ticks"], used["ask_ticks"], levels["price_ticks"].ravel()])
    prices = prices[prices > 0]
    return Tape(
        stream=sweep.Stream(events, books.astype(layout.SWEEP_BOOK), levels),
        features=rows,
        result=result,
        last_ns=run.engine.now_ns,
        last_mid2=run._mids2()[0],
        ticks_least=int(prices.min(initial=TICKS_MAX)),
        ticks_most=int(prices.max(initial=1)),
    )


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
