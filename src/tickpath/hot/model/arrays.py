"""Model files: an .npz of plain arrays, read once and checked before anything runs. From an
.onnx compile.py makes the same arrays.

dense
    weight_0 .. weight_k   (inputs, outputs) each, outputs of one layer = inputs of the next
    bias_0 .. bias_k       (outputs,)
    activation             (k + 1,) integers: 0 identity, 1 relu, 2 tanh, 3 sigmoid, 4 softmax
                           (over all outputs, in the last layer only)
    mean, scale            (inputs,) optional: a layer sees (value - mean) * scale; 0 and 1
    output                 () optional: which output of the last layer is the score; 0
trees
    feature                (nodes,) integers: column that a node compares; ignored in a leaf
    threshold              (nodes,) value <= threshold goes left, else right; ignored in a leaf
    left, right            (nodes,) integers: children, both greater than their parent; -1 in a leaf
    value                  (nodes,) of a leaf; ignored in other nodes
    root                   (trees,) integers: first node of each tree
    base                   () optional: added to the result; 0
    average                () optional: 1 divides the sum of the leaves by the number of trees; 0
    sigmoid                () optional: 1 makes the score the sigmoid of base + sum; 0
recurrent                  LSTM and GRU layers: recurrent.py has the layout

Numbers are float32 or float64 and become float64; all are finite. Sizes are bounded by limits.toml
(model_weights_max, model_layers_max, model_width_max, model_steps_max, tree_nodes_max,
tree_depth_max).
"""

import hashlib
import struct
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.core.config import ModelSpec, content_hash, refuse_unknown
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

KINDS = ("none", "dense", "trees", "recurrent", "onnx")
IDENTITY, RELU, TANH, SIGMOID, SOFTMAX = 0, 1, 2, 3, 4
VERSION = 1
STATE = struct.Struct("<IQ")

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Integers = NDArray[np.int64]
Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseLayer:
    weight: Floats
    bias: Floats
    activation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DenseModel:
    """A checked dense network."""

    mean: Floats
    scale: Floats
    layers: tuple[DenseLayer, ...]
    output: int

    @property
    def width(self) -> int:
        return len(self.mean)


@dataclass(frozen=True, kw_only=True, slots=True)
class TreesModel:
    """A checked ensemble; `depth` is that of every tree."""

    width: int
    feature: Integers
    threshold: Floats
    left: Integers
    right: Integers
    value: Floats
    root: Integers
    depth: tuple[int, ...]
    base: float
    average: bool
    sigmoid: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurrentLayer:
    """One LSTM or GRU layer; the gates of a weight lie side by side, `units` columns each."""

    cell: int
    weight: Singles
    recur: Singles
    bias: Singles
    late_bias: Singles
    hidden_first: Singles
    cell_first: Singles

    @property
    def units(self) -> int:
        return len(self.recur)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecurrentModel:
    """A checked recurrent network over `steps` rows; `head` is what stands behind the last one."""

    steps: int
    mean: Floats
    scale: Floats
    layers: tuple[RecurrentLayer, ...]
    head: DenseModel

    @property
    def width(self) -> int:
        return len(self.mean)


AnyModel = DenseModel | TreesModel | RecurrentModel


def load(spec: ModelSpec, width: int) -> AnyModel | None:
    """The model of a configuration, checked for rows of `width` columns. ConfigError when wrong."""
    if spec.kind not in KINDS:
        refuse_unknown({spec.kind: 0}, set(KINDS), "model.kind")
    if spec.kind == "none":
        return None
    where = f"model {spec.path!r}"
    check_hash(spec, where)
    kind = spec.kind
    if kind == "onnx":
        compiler = import_module("tickpath.hot.model.compile")
        kind, arrays = compiler.tables(spec.path, width, where)
    else:
        arrays = read(spec.path, where)
    return checked(kind, arrays, width, where)


def checked(kind: str, arrays: Arrays, width: int, where: str) -> AnyModel:
    """The model of a kind's arrays. Raises ConfigError with the place of what is wrong."""
    if kind == "dense":
        return dense_of(arrays, width, where)
    if kind == "trees":
        return trees_of(arrays, width, where)
    found = import_module("tickpath.hot.model.recurrent").recurrent_of(arrays, width, where)
    assert isinstance(found, RecurrentModel)
    return found


def check_hash(spec: ModelSpec, where: str) -> None:
    """ConfigError unless the file is the one that the configuration was read with."""
    found = content_hash(spec.path) if spec.hash else ""
    if found != spec.hash:
        raise ConfigError(
            f"{where}: its hash is {found or 'unknown, it is not there'}, the configuration was "
            f"read with {spec.hash}: give back the file of that hash (`tickpath models list`)"
        )


def check_columns(spec: ModelSpec, columns: Sequence[str]) -> None:
    """ConfigError unless an ONNX model was trained on these feature columns in this order; an .npz
    has no names."""
    if spec.kind == "onnx":
        import_module("tickpath.hot.model.compile").check_features(spec.path, columns)


def read(path: str, where: str) -> dict[str, NDArray[np.generic]]:
    """All arrays of an .npz; nothing in it is executed."""
    try:
        with zipfile.ZipFile(path):
            pass
        with np.load(Path(path), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ConfigError(
            f"{where}: cannot be read ({error}); set model.path to an .npz of plain arrays"
        ) from error


def floats(arrays: Arrays, name: str, shape: tuple[int, ...], where: str) -> Floats:
    """A finite float64 array of this shape (-1: any length)."""
    if name not in arrays:
        raise ConfigError(f"{where}: array {name!r} is missing")
    array = arrays[name]
    if array.dtype not in (np.float32, np.float64):
        raise ConfigError(f"{where}: {name} has type {array.dtype}; save it as float32 or float64")
    check_shape(array, name, shape, where)
    found = np.array(array, dtype=np.float64, order="C")
    if not np.isfinite(found).all():
        raise ConfigError(f"{where}: {name} holds a value that is not finite")
    return found


def integers(arrays: Arrays, name: str, shape: tuple[int, ...], where: str) -> Integers:
    """An int64 array of this shape (-1: any length)."""
    if name not in arrays:
        raise ConfigError(f"{where}: array {name!r} is missing")
    array = arrays[name]
    if array.dtype.kind not in "iu" or array.dtype == np.uint64:
        raise ConfigError(f"{where}: {name} has type {array.dtype}; save it as int32 or int64")
    check_shape(array, name, shape, where)
    return np.array(array, dtype=np.int64, order="C")


def check_shape(array: NDArray[np.generic], name: str, shape: tuple[int, ...], where: str) -> None:
    """Refuse another shape."""
    fits = len(array.shape) == len(shape) and all(
        want in (-1, have) for want, have in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = str(shape).replace("-1", "any")
        raise ConfigError(f"{where}: {name} has shape {array.shape}, {wanted} is needed")


def choice(arrays: Arrays, name: str, count: int, where: str) -> int:
    """An optional scalar in 0 .. count - 1, 0 when absent."""
    if name not in arrays:
        return 0
    value = int(integers(arrays, name, (), where))
    if not 0 <= value < count:
        raise ConfigError(f"{where}: {name} is {value}, outside 0 to {count - 1}")
    return value


def check_bound(count: int, limit: str, what: str, where: str) -> None:
    """Refuse more than limits.toml allows, and nothing at all."""
    if not 1 <= count <= LIMITS[limit]:
        raise ConfigError(
            f"{where}: {count} {what}; limits.toml allows 1 to {LIMITS[limit]} ({limit})"
        )


def dense_of(arrays: Arrays, width: int, where: str) -> DenseModel:
    """Check the arrays of a dense network."""
    count = sum(1 for name in arrays if name.startswith("weight_"))
    check_bound(count, "model_layers_max", "layers", where)
    names = {f"{kind}_{k}" for k in range(count) for kind in ("weight", "bias")}
    refuse_unknown(arrays, names | {"activation", "mean", "scale", "output"}, where)
    check_bound(width, "model_width_max", "columns", where)
    activation = integers(arrays, "activation", (count,), where)
    layers = []
    inputs = width
    weights = 0
    for k in range(count):
        weight = floats(arrays, f"weight_{k}", (inputs, -1), where)
        outputs = weight.shape[1]
        check_bound(outputs, "model_width_max", f"outputs of layer {k}", where)
        bias = floats(arrays, f"bias_{k}", (outputs,), where)
        if not IDENTITY <= activation[k] <= (SOFTMAX if k == count - 1 else SIGMOID):
            raise ConfigError(
                f"{where}: activation[{k}] is {activation[k]}; 0 identity, 1 relu, 2 tanh, "
                "3 sigmoid, in the last layer 4 softmax"
            )
        layers.append(DenseLayer(weight=weight, bias=bias, activation=int(activation[k])))
        weights += weight.size + outputs
        inputs = outputs
    check_bound(weights, "model_weights_max", "weights and biases", where)
    ones: Arrays = {"mean": np.zeros(width), "scale": np.ones(width)}
    return DenseModel(
        mean=floats({**ones, **arrays}, "mean", (width,), where),
        scale=floats({**ones, **arrays}, "scale", (width,), where),
        layers=tuple(layers),
        output=choice(arrays, "output", inputs, where),
    )


def trees_of(arrays: Arrays, width: int, where: str) -> TreesModel:
    """Check the arrays of an ensemble: indices inside, children behind their parent, one parent."""
    known = {"feature", "threshold", "left", "right", "value", "root", "base", "average", "sigmoid"}
    refuse_unknown(arrays, known, where)
    feature = integers(arrays, "feature", (-1,), where)
    nodes = len(feature)
    check_bound(nodes, "tree_nodes_max", "nodes", where)
    check_bound(width, "features_max", "columns", where)
    left = integers(arrays, "left", (nodes,), where)
    right = integers(arrays, "right", (nodes,), where)
    root = integers(arrays, "root", (-1,), where)
    check_bound(len(root), "tree_nodes_max", "trees", where)
    leaf = (left == -1) & (right == -1)
    parent = np.flatnonzero(~leaf)
    for name, child in (("left", left), ("right", right)):
        wrong = parent[(child[parent] <= parent) | (child[parent] >= nodes)]
        if len(wrong):
            raise ConfigError(
                f"{where}: {name}[{wrong[0]}] is {child[wrong[0]]}; children lie behind their "
                f"parent and before {nodes}, a leaf has -1 on both sides"
            )
    wrong = parent[(feature[parent] < 0) | (feature[parent] >= width)]
    if len(wrong):
        raise ConfigError(
            f"{where}: feature[{wrong[0]}] is {feature[wrong[0]]}, outside 0 to {width - 1}"
        )
    if ((root < 0) | (root >= nodes)).any():
        raise ConfigError(f"{where}: root points outside 0 to {nodes - 1}")
    uses = np.bincount(np.concatenate([left[parent], right[parent], root]), minlength=nodes)
    if (uses != 1).any():
        node = int(np.flatnonzero(uses != 1)[0])
        raise ConfigError(
            f"{where}: node {node} is a child or root {uses[node]} times; exactly once is needed"
        )
    depth = depths_of(left, right, root)
    if max(depth) > LIMITS["tree_depth_max"]:
        raise ConfigError(
            f"{where}: a tree is {max(depth)} decisions deep; limits.toml allows "
            f"{LIMITS['tree_depth_max']} (tree_depth_max)"
        )
    zero: Arrays = {"base": np.zeros(())}
    return TreesModel(
        width=width,
        feature=feature,
        threshold=floats(arrays, "threshold", (nodes,), where),
        left=left,
        right=right,
        value=floats(arrays, "value", (nodes,), where),
        root=root,
        depth=depth,
        base=float(floats({**zero, **arrays}, "base", (), where)),
        average=choice(arrays, "average", 2, where) == 1,
        sigmoid=choice(arrays, "sigmoid", 2, where) == 1,
    )


def depths_of(left: Integers, right: Integers, root: Integers) -> tuple[int, ...]:
    """Decisions from each root to its deepest leaf; children lie behind parents."""
    below = [0] * len(left)
    for node in range(len(left) - 1, -1, -1):
        if left[node] >= 0:
            below[node] = 1 + max(below[left[node]], below[right[node]])
    return tuple(below[node] for node in root)


def fingerprint(model: AnyModel | None) -> int:
    """BLAKE2b-64 over everything that decides a score; 0 without a model."""
    if model is None:
        return 0
    digest = hashlib.blake2b(digest_size=8)
    if isinstance(model, DenseModel):
        digest.update(dense_bytes(model))
    elif isinstance(model, RecurrentModel):
        digest.update(struct.pack("<iii", 3, model.width, model.steps))
        digest.update(model.mean.tobytes() + model.scale.tobytes())
        for layer in model.layers:
            digest.update(struct.pack("<iii", *layer.weight.shape, layer.cell))
            for single in (layer.weight, layer.recur, layer.bias, layer.late_bias):
                digest.update(single.tobytes())
            digest.update(layer.hidden_first.tobytes() + layer.cell_first.tobytes())
        digest.update(dense_bytes(model.head))
    else:
        digest.update(struct.pack("<iiid", 2, model.width, model.average, model.base))
        digest.update(b"sigmoid" if model.sigmoid else b"")
        digest.update(struct.pack("<ii", len(model.feature), len(model.root)))
        for array in (model.feature, model.threshold, model.left, model.right, model.value):
            digest.update(array.tobytes())
        digest.update(model.root.tobytes())
    return int.from_bytes(digest.digest(), "little")


def dense_bytes(model: DenseModel) -> bytes:
    """Everything that decides what a dense network says."""
    out = [struct.pack("<iii", 1, model.width, model.output)]
    out.append(model.mean.tobytes() + model.scale.tobytes())
    for layer in model.layers:
        out.append(struct.pack("<iii", *layer.weight.shape, layer.activation))
        out.append(layer.weight.tobytes() + layer.bias.tobytes())
    return b"".join(out)


def pack_state(found: int, rows: bytes = b"") -> bytes:
    """u32 version, u64 fingerprint, the rows that a recurrent model keeps."""
    return STATE.pack(VERSION, found) + rows


def check_state(
    found: int, data: bytes, width: int = 0, steps: int = 0, kind: type = np.float32
) -> NDArray[Any]:
    """The rows (kept, width) of float type `kind` in `data`, at most `steps`. DataError unless
    `data` is the state of the model with this fingerprint."""
    size, row = len(data) - STATE.size, np.dtype(kind).itemsize * width
    if not 0 <= size <= row * steps or size % max(row, 1):
        raise DataError(
            f"model state has {len(data)} bytes, {STATE.size} and up to {steps} rows of {row} "
            "expected"
        )
    version, other = STATE.unpack_from(data)
    if version != VERSION:
        raise DataError(f"model state has version {version}, this build reads {VERSION}")
    if other != found:
        raise DataError("model state belongs to another model: load the file it was made with")
    rows: NDArray[Any] = np.frombuffer(
        data, np.dtype(kind).newbyteorder("<"), offset=STATE.size
    ).astype(kind)
    if not np.isfinite(rows).all():
        raise DataError("model state holds a row with a value that is not finite")
    return rows.reshape(-1, max(width, 1))
