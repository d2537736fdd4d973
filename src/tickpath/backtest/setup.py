"""The configuration of a run: from a file, or for a recording and a named strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tickpath.core.config import Config
from tickpath.core.config_load import (
    SourceChoice,
    StrategyChoice,
    config_from,
    config_of_sources,
    load_config,
)
from tickpath.core.errors import ConfigError


def config_of_symbol(
    venue: str,
    symbol: str,
    *,
    strategy: str | None = None,
    params: Mapping[str, int | float] | None = None,
    instruments_path: Path | str | None = None,
    seed: int = 1,
    wire: str = "",
) -> Config:
    """One instrument on one source, with one strategy or none."""
    choices: Sequence[StrategyChoice] = ()
    if strategy is not None:
        choices = (StrategyChoice(name=strategy, params=dict(params or {})),)
    config = config_from(venue, [symbol], choices, instruments=instruments_path, seed=seed)
    return with_wire(config, wire)


def with_wire(config: Config, wire: str) -> Config:
    """The configuration with all its sources in one form of frames."""
    return replace(config, sources=tuple(replace(s, wire=wire) for s in config.sources))


def config_for(
    recording: Any,
    *,
    strategy: str | None = None,
    params: Mapping[str, int | float] | None = None,
    config_path: Path | str | None = None,
    instruments_path: Path | str | None = None,
    seed: int | None = None,
) -> Config:
    """Configuration for a recording or a generated market; with a file, strategy and seed may still
    be given here. Raises ConfigError when the file's sources do not fit the recording."""
    return config_of_instruments(
        ((recording.venue, recording.symbol),),
        getattr(recording, "wire", ""),  # generated markets speak their venue's text
        strategy=strategy,
        params=params,
        config_path=config_path,
        instruments_path=instruments_path,
        seed=seed,
    )


def config_of_instruments(
    instruments: Sequence[tuple[str, str]],
    wire: str = "",
    *,
    strategy: str | None = None,
    params: Mapping[str, int | float] | None = None,
    config_path: Path | str | None = None,
    instruments_path: Path | str | None = None,
    seed: int | None = None,
) -> Config:
    """`config_for` of several (venue, symbol): a source each, the strategy on all of them."""
    if params and strategy is None:
        raise ConfigError("--param needs --strategy: parameters belong to a strategy")
    choices: Sequence[StrategyChoice] = ()
    if strategy is not None:
        choices = (StrategyChoice(name=strategy, params=dict(params or {})),)
    sources = [SourceChoice(venue=venue, symbols=(symbol,)) for venue, symbol in instruments]
    if config_path is None:
        made = config_of_sources(sources, choices, instruments=instruments_path)
        return replace(with_wire(made, wire), seed=1 if seed is None else seed)
    config = with_wire(load_config(config_path, instruments_path), wire)
    names = {f"{config.venues[i.venue]}:{i.symbol}" for i in config.instruments}
    for venue, symbol in instruments:
        if f"{venue}:{symbol}" not in names:
            raise ConfigError(
                f"{config_path}: the data hold {venue}:{symbol}, the configuration has "
                f"{', '.join(sorted(names))}: add a source for it"
            )
    if strategy is not None:
        found = [
            SourceChoice(venue=config.venues[s.venue], symbols=(config.instruments[k].symbol,))
            for s in config.sources
            for k in s.instruments
        ]
        extra = config_of_sources(found, choices, instruments=instruments_path)
        config = replace(config, strategies=extra.strategies)
    return config if seed is None else replace(config, seed=seed)
