"""The worker that computes off the path: whole matrix, parametric and Monte Carlo figures.

In: the snapshots slot, which the walk writes once an interval. Out: the answers slot, which the
walk samples at the entry of an input and journals before it uses it. Whoever owns the thread calls
`do_work`: 1 when a new answer was written, 0 when there was nothing new. The version of an answer
is the input of its snapshot, so it is new also after a restart of either side. Money leaves in
whole units, losses rounded up; a figure that cannot be computed is absent, and what a limit needs
and is absent lets only reducing orders pass. The same snapshot gives the same answer: the seed is
that of the configuration and the snapshot's input. Worst case: one simulation, see monte_carlo.py.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tickpath.core.config import PORTFOLIO_MONEY, Config, Instrument
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import InstrumentKind
from tickpath.hot.risk.portfolio import full
from tickpath.hot.risk.portfolio.configure import PPM, settle_of
from tickpath.hot.risk.portfolio.monte_carlo import Simulated, simulate
from tickpath.hot.risk.portfolio.state import (
    ABSENT,
    ANSWER,
    UNITS_MAX,
    Snapshot,
    pack_answer,
    snapshot_size,
    unpack_snapshot,
)
from tickpath.lanes.batches import NO_DEVICE, Batches, Device
from tickpath.lanes.slot import Slot


def exposure(instrument: Instrument, lots: int, price: float) -> float:
    """What a move of the price by all of itself would bring, in units of the settle currency;
    `price` is twice the mid, in ticks."""
    num, den = instrument.value_ratio
    if lots == 0:
        return 0.0
    if price <= 0.0:
        return math.nan
    if instrument.kind == InstrumentKind.INVERSE:
        return lots * num * 2 / (price * den)
    return lots * price * num / (2 * den)


def loss_units(value: float) -> int:
    """A loss in whole units, rounded up; ABSENT when it is no number."""
    return min(math.ceil(value), UNITS_MAX) if math.isfinite(value) else ABSENT


def near_units(value: float) -> int:
    """An exposure in whole units; ABSENT when it is no number."""
    return max(-UNITS_MAX, min(round(value), UNITS_MAX)) if math.isfinite(value) else ABSENT


def answer_of(
    config: Config, snapshot: Snapshot, draw: Callable[..., Simulated | None] = simulate
) -> bytes:
    """The answer to a snapshot; `draw` is `simulate`, on a device or not."""
    spec, count = config.portfolio, len(config.instruments)
    rows = zip(config.instruments, snapshot.lots, snapshot.covariance.prices, strict=True)
    exposures = np.array([exposure(i, int(lots), float(price)) for i, lots, price in rows])
    figures, correlated = [ABSENT] * 4, [ABSENT] * count
    if np.isfinite(exposures).all():
        matrix = full.covariance_matrix(snapshot.covariance)
        inverse = np.array([i.kind == InstrumentKind.INVERSE for i in config.instruments])
        parametric = full.parametric(matrix, exposures, spec.confidence_ppm, spec.horizon)
        seed = (config.seed, snapshot.seq)
        simulated = draw(
            matrix, exposures, inverse, spec.confidence_ppm, spec.horizon, spec.paths, seed
        )
        for k, found in enumerate((parametric, simulated)):
            if found is not None:
                figures[k] = loss_units(found.at_risk)
                figures[2 + k] = loss_units(found.shortfall)
        correlated = [near_units(float(w)) for w in full.correlated(matrix, exposures)]
    return pack_answer(snapshot.seq, snapshot.seq, snapshot.now_ns, figures, correlated)


class PortfolioWorker:
    """Answers snapshots; owns neither slot. `device` draws the paths, while it can."""

    def __init__(
        self,
        config: Config,
        snapshots: Slot,
        answers: Slot,
        *,
        device: Device = NO_DEVICE,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        if config.portfolio.grid_ns == 0:
            raise ConfigError("portfolio worker: [portfolio] has no grid_ns: nothing to compute")
        settle_of(config)
        size = snapshot_size(len(config.instruments))
        for slot, wanted, name in (
            (snapshots, size, "snapshots"),
            (answers, ANSWER.size, "answers"),
        ):
            if slot.value_bytes != wanted:
                raise ConfigError(
                    f"portfolio worker: the {name} slot holds {slot.value_bytes} bytes, "
                    f"not {wanted}"
                )
        self.config = config
        self.refused = self.answered = self.newest_ns = 0
        self.batch = Batches("risk", simulate, device, tell=tell)
        self._snapshots, self._answers = snapshots, answers
        self._seq = 0

    def start(self) -> None:
        """Begin with the newest snapshot, answered before or not."""
        self._seq = 0

    def do_work(self) -> int:
        """Answer the newest snapshot, once. Returns how many answers were written."""
        found = self._snapshots.read()
        if found is None or found.seq <= self._seq:
            return 0
        self._seq = found.seq
        spec, count = self.config.portfolio, len(self.config.instruments)
        try:
            snapshot = unpack_snapshot(found.value, count, spec.decay_ppm / PPM)
            value = answer_of(self.config, snapshot, self.batch)
        except (DataError, np.linalg.LinAlgError):
            self.refused += 1
            return 0
        self._answers.write(value, seq=snapshot.seq, t_ns=snapshot.now_ns)
        self.answered, self.newest_ns = self.answered + 1, snapshot.now_ns
        return 1

    def figures(self) -> dict[str, Any]:
        """Counters since the start."""
        return self.batch.figures() | {
            "snapshots_refused": self.refused,
            "answers": self.answered,
            "newest_ns": self.newest_ns,
        }

    def close(self) -> None:
        """Nothing is answered any more: the last answer grows old and then counts as absent."""
        self._seq = 2**64 - 1


def needs_worker(config: Config) -> bool:
    """Whether any limit is of a figure that is computed off the path."""
    spec = config.portfolio
    return any(getattr(spec, n) for n in PORTFOLIO_MONEY if not n.startswith("historical"))


def attached_worker(
    config: Config,
    engine: Any,
    *,
    device: Device = NO_DEVICE,
    tell: Callable[[str], None] | None = None,
) -> PortfolioWorker | None:
    """A started worker beside an engine of this process, None when no limit needs one."""
    if not needs_worker(config):
        return None
    snapshots = Slot.create(snapshot_size(len(config.instruments)))
    answers = Slot.create(ANSWER.size)
    engine.attach_portfolio(snapshots, answers)
    worker = PortfolioWorker(config, snapshots, answers, device=device, tell=tell)
    worker.start()
    return worker
