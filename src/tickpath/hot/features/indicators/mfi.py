"""mfi: money flow index."""

from collections.abc import Sequence

from tickpath.hot.features.oscillators import typical
from tickpath.hot.features.spec import BAR_VOLUME, TRADES, Column, IndicatorSpec, period
from tickpath.hot.features.windows import Flows

SPEC = IndicatorSpec(
    title="Money flow index",
    formula=(
        "100 * P / (P + N); P and N sums over n bars of p * volume where p = (high + low + "
        "close) / 3 rose or fell; 0 when nothing flowed"
    ),
    origin="Quong and Soudack, Volume-weighted RSI, Stocks & Commodities 7:3, 1989",
    units="0 to 100",
    inputs=BAR_VOLUME,
    sources=TRADES,
    params=(period(14, meaning="bars in the window"),),
    warm=lambda p: p.period + 1,
    windows=lambda p: (Flows(p.period),),
    talib="MFI; where less than 1 flowed TA-Lib gives 0",
)


class Step(Column):
    """The last typical price; money that flowed in and out."""

    last: float

    def step(self, x: Sequence[float]) -> None:
        (flows,) = self.windows
        price = typical(x[0], x[1], x[2])
        if self.count > 1:
            flow = price * x[3]
            up, down = flows.push(
                flow if price > self.last else 0.0, flow if price < self.last else 0.0
            )
            if self.count > self.period:
                self.value = 100.0 * up / (up + down) if up + down > 0.0 else 0.0
        self.last = price
