"""The drawdown monitor inside the walk: what is marked, when, and at which price."""

from typing import Any

import pytest
from drive import ToyVenue
from support import btcusdt, config_of

from tickpath.core.codes import Code
from tickpath.core.config import DrawdownSpec, StrategySpec
from tickpath.engine.native import Engine as NativeEngine
from tickpath.engine.reference import Engine as ReferenceEngine
from tickpath.hot.risk.control import state
from tickpath.hot.risk.drawdown import LEVEL_NONE, LEVEL_REDUCE

ENGINES = pytest.mark.parametrize("engine", [ReferenceEngine, NativeEngine])
SNAPSHOT = b'{"lastUpdateId":10,"bids":[["50000.00","1.0"]],"asks":[["50000.02","1.0"]]}'
OPENING = 100_000 * 10**8
LOSS = 9 * 10**8
"""0.03 BTC bought at 50 000.02, a mid of 49 700.02: 9 USDT, 90 ppm."""


def depth(number: int, bids: str, asks: str) -> bytes:
    return (
        f'{{"e":"depthUpdate","E":1,"s":"BTCUSDT","U":{number},"u":{number},'
        f'"b":[{bids}],"a":[{asks}]}}'
    ).encode()


DOWN = (
    '["50000.00","0"],["49700.01","1"]',
    '["50000.02","0"],["49700.03","1"]',
)


def bought(engine: Any) -> Any:
    """An engine that bought 0.03 BTC at 50 000.02."""
    strategies = (
        StrategySpec(name="every_event", instruments=(0,), params={"order_lots": 3000}),
        StrategySpec(name="ema_cross", instruments=(0,)),
    )
    levels = DrawdownSpec(reduce_only_ppm=90, strategy_reduce_only_ppm=90)
    made = engine(config_of(btcusdt(), strategies=strategies, drawdown=levels))
    made.on_market_frame(0, SNAPSHOT, 1000)
    ((_, identity, _),) = made.take_out()
    order = {
        "id": f"{identity:016x}", "side": "BUY", "price": "50000.02", "quantity": "0.03",
        "venue_id": 1,
    }  # fmt: skip
    venue = ToyVenue(1, "BTCUSDT")
    assert made.on_order_frame(0, venue.report(order, "NEW"), 1100) == Code.OK
    fill = venue.report(order, "TRADE", "0.03", t=1, z="0.03", X="FILLED")
    assert made.on_order_frame(0, fill, 1200) == Code.OK
    assert made.stages.execute.positions[0].position_lots == 3000
    return made


def drawdowns(made: Any) -> list[tuple[int, int, int]]:
    """(peak, equity, level) in USDT: of all, of the first strategy, of the second."""
    image = state.unpack(made.stages.control.export_state(), 1, 2, 3, ())
    return [(d[0], d[1], d[-1]) for d in image.drawdowns[1::3]]


@ENGINES
def test_equity_is_marked_at_the_mid(engine: Any) -> None:
    made = bought(engine)
    at_fill = OPENING - 3000 * 10
    assert drawdowns(made)[:2] == [(OPENING, at_fill, 0)] * 2, "a tick below the fill"
    made.on_market_frame(0, depth(11, *DOWN), 2000)
    quiet = (OPENING, OPENING, LEVEL_NONE)
    assert drawdowns(made) == [(OPENING, OPENING - LOSS, LEVEL_NONE)] * 2 + [quiet]
    made.on_market_frame(0, depth(12, "", '["49700.02","1"]'), 3000)
    less = OPENING - LOSS - 3000 * 10 // 2
    assert drawdowns(made) == [(OPENING, less, LEVEL_REDUCE)] * 2 + [quiet]
    made.on_market_frame(0, depth(13, "", '["49700.02","0"]'), 4000)
    assert drawdowns(made)[0] == (OPENING, OPENING - LOSS, LEVEL_NONE)


@ENGINES
def test_a_book_that_cannot_be_trusted_marks_nothing(engine: Any) -> None:
    """Marked at cost the loss would be gone, and later a new one."""
    made = bought(engine)
    made.on_market_frame(0, depth(11, *DOWN), 2000)
    before = drawdowns(made)
    assert made.on_market_frame(0, depth(20, "", ""), 3000) == Code.FEED_GAP
    assert made.stages.books[0].top(1).status != 1
    assert drawdowns(made) == before
