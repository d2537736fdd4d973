"""From the configuration's strategies to what both backends run: checked parameters and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tickpath.core.config import Config, FeatureSpec, Instrument, StrategySpec, refuse_unknown
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.strategy.declare import Declaration
from tickpath.hot.strategy.discover import find

INT64_MAX = 2**63 - 1
GOLDEN = 0x9E3779B97F4A7C15
MASK = 2**64 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """Parameters of one strategy on one instrument; derived ints stand before the given ones."""

    ints: dict[str, int]
    floats: dict[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Configured:
    """One strategy of the configuration."""

    index: int
    declaration: Declaration
    instruments: tuple[int, ...]
    params: Mapping[int, Resolved]
    specs: tuple[FeatureSpec, ...]
    seed: int


def configure(config: Config) -> tuple[Configured, ...]:
    """All strategies, checked. Raises ConfigError that says where and what to do."""
    if len(config.strategies) > LIMITS["strategies_max"]:
        raise ConfigError(
            f"{len(config.strategies)} strategies; limits.toml allows "
            f"{LIMITS['strategies_max']} (strategies_max)"
        )
    return tuple(configure_one(config, k, spec) for k, spec in enumerate(config.strategies))


def levels_of(config: Config) -> list[int]:
    """Book levels a side that the strategies of each instrument read, at least 1."""
    found = [1] * len(config.instruments)
    for one in configure(config):
        for instrument in one.instruments:
            found[instrument] = max(found[instrument], one.declaration.levels)
    return found


def configure_one(config: Config, index: int, spec: StrategySpec) -> Configured:
    """One entry of [[strategies]]."""
    where = f"strategies[{index}] {spec.name!r}"
    declaration = find(spec.name)
    refuse_unknown(spec.params, set(declaration.params), where)
    values = {
        name: param.check(spec.params.get(name, param.default), f"{where}: {name}")
        for name, param in declaration.params.items()
    }
    if not spec.instruments or len(set(spec.instruments)) != len(spec.instruments):
        raise ConfigError(f"{where}: name each instrument once, and at least one")
    for instrument in spec.instruments:
        if not 0 <= instrument < len(config.instruments):
            raise ConfigError(f"{where}: no instrument has index {instrument}")
    specs = declaration.feature_specs(values)
    if len({s.name for s in specs}) != len(specs):
        raise ConfigError(f"{where}: two features have the same name")
    return Configured(
        index=index,
        declaration=declaration,
        instruments=spec.instruments,
        params={
            i: resolve(config, config.instruments[i], declaration, values, where)
            for i in spec.instruments
        },
        specs=specs,
        seed=seed_of(config.seed, index),
    )


def resolve(
    config: Config,
    instrument: Instrument,
    declaration: Declaration,
    values: Mapping[str, int | float],
    where: str,
) -> Resolved:
    """Given and derived parameters on one instrument."""
    ints = {
        name: derive(config, instrument, values) for name, derive in declaration.derived.items()
    }
    ints |= {n: int(values[n]) for n, p in declaration.params.items() if p.type is int}
    floats = {n: float(values[n]) for n, p in declaration.params.items() if p.type is float}
    for name, value in ints.items():
        if not -INT64_MAX <= value <= INT64_MAX:
            raise ConfigError(
                f"{where}: {name} = {value} on {instrument.symbol} does not fit 64 bits"
            )
    return Resolved(ints=ints, floats=floats)


def seed_of(seed: int, index: int) -> int:
    """First word of a strategy's generator: far apart for neighbouring strategies and seeds."""
    return (seed * GOLDEN + (index + 1) * 0xD1B54A32D192ED03) & MASK


ColumnKey = tuple[str, str, int, float, tuple[tuple[str, int | float], ...]]


def column_key(spec: FeatureSpec) -> ColumnKey:
    """What a column computes; its name does not count."""
    params = tuple(sorted(spec.params.items()))
    return spec.indicator, spec.source, spec.period, float(spec.factor), params


def union_of(config: Config, configured: Sequence[Configured]) -> list[list[FeatureSpec]]:
    """The columns each instrument needs, each computed once, under names that say what they are."""
    rows: list[list[FeatureSpec]] = []
    for instrument in range(len(config.instruments)):
        union: dict[ColumnKey, FeatureSpec] = {}
        for entry in configured:
            if instrument in entry.instruments:
                for spec in entry.specs:
                    union.setdefault(column_key(spec), named(spec))
        if len(union) > LIMITS["features_max"]:
            raise ConfigError(
                f"{config.instruments[instrument].symbol}: its strategies need {len(union)} "
                f"features; limits.toml allows {LIMITS['features_max']} (features_max)"
            )
        rows.append(list(union.values()))
    return rows


def named(spec: FeatureSpec) -> FeatureSpec:
    """The column under the name `indicator_source_period[_factor][_param_value ...]`."""
    parts = [spec.indicator, spec.source, str(spec.period)]
    if spec.factor:
        parts.append(str(spec.factor))
    parts += [f"{name}_{value}" for name, value in sorted(spec.params.items())]
    return FeatureSpec(
        name="_".join(parts),
        indicator=spec.indicator,
        source=spec.source,
        period=spec.period,
        factor=spec.factor,
        params=spec.params,
    )


def column_map(entry: Configured, columns: Sequence[FeatureSpec]) -> list[int]:
    """Where the strategy's features stand in an instrument's row."""
    place = {column_key(spec): k for k, spec in reversed(list(enumerate(columns)))}
    missing = [s.name for s in entry.specs if column_key(s) not in place]
    if missing:
        raise ConfigError(
            f"strategies[{entry.index}] {entry.declaration.name!r}: the feature row has no column "
            f"for {', '.join(missing)}; build it from Strategies.required_features(config)"
        )
    return [place[column_key(spec)] for spec in entry.specs]
