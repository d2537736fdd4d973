"""Tree part of compile.py: one TreeEnsembleRegressor or TreeEnsembleClassifier, then Sigmoid or
constants.

ONNX compares float32(value) with a float32 threshold. The native node compares the float64 value as
it is, `value <= threshold`, with a threshold moved to the largest float64 that rounds to a float32
on the left side. So every float64 takes the branch it takes there, to the bit: `<`, `<=`, `>`, `>=`
alike. Directions of missing values do not matter: a row with one has no score.

A classifier of two classes whose leaves all speak of class 0 gives [-s, s], with LOGISTIC
[sigmoid(-s), sigmoid(s)]; with NONE and no leaf below 0, [1 - s, s], as ONNX Runtime does.
More classes count one by one and need post_transform NONE.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tickpath.core.limits import LIMITS
from tickpath.hot.model.compile import SKIPPED, Arrays, Step, array_of, choose_output, text

FORMS = {"BRANCH_LEQ": 0, "BRANCH_LT": 1, "BRANCH_GT": 2, "BRANCH_GTE": 3, "LEAF": 4}
FLOAT_MAX = float(np.finfo(np.float32).max)
Floats = NDArray[np.float64]
Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Node:
    """A node as ONNX has it."""

    feature: int
    form: int
    value: float
    true: int
    false: int


def compiled(
    steps: Sequence[Step], width: int, chosen: int | None, double: bool, where: str
) -> tuple[str, Arrays]:
    """("trees", arrays). `double`: the input is compared as float64. Raises ConfigError."""
    work = [s for s in steps if s.op not in SKIPPED]
    step = work[0]
    if not step.op.startswith("TreeEnsemble"):
        raise step.refuse(
            "before a tree ensemble nothing can be computed: scale no inputs of trees"
        )
    before = steps[: steps.index(step)]
    wide = double and not any(s.op == "Cast" and s.attributes.get("to") == 1 for s in before)
    if step.op not in ("TreeEnsembleRegressor", "TreeEnsembleClassifier"):
        raise step.refuse("TreeEnsembleRegressor or TreeEnsembleClassifier is needed")
    leaves, base, average, sigmoid = leaves_of(step, chosen, where)
    arrays = nodes_of(step, leaves, width, wide)
    for later in work[1:]:
        times, plus = (0.0, 0.0) if later.op == "Sigmoid" else scalar_of(later)
        if (times, plus) == (1.0, 0.0):
            continue
        if sigmoid:
            raise later.refuse("nothing but times 1 can follow a sigmoid")
        sigmoid = later.op == "Sigmoid"
        if not sigmoid:
            arrays["value"] = arrays["value"].astype(np.float64) * times
            base = base * times + plus
    arrays |= {"base": np.array(base), "average": np.array(int(average))}
    arrays["sigmoid"] = np.array(int(sigmoid))
    return "trees", arrays


def scalar_of(step: Step) -> tuple[float, float]:
    """(times, plus) of an operation with one number."""
    if step.op not in ("Add", "Mul", "Div", "Sub"):
        raise step.refuse("behind trees there can be Sigmoid, Add, Sub, Mul and Div")
    turned = step.constants[0] is not None
    value = step.constants[0 if turned else 1]
    if value is None or value.size != 1 or (turned and step.op == "Div"):
        raise step.refuse("behind trees only one constant number can be combined")
    number = float(np.asarray(value, dtype=np.float64).reshape(()))
    if step.op == "Div" and number == 0.0:
        raise step.refuse("divides by 0")
    return {
        "Add": (1.0, number),
        "Sub": (-1.0, number) if turned else (1.0, -number),
        "Mul": (number, 0.0),
        "Div": (1.0 / number if number else 0.0, 0.0),
    }[step.op]


def numbers(step: Step, name: str) -> Floats:
    """A list of floats, from the attribute or its tensor form."""
    tensor = step.attributes.get(f"{name}_as_tensor")
    if tensor is not None:
        return np.asarray(array_of(tensor, step.where), dtype=np.float64).reshape(-1)
    return np.asarray(step.attributes.get(name, ()), dtype=np.float64)


def leaves_of(
    step: Step, chosen: int | None, where: str
) -> tuple[Mapping[Key, float], float, bool, bool]:
    """(weight of each leaf for the score, base, average, sigmoid)."""
    regressor = step.op == "TreeEnsembleRegressor"
    stem = "target" if regressor else "class"
    get = step.attributes.get
    keys = list(zip(get(f"{stem}_treeids", ()), get(f"{stem}_nodeids", ()), strict=False))
    ids, weights = list(get(f"{stem}_ids", ())), numbers(step, f"{stem}_weights")
    if not len(keys) == len(ids) == len(weights) or not keys:
        raise step.refuse("its leaves are not complete: export it again")
    labels = get("classlabels_int64s") or get("classlabels_strings") or ()
    count = int(get("n_targets", 1)) if regressor else len(labels)
    base, transform = numbers(step, "base_values"), text(get("post_transform", b"NONE"))
    aggregate = text(get("aggregate_function", b"SUM"))
    if aggregate not in ("SUM", "AVERAGE"):
        raise step.refuse(f"aggregate_function {aggregate}; SUM or AVERAGE is needed")
    output = choose_output(count, chosen, where)
    pair = not regressor and count == 2 and set(ids) == {0}
    allowed = ("NONE", "LOGISTIC") if regressor or pair else ("NONE",)
    if transform not in allowed:
        raise step.refuse(
            f"post_transform {transform} over {count} columns; {' or '.join(allowed)} is needed"
        )
    if len(base) not in ((0, 1) if pair or count == 1 else (0, count) if regressor else (0,)):
        raise step.refuse(f"{len(base)} base_values for {count} columns")
    sigmoid = transform == "LOGISTIC"
    start = 0.0 if not len(base) else float(base[0 if pair else output])
    times = 1.0
    if pair:
        positive = bool((weights >= 0.0).all()) and not sigmoid
        if output == 0:
            times, start = -1.0, (1.0 - start if positive else -start)
    leaves: dict[Key, float] = {}
    for key, target, weight in zip(keys, ids, weights.tolist(), strict=True):
        mine = weight * times if pair or target == output else 0.0
        leaves[key] = leaves.get(key, 0.0) + mine
    return leaves, start, aggregate == "AVERAGE", sigmoid


def nodes_of(step: Step, leaves: Mapping[Key, float], width: int, wide: bool) -> Arrays:
    """The nodes of all trees, each tree parents first."""
    nodes = read_nodes(step)
    trees: dict[int, set[int]] = {}
    for tree, node in nodes:
        trees.setdefault(tree, set()).add(node)
    rows: list[tuple[int, float, int, int, float]] = []
    roots = []
    for tree, members in trees.items():
        inner = [nodes[tree, m] for m in members if nodes[tree, m].form != FORMS["LEAF"]]
        tops = members - {n.true for n in inner} - {n.false for n in inner}
        if len(tops) != 1:
            raise step.refuse(f"tree {tree} has {len(tops)} roots")
        roots.append(len(rows))
        rows += tree_rows(step, nodes, leaves, (tree, tops.pop()), len(rows), wide)
        if len(rows) - roots[-1] != len(members):
            raise step.refuse(f"tree {tree} has nodes that no decision leads to")
    feature, threshold, left, right, value = zip(*rows, strict=True)
    if not 0 <= min(feature) <= max(feature) < width:
        raise step.refuse(f"reads column {max(feature)}, the row has {width}")
    return {
        "feature": np.array(feature),
        "threshold": np.array(threshold, dtype=np.float64),
        "left": np.array(left),
        "right": np.array(right),
        "value": np.array(value, dtype=np.float64),
        "root": np.array(roots),
    }


def read_nodes(step: Step) -> dict[Key, Node]:
    """All nodes by tree and number."""
    names = ("treeids", "nodeids", "featureids", "modes", "truenodeids", "falsenodeids")
    lists: dict[str, Sequence[Any]] = {n: step.attributes.get(f"nodes_{n}", ()) for n in names}
    values = numbers(step, "nodes_values").tolist()
    sizes = {len(found) for found in lists.values()} | {len(values)}
    if len(sizes) != 1 or sizes == {0}:
        raise step.refuse("its lists of nodes have different lengths: export it again")
    if len(values) > LIMITS["tree_nodes_max"]:
        raise step.refuse(
            f"{len(values)} nodes; limits.toml allows {LIMITS['tree_nodes_max']} (tree_nodes_max)"
        )
    found: dict[Key, Node] = {}
    for tree, node, feature, mode, true, false, value in zip(
        *(lists[n] for n in names), values, strict=True
    ):
        form = FORMS.get(text(mode))
        if form is None:
            raise step.refuse(
                f"node {node} of tree {tree} is a {text(mode)!r}; there are {', '.join(FORMS)}"
            )
        if (tree, node) in found:
            raise step.refuse(f"node {node} of tree {tree} is there twice")
        found[tree, node] = Node(feature, form, value, true, false)
    return found


def tree_rows(
    step: Step,
    nodes: Mapping[Key, Node],
    leaves: Mapping[Key, float],
    root: Key,
    start: int,
    wide: bool,
) -> list[tuple[int, float, int, int, float]]:
    """(feature, threshold, left, right, value) of a tree, parents first, numbered from `start`."""
    tree = root[0]
    order, seen = [root[1]], {root[1]}
    for number in order:
        node = nodes[tree, number]
        if node.form == FORMS["LEAF"]:
            continue
        for child in (node.true, node.false):
            if child in seen or (tree, child) not in nodes:
                raise step.refuse(f"node {number} of tree {tree} has a wrong child {child}")
            seen.add(child)
            order.append(child)
    place = {number: start + k for k, number in enumerate(order)}
    rows = []
    for number in order:
        node = nodes[tree, number]
        if node.form == FORMS["LEAF"]:
            rows.append((0, 0.0, -1, -1, leaves.get((tree, number), 0.0)))
            continue
        if not abs(node.value) <= FLOAT_MAX:
            raise step.refuse(f"node {number} of tree {tree} compares with {node.value}")
        left, right = node.true, node.false
        if node.form in (FORMS["BRANCH_GT"], FORMS["BRANCH_GTE"]):
            left, right = right, left
        below = node.form in (FORMS["BRANCH_LT"], FORMS["BRANCH_GTE"])
        edge = last_left(node.value, below, wide)
        rows.append((node.feature, edge, place[left], place[right], 0.0))
    return rows


def last_left(threshold: float, below: bool, wide: bool) -> float:
    """The largest float64 x with float32(x) <= threshold, or < threshold when `below`; compared
    as float64 when `wide`."""
    if wide:
        return float(np.nextafter(threshold, -np.inf)) if below else threshold
    with np.errstate(over="ignore"):
        return edge_of(threshold, below)


def edge_of(threshold: float, below: bool) -> float:
    """The float32 case of `last_left`. Beyond the largest float32 lies 2**128, which rounds to
    infinity."""
    last = np.float32(threshold)
    if float(last) > threshold or (below and float(last) == threshold):
        last = np.nextafter(last, np.float32(-np.inf))
    after = float(np.nextafter(last, np.float32(np.inf)))
    after = after if np.isfinite(after) else 2.0**128
    middle = (max(float(last), -(2.0**128)) + after) * 0.5
    even = int(last.view(np.uint32)) % 2 == 0
    return middle if even else float(np.nextafter(middle, -np.inf))
