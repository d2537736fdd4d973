"""Plugin of pytest for mutants.py: the tests build their simulators from $TICKPATH_FABRIC."""

import os
from pathlib import Path

from tickpath.devices.fpga import verilate

verilate.fabric_folder = lambda: Path(os.environ["TICKPATH_FABRIC"])
