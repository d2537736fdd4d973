"""Turns the configured breakers into the ones that run. Raises ConfigError for what a rule cannot
do: every mistake names the breaker and what to write."""

import difflib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from tickpath.core.config import BreakerSpec, Config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.control.spec import RuleSpec

FOLDER = Path(__file__).resolve().parents[1] / "breakers"
VALUE_MAX = 2**60
CURRENCIES_MAX = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One configured breaker; `watched` has an entry for each of its breakers: an instrument, or
    -1 for all together."""

    spec: BreakerSpec
    rule: RuleSpec
    number: int
    words: int
    watched: tuple[int, ...]
    wide: bool

    def place(self, instrument: int) -> int:
        """Which of its breakers watches an instrument, -1 when none does."""
        if self.watched == (-1,):
            return 0 if instrument in self.members else -1
        return self.watched.index(instrument) if instrument in self.watched else -1

    @property
    def members(self) -> tuple[int, ...] | range:
        """Instruments of the configuration that it looks at."""
        return self.spec.instruments or range(LIMITS["instruments_max"])


@cache
def rule_stems() -> tuple[str, ...]:
    """Stems of the folder in the order of their numbers."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_")))


def rule_module(stem: str) -> ModuleType:
    """The module of a rule."""
    return import_module(f"tickpath.hot.risk.breakers.{stem}")


def plans_of(config: Config) -> tuple[Plan, ...]:
    """What runs, in the order of the configuration."""
    if len(config.breakers) > LIMITS["breakers_max"]:
        raise ConfigError(
            f"[[breakers]]: {len(config.breakers)}: at most {LIMITS['breakers_max']}: use fewer"
        )
    if len(config.currencies) > CURRENCIES_MAX:
        raise ConfigError(f"{len(config.currencies)} currencies: at most {CURRENCIES_MAX}")
    return tuple(_plan(spec, k, config) for k, spec in enumerate(config.breakers, 1))


def _plan(spec: BreakerSpec, number: int, config: Config) -> Plan:
    where = f"[[breakers]] {number} ({spec.rule})"
    stems = rule_stems()
    if spec.rule not in stems:
        near = difflib.get_close_matches(str(spec.rule), stems, n=1)
        hint = f"did you mean {near[0]!r}" if near else f"choose one of {', '.join(stems)}"
        raise ConfigError(f"{where}: no such rule: {hint}")
    rule: RuleSpec = rule_module(spec.rule).SPEC
    _check_numbers(spec, rule, where)
    if spec.scope not in rule.scopes:
        raise ConfigError(f"{where}: scope {spec.scope!r}: write {' or '.join(rule.scopes)}")
    known = range(len(config.instruments))
    for instrument in spec.instruments:
        if instrument not in known:
            raise ConfigError(f"{where}: instrument {instrument}: there are {len(known)}")
    words = rule.words(spec)
    if words > LIMITS["breaker_words_max"]:
        raise ConfigError(
            f"{where}: needs {words} words of memory, breaker_words_max is "
            f"{LIMITS['breaker_words_max']}: write a smaller limit or count"
        )
    wide = spec.scope == "engine"
    watched = (-1,) if wide and rule.together else tuple(spec.instruments or known)
    return Plan(
        spec=spec, rule=rule, number=stems.index(spec.rule), words=words, watched=watched, wide=wide
    )


def _check_numbers(spec: BreakerSpec, rule: RuleSpec, where: str) -> None:
    for name in ("limit", "window_ns", "count", "cooling_ns"):
        value = getattr(spec, name)
        low = 1 if name in rule.needs else 0
        if type(value) is not int or not low <= value <= VALUE_MAX:
            raise ConfigError(f"{where}: {name} is {value!r}: write {low}..{VALUE_MAX}")
    for name in ("cancel", "manual"):
        if type(getattr(spec, name)) is not bool:
            raise ConfigError(f"{where}: {name} is {getattr(spec, name)!r}: write true or false")
