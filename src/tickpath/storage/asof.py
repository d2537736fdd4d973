"""Point-in-time joins: to each row the last value that was known then, never a later one.

A value received at t counts as known from t + `embargo_ns` on (0: at once, rows of the same
nanosecond included), and as too old when it is older than `tolerance_ns`. Both sides are in order
of their receive time. Cost: a binary search a row.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.storage.columns import numpy_of
from tickpath.storage.extras import need

TIME = "t_recv_ns"


def asof_index(
    left_ns: npt.NDArray[np.int64],
    right_ns: npt.NDArray[np.int64],
    *,
    tolerance_ns: int | None = None,
    embargo_ns: int = 0,
) -> npt.NDArray[np.int64]:
    """For each left time the index of the last right time that is known and not too old, -1 for
    none. int64, not falling. Raises ConfigError for a negative span, DataError for times out of
    order."""
    if embargo_ns < 0 or (tolerance_ns is not None and tolerance_ns < 0):
        raise ConfigError(
            f"embargo_ns {embargo_ns}, tolerance_ns {tolerance_ns}: a join must not look ahead: "
            "write 0 or more"
        )
    for name, times in (("left", left_ns), ("right", right_ns)):
        falls = times[1:] < times[:-1]
        if falls.any():
            row = int(np.argmax(falls)) + 1
            raise DataError(f"as-of join: row {row} of the {name} side is before the one above it")
    found = np.searchsorted(right_ns, left_ns - embargo_ns, side="right") - 1
    if tolerance_ns is not None and len(right_ns):
        ages = left_ns - right_ns[np.maximum(found, 0)]
        found = np.where(ages > tolerance_ns, -1, found)
    return found.astype(np.int64)


def asof_join(
    left: Any,
    right: Any,
    *,
    tolerance_ns: int | None = None,
    embargo_ns: int = 0,
    columns: Sequence[str] | None = None,
    prefix: str = "",
) -> Any:
    """The left table (`pyarrow.Table` with `t_recv_ns`) with columns of the right one as they were
    known at each row, null where none was, and `<prefix>age_ns`, how old they are. Raises
    ConfigError, DataError."""
    pa = need("pyarrow")
    for name, table in (("left", left), ("right", right)):
        if TIME not in table.column_names:
            raise ConfigError(f"as-of join: the {name} table has no column {TIME}")
    left_ns, right_ns = numpy_of(left.column(TIME)), numpy_of(right.column(TIME))
    found = asof_index(left_ns, right_ns, tolerance_ns=tolerance_ns, embargo_ns=embargo_ns)
    none = found < 0
    chosen = [n for n in right.column_names if n != TIME] if columns is None else list(columns)
    at = pa.array(np.maximum(found, 0), mask=none)
    joined = left
    for name in chosen:
        if prefix + name in joined.column_names:
            raise ConfigError(f"as-of join: both sides have {prefix + name}: give a prefix")
        joined = joined.append_column(prefix + name, right.column(name).take(at))
    age = left_ns - (right_ns[np.maximum(found, 0)] if len(right_ns) else left_ns)
    return joined.append_column(prefix + "age_ns", pa.array(age, mask=none))
