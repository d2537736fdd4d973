"""Every mutant of the risk checks is told apart by a boundary or case of their specs, or is listed
here with the reason why it is the same function.

What is judged: the verdict of all checks together on every input of every spec, and the check of
the mutant alone on its own. The native checks have theirs in test_native_mutants.py.
"""

from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest
from risk_mutants import PROBES, STEMS, Mutant, module_of, mutants

from tickpath.core.codes import Code
from tickpath.hot.risk import figures, values

NO_TOUCH = "`price` refuses a market order without a far touch before it is valued"
REFERENCE = "twice a reference is at least 2, or there is none and it is 0"
NO_EQUITY = "with equity of 0 or less the part is 0 or never asked for: `equity` has refused"
NOT_OK = "`crossed` refuses a book that is not OK before anything is valued"
OTHER_FLAGS = "`killed` and `breaker` refuse every other flag before"
PRIME = "2^127 - 1 is prime: no product of 64-bit words is it"
NO_SIGN = "nobody looks at the sign beside a code"
NO_REFERENCE = "without a reference no price is near it, except 0, which `price` has refused"
EQUIVALENT: dict[str, str] = {
    "values.reach_ticks: x.intent.type != OrderType.MARKET or touch <= 0 -> "
    "x.intent.type != OrderType.MARKET": NO_TOUCH,
    "values.reach_ticks: touch <= 0 -> touch < 0": NO_TOUCH,
    "values.mark_twice: top.status == BookStatus.OK and top.bid_ticks > 0 and "
    "(top.ask_ticks > 0) -> top.bid_ticks > 0 and top.ask_ticks > 0": NOT_OK,
    "values.value_ticks: max(1, reference2 // 2) -> reference2 // 2": REFERENCE,
    "values.value_ticks: max(1, reference2 // 2) -> max(0, reference2 // 2)": REFERENCE,
    "values.part_of_equity: max(0, x.equity_units) -> x.equity_units": NO_EQUITY,
    "values.part_of_equity: max(0, x.equity_units) -> max(1, x.equity_units)": NO_EQUITY,
    "values.part_of_equity: max(0, x.equity_units) -> max(-1, x.equity_units)": NO_EQUITY,
    "values.notional_compare: max(left, right) > PRODUCT_MAX -> "
    "max(left, right) >= PRODUCT_MAX": PRIME,
    "values.notional_compare: (Code.RISK_OVERFLOW, 0) -> (Code.RISK_OVERFLOW, 1)": NO_SIGN,
    "values.notional_compare: (Code.RISK_OVERFLOW, 0) -> (Code.RISK_OVERFLOW, -1)": NO_SIGN,
    "drawdown.check: x.flags & REDUCE_ONLY_ALL -> x.flags": OTHER_FLAGS,
    "collar.check: reference2 > 0 and off2 * 1000000 <= reference2 * collar_ppm(x) -> "
    "off2 * 1000000 <= reference2 * collar_ppm(x)": NO_REFERENCE,
    "collar.check: reference2 > 0 -> reference2 >= 0": NO_REFERENCE,
}
"""The name of a mutant to the reason why no input tells it apart."""

MUTANTS_MIN = 450


def together(checks: dict[str, FunctionType], x: Any) -> int:
    """The code of the first check that refuses."""
    return int(next((code for stem in STEMS if (code := checks[stem](x)) != Code.OK), Code.OK))


def survives(checks: dict[str, FunctionType], touched: set[str]) -> bool:
    """Whether the probes see nothing wrong in these checks. A mutant that raises is seen."""
    try:
        for probe in PROBES:
            own = probe.stem in touched and probe.alone >= 0
            if own and checks[probe.stem](probe.x) != probe.alone:
                return False
            if together(checks, probe.x) != probe.together:
                return False
    except Exception:
        return False
    return True


def with_functions(module: ModuleType, replaced: dict[str, FunctionType]) -> FunctionType:
    """The `check` of a module that calls these functions instead of its own imports."""
    names = {name: replaced[name] for name in vars(module) if name in replaced}
    check = module.check
    return FunctionType(check.__code__, {**vars(module), **names}, "check")


def survivors(module: ModuleType, found: list[Mutant]) -> list[str]:
    stem = module.__name__.rsplit(".", 1)[-1]
    whole = {s: module_of(s).check for s in STEMS}
    alive = []
    for mutant in found:
        if stem in whole:
            checks, touched = {**whole, stem: mutant.functions["check"]}, {stem}
        else:
            checks = {s: with_functions(module_of(s), mutant.functions) for s in STEMS}
            touched = set(STEMS)
        if survives(checks, touched):
            alive.append(mutant.name)
    return alive


MODULES = {"values": values, "figures": figures} | {stem: module_of(stem) for stem in STEMS}


def all_of(stem: str) -> list[Mutant]:
    module = MODULES[stem]
    return list(mutants(module, Path(str(module.__file__)).read_text()))


def test_the_probes_allow_the_checks_as_they_are() -> None:
    assert survives({stem: module_of(stem).check for stem in STEMS}, set(STEMS))


@pytest.mark.parametrize("stem", MODULES)
def test_every_mutant_is_killed_but_the_equivalent(stem: str) -> None:
    found = all_of(stem)
    assert found
    listed = {name for name in EQUIVALENT if name.startswith(f"{stem}.")}
    alive = set(survivors(MODULES[stem], found))
    assert alive == listed, "add a boundary or case to a spec that tells them apart"
    assert listed <= {mutant.name for mutant in found}


def test_there_are_many_mutants_and_each_equivalent_has_its_reason() -> None:
    assert sum(len(all_of(stem)) for stem in MODULES) >= MUTANTS_MIN
    assert all(len(reason) > 20 and "\n" not in reason for reason in EQUIVALENT.values())
