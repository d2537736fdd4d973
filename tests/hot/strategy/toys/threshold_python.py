"""Buy below a spread of 1.5 ticks, sell above 3.5; threshold_bank.py is the same as a table."""

from tickpath.hot.strategy.bank_body import BANK_PARAMS, BANK_STATE
from tickpath.hot.strategy.declare import FeatureSpec, Intents, State, Strategy, View, strategy
from tickpath.hot.strategy.sizing import SIZING_DERIVED, position_lots_at
from tickpath.hot.strategy.target import toward


@strategy(
    name="threshold",
    params=BANK_PARAMS,
    derived=SIZING_DERIVED,
    features=[FeatureSpec(name="spread", indicator="spread")],
    state=BANK_STATE,
)
class Threshold(Strategy):
    """A long, short or flat position by the spread."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        spread = self.features.spread
        vote = int(spread <= 1.5) - int(spread >= 3.5)
        state.evaluations += 1
        state.signals[0] = vote
        most = position_lots_at(self.params, (view.top.bid_ticks + view.top.ask_ticks) // 2)
        toward(self.params, view, vote * most, self.params.slip_ppm, out)
