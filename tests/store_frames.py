"""Shared by the tests of the store: recordings cut, walked and decoded."""

from tickpath.backtest.setup import config_for
from tickpath.core.ticks import Ticks, joined
from tickpath.engine.native import Engine
from tickpath.storage.decode import ticks_of_recording
from tickpath.venues.sim.frames import Builder, Recording


def without(recording: Recording, left_out: set[int]) -> Recording:
    """The recording without some frames."""
    made = Builder()
    blob = recording.blob.tobytes()
    spans = zip(recording.t_ns, recording.offsets, recording.sizes, strict=True)
    for k, (t_ns, offset, size) in enumerate(spans):
        if k not in left_out:
            made.add(int(t_ns), blob[offset : offset + size])
    return made.build(recording.venue, recording.symbol)


def walk(recording: Recording) -> Engine:
    """An engine that has seen the recording."""
    engine = Engine(config_for(recording))
    blob = recording.blob.tobytes()
    for t_ns, offset, size in zip(
        recording.t_ns.tolist(), recording.offsets, recording.sizes, strict=True
    ):
        engine.on_market_frame(0, blob[offset : offset + size], t_ns)
    return engine


def rows_of(recording: Recording, rows: int = 500) -> Ticks:
    return joined(list(ticks_of_recording(recording, config_for(recording), rows=rows)))
