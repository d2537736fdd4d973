"""Sweeps of a strategy's parameters over a recording.

    from tickpath.backtest.sweep.backtests import Subject, sweep_backtests

    subject = Subject(paths=["btcusdt_20240808.gz"], strategy="imbalance_maker")
    result = sweep_backtests(subject, {"half_spread_ppm": [5, 10, 20]}, workers=2)

The recording is read once and left as one file that all workers of a host map into memory.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from tickpath.backtest.data import open_market, placed
from tickpath.backtest.pieces import whole
from tickpath.backtest.setup import config_of_instruments
from tickpath.backtest.sweep.backtest_job import SERIES_POINTS, BacktestJob
from tickpath.backtest.sweep.identity import code_hash
from tickpath.backtest.sweep.run import SweepResult, sweep
from tickpath.backtest.sweep.samplers import Grid, Sampler
from tickpath.backtest.sweep.shared_recording import recording_hash, share
from tickpath.backtest.sweep.space import Value, canonical, digest, space_of
from tickpath.backtest.sweep.window import Window
from tickpath.core.config import Config, refuse_unknown
from tickpath.core.config_json import config_to_json
from tickpath.core.config_load import load_config
from tickpath.core.errors import ConfigError
from tickpath.hot.strategy.discover import SUFFIXES, find
from tickpath.venues.sim.frames import Recording

SHARED_NAME: Final = "recording.bin"
POINTS_MAX: Final = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What is swept: as the options of `tickpath backtest`. `params` are those that stay as they
    are. `points`: about so many samples of the equity are kept in a row, 0: none."""

    paths: Sequence[Path | str]
    strategy: str | None = None
    params: Mapping[str, Value] = field(default_factory=dict)
    venue: str | None = None
    symbol: str | None = None
    config_path: Path | str | None = None
    instruments_path: Path | str | None = None
    seed: int | None = None
    max_events: int = 2**62
    points: int = SERIES_POINTS

    def load(self) -> "Loaded":
        """Read it. Raises what reading a recording and a configuration raises."""
        if not 0 <= self.points <= POINTS_MAX or self.max_events < 1:
            raise ConfigError(
                f"points {self.points}, at most {self.max_events} events: write 0 to {POINTS_MAX} "
                "points, and 1 event or more"
            )
        given = None
        if self.config_path is not None:
            given = load_config(self.config_path, self.instruments_path)
        market = open_market(self.paths, venue=self.venue, symbol=self.symbol, config=given)
        strategy = self.strategy
        if strategy is not None and strategy.endswith(SUFFIXES):
            strategy = str(Path(strategy).resolve())
        config = config_of_instruments(
            market.instruments,
            market.wire,
            strategy=strategy,
            params=self.params,  # type: ignore[arg-type]
            config_path=self.config_path,
            instruments_path=self.instruments_path,
            seed=self.seed,
        )
        if not config.strategies:
            raise ConfigError("nothing to sweep: give --strategy, or a configuration with one")
        return Loaded(self, whole(placed(market, config)), config)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A subject with its recording and configuration."""

    subject: Subject
    recording: Recording
    config: Config

    @property
    def begin_ns(self) -> int:
        return int(self.recording.t_ns[0])

    @property
    def end_ns(self) -> int:
        """Behind the last event that is used."""
        last = min(len(self.recording), self.subject.max_events) - 1
        return int(self.recording.t_ns[last]) + 1

    def check(self, names: Sequence[str]) -> None:
        """ConfigError when the swept strategy has no parameter of a name, or it is given too."""
        spec = self.config.strategies[0]
        declared = find(spec.name).params
        refuse_unknown(dict.fromkeys(names), set(declared), f"sweep of {spec.name!r}")
        both = sorted(set(names) & set(self.subject.params))
        if both:
            raise ConfigError(f"{both[0]} is swept and given with --param: keep one of them")


Windows = Callable[[int, int], Sequence[Window]]


def sweep_backtests(
    subject: Subject | Loaded,
    space: Mapping[str, Any] | Sampler,
    *,
    windows: Windows | None = None,
    folder: Path | str | None = None,
    **options: Any,
) -> SweepResult:
    """One backtest for each set of `space` (and each of `windows(begin_ns, end_ns)`), in direct
    mode and without latency figures. `options` as of `sweep`. Raises ConfigError and DataError."""
    loaded = subject.load() if isinstance(subject, Subject) else subject
    sampler = Grid(space_of(space)) if isinstance(space, Mapping) else space
    parts = () if windows is None else tuple(windows(loaded.begin_ns, loaded.end_ns))
    with shared(loaded, None if folder is None else Path(folder)) as job:
        job = replace(job, windows=parts)
        said = [job.config, job.max_events, [[w.begin_ns, w.end_ns] for w in parts], job.points]
        identity = {
            "data": job.recording_hash,
            "code": code_hash(loaded.config.strategies),
            "configuration": digest(canonical(said)),
        }
        del loaded
        return sweep(job, sampler, windows=len(parts), folder=folder, identity=identity, **options)


@contextmanager
def shared(loaded: Loaded, folder: Path | None) -> Iterator[BacktestJob]:
    """The job, with the recording's file in the folder or a temporary one while it is needed."""
    with tempfile.TemporaryDirectory(prefix="tickpath-sweep-") as other:
        place = Path(other) if folder is None else folder.resolve()
        place.mkdir(parents=True, exist_ok=True)
        path = place / SHARED_NAME
        content = recording_hash(loaded.recording)
        share(loaded.recording, path, content)
        try:
            yield BacktestJob(
                recording=str(path),
                recording_hash=content,
                config=config_to_json(loaded.config),
                max_events=loaded.subject.max_events,
                points=loaded.subject.points,
            )
        finally:
            path.unlink(missing_ok=True)
