"""Recurrent part of compile.py: (rows, steps, columns) or (steps, rows, columns) through LSTM and
GRU operations, one behind the other, and dense operations behind the last step.

The axes are followed through Transpose, Squeeze, Gather, Slice and Reshape by what they mean: `t`
the steps, `n` the rows that are scored at once (here one), `d` directions (one), `c` columns. What
stands before the first recurrent operation is scaling, what stands behind the last is the head, one
step at a time whether the last step is taken before it or after it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.model.compile import SKIPPED, Arrays, Step, text
from tickpath.hot.model.compile_dense import compiled as compiled_dense
from tickpath.hot.model.compile_dense import scaling
from tickpath.hot.model.recurrent import GRU, GRU_EARLY, HEAD, LSTM

CELLS = {"LSTM": (4, ("Sigmoid", "Tanh", "Tanh")), "GRU": (3, ("Sigmoid", "Tanh"))}
"""Gates, and the activations that the native cells have."""
SCALING = ("Add", "Sub", "Mul", "Div")
MOVES = ("Transpose", "Squeeze", "Gather", "Slice", "Reshape", "Flatten")
LAST = np.iinfo(np.int32).max


class Walk:
    """Where the values of the chain are: `axes` by meaning, `last` once only the last step is
    left."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self.axes = ["0", "1", "c"]
        self.sizes = list(sizes)
        self.columns = sizes[2]
        self.steps = 0
        self.last = False
        self.before: list[Step] = []
        self.behind: list[Step] = []
        self.layers: list[dict[str, NDArray[np.generic]]] = []
        self.cells: list[int] = []

    def cell(self, step: Step) -> None:
        """An LSTM or GRU."""
        if self.behind:
            raise step.refuse(f"behind {self.behind[0].op}: cells follow each other directly")
        if not self.layers:
            self.begin(step)
        if self.axes != ["t", "n", "c"]:
            raise step.refuse("sees no (steps, rows, columns): give it all steps of the one before")
        cell, found = layer_of(step, self.columns)
        self.cells.append(cell)
        self.layers.append(found)
        self.columns = int(found["recur"].shape[0])
        self.axes = [["t", "d", "n", "c"], ["d", "n", "c"]][step.output]
        self.last = step.output == 1

    def begin(self, step: Step) -> None:
        """The first cell says what the axes of the input mean."""
        if len(self.axes) != 3 or self.axes[2] != "c":
            raise step.refuse("(steps, rows, columns) is needed: columns last")
        steps, rows = (self.sizes[int(axis)] for axis in self.axes[:2])
        if steps <= 0:
            raise step.refuse("the number of steps is dynamic: export it with a fixed one")
        if steps > LIMITS["model_steps_max"]:
            raise step.refuse(
                f"{steps} steps; limits.toml allows {LIMITS['model_steps_max']} (model_steps_max)"
            )
        if rows > 1:
            raise step.refuse(f"takes {rows} rows at once: export it with the rows dynamic, or 1")
        self.steps, self.axes = steps, ["t", "n", "c"]

    def move(self, step: Step) -> None:
        """An operation that moves or drops axes."""
        name = step.op.lower()
        if name in ("reshape", "flatten"):
            return self.flatten(step)
        if name == "transpose":
            perm = list(step.attributes.get("perm", range(len(self.axes))[::-1]))
            if sorted(perm) != list(range(len(self.axes))):
                raise step.refuse(f"perm {perm} over {len(self.axes)} axes")
            self.axes = [self.axes[k] for k in perm]
        elif name == "squeeze":
            for axis in sorted(self.axis(step, a) for a in squeezed(step))[::-1]:
                if self.axes[axis] not in ("d", "n1"):
                    raise step.refuse("only the axis of directions, or of one step, can go")
                del self.axes[axis]
        elif name == "gather":
            self.take(step, number(step, 1), step.attributes.get("axis", 0))
        else:
            self.cut(step)
        return None

    def axis(self, step: Step, axis: int) -> int:
        """An axis counted from the front."""
        found = axis + len(self.axes) if axis < 0 else axis
        if not 0 <= found < len(self.axes):
            raise step.refuse(f"axis {axis} of {len(self.axes)}")
        return found

    def take(self, step: Step, index: int, axis: int) -> None:
        """One step, which is the last, or the only direction."""
        place = self.axis(step, axis)
        sizes = {"t": self.steps, "d": 1, "n1": 1}
        meaning = self.axes[place]
        size = sizes.get(meaning, 0) if self.layers else 0
        if index not in (size - 1, -1) or not size:
            raise step.refuse(f"index {index} of axis {axis}: only the last step can be taken")
        self.last |= meaning == "t"
        del self.axes[place]

    def cut(self, step: Step) -> None:
        """The last step as a slice of one."""
        first, last = number(step, 1), number(step, 2)
        axes = number(step, 3) if len(step.constants) > 3 else 0
        by = number(step, 4) if len(step.constants) > 4 else 1
        place = self.axis(step, axes)
        only = by == 1 and last >= self.steps and first in (self.steps - 1, -1)
        if not self.layers or self.axes[place] != "t" or not only:
            raise step.refuse("only the last step can be cut out")
        self.last = True
        self.axes[place] = "n1"

    def flatten(self, step: Step) -> None:
        """To (rows, columns), when nothing but the last step is left."""
        wanted = (["n", "c"], ["d", "n", "c"], ["n1", "n", "c"], ["n", "n1", "c"])
        if not self.last or self.axes not in wanted:
            raise step.refuse("only the last step can become (rows, columns)")
        if step.op == "Flatten":
            axis = self.axis(step, step.attributes.get("axis", 1))
            if axis not in (len(self.axes) - 1, self.axes.index("n") + 1):
                raise step.refuse(f"axis {axis}; (rows, columns) is needed")
        else:
            shape = np.asarray(step.constants[1] if len(step.constants) > 1 else None).reshape(-1)
            sizes = shape.tolist()
            if len(sizes) != 2 or sizes[0] not in (-1, 0, 1) or sizes[1] not in (-1, self.columns):
                raise step.refuse(f"to {sizes}; only (rows, {self.columns}) keeps the columns")
        self.axes = ["n", "c"]

    def dense(self, step: Step) -> None:
        """Scaling before the cells, the head behind them."""
        if not self.layers:
            if step.op not in SCALING:
                raise step.refuse("before LSTM and GRU there can be Add, Sub, Mul and Div")
            self.before.append(step)
            return
        if self.axes[-1] != "c" or "d" in self.axes:
            raise step.refuse("columns must be the last axis, behind Squeeze of the directions")
        if step.op == "Softmax":
            axis = step.attributes.get("axis", -1 if step.opset >= 13 else 1)
            if axis not in (-1, len(self.axes) - 1):
                raise step.refuse(f"axis {axis}; the last one, over the columns, is needed")
            step = Step(step.op, step.name, {"axis": -1}, step.constants, step.opset, step.where)
        self.behind.append(step)


def compiled(
    steps: Sequence[Step], sizes: Sequence[int], chosen: int | None, double: bool, where: str
) -> tuple[str, Arrays]:
    """("recurrent", arrays) for an input of these sizes, 0 where they are dynamic. Raises
    ConfigError. `double` changes nothing: cells are computed in float32."""
    walk = Walk(sizes)
    for step in steps:
        if step.op in CELLS:
            walk.cell(step)
        elif step.op in MOVES:
            walk.move(step)
        elif step.op not in ("Identity", "Cast"):
            walk.dense(step)
    if not walk.layers:
        raise ConfigError(f"{where}: the input has steps, and no LSTM or GRU reads them")
    if not walk.last:
        raise ConfigError(
            f"{where}: the output has all steps: take the last one, `y[:, -1]`, before or behind "
            "the layers that follow"
        )
    mean, scale = scaling(walk.before, sizes[2])
    arrays: Arrays = {"mean": mean, "scale": scale, "steps": np.array(walk.steps)}
    arrays["cell"] = np.array(walk.cells)
    for k, layer in enumerate(walk.layers):
        arrays |= {f"{name}_{k}": value for name, value in layer.items()}
    head = behind(walk.behind, walk.columns, where)
    _, found = compiled_dense(head, walk.columns, chosen, double, where)
    return "recurrent", arrays | {f"{HEAD}{name}": value for name, value in found.items()}


def behind(steps: Sequence[Step], units: int, where: str) -> list[Step]:
    """The head; units that are the output themselves pass through a layer that changes nothing."""
    if any(step.op not in SKIPPED for step in steps):
        return list(steps)
    return [Step("MatMul", "units", {}, (None, np.eye(units)), 13, where), *steps]


def squeezed(step: Step) -> list[int]:
    """Which axes a Squeeze drops."""
    if len(step.constants) > 1 and step.constants[1] is not None:
        return [int(a) for a in np.asarray(step.constants[1]).reshape(-1).tolist()]
    said = step.attributes.get("axes")
    if said is None:
        raise step.refuse("drops whatever has size 1, rows too: export it with its axes said")
    return [int(a) for a in said]


def number(step: Step, place: int) -> int:
    """A constant input of one whole number."""
    value = step.constants[place] if place < len(step.constants) else None
    if value is None or value.size != 1 or value.dtype.kind not in "iu":
        raise step.refuse(f"input {place} must be one constant whole number")
    return int(np.clip(int(value.reshape(-1)[0]), -LAST, LAST))


def layer_of(step: Step, inputs: int) -> tuple[int, dict[str, NDArray[np.generic]]]:
    """(cell, arrays) of an LSTM or GRU."""
    gates, activations = CELLS[step.op]
    refuse_forms(step, activations)
    get = step.attributes.get
    given = [*step.constants, *[None] * 8][:8]
    weight, recur, bias = given[1:4]
    units = int(get("hidden_size", 0))
    columns = gates * units
    if given[0] is not None:
        raise step.refuse("X is a constant: it must be computed from the input")
    if weight is None or recur is None or (bias is None and named(step, 3)):
        raise step.refuse("W, R and B must be constants")
    wanted: dict[str, tuple[NDArray[np.generic], tuple[int, ...]]] = {
        "W": (weight, (1, columns, inputs)),
        "R": (recur, (1, columns, units)),
    }
    if bias is not None:
        wanted["B"] = (bias, (1, 2 * columns))
    places = {"initial_h": 5} | ({"initial_c": 6} if step.op == "LSTM" else {})
    for name, place in places.items():
        value = given[place]
        if value is not None:
            wanted[name] = (value, (1, 1, units))
        elif named(step, place):
            raise step.refuse(f"{name} must be a constant, or computed from the input's size")
    for name, (value, shape) in wanted.items():
        if value.shape != shape:
            said = f"{name} has shape {value.shape}, {shape} is needed"
            raise step.refuse(f"{said} behind {inputs} values")
    found: dict[str, Any] = {"weight": weight[0].T, "recur": recur[0].T}
    if bias is not None:
        found |= {"bias": bias[0, :columns], "recur_bias": bias[0, columns:]}
    found |= {
        name: np.asarray(wanted[key][0]).reshape(units)
        for name, key in (("hidden", "initial_h"), ("cell", "initial_c"))
        if key in wanted
    }
    cell = LSTM if step.op == "LSTM" else GRU if get("linear_before_reset", 0) else GRU_EARLY
    return cell, {name: np.asarray(value, dtype=np.float64) for name, value in found.items()}


def named(step: Step, place: int) -> bool:
    """Whether an input is given, constant or not."""
    return place < len(step.inputs) and bool(step.inputs[place])


def refuse_forms(step: Step, activations: Sequence[str]) -> None:
    """ConfigError for the variants that have no native form."""
    get = step.attributes.get
    direction, said = text(get("direction", b"forward")), [text(a) for a in get("activations", ())]
    faults = (
        (direction != "forward", f"direction {direction}: only forward can follow a market"),
        (get("layout", 0) != 0, "layout 1: export it with layout 0, steps first"),
        (bool(said) and said != list(activations), f"activations {said}; {list(activations)}"),
        ("clip" in step.attributes, "clip: export it without"),
        (bool(get("input_forget", 0)), "input_forget: export it without"),
        ("activation_alpha" in step.attributes, "activation_alpha: export it without"),
        ("activation_beta" in step.attributes, "activation_beta: export it without"),
        (named(step, 4), "sequence_lens: every window has all its steps; export it without"),
        (named(step, 7), "peepholes (P): export it without"),
        (step.output > 1, "its output Y_c is used: use Y or Y_h"),
    )
    for wrong, why in faults:
        if wrong:
            raise step.refuse(why)
