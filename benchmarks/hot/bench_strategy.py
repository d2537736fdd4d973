"""What does one call of a strategy cost, by the way it is written?

Mean ns of one `strategies_evaluate` in batches of 100 000 (2 000 for plain Python) over books that
change each time; median of 9 batches after one to warm up. `ns` contains the loop that changes the
book and 32 features; `less loop` is the median difference to a batch without strategies that was
timed right before. Run: python benchmarks/hot/bench_strategy.py
"""

import statistics
import sys
import tempfile
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

from loop_build import loop

from tickpath.core.config import VENUES, Config, Currency, Instrument, Source, StrategySpec
from tickpath.core.records import InstrumentKind
from tickpath.hot.strategy.native import Strategies

ROUNDS = 9
BATCH = 100_000
BATCH_PYTHON = 2_000
HEAD = "from tickpath.hot.strategy.declare import *\n"
PYTHON = (
    HEAD
    + """
@strategy(name="python")
class Python(Strategy):
    def on_book(self, view, state, out):
        if view.top.bid_lots > view.top.ask_lots:
            out.submit(Side.BUY, view.top.bid_ticks, 200)
"""
)
NUMBA = (
    HEAD
    + """
from tickpath.hot.strategy.numba_body import submit

@strategy(name="compiled", events=("book",), language="numba")
def compiled(view, state, out):
    if view.top.bid_lots > view.top.ask_lots:
        submit(out, view, 0, 0, 0, view.top.bid_ticks, 200, 0)
"""
)
WIDE = (
    HEAD
    + """
from tickpath.hot.strategy.bank import BankInput, Hidden
from tickpath.hot.strategy.bank_body import declare_bank

WIDE = declare_bank(
    name="wide",
    features=[FeatureSpec(name=f"f{k}", indicator="sma", period=k + 1) for k in range(32)],
    bank=Bank(
        inputs=[BankInput(0.0, 4096.0)] * 32,
        HIDDEN
        weights=[[k - j for j in range(32)] for k in range(64)],
        bias=[0] * 64, sell=[-(2**40)] * 64, buy=[2**40] * 64,
    ),
)
"""
)
HIDDEN = "hidden=Hidden(weights=[[k + j for j in range(32)] for k in range(32)], bias=[0] * 32),"


def config_of(*specs: StrategySpec) -> Config:
    """Spot BTCUSDT with 100 000 USDT."""
    instrument = Instrument(
        index=0, symbol="BTCUSDT", venue=0, kind=InstrumentKind.SPOT, base=0, quote=1, settle=1,
        settle_decimals=8, tick_size=Decimal("0.01"), lot_size=Decimal("0.00001"),
        quantity_min=Decimal("0.00001"), quantity_max=Decimal(9000), notional_min=Decimal(5),
        multiplier=Decimal(1), maker_fee_ppm=1000, taker_fee_ppm=1000,
    )  # fmt: skip
    return Config(
        currencies=(Currency(name="BTC"), Currency(name="USDT")),
        venues=VENUES,
        instruments=(instrument,),
        sources=(Source(name="one", venue=0, instruments=(0,)),),
        strategies=specs,
        balances={"USDT": Decimal(100_000)},
    )


def stage_of(*names: str) -> Strategies:
    """The native stage of these strategies."""
    config = config_of(*[StrategySpec(name=name, instruments=(0,)) for name in names])
    return Strategies(config, Strategies.required_features(config))


def main() -> int:
    """Print the table."""
    compiled = loop("strategy_loop")
    folder = Path(tempfile.mkdtemp(prefix="tickpath-strategies-"))
    texts = {
        "python": PYTHON,
        "compiled": NUMBA,
        "wide": WIDE.replace("HIDDEN", ""),
        "deep": WIDE.replace("HIDDEN", HIDDEN),
    }
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    rows: list[tuple[str, tuple[str, ...], bool, int]] = [
        ("no strategy", (), False, BATCH),
        ("Cython: every_event", ("every_event",), False, BATCH),
        ("Cython: ema_cross", ("ema_cross",), False, BATCH),
        ("Cython: imbalance_maker, 2 quotes", ("imbalance_maker",), True, BATCH),
        ("numba: one comparison", (str(folder / "compiled.py"),), False, BATCH),
        ("bank: 4 x 4", ("bank_example",), False, BATCH),
        ("bank: 64 x 32", (str(folder / "wide.py"),), False, BATCH),
        ("bank: 64 x 32 behind 32 hidden", (str(folder / "deep.py"),), False, BATCH),
        ("Python: one comparison", (str(folder / "python.py"),), False, BATCH_PYTHON),
        ("16 of every_event", ("every_event",) * 16, False, BATCH),
    ]
    if find_spec("numba") is None:
        rows = [row for row in rows if not row[0].startswith("numba")]
    empty = stage_of()
    print(f"{'kind':<36} {'ns':>9} {'less loop':>10} {'intents':>8}")
    for text, names, quoting, batch in rows:
        stage = stage_of(*names)
        compiled.call_ns(stage, batch, quoting)
        bare, found = [], []
        for _ in range(ROUNDS):
            bare.append(compiled.call_ns(empty, BATCH, False)[0])
            found.append(compiled.call_ns(stage, batch, quoting))
        ns = statistics.median(f[0] for f in found)
        less = statistics.median(f[0] - b for f, b in zip(found, bare, strict=True))
        print(f"{text:<36} {ns:9.1f} {less:10.1f} {found[-1][1]:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
