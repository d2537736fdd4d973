"""A toy that does what its parameters say: every call leaves one intent that tells of it."""

import numpy as np

from tickpath.hot.strategy.declare import (
    FeatureSpec,
    Intents,
    Param,
    Side,
    State,
    Strategy,
    View,
    strategy,
)


@strategy(
    name="actor",
    params={
        "burst": Param(int, 1, 0, 100),
        "raise_at": Param(int, 0, 0, 10**6),
        "timers": Param(int, 0, 0, 100),
        "timer_ns": Param(int, 50, -(10**9), 2**63 - 1),
        "every": Param(int, 1, 1, 1000),
        "weight": Param(float, 0.5, 0.0, 1.0),
    },
    features=[
        FeatureSpec(name="spread", indicator="spread"),
        FeatureSpec(name="mid", indicator="mid"),
    ],
    state=np.dtype([("seen", "<i8"), ("sum", "<f8"), ("kinds", "<i4", (8,))]),
    warm_up=3,
)
class Actor(Strategy):
    """Intents carry what was seen: price = calls so far, quantity = event kind, tag = random."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        self.act(view, state, out)

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        self.act(view, state, out)

    def on_order(self, view: View, state: State, out: Intents) -> None:
        self.act(view, state, out)

    def on_timer(self, view: View, state: State, out: Intents) -> None:
        self.act(view, state, out)

    def on_status(self, view: View, state: State, out: Intents) -> None:
        self.act(view, state, out)

    def act(self, view: View, state: State, out: Intents) -> None:
        state.seen += 1
        state.kinds[view.event] += 1
        spread = self.features.spread
        if spread == spread:
            state.sum += spread * self.params.weight
        for _ in range(self.params.burst):
            out.submit(Side.SELL, state.seen, int(view.event), tag=view.random % 1000)
        if state.seen % self.params.every == 0:
            for k in range(self.params.timers):
                out.set_timer(view.now_ns + self.params.timer_ns * (k % 3 + 1), k)
        if state.seen == self.params.raise_at:
            raise ValueError("asked to")
