"""Commands that a run is given at times of its own: funding of perpetuals, limits, a kill.

A command comes before anything else that is due at its time, as it does live.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from tickpath.backtest.data import time_ns
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError, DataError, TickpathError
from tickpath.engine.commands import Command
from tickpath.engine.money_commands import funding

FUNDING_COLUMNS = ("time", "instrument", "rate", "mark")


@dataclass(frozen=True, kw_only=True, slots=True)
class Timed:
    """A command with its argument, words and detail, as `Engine.on_command` takes them."""

    t_ns: int
    command: Command
    argument: int = 0
    words: tuple[int, ...] = ()
    detail: int = 0

    def apply(self, engine: Any) -> int:
        """Give it to an engine; returns the code."""
        code: int = engine.on_command(
            self.command, self.argument, self.t_ns, self.detail, self.words
        )
        return code


def read_funding(path: Path | str, config: Config) -> list[Timed]:
    """Funding payments from a CSV file with the columns `time` (ns or ISO 8601, UTC), `instrument`
    ("venue:SYMBOL"), `rate` (0.0001 is one hundredth of a percent, longs pay) and `mark` (price),
    in order of time. Rows of instruments that the run does not have are left out. Raises DataError
    with file and row."""
    names = {f"{config.venues[i.venue]}:{i.symbol}": i.index for i in config.instruments}
    found: list[Timed] = []
    try:
        with Path(path).open(newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: {error}") from error
    for number, row in enumerate(rows, 2):
        missing = [name for name in FUNDING_COLUMNS if not row.get(name)]
        if missing:
            raise DataError(
                f"{path}: row {number} has no {missing[0]}: columns are "
                f"{', '.join(FUNDING_COLUMNS)}"
            )
        try:
            t_ns = time_ns(row["time"])
            if found and t_ns < found[-1].t_ns:
                raise DataError("is earlier than the row before: sort the file by time")
            if row["instrument"] not in names:
                continue
            rate, mark = Decimal(row["rate"]), Decimal(row["mark"])
            command, argument, words = funding(config, names[row["instrument"]], rate, mark)
        except (TickpathError, InvalidOperation, ValueError) as error:
            raise DataError(f"{path}: row {number} {row}: {error}") from error
        found.append(Timed(t_ns=t_ns, command=command, argument=argument, words=words))
    return found


def in_order(commands: Sequence[Timed]) -> list[Timed]:
    """By time; those of one time as they were given."""
    for command in commands:
        if command.t_ns < 0:
            raise ConfigError(f"command {command.command.name} at {command.t_ns} ns: before 1970")
    return sorted(commands, key=lambda command: command.t_ns)
