"""The status line of a live run: rates since the last line, venues, orders, positions, profit."""

import time
from decimal import Decimal
from typing import TYPE_CHECKING

from tickpath.core.records import BookStatus
from tickpath.engine.statement import statement

if TYPE_CHECKING:
    from tickpath.ops.live.runner import LiveRun


class StatusLine:
    """Remembers the counters of the line before."""

    def __init__(self, run: "LiveRun") -> None:
        self._run = run
        self._at_s = time.monotonic()
        self._before = (0, 0, 0)

    def text(self) -> str:
        """One line for a person."""
        run, counters = self._run, self._run.host.counters
        now_s, now = time.monotonic(), (counters.frames, counters.reports, counters.requests)
        span_s = max(now_s - self._at_s, 1e-9)
        rates = [(a - b) / span_s for a, b in zip(now, self._before, strict=True)]
        self._at_s, self._before = now_s, now
        books = run.engine.stages.books
        good = sum(book.top(1).status == BookStatus.OK for book in books)
        parts = [
            f"{rates[0]:.0f} frames/s, {rates[2]:.0f} requests/s, {rates[1]:.0f} reports/s",
            f"books {good}/{len(books)}",
            f"venues {self._venues()}",
            f"open orders {len(run.engine.stages.execute.orders())}",
            run.lane.text(run.engine.now_ns) if run.lane is not None else "",
            self._money(),
        ]
        return " · ".join(part for part in parts if part)

    def _venues(self) -> str:
        run = self._run
        if run.live is None:
            return run.options.mode
        names, sources = run.config.venues, run.config.sources
        phases = [f"{names[v]} {d.session.phase}" for v, d in run.live.orders.items()]
        feeds = [f"{names[sources[f.source].venue]} {f.session.state}" for f in run.live.feeds]
        return ", ".join([*(phases or [run.options.mode]), *feeds])

    def _money(self) -> str:
        """Positions that are not flat, and what was earned by currency."""
        said = statement(self._run.engine)
        held = [f"{p.instrument} {p.quantity.normalize():f}" for p in said.positions if p.quantity]
        earned = {
            name: amount - self._run.config.balances.get(name, 0)
            for name, amount in said.equity.items()
        }
        changes = [f"{short(amount)} {name}" for name, amount in earned.items() if amount]
        return ", ".join([*held, *changes])


def short(amount: Decimal) -> str:
    """An amount with two decimals, or with eight when these would not show it."""
    return f"{amount:+.2f}" if abs(amount) >= 1 else f"{amount:+.8f}"
