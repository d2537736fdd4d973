"""A hedging account end to end: engines agree, and hold the legs that the venue holds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.core.config import AccountSpec
from tickpath.venues.sim import GeneratedMarket

STRATEGY = str(Path(__file__).with_name("hedger.py"))
FRAMES = 8_000
SAME = ("decisions_hash", "state_hash", "orders", "pnl", "fees", "positions", "codes", "rejects")


def run(engine: str, **options: Any) -> tuple[dict[str, Any], Any]:
    market = GeneratedMarket(31, FRAMES, "binance-usdm")
    config = config_for(market, strategy=STRATEGY)
    config = replace(config, account=AccountSpec(hedging=("binance-usdm",)))
    backtest = Backtest(config, market, Options(engine=engine, measure=False, **options))
    result = backtest.run()
    data = result.to_json()
    return {k: data[k] for k in SAME} | {"fills": result.fill_rows.tolist()}, backtest


@pytest.mark.slow
def test_engines_agree_on_both_legs() -> None:
    native, backtest = run("native")
    plain, twin = run("reference")
    assert plain == native
    assert run("mixed")[0] == native
    assert run("native", direct_orders=True)[0] == native
    legs = [leg.lots for leg in backtest.engine.stages.execute.money.legs(0)]
    there = twin.loop.venue.places[0].legs
    assert legs == [there["LONG"], there["SHORT"]]
    assert legs[0] >= 0 >= legs[1]
    assert len(native["fills"]) > 40
    assert native["rejects"]["RISK_REDUCE_ONLY"] > 3
    assert native["rejects"]["RISK_POSITION"] > 3
    assert "EXECUTE_POSITION_SIDE" not in native["codes"], "no leg went through zero"
