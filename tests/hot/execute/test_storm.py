"""Random lives of orders against the slow model: no fill lost, none doubled, no id given twice.

TICKPATH_ORDER_STORM_N events on the native stage (`make storm` runs ten million),
TICKPATH_ORDER_STORM_BOTH on both stages at once; each over ten seeds and every kind of account.
"""

import os
from dataclasses import replace
from typing import Any

import pytest
from execute_desk import CONFIG, execute_of
from storm import Storm

from tickpath.core.codes import Code
from tickpath.core.config import AccountSpec, Config, ExecuteSpec
from tickpath.core.records import Report, ReportKind

EVENTS = int(os.environ.get("TICKPATH_ORDER_STORM_N", "20000"))
BOTH = int(os.environ.get("TICKPATH_ORDER_STORM_BOTH", "8000"))
SEEDS = 10
FUTURES = ("binance-usdm", "binance-coinm")
ACCOUNTS = (
    AccountSpec(),
    AccountSpec(cost="average+fifo", hedging=FUTURES),
    AccountSpec(cost="fifo"),
    AccountSpec(hedging=FUTURES),
)


MADE = ExecuteSpec(venue_orders=tuple(f"binance-spot:{k}" for k in ("stop", "iceberg")))


def config_for(seed: int) -> Config:
    """Every kind of account, and some with stops and icebergs that the venue makes."""
    execute = MADE if seed % 3 == 2 else ExecuteSpec()
    return replace(CONFIG, account=ACCOUNTS[seed % len(ACCOUNTS)], execute=execute)


def check_lived(storm: Storm) -> None:
    """The storm did something, and did it to this kind of account."""
    assert storm.counted > storm.events // 20
    assert storm.went_out > storm.events // 40
    assert storm.busted > 0
    assert storm.overlapping > 0
    assert (storm.refused > 0) == any(storm.model.hedged)
    made = f"{storm.went_out} orders, {storm.counted} fills counted, {storm.busted} taken back"
    print(f"{storm.events} events, {made}, {storm.refused} refused, state {storm.hashes[-1]}")


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_backends_live_through_the_same_storm(seed: int) -> None:
    config = config_for(seed)
    storm = Storm(
        100 + seed, config, [execute_of(name, config) for name in ("native", "reference")]
    )
    storm.run(BOTH // SEEDS)
    check_lived(storm)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_native_keeps_the_books_of_the_slow_model(seed: int) -> None:
    config = config_for(seed)
    storm = Storm(seed, config, [execute_of("native", config)])
    storm.run(EVENTS // SEEDS)
    check_lived(storm)


class Faulty:
    """A native stage with one fault, from its five hundredth ordinary fill on."""

    def __init__(self, fault: str) -> None:
        self.stage = execute_of("native")
        self.fault = fault
        self.fills = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stage, name)

    def apply(self, report: Report, seq: int, now_ns: int) -> Any:
        update = self.stage.apply(report, seq, now_ns)
        self.fills += report.kind == ReportKind.FILL and update.code == Code.OK
        if self.fills == 500 and update.code == Code.OK:
            self.fills += 1
            if self.fault == "doubled":
                self.stage.apply(replace(report, trade_id=10**9), seq, now_ns)
            elif self.fault == "lost":
                taken = replace(report, kind=ReportKind.BUST, last_lots=0)
                assert self.stage.apply(taken, seq, now_ns).code == Code.OK
            elif self.fault == "fee":
                self.stage.money.transfer(1, 1)
        return update

    def take_out(self) -> Any:
        found = self.stage.take_out()
        if self.fault == "id" and self.fills > 500:
            return [(venue, 5, data) for venue, _, data in found]
        return found


@pytest.mark.parametrize("fault", ["doubled", "lost", "fee", "id"])
def test_a_fault_is_noticed(fault: str) -> None:
    storm = Storm(3, CONFIG, [Faulty(fault)])
    with pytest.raises(AssertionError):
        storm.run(20_000)
    assert storm.counted >= 499
