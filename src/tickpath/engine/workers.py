"""Workers off the path beside an engine of this process: scores and figures of the portfolio.

Whoever owns the thread calls `do_work`. A stage that `[backends]` puts on a GPU runs its batches
there while it can; `tell` hears when it cannot, at the start and once when the device fails.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.hot.model.worker import attached_scores
from tickpath.hot.risk.portfolio.worker import attached_worker
from tickpath.lanes.batches import NO_DEVICE, Device


def device_of(config: Config, stage: str, **more: Any) -> Device:
    """What runs the batches of a stage: its GPU backend when the configuration asks for it."""
    if config.backends.get(stage) != Backend.GPU:
        return NO_DEVICE
    found: Device = import_module(f"tickpath.hot.{stage}.gpu").device(**more)
    return found


def score_device(config: Config, width: int) -> Device:
    """What runs the batches of a lane's scores: of the model, or of a bank of strategies."""
    if config.lane.bank:
        return device_of(config, "strategy")
    return device_of(config, "model", spec=config.model, width=width, lane=config.lane)


class Workers:
    """All workers that a configuration needs, attached to an engine and started."""

    def __init__(
        self, config: Config, engine: Any, tell: Callable[[str], None] | None = None
    ) -> None:
        self.told: list[str] = []
        """What `tell` heard."""
        self._tell = tell
        self.scores = self.portfolio = None
        if config.lane.scores:
            device = score_device(config, max(engine.stages.lane.widths))
            self.scores = attached_scores(config, engine, device=device, tell=self._say)
        device = device_of(config, "risk") if config.portfolio.grid_ns else NO_DEVICE
        self.portfolio = attached_worker(config, engine, device=device, tell=self._say)
        self._lane = engine.stages.lane
        self._all = [w for w in (self.scores, self.portfolio) if w is not None]

    def _say(self, text: str) -> None:
        self.told.append(text)
        if self._tell is not None:
            self._tell(text)

    def do_work(self) -> int:
        """One round of every worker; returns what they did in sum."""
        return sum(worker.do_work() for worker in self._all)

    def figures(self) -> dict[str, dict[str, Any]]:
        """Counters by stage, of the worker and of what the engine took; empty without workers."""
        found: dict[str, dict[str, Any]] = {}
        if self.scores is not None:
            found[self.scores.stage] = self.scores.figures() | {
                f"engine_{name}": count for name, count in self._lane.figures().items()
            }
        if self.portfolio is not None:
            found["risk"] = self.portfolio.figures()
        return found

    def close(self) -> None:
        """Nothing is answered any more."""
        for worker in self._all:
            worker.close()
