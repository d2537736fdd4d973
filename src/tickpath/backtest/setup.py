"""The configuration of a run: from a file, or for a recording and a named strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tickpath.core.config import Config
from tickpath.core.config_load import StrategyChoice, config_from, load_config
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
    """Configuration for a recording; with a file, strategy and seed may still be given here.

    Raises ConfigError when the file's sources do not fit the recording.
    """
    if config_path is None:
        if params and strategy is None:
            raise ConfigError("--param needs --strategy: parameters belong to a strategy")
        return config_of_symbol(
            recording.venue,
            recording.symbol,
            strategy=strategy,
            params=params,
            instruments_path=instruments_path,
            seed=1 if seed is None else seed,
            wire=getattr(recording, "wire", ""),  # generated markets speak their venue's text
        )
    config = load_config(config_path, instruments_path)
    names = {f"{config.venues[i.venue]}:{i.symbol}" for i in config.instruments}
    if f"{recording.venue}:{recording.symbol}" not in names:
        raise ConfigError(
            f"{config_path}: the recording holds {recording.venue}:{recording.symbol}, the "
            f"configuration has {', '.join(sorted(names))}: add a source for it"
        )
    if strategy is not None:
        extra = config_from(
            recording.venue,
            [recording.symbol],
            (StrategyChoice(name=strategy, params=dict(params or {})),),
            instruments=instruments_path,
        )
        config = replace(config, strategies=extra.strategies)
    return config if seed is None else replace(config, seed=seed)
