"""What the bank in the fabric must give, on the CPU over many int32 rows.

The integers of `hot/strategy/bank.py`: sums stay below 2^54, so int64 holds every one exactly.
"""

import numpy as np

from tickpath.devices.bank_table import BankNumbers
from tickpath.devices.fpga.port import Rows
from tickpath.devices.fpga.records import Scores

INT32_MAX = 2**31 - 1


def bank_scores(bank: BankNumbers, rows: Rows) -> Scores:
    """Scores of int32 rows [n, M]; none is saturated."""
    units = rows.astype(np.int64)
    if len(bank.hidden_bias):
        half = (1 << bank.shift) >> 1
        sums = units @ bank.hidden_weights.T + bank.hidden_bias + half
        units = np.clip(sums >> bank.shift, 0, INT32_MAX)
    scores = units @ bank.weights.T + bank.bias
    signals = (scores >= bank.buy).astype(np.int8) - (scores <= bank.sell).astype(np.int8)
    return Scores(
        scores=scores,
        signals=signals.astype(np.int8),
        votes=signals.sum(axis=1, dtype=np.int32),
        saturated=np.zeros(len(rows), np.bool_),
    )
