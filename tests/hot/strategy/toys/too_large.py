"""A toy whose price does not fit 64 bits."""

from tickpath.hot.strategy.declare import Intents, Side, State, Strategy, View, strategy


@strategy(name="too_large")
class TooLarge(Strategy):
    """Raises at the first event."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        out.submit(Side.BUY, 2**63, 1)
