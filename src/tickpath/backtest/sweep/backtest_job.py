"""The function that `tickpath sweep` sweeps: one backtest of a recording with given parameters.

Its figures are the single values of the command line's contract, money both as an exact decimal
text and as whole units of its currency, and the equity on a grid of times that all sets share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.sweep.rows import Figures
from tickpath.backtest.sweep.shared_recording import open_shared
from tickpath.backtest.sweep.space import Value
from tickpath.backtest.sweep.window import Window
from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.config_json import config_from_json
from tickpath.core.errors import TickpathError

SERIES_POINTS: Final = 240
SECOND_NS: Final = 1_000_000_000
PLAIN: Final = (
    "engine", "events", "orders", "fills", "decisions_hash", "state_hash", "sharpe",
    "sharpe_interval_s", "exit_code", "message",
)  # fmt: skip
BROKEN: Final = (Code.STRATEGY_RAISED, Code.STRATEGY_OVERFLOW, Code.STRATEGY_TIMERS)


class StrategyError(TickpathError):
    """The strategy raised or overran its buffers, and was paused."""


def interval_of(span_ns: int, points: int) -> int:
    """Whole seconds between two samples of the equity, for about `points` of them."""
    return max(1, -(-span_ns // (points * SECOND_NS))) * SECOND_NS


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestJob:
    """Called with parameters of the strategy and, in a sweep over windows, `window`. `config` is
    the configuration as JSON; the parameters replace those of its first strategy of that name in
    each job. `points` 0 leaves the equity series out."""

    recording: str
    recording_hash: str
    config: str
    max_events: int = 2**62
    windows: tuple[Window, ...] = ()
    points: int = SERIES_POINTS

    def __call__(self, params: Mapping[str, Any]) -> Figures:
        given = dict(params)
        window = given.pop("window", None)
        recording = open_shared(self.recording, self.recording_hash)
        options = Options(measure=False, direct_orders=True, max_events=self.max_events)
        config = with_params(config_from_json(self.config), given)
        part = None if window is None else self.windows[window]
        if part is not None:
            part.check(recording)
            options = replace(options, start_ns=part.begin_ns, stop_ns=part.end_ns)
        run = Backtest(config, recording, options)
        result = run.run()
        refuse_broken(run)
        if result.message.startswith("interrupted"):
            raise KeyboardInterrupt
        figures = figures_of(result)
        if self.points:
            currency = sorted(result.pnl_units)[0]
            samples = run.samples
            figures |= self.series(
                recording.t_ns,
                part,
                samples.t_ns,
                [row[currency] for row in samples.equity_units],
                config.balance_units(currency),
            )
        return figures

    def series(
        self,
        times: Any,
        part: Window | None,
        sample_ns: Sequence[int],
        equity_units: Sequence[int],
        before: int,
    ) -> Figures:
        """Equity of the first settle currency at `begin + k interval`, in whole units. `times` are
        those of the recording, `before` the equity until the first sample."""
        last = min(len(times), self.max_events) - 1
        whole = part or Window(int(times[0]), int(times[last]) + 1)
        interval_ns = interval_of(int(times[last]) - int(times[0]) + 1, self.points)
        points = range(whole.begin_ns, whole.end_ns + interval_ns, interval_ns)
        return {
            "equity_begin_ns": whole.begin_ns,
            "equity_interval_ns": interval_ns,
            "equity_units": on_times(sample_ns, equity_units, points, before),
        }


def figures_of(result: Result) -> Figures:
    """The single values of a run."""
    data = result.to_json()
    figures: Figures = {name: data[name] for name in PLAIN}
    figures["rejects"] = sum(result.rejects.values())
    money = {
        "pnl": result.pnl_units,
        "fees": result.fee_units,
        "max_drawdown": result.max_drawdown_units,
    }
    for name, units in money.items():
        for currency, amount in units.items():
            known = result.config.currencies[currency].name
            figures[f"{name}_{known}"] = data[name][known]
            figures[f"{name}_units_{known}"] = amount
    for name, quantity in data["positions"].items():
        figures[f"position_{name}"] = quantity
    return figures


def on_times(
    t_ns: Sequence[int], values: Sequence[int], points: Sequence[int], before: int
) -> list[int]:
    """The last value at or before each point; `before` where there is none yet."""
    found, k, value = [], 0, before
    for point in points:
        while k < len(t_ns) and t_ns[k] <= point:
            value = values[k]
            k += 1
        found.append(value)
    return found


def with_params(config: Config, params: Mapping[str, Value]) -> Config:
    """The configuration with these parameters in its first strategy, its others kept."""
    if not config.strategies:
        return config
    first, *others = config.strategies
    merged = replace(first, params={**first.params, **params})  # type: ignore[dict-item]
    return replace(config, strategies=(merged, *others))


def refuse_broken(run: Backtest) -> None:
    """A strategy that was paused for what it did has no figures that mean anything."""
    for k, spec in enumerate(run.config.strategies):
        code, text = run.engine.stages.strategy.reason(k)
        if code in BROKEN:
            raise StrategyError(f"{spec.name}: {Code(code).name}{': ' * bool(text)}{text}")
