from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.venues.binance.native import MarketDecoder

def mutations(corpus: Sequence[bytes], n: int, seed: int) -> Iterator[bytes]: ...
def fuzz_decode(
    decoder: MarketDecoder, general: MarketDecoder, corpus: Sequence[bytes], n: int, seed: int
) -> tuple[dict[int, int], bytes | None]: ...
def fuzz_events(decoder: Any, corpus: Sequence[bytes], n: int, seed: int) -> dict[int, int]: ...
def fuzz_reports(codec: Any, corpus: Sequence[bytes], n: int, seed: int) -> dict[int, int]: ...
def time_decode(
    decoder: MarketDecoder, corpus: Sequence[bytes], n: int, stamped: bool
) -> npt.NDArray[np.float64] | float: ...
