"""A toy that shows the word of its generator."""

from tickpath.hot.strategy.declare import Intents, State, Strategy, View, strategy


@strategy(name="random_word")
class RandomWord(Strategy):
    """The word is the id of a cancel."""

    __slots__ = ()

    def on_order(self, view: View, state: State, out: Intents) -> None:
        out.cancel(view.random)
