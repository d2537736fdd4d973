"""What working an order costs against sending it to the market at once: recorded or generated.

Every 40 seconds of market time the same order is wanted, buys and sells in turn: once as one market
order, once by each algorithm. Shortfall is the average price of what traded against the mid at the
moment of wanting, in ppm of the notional, without fees: positive is a loss. Next to it stand the
part of the lots that traded and the part that rested (maker). Our orders do not move a recorded
book, so there a market order pays for the depth it takes once and for nothing after; in a generated
market (no --data) they do. The mid drifts while an order is worked: the standard error is mostly
that. Only what is printed is measured; nothing here says what an algorithm will cost tomorrow.

Run: python benchmarks/hot/algorithms_recorded.py [--data RECORDING.gz] [--quantity 10]
"""

import argparse
import statistics
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.backtest.recording import read_recordings
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import AlgorithmSpec, Config
from tickpath.core.records import OrderType, Side
from tickpath.hot.strategy.declare import Intents, Param, State, Strategy, View, strategy
from tickpath.venues.sim import GeneratedMarket

NS_PER_S = 10**9
ORDERS_MAX = 200
SEED = 7
BALANCES = {"USDT": Decimal(10**9), "BTC": Decimal(10**5)}
"""Far more than the orders need: what is looked at is the price, not the ceilings."""

COMMON: dict[str, Any] = {"clip_min_ppm": 5_000, "clip_max_ppm": 250_000}
ALGORITHMS = (
    AlgorithmSpec(name="twap, crossing", kind="twap", slices=12, price="cross", **COMMON),
    AlgorithmSpec(name="twap, resting then crossing", kind="twap", slices=12, **COMMON),
    AlgorithmSpec(
        name="vwap of a flat U", kind="vwap", slices=6, curve=(3, 2, 1, 1, 2, 3), **COMMON
    ),
    AlgorithmSpec(
        name="pov 20 %", kind="pov", participation_ppm=200_000, rest_ns=2 * NS_PER_S, **COMMON
    ),
    AlgorithmSpec(
        name="shortfall, urgency 3", kind="shortfall", slices=12, urgency=Decimal(3), **COMMON
    ),
    AlgorithmSpec(name="twap, resting only", kind="twap", slices=12, price="rest", **COMMON),
)  # fmt: skip


@strategy(
    name="wants_the_same",
    levels=1,
    params={
        "lots": Param(int, 1, 1, 10**12, "lots of an order"),
        "algorithm": Param(int, -1, -1, 31, "-1: one market order"),
        "period_s": Param(int, 40, 1, 10**6, "seconds between two orders"),
        "lasts_s": Param(int, 30, 1, 10**6, "seconds an order may take"),
    },
    events=("book",),
    state=np.dtype(
        [("wanted", "<i8"), ("first", "<i8"), ("at_ns", "<i8", (200,)), ("mid2", "<i8", (200,))]
    ),
)
class WantsTheSame(Strategy):
    """The same orders at the same times whatever works them."""

    __slots__ = ()

    def on_book(self, view: View, state: State, out: Intents) -> None:
        p = self.params
        if not state.first:
            state.first = view.now_ns + 10 * NS_PER_S
        due_ns = state.first + state.wanted * p.period_s * NS_PER_S
        if view.now_ns < due_ns or state.wanted >= ORDERS_MAX:
            return
        k = int(state.wanted)
        state.at_ns[k], state.mid2[k] = view.now_ns, view.top.bid_ticks + view.top.ask_ticks
        side = Side.SELL if k % 2 else Side.BUY
        if p.algorithm < 0:
            out.submit(side, 0, p.lots, type=OrderType.MARKET)
        else:
            end_ns = view.now_ns + p.lasts_s * NS_PER_S
            out.algorithm(side, p.lots, algorithm=p.algorithm, end_ns=end_ns)
        state.wanted = k + 1


def configured(recording: Any, quantity: Decimal, algorithm: int) -> Config:
    base = config_for(recording, strategy=str(Path(__file__).resolve()))
    lots = int(quantity / base.instruments[0].lot_size)
    spec = replace(base.strategies[0], params={"lots": lots, "algorithm": algorithm})
    names = {c.name for c in base.currencies}
    return replace(
        base,
        algorithms=ALGORITHMS,
        strategies=(spec,),
        balances={k: v for k, v in BALANCES.items() if k in names},
    )


def outcome(config: Config, recording: Any) -> list[tuple[float, float, float]]:
    """(shortfall in ppm, part that traded, part that rested) of every order."""
    backtest = Backtest(config, recording, Options(measure=False))
    fills = backtest.run().fill_rows
    dtype = backtest.engine.stages.strategy.configured[0].declaration.state
    state = np.frombuffer(
        backtest.engine.stages.strategy.export_state()[-4 - dtype.itemsize : -4], dtype
    )[0]
    lots = config.strategies[0].params["lots"]
    found = []
    for k in range(int(state["wanted"]) - 1):
        begin, end = state["at_ns"][k], state["at_ns"][k + 1]
        of_it = fills[(fills["t_ns"] >= begin) & (fills["t_ns"] < end)]
        traded = int(of_it["quantity_lots"].sum())
        if not traded:
            found.append((0.0, 0.0, 0.0))
            continue
        paid = int((of_it["price_ticks"] * of_it["quantity_lots"]).sum()) / traded
        mid = int(state["mid2"][k]) / 2
        rested = int(of_it["quantity_lots"][of_it["maker"] == 1].sum())
        sign = -1 if k % 2 else 1
        found.append((1e6 * sign * (paid - mid) / mid, traded / lots, rested / traded))
    return found


def market_of(asked: argparse.Namespace) -> Any:
    """The recording, or a generated market: one run uses it up."""
    if asked.data:
        return read_recordings([asked.data])
    return GeneratedMarket(SEED, asked.frames, "binance-spot")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="a recording; none: a generated market")
    parser.add_argument("--frames", type=int, default=200_000, help="of a generated market")
    parser.add_argument("--quantity", type=Decimal, default=Decimal(10))
    asked = parser.parse_args()
    market = market_of(asked)
    print(f"{market.venue} {market.symbol}: orders of {asked.quantity}, ppm of notional")
    print(f"{'':30} orders  shortfall  +- error   traded   rested")
    for k in range(-1, len(ALGORITHMS)):
        market = market_of(asked)
        rows = outcome(configured(market, asked.quantity, k), market)
        costs = [cost for cost, traded, _ in rows if traded]
        error = statistics.stdev(costs) / len(costs) ** 0.5 if len(costs) > 1 else float("nan")
        traded = statistics.mean(part for _, part, _ in rows)
        rested = statistics.mean(part for *_, part in rows)
        name = "one market order" if k < 0 else ALGORITHMS[k].name
        cost = statistics.mean(costs)
        print(f"{name:30} {len(rows):6} {cost:10.2f} {error:9.2f} {traded:8.1%} {rested:8.1%}")


if __name__ == "__main__":
    main()
