"""The indicators found in indicators/, and the check of a configured column against their specs."""

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.features.sources import GROUP_OF_SOURCE, FeatureSource, Group
from tickpath.hot.features.spec import Column, IndicatorSpec

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A configured column, checked: what both backends build from."""

    stem: str
    spec: IndicatorSpec
    source: FeatureSource
    group: Group
    period: int
    factor: float
    """The step's constant, from `IndicatorSpec.constant`."""

    def column(self) -> Column:
        """Its reference."""
        column = import_module(f"{__package__}.indicators.{self.stem}").Step(
            self.source, self.period, self.factor, self.spec.slots
        )
        assert isinstance(column, Column)
        return column

    @property
    def levels(self) -> int:
        """Book levels a side that it reads."""
        return self.period if self.spec.reads_levels else 0


def near(name: str, known: Sequence[str]) -> str:
    """The end of a message: the nearest known name, or all of them."""
    found = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {found[0]!r}?" if found else f"known: {', '.join(known)}"


def part_of(spec: FeatureSpec, position: int) -> Part:
    """Check one configured column. Raises ConfigError that says where and what to write."""
    where = f"features[{position}] {spec.name!r}"
    if spec.indicator not in stems():
        hint = near(spec.indicator, stems())
        raise ConfigError(f"{where}: unknown indicator {spec.indicator!r}; {hint}")
    facts = indicator(spec.indicator)
    sources = [source.name.lower() for source in FeatureSource]
    if spec.source not in sources:
        raise ConfigError(f"{where}: unknown source {spec.source!r}; {near(spec.source, sources)}")
    source = FeatureSource[spec.source.upper()]
    if source not in facts.sources:
        allowed = " or ".join(s.name.lower() for s in facts.sources)
        raise ConfigError(
            f"{where}: {spec.indicator} cannot read {spec.source!r}; set source to {allowed}"
        )
    factor = checked_factor(spec, facts, where)
    least, most = facts.period
    if isinstance(spec.period, bool) or not isinstance(spec.period, int):
        raise ConfigError(f"{where}: period {spec.period!r} is not a whole number")
    if not least <= spec.period <= most:
        raise ConfigError(
            f"{where}: period {spec.period} of {spec.indicator} ({facts.period_means}) "
            f"is outside {least} to {most}"
        )
    return Part(
        stem=spec.indicator,
        spec=facts,
        source=source,
        group=GROUP_OF_SOURCE[source],
        period=spec.period,
        factor=facts.constant(spec.period, factor),
    )


def checked_factor(spec: FeatureSpec, facts: IndicatorSpec, where: str) -> float:
    """The configured factor or its default; 0 means default."""
    if isinstance(spec.factor, bool) or not isinstance(spec.factor, int | float):
        raise ConfigError(f"{where}: factor {spec.factor!r} is not a number")
    factor = float(spec.factor)
    if facts.factor is None:
        if factor != 0.0:
            raise ConfigError(f"{where}: {spec.indicator} has no factor; leave it out")
        return 0.0
    if factor == 0.0:
        return facts.factor.default
    if not facts.factor.least <= factor <= facts.factor.most:
        raise ConfigError(
            f"{where}: factor {factor} of {spec.indicator} ({facts.factor.meaning}) "
            f"is outside {facts.factor.least} to {facts.factor.most}"
        )
    if facts.factor.whole and not factor.is_integer():
        raise ConfigError(
            f"{where}: factor {factor} of {spec.indicator} ({facts.factor.meaning}) "
            "is not a whole number"
        )
    return factor


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
    text = "\n".join(f"{p.stem} {p.source} {p.period} {p.factor.hex()}" for p in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")
