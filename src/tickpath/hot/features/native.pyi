"""Types of the native handle."""

from collections.abc import Sequence

from tickpath.core.backend import Available
from tickpath.core.config import FeatureSpec
from tickpath.core.records import Bbo, BookTop, Trade

STEMS: tuple[str, ...]

def probe() -> Available: ...

class Features:
    specs: tuple[FeatureSpec, ...]
    def __init__(self, specs: Sequence[FeatureSpec]) -> None: ...
    @property
    def levels(self) -> int: ...
    def update(
        self, kind: int, now_ns: int, top: BookTop, bbo: Bbo, trade: Trade
    ) -> list[float]: ...
    def export_state(self) -> bytes: ...
    def import_state(self, data: bytes) -> None: ...
