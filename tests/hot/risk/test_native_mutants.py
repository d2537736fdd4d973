"""Every mutant of the native risk checks is told apart by the specs, or is listed here with the
reason why it is the same function. One build holds them all (risk_native_mutants.py)."""

import shutil
from pathlib import Path
from types import ModuleType

import pytest
from risk_mutants import PROBES
from risk_native_mutants import build

NO_TOUCH = "`price` refuses a market order without a far touch before it is valued"
NO_PRICE = "`price` refuses an order without a positive price before it is compared"
NOT_OK = "`crossed` refuses a book that is not OK before anything is valued"
NO_EQUITY = "with equity of 0 or less the part is 0 or never asked for: `equity` has refused"
SAME = "where the two differ both sides of the choice are the same number"
BIT = "one more is the bit of reduce-only, which is asked for beside it"
WAY = "the quick way and the wide way give the same; only the time differs"
EQUIVALENT: dict[str, str] = {
    "collar: own2 - reference2 if own2 > reference2 else reference2 - own2 -> "
    "own2 - reference2 if own2 >= reference2 else reference2 - own2": SAME,
    "collar: ticks <= 0 or ... -> ...": NO_PRICE,
    "collar: ticks <= 0 or <int128> off2 * -> ticks < 0 or <int128> off2 *": NO_PRICE,
    "fat_finger: tp_likely(through <= 0) or ... -> ...": WAY,
    "fat_finger: tp_likely(through <= 0) or x. -> tp_likely(through < 0) or x.": WAY,
    "quantity_step: .instrument.order_step_lots == 1 -> .instrument.order_step_lots == (0)": WAY,
    "quantity_step: if x.instrument.order_step_lots == 1 -> if 0": WAY,
    "values: & (TP_REDUCE_ONLY | (TP_POSITION_LONG if i.side == -> "
    "& (TP_REDUCE_ONLY | ((TP_POSITION_LONG + 1) if i.side ==": BIT,
    "values: .side == TP_SELL else TP_POSITION_SHORT))) != 0 -> "
    ".side == TP_SELL else (TP_POSITION_SHORT + 1)))) != 0": BIT,
    "values: ) if x.equity_units > 0 else 0 -> ) if x.equity_units >= 0 else 0": NO_EQUITY,
    "values: ... or touch <= 0 -> ...": NO_TOUCH,
    "values: .equity_units > 0 else 0 -> .equity_units > 0 else (-1)": NO_EQUITY,
    "values: .equity_units > 0 else 0 -> .equity_units > 0 else 1": NO_EQUITY,
    "values: if not mul_overflows(a, b, &word) -> if 0": WAY,
    "values: * (ppm if ppm < ppm_max else ppm_max)) -> "
    "* (ppm if ppm <= ppm_max else ppm_max))": SAME,
    "values: * <uint64_t> last_trade_ticks if last_trade_ticks > 0 else 0 -> "
    "* <uint64_t> last_trade_ticks if last_trade_ticks >= 0 else 0": SAME,
    "values: type != TP_MARKET or touch <= 0 -> type != TP_MARKET or touch < 0": NO_TOUCH,
    "values: top.status == TP_BOOK_OK and ... -> ...": NOT_OK,
}
"""The name of a mutant to the reason why no input tells it apart."""

MUTANTS_MIN = 500


def survives(module: ModuleType) -> bool:
    """Whether the probes see nothing wrong."""
    return all(module.verdict(probe.x) == probe.together for probe in PROBES)


@pytest.mark.slow
def test_every_native_mutant_is_killed_but_the_equivalent(tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is absent: it builds the mutants")
    module, names = build(tmp_path)
    assert survives(module)
    assert len(names) >= MUTANTS_MIN
    alive = set()
    for number, name in enumerate(names, 1):
        module.set_mutant(number)
        if survives(module):
            alive.add(name)
    assert alive == set(EQUIVALENT), "add a boundary or case to a spec that tells them apart"
