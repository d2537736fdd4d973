"""The indicators found in indicators/, and the check of a configured column against their specs."""

import difflib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.features.sources import (
    GROUP_OF_SOURCE,
    FeatureSource,
    Group,
    Sampler,
)
from tickpath.hot.features.spec import BAR, Column, IndicatorSpec, Param, Params

FOLDER = Path(__file__).parent / "indicators"


@cache
def stems() -> tuple[str, ...]:
    """Names of the indicators, sorted."""
    names = sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))
    return tuple(names)


@cache
def indicator(stem: str) -> IndicatorSpec:
    """The facts of an indicator."""
    spec = import_module(f"{__package__}.indicators.{stem}").SPEC
    assert isinstance(spec, IndicatorSpec)
    return spec


def step_of(stem: str, params: Params) -> Column:
    """The reference of an indicator with checked parameters."""
    column = import_module(f"{__package__}.indicators.{stem}").Step(indicator(stem), params)
    assert isinstance(column, Column)
    return column


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A configured column, checked: what both backends build from."""

    stem: str
    spec: IndicatorSpec
    source: FeatureSource
    group: Group
    params: Params
    bar: int
    """Samples of a bar; 1 where the indicator reads none."""

    def column(self) -> Column:
        """Its reference."""
        return step_of(self.stem, self.params)

    def sampler(self) -> Sampler:
        """What makes its inputs."""
        feed, offset = self.spec.feed
        return Sampler(
            self.source, feed, offset, self.spec.width(self.params), self.levels, self.bar
        )

    @property
    def warm(self) -> int:
        """Samples until it is a number."""
        return self.bar * self.spec.warm(self.params)

    @property
    def levels(self) -> int:
        """Book levels a side that it reads."""
        return int(self.params.period) if self.spec.levels else 0


def near(name: str, known: Sequence[str]) -> str:
    """The end of a message: the nearest known name, or all of them."""
    found = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(known)}"


def checked_value(value: object, param: Param, stem: str, where: str, said: str) -> float:
    """A parameter inside its range. Raises ConfigError that says where and what is allowed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigError(f"{where}: {said} {value!r} is not a number")
    meant = f"{said} {value} of {stem} ({param.meaning})"
    if not param.least <= value <= param.most:
        least, most = (int(b) if param.whole else b for b in (param.least, param.most))
        raise ConfigError(f"{where}: {meant} is outside {least} to {most}")
    if not param.whole:
        return float(value)
    if not float(value).is_integer():
        raise ConfigError(f"{where}: {meant} is not a whole number")
    return int(value)


def params_of(
    stem: str, given: Mapping[str, object], where: str, said: Mapping[str, str] | None = None
) -> Params:
    """All parameters of an indicator, the others at their defaults. `said`: what the caller calls
    one of them. Raises ConfigError."""
    spec = indicator(stem)
    known = [param.name for param in spec.params]
    for name in given:
        if name not in known:
            hint = near(name, known) if known else f"{stem} has none"
            raise ConfigError(f"{where}: unknown parameter {name!r} of {stem}; {hint}")
    values = {
        p.name: checked_value(
            given.get(p.name, p.default), p, stem, where, (said or {}).get(p.name, p.name)
        )
        for p in spec.params
    }
    for lower, upper in pairwise(spec.rising):
        if not values[lower] < values[upper]:
            raise ConfigError(
                f"{where}: {lower} {values[lower]} of {stem} must be below {upper} {values[upper]}"
            )
    return Params(values)


def part_of(spec: FeatureSpec, position: int) -> Part:
    """Check one configured column. Raises ConfigError that says where and what to write."""
    where = f"features[{position}] {spec.name!r}"
    if spec.indicator not in stems():
        hint = near(spec.indicator, stems())
        raise ConfigError(f"{where}: unknown indicator {spec.indicator!r}; {hint}")
    facts = indicator(spec.indicator)
    source = checked_source(spec, facts, where)
    given = dict(spec.params)
    bar = 1
    if facts.reads_bars:
        bar = int(checked_value(given.pop("bar", BAR.default), BAR, spec.indicator, where, "bar"))
    factor = checked_factor(spec, facts, where)
    said = {}
    if factor is BAR:
        bar = int(checked_value(spec.factor, BAR, spec.indicator, where, "factor"))
    elif factor is not None:
        given[factor.name] = spec.factor
        said[factor.name] = "factor"
    if isinstance(spec.period, bool) or not isinstance(spec.period, int):
        raise ConfigError(f"{where}: period {spec.period!r} is not a whole number")
    if any(param.name == "period" for param in facts.params):
        given.setdefault("period", spec.period)
    elif spec.period != 1:
        raise ConfigError(f"{where}: {spec.indicator} has no period; leave it out")
    return Part(
        stem=spec.indicator,
        spec=facts,
        source=source,
        group=GROUP_OF_SOURCE[source],
        params=params_of(spec.indicator, given, where, said),
        bar=bar,
    )


def checked_source(spec: FeatureSpec, facts: IndicatorSpec, where: str) -> FeatureSource:
    """The source of a configured column."""
    if not facts.sources:
        raise ConfigError(
            f"{where}: {spec.indicator} is no column of the feature row; "
            "use it from Python, see tickpath.indicators"
        )
    sources = [source.name.lower() for source in FeatureSource]
    if spec.source not in sources:
        raise ConfigError(f"{where}: unknown source {spec.source!r}; {near(spec.source, sources)}")
    source = FeatureSource[spec.source.upper()]
    if source not in facts.sources:
        allowed = " or ".join(s.name.lower() for s in facts.sources)
        raise ConfigError(
            f"{where}: {spec.indicator} cannot read {spec.source!r}; set source to {allowed}"
        )
    return source


def checked_factor(spec: FeatureSpec, facts: IndicatorSpec, where: str) -> Param | None:
    """The parameter that the configured `factor` sets; None when it is left at 0."""
    if isinstance(spec.factor, bool) or not isinstance(spec.factor, int | float):
        raise ConfigError(f"{where}: factor {spec.factor!r} is not a number")
    if spec.factor == 0:
        return None
    extra = (BAR,) if facts.reads_bars else ()
    for param in facts.params + extra:
        if param.factor:
            return param
    raise ConfigError(f"{where}: {spec.indicator} has no factor; leave it out")


def parts_of(specs: Sequence[FeatureSpec]) -> list[Part]:
    """All columns of a row, checked, in their order."""
    if len(specs) > LIMITS["features_max"]:
        raise ConfigError(
            f"features: {len(specs)} columns for one instrument; limits.toml allows "
            f"{LIMITS['features_max']} (features_max)"
        )
    return [part_of(spec, position) for position, spec in enumerate(specs)]


def fingerprint(parts: Sequence[Part]) -> int:
    """BLAKE2b-64 over what the columns compute; names of columns do not count."""
    lines = []
    for p in parts:
        values = (float(value).hex() for _, value in sorted(vars(p.params).items()))
        lines.append(f"{p.stem} {p.source} {p.bar} {' '.join(values)}")
    return int.from_bytes(
        hashlib.blake2b("\n".join(lines).encode(), digest_size=8).digest(), "little"
    )
