"""A strategy that never trades: it notes every event a strategy would get, see sink.py."""

from collections.abc import Sequence

from tickpath.backtest.sweep.batch.sink import CURRENT
from tickpath.core.records import BookStatus
from tickpath.hot.strategy.declare import (
    FeatureSpec,
    Intents,
    State,
    Strategy,
    Values,
    View,
    strategy,
)


def columns(values: Values) -> Sequence[FeatureSpec]:
    """Those of the sink."""
    return CURRENT.sink.features


@strategy(name="stream_recorder", features=columns, events=("book", "status"))
class StreamRecorder(Strategy):
    """Books and their features in order."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        top, sink = view.top, CURRENT.sink
        sink.books.append(
            (view.now_ns, view.seq, top.bid_ticks, top.bid_lots, top.ask_ticks, top.ask_lots,
             view.trade.price_ticks)
        )  # fmt: skip
        sides = [[level.quantity_lots for level in levels] for levels in (top.bids, top.asks)]
        sink.sides.append((sides[0], sides[1]))
        sink.rows.append(list(view.features))

    def on_status(self, view: View, state: State, out: Intents) -> None:
        if view.top.status != BookStatus.OK:
            sink = CURRENT.sink
            sink.lost.append((len(sink.books), view.now_ns, view.seq))
