"""Any backend at any stage: the reference walk over handles the configuration chooses.

Slower than either engine (records are copied at every stage); for GPU and FPGA experiments, for
shadowing one stage, and to prove that backends are interchangeable.
"""

from typing import Any

from tickpath.core.config import Config
from tickpath.engine.reference import Engine
from tickpath.engine.stages import backends_of, build_stages


def mixed_engine(config: Config, journal: Any = None) -> Engine:
    """An engine whose stages run on `config.backends`, the best there is where it says nothing."""
    return Engine(config, journal, build_stages(config, backends_of(config)))
