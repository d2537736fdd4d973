import numpy as np
import numpy.typing as npt

LANES_BYTES: int
RESULT_BYTES: int
ALIGN: int

class Window:
    length: int
    path: str
    def __init__(self, path: str, offset: int = 0, length: int = 65536) -> None: ...
    def read(self, offset: int) -> int: ...
    def write(self, offset: int, word: int) -> None: ...
    def close(self) -> None: ...

class FastRows:
    beats: int
    results: int
    def __init__(
        self,
        dma: Window,
        memory: Window,
        physical: int,
        beats: int,
        results: int,
        *,
        slots: int = 8,
        polls_max: int = 100_000_000,
    ) -> None: ...
    def row(self, row: npt.NDArray[np.int32], out: npt.NDArray[np.uint64]) -> None: ...
