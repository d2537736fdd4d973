"""Turns the configured algorithms into schedules. Raises ConfigError for what a kind cannot do:
every mistake names the algorithm and what to write."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tickpath.core.config import AlgorithmSpec, Config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.execute.schedule import PPM, Pricing, Schedule

FOLDER = Path(__file__).parent / "algorithms"
REST_NS_MAX = 86_400 * 10**9
OPTIONAL = ("slices", "curve", "urgency", "risk_aversion", "volatility", "impact", "horizon_s")
"""Fields of AlgorithmSpec that only some kinds read."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlgorithmKind:
    """What a kind is: `reads` are the optional fields it looks at, `needs` those that must be set,
    `shares` gives the cumulative parts per million of its slices."""

    what: str
    shares: Callable[[AlgorithmSpec], tuple[int, ...]]
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@cache
def kinds() -> tuple[str, ...]:
    """Stems of the folder."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_")))


@cache
def kind_of(stem: str) -> AlgorithmKind:
    """The facts of a kind."""
    kind = import_module(f"tickpath.hot.execute.algorithms.{stem}").SPEC
    assert isinstance(kind, AlgorithmKind)
    return kind


def schedules_of(config: Config) -> tuple[Schedule, ...]:
    """What runs, in the order of the configuration."""
    if len(config.algorithms) > LIMITS["algorithms_max"]:
        raise ConfigError(
            f"[[algorithms]]: {len(config.algorithms)}: at most {LIMITS['algorithms_max']}: "
            "use fewer"
        )
    return tuple(_schedule(spec, k) for k, spec in enumerate(config.algorithms, 1))


def _schedule(spec: AlgorithmSpec, number: int) -> Schedule:
    where = f"[[algorithms]] {number} ({spec.name})"
    if spec.kind not in kinds():
        near = difflib.get_close_matches(str(spec.kind), kinds(), n=1)
        hint = f"did you mean {near[0]!r}" if near else f"choose one of {', '.join(kinds())}"
        raise ConfigError(f"{where}: no kind {spec.kind!r}: {hint}")
    kind = kind_of(spec.kind)
    _check_numbers(spec, where)
    unset = AlgorithmSpec(name="", kind="")
    for name in OPTIONAL:
        if name not in kind.reads and getattr(spec, name) != getattr(unset, name):
            raise ConfigError(f"{where}: {spec.kind} does not read {name}: leave it out")
    for name in kind.needs:
        if not getattr(spec, name):
            raise ConfigError(f"{where}: {spec.kind} needs {name}")
    try:
        shares = kind.shares(spec)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from error
    return Schedule(
        cumulative_ppm=shares,
        participation_ppm=spec.participation_ppm,
        clip_min_ppm=spec.clip_min_ppm,
        clip_max_ppm=spec.clip_max_ppm,
        pricing=Pricing[spec.price.upper()],
        rest_ns=spec.rest_ns,
    )


def _check_numbers(spec: AlgorithmSpec, where: str) -> None:
    ranges = {
        "slices": (1, LIMITS["algorithm_slices_max"]),
        "participation_ppm": (0, PPM),
        "clip_min_ppm": (0, PPM),
        "clip_max_ppm": (1, PPM),
        "rest_ns": (0, REST_NS_MAX),
    }
    for name, (low, high) in ranges.items():
        value = getattr(spec, name)
        if type(value) is not int or not low <= value <= high:
            raise ConfigError(f"{where}: {name} is {value!r}: write {low}..{high}")
    if spec.clip_min_ppm > spec.clip_max_ppm:
        raise ConfigError(f"{where}: clip_min_ppm is above clip_max_ppm")
    names = [pricing.name.lower() for pricing in Pricing]
    if spec.price not in names:
        raise ConfigError(f"{where}: price is {spec.price!r}: choose one of {', '.join(names)}")
