"""Shape part of compile.py: exporters compute the first state of a recurrent network from the size
of the input. With one row at a time that size is known, so these operations become constants.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.core.limits import LIMITS

Constant = NDArray[np.generic]
Inputs = Sequence[Constant]
KEEPING = ("Identity", "Cast", "Add", "Sub", "Mul", "Div")
"""Operations on the input that keep its shape, with constants of one value a column."""
SIZE_MAX = LIMITS["model_weights_max"]
TOTAL_MAX = 16 * SIZE_MAX
"""Values of one constant that is computed, and of all."""


def folded(
    nodes: Sequence[Any],
    constants: Mapping[str, Constant],
    start: tuple[str, Sequence[int]],
    attributes: Callable[[Any], Mapping[str, Any]],
) -> dict[str, Constant]:
    """What follows from the constants and the shape of the input, by name. `nodes` are in order;
    what cannot be computed is left out, and missed where it is needed."""
    found = dict(constants)
    shapes: dict[str, tuple[int, ...]] = {start[0]: tuple(size or 1 for size in start[1])}
    room = TOTAL_MAX
    for node in nodes:
        said = attributes(node)
        if node.op_type == "Shape" and not said and node.input[0] in shapes:
            found[node.output[0]] = np.array(shapes[node.input[0]])
            continue
        inputs = [found.get(name) for name in node.input if name]
        if node.op_type in OPERATIONS and inputs and all(v is not None for v in inputs):
            try:
                value = OPERATIONS[node.op_type]([v for v in inputs if v is not None], said)
            except (IndexError, KeyError, TypeError, ValueError, OverflowError):
                continue
            room -= value.size
            if room < 0:
                break
            found[node.output[0]] = value
            continue
        shape = shape_behind(node, shapes, found, said)
        if shape is not None:
            shapes[node.output[0]] = shape
    return found


def shape_behind(
    node: Any,
    shapes: Mapping[str, tuple[int, ...]],
    found: Mapping[str, Constant],
    said: Mapping[str, Any],
) -> tuple[int, ...] | None:
    """The shape of an operation's first output, None where it is not followed."""
    known = [shapes[name] for name in node.input if name in shapes]
    if len(known) != 1:
        return None
    (shape,) = known
    if node.op_type in KEEPING:
        return shape
    if node.op_type == "Transpose" and sorted(said.get("perm", ())) == list(range(len(shape))):
        return tuple(shape[k] for k in said["perm"])
    if node.op_type in ("LSTM", "GRU") and len(shape) == 3:
        return shape[0], 1, shape[1], int(said.get("hidden_size", 0))
    if node.op_type == "Squeeze":
        axes = found.get(node.input[1]) if len(node.input) > 1 else np.array(said.get("axes", ()))
        if axes is not None and axes.size == 1 and 0 <= int(axes.item()) < len(shape):
            place = int(axes.item())
            return shape[:place] + shape[place + 1 :]
    return None


def bounded(shape: Constant) -> tuple[int, ...]:
    """A shape of few values. Raises ValueError."""
    sizes = tuple(int(size) for size in shape.reshape(-1).astype(np.int64))
    if len(sizes) > 4 or any(not 1 <= size <= SIZE_MAX for size in sizes):
        raise ValueError(sizes)
    if np.prod(sizes, dtype=np.float64) > SIZE_MAX:
        raise ValueError(sizes)
    return sizes


def gather(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    if inputs[0].ndim != 1:
        raise ValueError("a shape is needed")
    return np.asarray(np.take(inputs[0], inputs[1].astype(np.int64), axis=said.get("axis", 0)))


def unsqueeze(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    axes = inputs[1].reshape(-1).tolist() if len(inputs) > 1 else said["axes"]
    return np.asarray(np.expand_dims(inputs[0], tuple(int(a) for a in axes)))


def concat(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    if sum(value.size for value in inputs) > SIZE_MAX:
        raise ValueError("more values than a model may have")
    return np.concatenate(inputs, axis=said["axis"])


def cut(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    """Slice with its numbers as inputs, step 1."""
    value, first, last = inputs[0], inputs[1].reshape(-1), inputs[2].reshape(-1)
    axes = inputs[3].reshape(-1) if len(inputs) > 3 else np.arange(len(first))
    if len(inputs) > 4 and (inputs[4] != 1).any():
        raise ValueError("steps")
    where = [slice(None)] * value.ndim
    for axis, a, b in zip(axes.tolist(), first.tolist(), last.tolist(), strict=True):
        where[axis] = slice(a, b)
    return np.asarray(value[tuple(where)])


def filled(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    """ConstantOfShape of zeros."""
    if "value" in said:
        raw = said["value"]
        if list(raw.float_data) != [0.0] and raw.raw_data.strip(b"\0"):
            raise ValueError("value")
    return np.zeros(bounded(inputs[0]), dtype=np.float32)


def expand(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    shape = np.broadcast_shapes(inputs[0].shape, bounded(inputs[1]))
    return np.array(np.broadcast_to(inputs[0], bounded(np.array(shape))))


def same(inputs: Inputs, said: Mapping[str, Any]) -> Constant:
    return inputs[0]


OPERATIONS: dict[str, Callable[[Inputs, Mapping[str, Any]], Constant]] = {
    "Gather": gather,
    "Unsqueeze": unsqueeze,
    "Concat": concat,
    "Slice": cut,
    "ConstantOfShape": filled,
    "Expand": expand,
    "Identity": same,
    "Cast": same,
}
