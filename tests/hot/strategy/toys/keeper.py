"""A toy that keeps something outside its state block."""

from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(name="keeper")
class Keeper(Strategy):
    """Not allowed."""

    def on_book(self, view: View, state: State, out: Intents) -> None:
        self.last = view.now_ns
