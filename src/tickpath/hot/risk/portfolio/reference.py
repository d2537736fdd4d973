"""Risk of the portfolio in plain Python: the definition of correct for native.pxd."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tickpath.core.codes import Code
from tickpath.core.config import Config
from tickpath.core.errors import DataError
from tickpath.core.records import PortfolioFigures
from tickpath.hot.risk.portfolio import state
from tickpath.hot.risk.portfolio.configure import PPM, figures_of
from tickpath.hot.risk.portfolio.covariance import Covariance
from tickpath.hot.risk.portfolio.historical import PROFIT_MAX, Historical
from tickpath.hot.risk.portfolio.state import UNITS_MAX

NS_MAX = 2**63 - 1
AT_ONCE = -(2**63)
METHODS = ("historical", "parametric", "monte_carlo")


class Portfolio:
    """Covariance, historical tail and the newest figures, over the risk handle that reads them."""

    def __init__(self, config: Config, risk: Any) -> None:
        self.config, self.risk = config, risk
        spec = config.portfolio
        self.on = spec.grid_ns > 0
        risk.portfolio = figures_of(config)
        self._interval, self._tick_ns = -1, AT_ONCE if self.on else NS_MAX
        self._earned_units, self._marked, self._answer_version = 0, 0, 0
        if self.on:
            self._covariance = Covariance(len(config.instruments), spec.decay_ppm / PPM)
            self._historical = Historical(spec.window, PPM - spec.confidence_ppm)

    @property
    def tick_ns(self) -> int:
        """`tick` has nothing to do before."""
        return self._tick_ns

    @property
    def answer_version(self) -> int:
        """Version of the answer that was taken last."""
        return self._answer_version

    def market(self, instrument: int, mid2: int) -> None:
        """A good mid, twice, in ticks; the first of an interval counts."""
        if self.on and 0 <= instrument < len(self.config.instruments):
            self._covariance.update(instrument, float(mid2), self._interval)

    def grid(self, now_ns: int) -> None:
        """A new interval begins."""
        grid_ns = self.config.portfolio.grid_ns
        if not self.on:
            return
        self._interval = now_ns // grid_ns
        self._tick_ns = state.next_tick(self._interval, grid_ns)

    def earned(self, earned_units: int, now_ns: int) -> None:
        """What the account has earned so far: the profit since the last mark is a sample."""
        if not self.on or abs(earned_units) > PROFIT_MAX:
            return
        if self._marked and self._historical.update(earned_units - self._earned_units):
            found = self._historical.figures()
            if found is not None:
                f = self.risk.portfolio
                f.historical_var_units, f.historical_shortfall_units = found
                f.historical_from_ns = now_ns
        self._earned_units, self._marked = earned_units, 1

    def answer(self, value: bytes, seq: int, now_ns: int) -> int:
        """Take what was computed off the path. ENGINE_ANSWER, and nothing but its version is taken,
        when it claims to come from an input that has not been or a figure does not fit."""
        if len(value) != state.ANSWER.size:
            raise DataError(f"portfolio answer: {len(value)} bytes, not {state.ANSWER.size}")
        version, from_seq, from_ns, *words = state.ANSWER.unpack(value)
        self._answer_version = version
        known = [w for w in words if w != state.ABSENT]
        if from_seq > seq or not 0 <= from_ns <= now_ns or any(abs(w) > UNITS_MAX for w in known):
            return int(Code.ENGINE_ANSWER)
        f = self.risk.portfolio
        f.parametric_var_units, f.monte_carlo_var_units = words[:2]
        f.parametric_shortfall_units, f.monte_carlo_shortfall_units = words[2:4]
        f.parametric_from_ns = f.monte_carlo_from_ns = f.correlated_from_ns = from_ns
        f.correlated_units = words[4 : 4 + len(self.config.instruments)]
        return int(Code.OK)

    def figures(self) -> PortfolioFigures:
        """The newest figures beside their limits, copied."""
        found: PortfolioFigures = self.risk.portfolio
        return replace(found, correlated_units=list(found.correlated_units))

    def snapshot(self, lots: Sequence[int], seq: int, now_ns: int) -> bytes:
        """What those who work off the path need, see state.py."""
        return state.pack_snapshot(seq, now_ns, lots, self._covariance.image())

    def export_state(self) -> bytes:
        """Canonical bytes, see state.py."""
        if not self.on:
            return state.OFF
        f = self.risk.portfolio
        figures = [
            getattr(f, f"{method}_{name}")
            for method in METHODS
            for name in ("var_units", "shortfall_units", "from_ns")
        ]
        return state.pack(
            state.Image(
                self._interval,
                self._tick_ns,
                self._earned_units,
                self._marked,
                self._answer_version,
                figures,
                f.correlated_from_ns,
                f.correlated_units,
                self._covariance.export_state(),
                self._historical.export_state(),
            )
        )

    def import_state(self, data: bytes) -> None:
        """Raises DataError for a state of another configuration, or a torn one."""
        image = state.unpack(data, self.config.portfolio.grid_ns, len(self.config.instruments))
        if image is None:
            return
        historical = Historical(self._historical.window, self._historical.tail_ppm)
        historical.import_state(image.historical)
        self._covariance.import_state(image.covariance)
        self._historical = historical
        self._interval, self._tick_ns = image.interval, image.tick_ns
        self._earned_units, self._marked = image.earned_units, image.marked
        self._answer_version = image.answer_version
        f = self.risk.portfolio
        for k, method in enumerate(METHODS):
            for n, name in enumerate(("var_units", "shortfall_units", "from_ns")):
                setattr(f, f"{method}_{name}", image.figures[3 * k + n])
        f.correlated_from_ns = image.correlated_from_ns
        f.correlated_units = list(image.correlated_units)
