"""All checks over one stream of ticks, and what they found."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from tickpath.core.errors import ConfigError, DataError, GridError
from tickpath.core.ticks import Ticks
from tickpath.storage.importers.base import near
from tickpath.storage.quality.books import Books
from tickpath.storage.quality.clock import Clock
from tickpath.storage.quality.duplicates import Duplicates
from tickpath.storage.quality.gaps import Days, DepthIds, Silence, TradeIds
from tickpath.storage.quality.outliers import Outliers
from tickpath.storage.quality.view import NS, Case, Check, Rules, view_of


@dataclass(kw_only=True, slots=True)
class Report:
    """Of one symbol of one store or file. `figures` by name; `cases` some of what was found;
    `fault`: why reading ended early, what stands before it was checked."""

    label: str
    venue: str
    symbol: str
    rows: int = 0
    events: int = 0
    first_ns: int = 0
    last_ns: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    fault: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def beyond(self, limits: Mapping[str, float]) -> list[str]:
        """Figures above their limit, each with both numbers. Raises ConfigError for a name that
        no check has."""
        found = []
        for name, limit in limits.items():
            if name not in self.figures:
                raise ConfigError(
                    f"--limit {name}{near(name, self.figures)}: the figures are "
                    f"{', '.join(self.figures)}"
                )
            if self.figures[name] > limit:
                found.append(f"{self.label}: {name} is {self.figures[name]:g}, limit {limit:g}")
        return found


def checks_of(rules: Rules) -> list[Check]:
    """Every check, in the order of the report."""
    books: list[Check] = [Books()] if rules.books else []
    return [
        DepthIds(),
        TradeIds(rules),
        Silence(rules),
        Days(),
        Duplicates(),
        Clock(rules),
        *books,
        Outliers(rules),
    ]


def check(
    chunks: Iterable[Ticks],
    rules: Rules,
    *,
    label: str,
    venue: str = "",
    symbol: str = "",
    counted: Mapping[str, int] | None = None,
) -> Report:
    """Check a stream of whole events, in bounded memory. `counted`: figures of whoever makes the
    stream, read when it has ended (checksums of a feed). A stream that fails gives a report with
    its `fault`."""
    checks = checks_of(rules)
    report = Report(label=label, venue=venue, symbol=symbol)
    try:
        for ticks in chunks:
            if not len(ticks):
                continue
            view = view_of(ticks)
            for one in checks:
                one.take(view)
            report.first_ns = report.first_ns or int(ticks["t_recv_ns"][0])
            report.last_ns = int(ticks["t_recv_ns"][-1])
            report.rows += len(ticks)
            report.events += len(view.last)
    except (DataError, GridError) as error:
        report.fault = str(error)
    for one in checks:
        report.figures |= one.figures()
        report.cases += one.cases()
    report.figures |= dict(counted or {})
    return report


def time_text(t_ns: int) -> str:
    """UTC to the microsecond; empty for none."""
    if not t_ns:
        return ""
    moment = datetime.fromtimestamp(t_ns // NS, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{t_ns % NS // 1000:06}"


def figure_text(value: float) -> str:
    """A figure for a person."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
