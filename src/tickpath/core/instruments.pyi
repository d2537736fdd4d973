from typing import Any

from tickpath.core.config import Instrument

def record(instrument: Instrument) -> dict[str, Any]: ...
