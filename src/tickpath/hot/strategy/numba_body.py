"""Strategies written in Python and compiled by numba: the verbs, and the compiler's call.

    from tickpath.hot.strategy.numba_body import submit

    @strategy(name="toy", events=("book",), language="numba")
    def toy(view, state, out):
        if view.top.bid_lots > view.top.ask_lots:
            submit(out, view, 0, 0, 0, view.top.bid_ticks, 100, 0)

`view`, `state` and `out` are records with the fields of abi 2 (layout.py). The same function runs
as plain Python on the reference, without numba. Needs the extra `numba` to run natively; one
compilation takes about half a second.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import ALGORITHM_NONE, ALGORITHM_SHIFT
from tickpath.hot.strategy.bodies import NO_BLOCK_FIELDS, RAISED
from tickpath.hot.strategy.declare import Declaration
from tickpath.hot.strategy.layout import INTENTS_DTYPE, VIEW_DTYPE

INTENTS_MAX = LIMITS["intents_max"]
SUBMIT, CANCEL, REPLACE, SET_TIMER = 1, 2, 3, 4

Function = TypeVar("Function", bound=Callable[..., Any])


def jitable(function: Function) -> Function:
    """Usable inside a compiled body and as plain Python."""
    try:
        extending: Any = import_module("numba.extending")
    except ImportError:
        return function
    found: Function = extending.register_jitable(function)
    return found


@jitable
def write(
    out: Any, view: Any, kind: int, side: int, type: int, time_in_force: int, price_ticks: int,
    quantity_lots: int, client_order_id: int, at_ns: int, tag: int,
) -> None:  # fmt: skip
    """The next intent with every field set; overflow when the buffer is full."""
    if out.count < 0 or out.count >= INTENTS_MAX:
        out.overflow = 1
        return
    intent = out.items[out.count]
    out.count += 1
    intent.kind = kind
    intent.strategy = view.strategy
    intent.instrument = view.instrument
    intent.side = side
    intent.type = type
    intent.time_in_force = time_in_force
    intent.flags = 0
    intent.tag = tag
    intent.price_ticks = price_ticks
    intent.quantity_lots = quantity_lots
    intent.client_order_id = client_order_id
    intent.at_ns = at_ns
    intent.trigger_ticks = 0
    intent.expire_ns = 0
    intent.display_lots = 0
    intent.link = 0
    intent.role = 0


@jitable
def submit(
    out: Any, view: Any, side: int, type: int, time_in_force: int, price_ticks: int,
    quantity_lots: int, tag: int,
) -> None:  # fmt: skip
    """A new order on the instrument of the view."""
    write(out, view, SUBMIT, side, type, time_in_force, price_ticks, quantity_lots, 0, 0, tag)


@jitable
def submit_special(
    out: Any, view: Any, side: int, type: int, price_ticks: int, quantity_lots: int, tag: int,
    flags: int, trigger_ticks: int, expire_ns: int, display_lots: int, link: int, role: int,
) -> None:  # fmt: skip
    """A stop, an iceberg, an order that expires or one of a link; see reference/order-types."""
    submit(out, view, side, type, 0, price_ticks, quantity_lots, tag)
    if out.overflow == 0:
        intent = out.items[out.count - 1]
        intent.flags = flags
        intent.trigger_ticks = trigger_ticks
        intent.expire_ns = expire_ns
        intent.display_lots = display_lots
        intent.link = link
        intent.role = role


@jitable
def submit_algorithm(
    out: Any, view: Any, side: int, algorithm: int, limit_ticks: int, quantity_lots: int,
    start_ns: int, end_ns: int, tag: int,
) -> None:  # fmt: skip
    """An order that an algorithm of the configuration works, named by its place there. No limit,
    start or end: 0."""
    submit(out, view, side, 0 if limit_ticks else 1, 0, limit_ticks, quantity_lots, tag)
    if out.overflow == 0:
        intent = out.items[out.count - 1]
        intent.flags = ALGORITHM_NONE << ALGORITHM_SHIFT
        if 0 <= algorithm < ALGORITHM_NONE:
            intent.flags = (algorithm + 1) << ALGORITHM_SHIFT
        intent.at_ns = start_ns
        intent.expire_ns = end_ns


@jitable
def cancel(out: Any, view: Any, client_order_id: int) -> None:
    """Cancel one own order."""
    write(out, view, CANCEL, 0, 0, 0, 0, 0, client_order_id, 0, 0)


@jitable
def replace(
    out: Any, view: Any, client_order_id: int, side: int, type: int, time_in_force: int,
    price_ticks: int, quantity_lots: int, tag: int,
) -> None:  # fmt: skip
    """Cancel an own order and send a new one in its place."""
    write(
        out, view, REPLACE, side, type, time_in_force, price_ticks, quantity_lots,
        client_order_id, 0, tag,
    )  # fmt: skip


@jitable
def set_timer(out: Any, view: Any, at_ns: int, tag: int) -> None:
    """Call the strategy with a TIMER event at `at_ns`; the timer of the same tag moves."""
    write(out, view, SET_TIMER, 0, 0, 0, 0, 0, 0, at_ns, tag)


class Compiled:
    """A compiled body: its address, and what keeps it alive."""

    def __init__(self, entry: Any) -> None:
        self.entry = entry
        self.address = int(entry.address)


def compile_body(declaration: Declaration) -> Compiled:
    """Compile a function of records to a tp_strategy_fn. Raises ConfigError when it cannot be."""
    name = declaration.name
    try:
        numba: Any = import_module("numba")
    except ImportError as error:
        raise ConfigError(
            f"strategy {name!r} is written for numba, which is not installed: "
            "pip install 'tickpath[numba]', or run the strategy stage on the reference backend"
        ) from error
    state = declaration.state if declaration.state.itemsize else np.dtype(NO_BLOCK_FIELDS)
    signature = numba.types.void(
        *[numba.types.CPointer(numba.from_dtype(t)) for t in (VIEW_DTYPE, state, INTENTS_DTYPE)]
    )
    carray = numba.carray
    body = numba.njit(error_model="numpy")(declaration.body)

    def entry(view: Any, state: Any, out: Any) -> None:
        buffer = carray(out, 1)[0]
        try:
            body(carray(view, 1)[0], carray(state, 1)[0], buffer)
        except Exception:
            buffer.overflow = RAISED

    try:
        return Compiled(numba.cfunc(signature, error_model="numpy")(entry))
    except Exception as error:
        lines = [line for line in str(error).splitlines() if not line.startswith("Failed in")]
        reason = lines[0] if lines else type(error).__name__
        raise ConfigError(f"strategy {name!r} cannot be compiled by numba: {reason}") from error
