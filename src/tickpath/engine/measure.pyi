from typing import Any

import numpy as np

class TickToOrder:
    orders: int
    codes_bad: int
    def __init__(self, engine: Any, venue: int, answer: bytes, id_at: int) -> None: ...
    def run(
        self, blob: np.ndarray, offsets: np.ndarray, t_ns: int, step_ns: int, ticks: np.ndarray
    ) -> int: ...
