"""What the reference calls: a class, a record function or compiled code, each behind one face.

Every body is `call(view, block, out)`: `block` is the state as a numpy record or None.
"""

import ctypes
from collections import namedtuple
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from tickpath.core.errors import ConfigError
from tickpath.core.records import View
from tickpath.hot.strategy.configure import Configured
from tickpath.hot.strategy.declare import HANDLER_OF, Declaration, State
from tickpath.hot.strategy.intents import Intents
from tickpath.hot.strategy.layout import INTENTS_DTYPE, VIEW_DTYPE, pack_view, unpack_intents

CAPSULE = b"tickpath.strategy.v2"
"""Name of a capsule that holds a tp_strategy_fn of abi 2."""

Body = Callable[[View, Any, Intents], None]
RAISED = 2
"""tp_intents.overflow of a compiled body that raised."""
ENTRY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class ClassBody:
    """A plain Python class: parameters and features by name, one handler an event kind."""

    def __init__(self, entry: Configured) -> None:
        kind = entry.declaration.body
        self.target = object.__new__(kind)
        self.handlers = {k: getattr(self.target, h, None) for k, h in HANDLER_OF.items()}
        self.features = record_type("Features", [s.name for s in entry.specs])
        some = entry.params[entry.instruments[0]]
        params = record_type("Params", [*some.ints, *some.floats])
        self.params = {
            i: params(*resolved.ints.values(), *resolved.floats.values())
            for i, resolved in entry.params.items()
        }

    def __call__(self, view: View, block: Any, out: Intents) -> None:
        handler = self.handlers[view.event]  # type: ignore[index]
        if handler is not None:
            object.__setattr__(self.target, "params", self.params[view.instrument])
            object.__setattr__(self.target, "features", self.features(*view.features))
            handler(view, None if block is None else State(block), out)


def record_type(name: str, fields: Sequence[str]) -> Any:
    """A class whose instances hold these values by name."""
    return namedtuple(name, fields)


class RecordBody:
    """A function over records (the source of a numba strategy), run as plain Python."""

    def __init__(self, function: Callable[[Any, Any, Any], None]) -> None:
        self.function = function
        self.view = record_of(VIEW_DTYPE)
        self.out = record_of(INTENTS_DTYPE)

    def __call__(self, view: View, block: Any, out: Intents) -> None:
        start = begin(self, view, out)
        with np.errstate(all="ignore"):
            self.function(self.view[0], NO_BLOCK[0] if block is None else block, self.out[0])
        finish(self, start, out)


class AddressBody:
    """Compiled code called through its address."""

    def __init__(self, address: int) -> None:
        self.entry = ENTRY(address)
        self.view = record_of(VIEW_DTYPE)
        self.out = record_of(INTENTS_DTYPE)

    def __call__(self, view: View, block: Any, out: Intents) -> None:
        start = begin(self, view, out)
        state = NO_BLOCK.ctypes.data if block is None else block.__array_interface__["data"][0]
        self.entry(self.view.ctypes.data, state, self.out.ctypes.data)
        finish(self, start, out)


def record_of(dtype: np.dtype[Any]) -> Any:
    """One zeroed record with fields as attributes, in an array that owns it."""
    return np.zeros(1, dtype).view(np.recarray)


NO_BLOCK_FIELDS = [("unused", "<i8")]
NO_BLOCK = record_of(np.dtype(NO_BLOCK_FIELDS))
"""What a body without state gets."""


def begin(body: RecordBody | AddressBody, view: View, out: Intents) -> int:
    """Pack the view; intents written before in this input only count."""
    body.view.view(np.uint8)[:] = 0
    pack_view(view, body.view[0])
    body.out[0]["count"], body.out[0]["overflow"] = len(out.items), 0
    return len(out.items)


def finish(body: RecordBody | AddressBody, start: int, out: Intents) -> None:
    """Take the intents over."""
    record = body.out[0]
    count = int(record["count"])
    if record["overflow"] == RAISED:
        raise RuntimeError("the compiled body raised")
    if record["overflow"] or not start <= count <= len(record["items"]):
        out.overflow = True
        return
    out.items += unpack_intents(record, start)


def native_capsule(declaration: Declaration) -> Any:
    """The compiled body of a declaration, or None when there is none."""
    native = declaration.native
    if native is None and declaration.module.startswith("tickpath.strategies."):
        name = f"{declaration.module}_native"
        native = name if find_spec(name) is not None else None
    if isinstance(native, str):
        try:
            native = import_module(native).BODY
        except (ImportError, AttributeError) as error:
            raise ConfigError(
                f"strategy {declaration.name!r}: no compiled body in {native}: {error}; "
                "run `make build`, and export the capsule as BODY"
            ) from error
    return native


def capsule_address(declaration: Declaration, capsule: Any) -> int:
    """Where a capsule, or an integer, points."""
    if isinstance(capsule, int) and capsule > 0:
        return capsule
    api = ctypes.pythonapi
    api.PyCapsule_IsValid.argtypes = [ctypes.py_object, ctypes.c_char_p]
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    if not api.PyCapsule_IsValid(capsule, CAPSULE):
        raise ConfigError(
            f"strategy {declaration.name!r}: its compiled body is no capsule "
            f"{CAPSULE.decode()!r}: it was built for another abi"
        )
    return int(api.PyCapsule_GetPointer(capsule, CAPSULE))


def reference_body(entry: Configured) -> Body:
    """The plainest body there is: Python, the bank, a record function, compiled code."""
    declaration = entry.declaration
    if declaration.language == "numba":
        return RecordBody(declaration.body)
    if declaration.body is not None:
        return ClassBody(entry)
    if declaration.bank is not None:
        from tickpath.hot.strategy.bank_body import BankBody

        return BankBody(entry)
    return AddressBody(capsule_address(declaration, native_capsule(declaration)))
