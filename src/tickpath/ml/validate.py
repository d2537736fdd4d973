"""Rows that decide when a training stops: the last ones, with the same purge as a fold's test part.

What they decide is one number, how long to train; nothing is learnt from them.
"""

from typing import Final

import numpy as np

from tickpath.core.errors import DataError
from tickpath.ml.samples import Samples

PART: Final = 7
"""The last seventh of the samples."""
ROWS_MIN: Final = 50


def held_back(samples: Samples, embargo_ns: int) -> tuple[Samples, Samples]:
    """(samples to learn from, samples to stop by). No label of the first and no row of the second
    lies within horizon and embargo before the cut. Raises DataError when either is too small."""
    cut = int(samples.t_ns[-1 - len(samples.t_ns) // PART])
    last = cut - samples.horizon_ns - embargo_ns
    learn = slice(0, int(np.searchsorted(samples.t_ns, last)))
    stop = slice(int(np.searchsorted(samples.since_ns, cut)), len(samples.t_ns))
    for part, what in ((learn, "to learn from"), (stop, "to decide when to stop")):
        if part.stop - part.start < ROWS_MIN:
            raise DataError(
                f"{max(0, part.stop - part.start)} rows {what}, {ROWS_MIN} are needed: "
                "take more data, fewer folds, or a shorter horizon"
            )
    return samples.part(learn), samples.part(stop)
