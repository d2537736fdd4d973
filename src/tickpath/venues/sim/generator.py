"""Markets made from a seed, in real Binance frames, for the demo and for tests.

`generate` records a market that nobody trades in. To trade in one with impact, give the market
itself to a backtest instead of a recording: `Backtest(config, GeneratedMarket(seed, frames))`.
Then our orders queue by price and time among the others, are published, and move the price.
`generated_reference.py` explains how the flow is made; the numbers stand in `model.py`.

What comes of it on spot (300 000 frames of seed 1, about 1.8 hours; checked by tests with margins):
  frames         47 a second: 55 % bookTicker, 27 % trades, 18 % depth diffs of 100 ms
  spread         median 1 tick, mean 5, 99 % of the time below 78: it opens when makers move
  returns of 1 s standard deviation 0.05 bp, kurtosis near 100; autocorrelation 0.13: a follower of
                 trends does a little better here than on recordings
  |returns|      autocorrelation 0.36, 0.23, 0.09 at 1, 2, 5 s: volatility comes in clusters
  trade signs    autocorrelation 0.42, 0.37, 0.28, 0.23 at 1, 2, 5, 10 market orders
  waiting times  of market orders: standard deviation 3.1 times the mean (a Poisson process: 1)
Prices move far less than the real thing does: profit and loss here say nothing about a market.
"""

from tickpath.venues.sim.frames import Recording
from tickpath.venues.sim.generated import GeneratedMarket

__all__ = ["GeneratedMarket", "generate"]


def generate(
    seed: int, frames: int, symbol: str = "BTCUSDT", venue: str = "binance-spot"
) -> Recording:
    """`frames` frames (the last event may add a few) of a market of one venue."""
    return GeneratedMarket(seed, frames, venue, symbol).record()
