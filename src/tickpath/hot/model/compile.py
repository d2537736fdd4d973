"""ONNX files become the arrays of arrays.py: no ONNX code runs on the walk.

In: a file of at most FILE_BYTES_MAX with a graph that is one chain from its only input, (rows,
columns) of float or double, to one output: dense operations (compile_dense.py) or one tree ensemble
(compile_trees.py); with an input of (rows, steps, columns), LSTM and GRU (compile_recurrent.py).
Out: the kind and its arrays, which arrays.py checks like any others. Everything else is a
ConfigError that names node, operation and opset.

Metadata (`metadata_props`) that decide something; the rest is for people:
    tickpath.features     JSON list of the feature columns in the order of the input's columns
    tickpath.output       which column of the output is the score; without it the only one, or the
                          second of two (a classifier's probability of its second class)
    tickpath.output_name  which output of the graph; without it the only one of floats

Arithmetic is float64 where ONNX Runtime computes a float model in float32: scores agree to its
rounding. Comparisons of trees are those of float32: see compile_trees.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.core.errors import ConfigError, NoNativeFormError
from tickpath.core.limits import LIMITS

FILE_BYTES_MAX = 16 * LIMITS["model_weights_max"] + 256 * LIMITS["tree_nodes_max"]
"""What the largest model that limits.toml allows can take, several times over."""
NODES_MAX = 16 * LIMITS["model_layers_max"]
OPSETS = {"": (7, 26), "ai.onnx.ml": (1, 4)}
"""First and last opset that is read. ai.onnx.ml 5 replaced the tree operations by another one."""
SKIPPED = ("Identity", "Cast", "Flatten")
FEATURES, OUTPUT, OUTPUT_NAME = "tickpath.features", "tickpath.output", "tickpath.output_name"
INSTALL = "reading ONNX needs the package onnx ({}): pip install 'tickpath[ml]'"

Arrays = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of the chain. `constants`: its inputs, None where the computed one stands;
    `inputs` their names, "" where none is given; `output`: which of its outputs is used."""

    op: str
    name: str
    attributes: Mapping[str, Any]
    constants: tuple[NDArray[np.generic] | None, ...]
    opset: int
    where: str
    inputs: tuple[str, ...] = ()
    output: int = 0

    def refuse(self, why: str) -> ConfigError:
        """The error that names this operation."""
        return NoNativeFormError(
            f"{self.where}: node {self.name!r} ({self.op}, opset {self.opset}): {why}"
        )


def package() -> Any:
    """The package onnx. Raises ConfigError that says what to install."""
    try:
        return import_module("onnx")
    except ImportError as error:
        raise ConfigError(INSTALL.format(error)) from error


def read(path: str, where: str) -> Any:
    """The `onnx.ModelProto` of a file, checked by ONNX's own checker. Raises ConfigError."""
    model, _ = parsed(path, where)
    for entry in model.opset_import:
        first, last = OPSETS.get("" if entry.domain == "ai.onnx" else entry.domain, (0, 0))
        used = any(node.domain == entry.domain for node in model.graph.node)
        if used and not first <= entry.version <= last:
            raise NoNativeFormError(
                f"{where}: opset {entry.version} of {entry.domain or 'ai.onnx'!r}; {first} to "
                f"{last} can be read: export it with target_opset={last or 'that of ai.onnx'}"
            )
    check_graph(model, where)
    return model


def read_any(path: str, where: str) -> tuple[Any, bytes]:
    """(the same of any opset, the file's bytes). Raises ConfigError."""
    model, data = parsed(path, where)
    check_graph(model, where)
    return model, data


def parsed(path: str, where: str) -> tuple[Any, bytes]:
    """(the `onnx.ModelProto` of a file with its weights inside, its bytes). Raises ConfigError."""
    onnx = package()
    try:
        with Path(path).open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError(
            f"{where}: cannot be read ({error}); set model.path to an .onnx"
        ) from error
    if len(data) > FILE_BYTES_MAX:
        raise ConfigError(
            f"{where}: more than {FILE_BYTES_MAX} bytes; limits.toml allows no model of that size "
            "(model_weights_max, tree_nodes_max): make it smaller"
        )
    error_of = import_module("google.protobuf.message").DecodeError
    try:
        model = onnx.load_model_from_string(data)
    except (error_of, ValueError) as error:
        raise ConfigError(f"{where}: not an ONNX file ({error}): export it again") from error
    if any(t.data_location == onnx.TensorProto.EXTERNAL for t in model.graph.initializer):
        raise ConfigError(f"{where}: weights lie in other files: save it with the weights inside")
    return model, data


def check_graph(model: Any, where: str) -> None:
    """ConfigError where ONNX's own checker finds a fault."""
    onnx = package()
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError, RuntimeError) as error:
        said = " ".join(str(error).split())
        raise ConfigError(f"{where}: the graph is wrong ({said}): export it again") from error


def metadata(model: Any) -> dict[str, str]:
    """`metadata_props` as a dictionary."""
    return {text(entry.key): text(entry.value) for entry in model.metadata_props}


def text(found: str | bytes) -> str:
    """Text of a file, bytes that are none replaced."""
    return found if isinstance(found, str) else found.decode(errors="replace")


def array_of(tensor: Any, where: str) -> NDArray[np.generic]:
    """A constant of the file. Raises ConfigError when its parts do not fit each other."""
    try:
        return np.asarray(package().numpy_helper.to_array(tensor))
    except (KeyError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise ConfigError(
            f"{where}: constant {text(tensor.name)!r} is wrong ({said}): export it again"
        ) from error


def features_of(model: Any, where: str) -> list[str]:
    """The feature columns that a model was trained on, in order. Raises ConfigError."""
    said = metadata(model).get(FEATURES)
    if said is None:
        raise ConfigError(
            f"{where}: it does not say its features ({FEATURES} in its metadata): "
            "`tickpath models add FILE --features a,b,c` writes them"
        )
    try:
        names = json.loads(said)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
        raise ConfigError(f"{where}: {FEATURES} is not a JSON list of names: {said[:80]!r}")
    return names


def check_features(path: str, columns: Sequence[str]) -> None:
    """ConfigError unless the model at `path` was trained on these columns in this order."""
    where = f"model {path!r}"
    names = features_of(read_any(path, where)[0], where)
    wanted = list(columns)
    if names == wanted:
        return
    if sorted(names) == sorted(wanted):
        why = "in another order"
    else:
        absent = [n for n in names if n not in wanted]
        other = [n for n in wanted if n not in names]
        why = f"only of the model: {absent or 'none'}, only of the strategies: {other or 'none'}"
    raise ConfigError(
        f"{where}: trained on {names}, the strategies give {wanted} ({why}): "
        "train it on the columns of this configuration"
    )


def tables(path: str, width: int, where: str) -> tuple[str, Arrays]:
    """("dense", "trees" or "recurrent", its arrays) for rows of `width` columns. Raises
    ConfigError."""
    model = read(path, where)
    name, double, sizes = input_of(model, where)
    check_width(name, sizes, width, where)
    steps = chain(model, (name, sizes), where)
    chosen = chosen_output(model, where)
    if len(sizes) == 3:
        compiler = import_module("tickpath.hot.model.compile_recurrent")
        kind, arrays = compiler.compiled(steps, sizes, chosen, double, where)
        return str(kind), dict(arrays)
    kinds = [s.op.startswith("TreeEnsemble") for s in steps]
    stem = "compile_trees" if any(kinds) else "compile_dense"
    compiler = import_module(f"tickpath.hot.model.{stem}")
    kind, arrays = compiler.compiled(steps, width, chosen, double, where)
    return str(kind), dict(arrays)


def check_width(name: str, sizes: Sequence[int], width: int, where: str) -> None:
    """ConfigError unless the input `name` has the columns of the feature row."""
    if sizes[-1] != width:
        raise ConfigError(
            f"{where}: input {name!r} has {sizes[-1]} columns and the feature row {width}: "
            "train it on the columns of this configuration"
        )


def chosen_output(model: Any, where: str) -> int | None:
    """The output column that the metadata name. Raises ConfigError."""
    said = metadata(model).get(OUTPUT)
    if said is not None and not said.isdecimal():
        raise ConfigError(f"{where}: {OUTPUT} is {said!r}, not the number of an output column")
    return None if said is None else int(said)


def choose_output(count: int, chosen: int | None, where: str) -> int:
    """Which of `count` columns is the score. Raises ConfigError."""
    if chosen is None and count > 2:
        raise ConfigError(
            f"{where}: the output has {count} columns and nothing says which is the score: "
            "`tickpath models add FILE --output K` writes it"
        )
    output = count - 1 if chosen is None else chosen
    if output >= count:
        raise ConfigError(f"{where}: {OUTPUT} is {output}, the output has {count} columns")
    return output


def input_of(model: Any, where: str) -> tuple[str, bool, tuple[int, ...]]:
    """(name, of doubles, sizes) of the only input, 0 where dynamic; the columns are fixed. Raises
    ConfigError."""
    onnx = package()
    constant = {t.name for t in model.graph.initializer}
    inputs = [i for i in model.graph.input if i.name not in constant]
    if len(inputs) != 1:
        names = ", ".join(repr(i.name) for i in inputs) or "none"
        raise ConfigError(f"{where}: inputs {names}; exactly one, (rows, columns), can be read")
    (entry,) = inputs
    tensor = entry.type.tensor_type
    if tensor.elem_type not in (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE):
        raise ConfigError(f"{where}: input {entry.name!r} is not of floats or doubles")
    shape = tensor.shape.dim
    if len(shape) not in (2, 3) or (len(shape) == 2 and shape[0].dim_value > 1):
        raise ConfigError(
            f"{where}: input {entry.name!r} has {len(shape)} dimensions of sizes "
            f"{[d.dim_value or d.dim_param for d in shape]}; (rows, columns), or (rows, steps, "
            "columns) of an LSTM or GRU, is needed, rows free"
        )
    if shape[-1].dim_value <= 0:
        raise ConfigError(
            f"{where}: input {entry.name!r} has a dynamic number of columns: export it with a "
            "fixed one"
        )
    sizes = tuple(max(d.dim_value, 0) for d in shape)
    return entry.name, tensor.elem_type == onnx.TensorProto.DOUBLE, sizes


def output_of(model: Any, where: str) -> str:
    """The name of the graph's output that is compiled. Raises ConfigError."""
    onnx = package()
    floats = (onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE)
    names = [o.name for o in model.graph.output if o.type.tensor_type.elem_type in floats]
    said = metadata(model).get(OUTPUT_NAME)
    if said is not None and said in names:
        return said
    if len(names) != 1 or said is not None:
        found = ", ".join(repr(n) for n in names) or "none (a ZipMap? export with zipmap=False)"
        raise ConfigError(
            f"{where}: outputs of floats: {found}; {OUTPUT_NAME} says {said!r}: name one of them"
        )
    return str(names[0])


def chain(model: Any, start: tuple[str, tuple[int, ...]], where: str) -> list[Step]:
    """The operations from the input (name, sizes) to the output, in order. Raises ConfigError where
    it is no chain."""
    constants = {t.name: array_of(t, where) for t in model.graph.initializer}
    makers: dict[str, Any] = {}
    for node in model.graph.node:
        if node.op_type == "Constant" and [a.name for a in node.attribute] == ["value"]:
            constants[node.output[0]] = array_of(node.attribute[0].t, where)
        else:
            makers |= dict.fromkeys(node.output, node)
    if len(start[1]) == 3:
        folded = import_module("tickpath.hot.model.compile_fold").folded
        constants = folded(model.graph.node, constants, start, attributes_of)
    opsets = {entry.domain: entry.version for entry in model.opset_import}
    steps: list[Step] = []
    at = output_of(model, where)
    while at != start[0]:
        node = makers.get(at)
        if node is None:
            raise ConfigError(f"{where}: {at!r} is computed from no input: export it again")
        values = tuple(constants.get(name) for name in node.input)
        step = Step(
            node.op_type, node.name or at, attributes_of(node), values,
            opsets.get(node.domain, 0), where, tuple(node.input), list(node.output).index(at),
        )  # fmt: skip
        computed = [name for name in node.input if name and name not in constants]
        if step.op in ("LSTM", "GRU"):
            computed = computed[:1]
        if len(computed) != 1:
            raise step.refuse(
                f"has {len(computed)} computed inputs; only chains of one can be read"
            )
        if len(steps) == NODES_MAX:
            raise step.refuse(f"the graph is longer than {NODES_MAX} operations")
        steps.append(step)
        at = last_state(step, makers, computed[0])
    return steps[::-1]


def attributes_of(node: Any) -> dict[str, Any]:
    """Attributes of a node by name."""
    return {a.name: package().helper.get_attribute_value(a) for a in node.attribute}


def last_state(step: Step, makers: Mapping[str, Any], name: str) -> str:
    """What `step` reads: of the joined last states of several cells, `h_n` of torch, the one that a
    Gather of the last takes."""
    maker = makers.get(name)
    index = step.constants[1] if step.op == "Gather" and len(step.constants) > 1 else None
    if maker is None or maker.op_type != "Concat" or attributes_of(maker).get("axis") != 0:
        return name
    states = [makers.get(n) for n in maker.input]
    cells = all(
        m is not None and m.op_type in ("LSTM", "GRU") and list(m.output).index(n) == 1
        for m, n in zip(states, maker.input, strict=True)
    )
    last = index is not None and index.size == 1 and int(index.item()) in (-1, len(states) - 1)
    axis = step.attributes.get("axis", 0)
    return str(maker.input[-1]) if cells and last and axis == 0 else name
