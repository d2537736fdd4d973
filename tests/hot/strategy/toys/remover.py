"""A toy that sets a timer at a trade and takes it away at a book event."""

from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(name="remover")
class Remover(Strategy):
    """One timer."""

    __slots__ = ()

    def on_trade(self, view: View, state: State, out: Intents) -> None:
        out.set_timer(view.now_ns + 5, 9)

    def on_book(self, view: View, state: State, out: Intents) -> None:
        out.set_timer(2**63 - 1, 9)
