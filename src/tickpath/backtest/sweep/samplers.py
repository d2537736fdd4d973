"""Which parameter sets of a space are tried: all of them, some drawn, or what Optuna proposes.

A sampler hands out batches and is told the rows of each before it is asked for the next. What it
proposes depends on its seed and those rows alone, never on how many workers there are.
"""

import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, Protocol, overload

from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.space import SETS_MAX, Choice, Range, Space, Value, describe
from tickpath.core.errors import ConfigError

BATCH: Final = 8
"""Sets that Optuna is asked for at once: more keep more workers busy and teach it later."""

Params = dict[str, Value]
Objective = Callable[[Row], float | None]
"""What is to be large; None for a row that has no such figure."""


class Sampler(Protocol):
    """`total` sets in all."""

    total: int

    def batch(self, rows: Sequence[Row]) -> Sequence[Params]:
        """The next sets, given the rows of the batch before, in order; empty: that was all."""
        ...

    def describe(self) -> Any:
        """What it is, as JSON data: equal data propose equal sets."""
        ...


class Lazy(Sequence[Params]):
    """Sets made when they are looked at: a grid of a million needs no memory."""

    def __init__(self, size: int, make: Callable[[int], Params]) -> None:
        self.size = size
        self.make = make

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, k: int) -> Params: ...
    @overload
    def __getitem__(self, k: slice) -> Sequence[Params]: ...
    def __getitem__(self, k: int | slice) -> Params | Sequence[Params]:
        if isinstance(k, slice):
            return [self.make(i) for i in range(*k.indices(self.size))]
        if not 0 <= k < self.size:
            raise IndexError(k)
        return self.make(k)

    def __iter__(self) -> Iterator[Params]:
        return (self.make(k) for k in range(self.size))


class Grid:
    """Every combination, the last parameter changing fastest. Raises ConfigError for a range or
    more than SETS_MAX combinations."""

    def __init__(self, space: Space) -> None:
        self.values: dict[str, tuple[Value, ...]] = {}
        for name, choice in space.items():
            if not isinstance(choice, Choice):
                raise ConfigError(
                    f"parameter {name} is a range: a grid needs values (FROM:TO:STEP), or take "
                    "random or Optuna sets"
                )
            self.values[name] = choice.values
        self.total = math.prod(len(v) for v in self.values.values())
        if self.total > SETS_MAX:
            raise ConfigError(
                f"the grid has {self.total} sets, at most {SETS_MAX}: take fewer values, or random "
                "sets"
            )
        self.space = space
        self.given = False

    def at(self, k: int) -> Params:
        """Set k."""
        found: Params = {}
        for name in reversed(self.values):
            k, place = divmod(k, len(self.values[name]))
            found[name] = self.values[name][place]
        return {name: found[name] for name in self.values}

    def batch(self, rows: Sequence[Row]) -> Sequence[Params]:
        count, self.given = 0 if self.given else self.total, True
        return Lazy(count, self.at)

    def describe(self) -> Any:
        return ["grid", describe(self.space)]


class Random:
    """`total` sets drawn evenly. Set k depends on the seed and k alone, so a longer sweep begins
    with the sets of a shorter one."""

    def __init__(self, space: Space, total: int, seed: int = 1) -> None:
        self.space, self.total, self.seed = space, bounded(total, "random"), seed
        self.given = False

    def at(self, k: int) -> Params:
        """Set k."""
        return {name: self.draw(k, name, values) for name, values in self.space.items()}

    def draw(self, k: int, name: str, values: Choice | Range) -> Value:
        text = f"{self.seed}:{k}:{name}".encode()
        word = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        share = (word >> 11) * 2.0**-53
        if isinstance(values, Choice):
            return values.values[int(share * len(values.values))]
        return values.at(share)

    def batch(self, rows: Sequence[Row]) -> Sequence[Params]:
        count, self.given = 0 if self.given else self.total, True
        return Lazy(count, self.at)

    def describe(self) -> Any:
        return ["random", describe(self.space), self.total, self.seed]


class Optuna:
    """`total` sets by Optuna's tree-structured Parzen estimator (Bergstra et al. 2011), asked for
    in batches of `batch_size` and told in order, so that a seed gives the same sets on any number
    of workers. The objective is made large. Raises ConfigError when Optuna is not installed."""

    def __init__(
        self,
        space: Space,
        total: int,
        objective: Objective,
        *,
        named: str = "objective",
        seed: int = 1,
        batch_size: int = BATCH,
    ) -> None:
        self.space, self.total, self.seed = space, bounded(total, "optuna"), seed
        self.objective, self.named = objective, named
        if batch_size < 1:
            raise ConfigError(f"batch size {batch_size}: write 1 or more")
        self.batch_size = batch_size
        self.asked = 0
        self.open: list[Any] = []
        self.optuna = import_optuna()
        self.study = self.optuna.create_study(
            direction="maximize", sampler=self.optuna.samplers.TPESampler(seed=seed)
        )
        self.distributions = {name: self.distribution(v) for name, v in space.items()}

    def distribution(self, values: Choice | Range) -> Any:
        d = self.optuna.distributions
        if isinstance(values, Range):
            make = d.IntDistribution if values.whole else d.FloatDistribution
            return make(values.low, values.high, log=values.log)
        numbers = values.values
        if all(type(v) is int for v in numbers) and len(numbers) > 2:
            whole = [int(v) for v in numbers]
            steps = {b - a for a, b in pairwise(whole)}
            if len(steps) == 1 and (step := steps.pop()) > 0:
                return d.IntDistribution(whole[0], whole[-1], step=step)
        return d.CategoricalDistribution(numbers)

    def batch(self, rows: Sequence[Row]) -> Sequence[Params]:
        self.tell(rows)
        count = min(self.batch_size, self.total - self.asked)
        self.open = [self.study.ask(self.distributions) for _ in range(count)]
        self.asked += count
        return [{name: trial.params[name] for name in self.space} for trial in self.open]

    def tell(self, rows: Sequence[Row]) -> None:
        for trial, row in zip(self.open, rows, strict=True):
            value = None if row.error else self.objective(row)
            if value is None or not math.isfinite(value):
                self.study.tell(trial, state=self.optuna.trial.TrialState.FAIL)
            else:
                self.study.tell(trial, value)
        self.open = []

    def describe(self) -> Any:
        made = [self.total, self.seed, self.batch_size, self.named, self.optuna.__version__]
        return ["optuna", describe(self.space), *made]


def bounded(total: int, name: str) -> int:
    if not 1 <= total <= SETS_MAX:
        raise ConfigError(f"{name}: {total} sets; write 1 to {SETS_MAX}")
    return total


def import_optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ConfigError(
            f"Optuna is not installed ({error}): pip install tickpath[sweep]"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna
