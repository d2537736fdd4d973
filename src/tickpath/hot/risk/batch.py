"""Arrays of intents: what `validate_batch` takes, on every backend."""

import numpy as np

from tickpath.core.errors import DataError
from tickpath.core.records import INTENT_DTYPE, Intent

FIELDS = INTENT_DTYPE.names or ()


def refuse_arrays(intents: object, codes: object) -> None:
    """Raise DataError that says what is wrong with the arrays, when something is."""
    for name, array, dtype in (("intents", intents, INTENT_DTYPE), ("codes", codes, np.int32)):
        if not isinstance(array, np.ndarray) or array.ndim != 1:
            raise DataError(f"{name}: give a numpy array of one dimension")
        if array.dtype != dtype:
            raise DataError(f"{name}: dtype {array.dtype}; make it with dtype {name_of(dtype)}")
        if not array.flags.c_contiguous or not array.flags.aligned:
            raise DataError(f"{name}: the elements do not lie behind each other: copy the array")
    assert isinstance(intents, np.ndarray)
    assert isinstance(codes, np.ndarray)
    if not codes.flags.writeable:
        raise DataError("codes: the array is read-only")
    if len(codes) < len(intents):
        raise DataError(f"codes: {len(codes)} places for {len(intents)} intents")


def name_of(dtype: object) -> str:
    return "tickpath.core.records.INTENT_DTYPE" if dtype is INTENT_DTYPE else "numpy.int32"


def intent_of(record: np.void) -> Intent:
    """One element as the record that the checks read."""
    return Intent(**{name: int(record[name]) for name in FIELDS})
