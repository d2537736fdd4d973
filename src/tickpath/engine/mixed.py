"""Any backend at any stage: the reference walk over handles the configuration chooses.

Slower than either engine (records are copied at every stage); for GPU and FPGA experiments, for
shadowing one stage, and to prove that backends are interchangeable.
"""

from typing import Any

from tickpath.core.backend import Backend
from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.engine.reference import Engine
from tickpath.engine.stages import backends_of, build_stages


def refuse_boards(config: Config) -> None:
    """Raises ConfigError for a stage on an FPGA: no other engine than this one would ask it."""
    for stage, backend in config.backends.items():
        if backend == Backend.FPGA:
            raise ConfigError(
                f'[backends] {stage} = "fpga": only the mixed engine asks a board, and backtests '
                "only have it: leave it out, or say backtest --engine mixed"
            )


def mixed_engine(config: Config, journal: Any = None) -> Engine:
    """An engine whose stages run on `config.backends`, the best there is where it says nothing."""
    return Engine(config, journal, build_stages(config, backends_of(config)))
