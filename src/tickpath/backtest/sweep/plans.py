"""Validations as the command line says them.

    train=6h,test=1h                    walk-forward; also step=, gap=, and the word anchored
    purged,folds=5,embargo=60s          purged cross-validation; also purge=
    combinatorial,groups=6,test=2       combinatorial purged cross-validation; purge=, embargo=

Times are a number and a unit: ms, s, m, h, d.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from tickpath.backtest.studies.splits import combinatorial, equal_groups, walk_forward
from tickpath.backtest.sweep.verdict import Plan, plan_cross_validation, plan_walk_forward
from tickpath.core.errors import ConfigError

UNITS: Final = {
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 24 * 3600 * 10**9,
}
NS_MAX: Final = 2**62


def duration_ns(text: str, where: str) -> int:
    """Nanoseconds of `90s`, `1.5h`. Raises ConfigError naming the place."""
    unit = next((u for u in UNITS if text.endswith(u)), None)
    try:
        if unit is None:
            raise InvalidOperation
        value = Decimal(text.removesuffix(unit)) * UNITS[unit]
        if value.is_nan():
            raise InvalidOperation
    except InvalidOperation:
        value = Decimal(-1)
    if not 0 <= value <= NS_MAX:
        raise ConfigError(f"{where}: {text!r} is no time: write 500ms, 60s, 30m, 6h or 1d")
    return int(value)


def words_of(text: str, option: str, known: Mapping[str, bool]) -> dict[str, str]:
    """`a=1,b` to {"a": "1", "b": ""}; `known` says of each word whether it has a value."""
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if name not in known or name in found or bool(equals and value) != known[name]:
            told = ", ".join(f"{n}=..." if v else n for n, v in known.items())
            raise ConfigError(f"{option} {text}: {part!r} is not understood here: write {told}")
        found[name] = value
    return found


def whole(found: Mapping[str, str], name: str, default: int, where: str) -> int:
    text = found.get(name, str(default))
    if not text.isdigit() or len(text) > 6:
        raise ConfigError(f"{where}: {name}={text} is no whole number")
    return int(text)


def parse_walk_forward(text: str, begin_ns: int, end_ns: int) -> Plan:
    """The plan for a span of data. Raises ConfigError."""
    known = {"train": True, "test": True, "step": True, "gap": True, "anchored": False}
    where = f"--walk-forward {text}"
    found = words_of(text, "--walk-forward", known)
    missing = [name for name in ("train", "test") if name not in found]
    if missing:
        raise ConfigError(f"{where}: {missing[0]} is missing: write train=6h,test=1h")
    times = {n: duration_ns(v, where) for n, v in found.items() if known[n]}
    return plan_walk_forward(
        walk_forward(
            begin_ns,
            end_ns,
            train_ns=times["train"],
            test_ns=times["test"],
            step_ns=times.get("step"),
            gap_ns=times.get("gap", 0),
            anchored="anchored" in found,
        )
    )


def parse_cross_validation(text: str, begin_ns: int, end_ns: int) -> Plan:
    """The plan for a span of data. Raises ConfigError."""
    where = f"--cv {text}"
    kind, _, rest = text.partition(",")
    common = {"purge": True, "embargo": True}
    if kind == "purged":
        found = words_of(rest, "--cv purged", {"folds": True, **common}) if rest else {}
        groups, test = whole(found, "folds", 5, where), 1
    elif kind == "combinatorial":
        known = {"groups": True, "test": True, **common}
        found = words_of(rest, "--cv combinatorial", known) if rest else {}
        groups, test = whole(found, "groups", 6, where), whole(found, "test", 2, where)
    else:
        raise ConfigError(f"{where}: begin with purged or combinatorial")
    splits = combinatorial(
        begin_ns,
        end_ns,
        groups=groups,
        test_groups=test,
        purge_ns=duration_ns(found.get("purge", "0s"), where),
        embargo_ns=duration_ns(found.get("embargo", "0s"), where),
    )
    return plan_cross_validation(splits, equal_groups(begin_ns, end_ns, groups), test)
