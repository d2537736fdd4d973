"""Dense part of compile.py: Gemm, MatMul, Add, Sub, Mul, Div, Relu, Tanh, Sigmoid, Softmax (last),
Scaler, LinearRegressor and LinearClassifier become layers. Sums and products by constants fold
into the layer before them, or into mean and scale at the input.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.model.arrays import IDENTITY, RELU, SIGMOID, SOFTMAX, TANH
from tickpath.hot.model.compile import SKIPPED, Arrays, Step, choose_output, text

Floats = NDArray[np.float64]
ACTIVATIONS = {"Relu": RELU, "Tanh": TANH, "Sigmoid": SIGMOID, "Softmax": SOFTMAX}
TRANSFORMS = {"NONE": IDENTITY, "LOGISTIC": SIGMOID, "SOFTMAX": SOFTMAX}


class Layers:
    """The network so far; `width` outputs. A layer is [weight, bias, activation]."""

    def __init__(self, width: int) -> None:
        self.mean, self.scale = np.zeros(width), np.ones(width)
        self.layers: list[tuple[Floats, Floats, int]] = []
        self.width = width

    def add(self, weight: Floats, bias: Floats, step: Step) -> None:
        """A layer without an activation yet."""
        if self.layers and self.layers[-1][2] == SOFTMAX:
            raise step.refuse("behind a softmax: only the last operation can be one")
        if weight.ndim != 2 or weight.shape[0] != self.width:
            raise step.refuse(f"weights of shape {weight.shape} behind {self.width} values")
        if max(weight.shape) > LIMITS["model_width_max"]:
            raise step.refuse(
                f"{weight.shape[1]} outputs; limits.toml allows {LIMITS['model_width_max']} "
                "(model_width_max)"
            )
        self.width = weight.shape[1]
        self.layers.append((weight, bias, IDENTITY))

    def affine(self, times: Floats, plus: Floats, step: Step) -> None:
        """value * times + plus, one by one."""
        if not self.layers and (times != 0.0).all():
            self.scale = self.scale * times
            self.mean = self.mean - plus / self.scale
        elif self.layers and self.layers[-1][2] == IDENTITY:
            weight, bias, _ = self.layers[-1]
            self.layers[-1] = (weight * times, bias * times + plus, IDENTITY)
        else:
            self.add(np.diag(times), plus, step)

    def activate(self, activation: int, step: Step) -> None:
        """An activation: of the last layer, or of a layer that changes nothing."""
        if not self.layers or self.layers[-1][2] != IDENTITY:
            self.add(np.eye(self.width), np.zeros(self.width), step)
        weight, bias, _ = self.layers[-1]
        self.layers[-1] = (weight, bias, activation)


def compiled(
    steps: Sequence[Step], width: int, chosen: int | None, double: bool, where: str
) -> tuple[str, Arrays]:
    """("dense", arrays). `double` changes nothing here. Raises ConfigError."""
    found = Layers(width)
    for step in steps:
        if step.op in SKIPPED:
            continue
        if step.op not in OPERATIONS:
            raise step.refuse(
                f"no native form; there are {', '.join(sorted([*OPERATIONS, *SKIPPED]))} and "
                "TreeEnsembleRegressor, TreeEnsembleClassifier, and LSTM and GRU over an input of "
                "(rows, steps, columns): build the model from these"
            )
        OPERATIONS[step.op](found, step)
    if not found.layers:
        raise ConfigError(f"{where}: the graph has no layer: nothing is learnt in it")
    arrays: Arrays = {"mean": found.mean, "scale": found.scale}
    for k, (weight, bias, _) in enumerate(found.layers):
        arrays |= {f"weight_{k}": weight, f"bias_{k}": bias}
    arrays["activation"] = np.array([activation for _, _, activation in found.layers])
    arrays["output"] = np.array(choose_output(found.width, chosen, where))
    return "dense", arrays


def scaling(steps: Sequence[Step], width: int) -> tuple[Floats, Floats]:
    """(mean, scale) of Add, Sub, Mul and Div at the input. Raises ConfigError."""
    found = Layers(width)
    for step in steps:
        elementwise(found, step)
        if found.layers:
            raise step.refuse("multiplies a column by 0: leave the column out")
    return found.mean, found.scale


def vector(values: object, width: int, step: Step) -> Floats:
    """A constant as one float64 a value."""
    found = np.asarray(values, dtype=np.float64)
    if found.size not in (1, width) or (found.ndim > 1 and found.size != found.shape[-1]):
        raise step.refuse(f"a constant of shape {found.shape} beside {width} values")
    return np.array(np.broadcast_to(found.reshape(-1), (width,)))


def constant(step: Step, place: int) -> Floats:
    """The constant input at `place`."""
    value = step.constants[place] if place < len(step.constants) else None
    if value is None:
        raise step.refuse(f"input {place} must be a constant")
    return np.asarray(value, dtype=np.float64)


def gemm(found: Layers, step: Step) -> None:
    """alpha * x @ B + beta * C."""
    if step.attributes.get("transA", 0):
        raise step.refuse("transA is not 0: export with rows first")
    weight = constant(step, 1) * step.attributes.get("alpha", 1.0)
    weight = weight.T if step.attributes.get("transB", 0) else weight
    outputs = weight.shape[-1] if weight.ndim else 1
    bias = np.zeros(outputs)
    if len(step.constants) > 2:
        bias = vector(constant(step, 2), outputs, step) * step.attributes.get("beta", 1.0)
    found.add(weight, bias, step)


def matmul(found: Layers, step: Step) -> None:
    """x @ B."""
    weight = constant(step, 1)
    found.add(weight, np.zeros(weight.shape[-1] if weight.ndim else 1), step)


def elementwise(found: Layers, step: Step) -> None:
    """Add, Sub, Mul and Div by a constant; a constant minus values too."""
    turned = step.constants[0] is not None
    if turned and step.op == "Div":
        raise step.refuse("a constant divided by values has no native form")
    value = vector(constant(step, 0 if turned else 1), found.width, step)
    ones, zeros = np.ones(found.width), np.zeros(found.width)
    if step.op == "Add":
        found.affine(ones, value, step)
    elif step.op == "Sub":
        found.affine(-ones if turned else ones, value if turned else -value, step)
    elif step.op == "Mul":
        found.affine(value, zeros, step)
    elif (value == 0.0).any():
        raise step.refuse("divides by 0")
    else:
        found.affine(1.0 / value, zeros, step)


def activation(found: Layers, step: Step) -> None:
    """Relu, Tanh, Sigmoid; Softmax over the columns."""
    if step.op == "Softmax":
        axis = step.attributes.get("axis", -1 if step.opset >= 13 else 1)
        if axis not in (1, -1):
            raise step.refuse(f"axis {axis}; 1 or -1, over the columns, is needed")
    found.activate(ACTIVATIONS[step.op], step)


def reshape(found: Layers, step: Step) -> None:
    """One that keeps the columns."""
    shape = constant(step, 1).tolist()
    if len(shape) != 2 or shape[0] not in (-1, 0) or shape[1] not in (-1, found.width):
        raise step.refuse(f"to {shape}; only (rows, {found.width}) keeps the columns")


def scaler(found: Layers, step: Step) -> None:
    """(x - offset) * scale."""
    ones, zeros = np.ones(found.width), np.zeros(found.width)
    found.affine(ones, -vector(step.attributes.get("offset", [0.0]), found.width, step), step)
    found.affine(vector(step.attributes.get("scale", [1.0]), found.width, step), zeros, step)


def linear(found: Layers, step: Step) -> None:
    """coefficients of each target, one target behind the other, and intercepts."""
    if step.attributes.get("post_transform", b"NONE") != b"NONE":
        raise step.refuse("post_transform must be NONE")
    weights = np.asarray(step.attributes.get("coefficients", ()), dtype=np.float64)
    targets = int(step.attributes.get("targets", 1))
    if targets < 1 or weights.size != targets * found.width:
        raise step.refuse(f"{weights.size} coefficients for {targets} x {found.width}")
    intercepts = vector(step.attributes.get("intercepts", [0.0]), targets, step)
    found.add(weights.reshape(targets, found.width).T.copy(), intercepts, step)


def classifier(found: Layers, step: Step) -> None:
    """coefficients of each class, one behind the other, intercepts, and a transform of the sums."""
    transform = text(step.attributes.get("post_transform", b"NONE"))
    if transform not in TRANSFORMS:
        raise step.refuse(f"post_transform {transform}; {', '.join(TRANSFORMS)} are there")
    weights = np.asarray(step.attributes.get("coefficients", ()), dtype=np.float64)
    classes = len(step.attributes.get("intercepts", ()))
    if classes < 2:
        raise step.refuse("coefficients of every class are needed, of two classes too")
    if weights.size != classes * found.width:
        raise step.refuse(f"{weights.size} coefficients for {classes} x {found.width}")
    intercepts = vector(step.attributes["intercepts"], classes, step)
    found.add(weights.reshape(classes, found.width).T.copy(), intercepts, step)
    if transform != "NONE":
        found.activate(TRANSFORMS[transform], step)


def normalizer(found: Layers, step: Step) -> None:
    """Divides by the sum, which is 1 behind a softmax, and of two sigmoids of s and -s."""
    weight, bias, last = found.layers[-1] if found.layers else (np.eye(1), np.zeros(1), IDENTITY)
    pair = last == SIGMOID and weight.shape[1] == 2
    pair = pair and bool((weight[:, 0] == -weight[:, 1]).all()) and bias[0] == -bias[1]
    if text(step.attributes.get("norm", b"MAX")) != "L1" or not (pair or last == SOFTMAX):
        raise step.refuse("only norm L1 of a softmax, or of two classes that sum up to 1")


OPERATIONS: dict[str, Callable[[Layers, Step], None]] = {
    "Gemm": gemm,
    "MatMul": matmul,
    **dict.fromkeys(("Add", "Sub", "Mul", "Div"), elementwise),
    **dict.fromkeys(ACTIVATIONS, activation),
    "Reshape": reshape,
    "Scaler": scaler,
    "LinearRegressor": linear,
    "LinearClassifier": classifier,
    "Normalizer": normalizer,
}
