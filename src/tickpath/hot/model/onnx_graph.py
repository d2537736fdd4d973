"""What the backend `onnx` has to know of a file before ONNX Runtime reads it: the shape of its
input, which output is the score, its bytes and their hash. Any operation and opset may be in it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.hot.model.compile import (
    OUTPUT,
    check_width,
    choose_output,
    chosen_output,
    input_of,
    output_of,
    read_any,
)


@dataclass(frozen=True, slots=True)
class Graph:
    """A file for ONNX Runtime. `axes`: those of the input for one row or window."""

    data: bytes
    input: str
    output: str
    double: bool
    axes: tuple[int, ...]
    steps: int
    window: bool
    chosen: int | None
    fingerprint: int


def read(path: str, width: int, where: str) -> Graph:
    """Check what concerns rows of `width` columns. Raises ConfigError."""
    model, data = read_any(path, where)
    name, double, sizes = input_of(model, where)
    check_width(name, sizes, width, where)
    window = len(sizes) == 3
    axes: tuple[int, ...] = (1, width)
    steps = 1
    if window:
        first = sizes[0] > 1 and sizes[1] <= 1
        steps = sizes[0] if first else sizes[1]
        axes = (steps, 1, width) if first else (1, steps, width)
        if not 1 <= steps <= LIMITS["model_steps_max"]:
            raise ConfigError(
                f"{where}: input {name!r} has {steps or 'a dynamic number of'} steps; limits.toml "
                f"allows 1 to {LIMITS['model_steps_max']} (model_steps_max), fixed"
            )
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return Graph(
        data=data, input=name, output=output_of(model, where), double=double, axes=axes,
        steps=steps, window=window, chosen=chosen_output(model, where),
        fingerprint=int.from_bytes(digest, "little"),
    )  # fmt: skip


def place_of(shape: Sequence[int], chosen: int | None, where: str) -> int:
    """Which value of an answer of this shape is the score. Raises ConfigError; OUTPUT chooses."""
    columns = shape[-1] if shape else 1
    total = 1
    for size in shape:
        total *= size
    if total != columns or total < 1:
        raise ConfigError(
            f"{where}: one row gives an answer of shape {tuple(shape)}; (1, columns) is needed, "
            f"the column by {OUTPUT}"
        )
    return choose_output(columns, chosen, where)
