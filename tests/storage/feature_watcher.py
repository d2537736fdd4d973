"""A strategy of the tests that keeps every feature row it is shown."""

import numpy as np
from store_rows import SEEN, SPECS

from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(
    name="feature_watcher",
    params={},
    features=SPECS,
    events=("book", "bbo", "trade"),
    state=np.dtype([("seen", "<i8")]),
)
class FeatureWatcher(Strategy):
    """Trades nothing."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        self.keep(view)

    def on_bbo(self, view: View, state: State, out: Intents) -> None:
        self.keep(view)

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        self.keep(view)

    def keep(self, view: View) -> None:
        values = [getattr(self.features, spec.name) for spec in SPECS]
        SEEN.append((view.now_ns, int(view.event), *values))
