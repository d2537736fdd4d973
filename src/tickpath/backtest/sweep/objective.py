"""What a sweep is to make large: a figure of the rows by name.

`pnl` and other money is that of the first settle currency in whole units; a minus sign in front
makes the figure small instead: `-max_drawdown`. Rows with an error, or without the figure, have
none.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tickpath.backtest.sweep.rows import Row
from tickpath.core.errors import ConfigError

MONEY = ("pnl", "fees", "max_drawdown")


@dataclass(frozen=True, slots=True)
class Objective:
    """Called with a row; `text` as given."""

    text: str

    @property
    def name(self) -> str:
        return self.text.removeprefix("-")

    def __call__(self, row: Row) -> float | None:
        if row.error:
            return None
        value = row.figures.get(self.column(row.figures))
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return -value if self.text.startswith("-") else value

    def column(self, figures: Mapping[str, Any]) -> str:
        """The name of the figure in these figures."""
        if self.name in MONEY and self.name not in figures:
            found = (n for n in figures if n.startswith(f"{self.name}_units_"))
            return next(found, self.name)
        return self.name

    def check(self, rows: list[Row]) -> None:
        """ConfigError unless a row with figures has this one, as a number or as None."""
        good = [row.figures for row in rows if not row.error]
        if good and not any(self.column(f) in f for f in good):
            known = sorted(k for k, v in good[0].items() if isinstance(v, int | float))
            raise ConfigError(
                f"objective {self.text!r}: no row has it; choose pnl, or one of {', '.join(known)}"
            )


def best_rows(rows: list[Row], objective: Callable[[Row], float | None]) -> list[Row]:
    """Rows that have the figure, the best first; equal ones by index."""
    scored = [(score, row) for row in rows if (score := objective(row)) is not None]
    return [row for _, row in sorted(scored, key=lambda pair: (-pair[0], pair[1].index))]
