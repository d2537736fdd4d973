"""Mids of the recorded books on a time grid: held data for the oracles of the portfolio."""

from functools import cache

from support import RECORDINGS, require

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.setup import config_for
from tickpath.core.records import BookStatus
from tickpath.engine.native import Engine

NAMES = ("spot_btcusdt_20240808", "usdm_btcusdt_20240808", "cm_btcusd_perp_20240808")
GRID_NS = 10**9


@cache
def mids_of(name: str) -> tuple[tuple[int, float], ...]:
    """(receive ns, mid) of every frame after which the book is good."""
    recording = read_recordings([require(RECORDINGS / f"{name}.gz")])
    engine = Engine(config_for(recording))
    tick = float(engine.config.instruments[0].tick_size)
    blob = recording.blob.tobytes()
    out = []
    spans = zip(recording.t_ns, recording.offsets, recording.sizes, strict=True)
    for t_ns, offset, size in spans:
        engine.on_market_frame(0, blob[offset : offset + size], int(t_ns))
        top = engine.stages.books[0].top(1)
        if top.status == BookStatus.OK and top.bid_ticks > 0 and top.ask_ticks > 0:
            out.append((int(t_ns), (top.bid_ticks + top.ask_ticks) * tick / 2))
    return tuple(out)


def grid_of(mids: tuple[tuple[int, float], ...]) -> dict[int, float]:
    """The first mid of each interval of GRID_NS."""
    found: dict[int, float] = {}
    for t_ns, mid in mids:
        found.setdefault(t_ns // GRID_NS, mid)
    return found
