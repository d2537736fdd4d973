"""Mutants of the risk checks, small wrong versions made on the syntax tree; and their judges.

A mutant changes one place of one function of `hot/risk/checks/*.py`, `values.py` or `figures.py`: a
comparison, a constant, an operator, min for max, `and` for `or`, a term or condition less, the
other side, the other enum member, another code. Its name says module, function, what was there and
what is. Judges are the inputs of all specs, each with what its check promises alone and all checks
together.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from tickpath.core.codes import Code
from tickpath.core.records import (
    BookStatus,
    InstrumentKind,
    IntentKind,
    OrderType,
    Side,
    TimeInForce,
)
from tickpath.hot.risk.reference import check_order
from tickpath.hot.risk.spec import changed, passing_input

STEMS = check_order()
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
ENUMS = {e.__name__: e for e in (BookStatus, InstrumentKind, IntentKind, OrderType, Side,
                                 TimeInForce)}  # fmt: skip
SIDES = (("buy", "sell"), ("bid", "ask"))
NAMES = {"min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """One wrong version: its name, and the functions of its module."""

    name: str
    functions: dict[str, FunctionType]


def other_side(name: str) -> str | None:
    """`open_buy_lots` for `open_sell_lots` and so on, None where a name has no side."""
    for one, two in SIDES:
        if one in name:
            return name.replace(one, two)
        if two in name:
            return name.replace(two, one)
    return None


def of_compare(node: ast.Compare) -> Iterator[ast.expr]:
    for k, operator in enumerate(node.ops):
        for new in COMPARISONS[type(operator)]:
            yield ast.Compare(node.left, [*node.ops[:k], new(), *node.ops[k + 1 :]],
                              node.comparators)  # fmt: skip
    if len(node.ops) > 1:
        yield ast.Compare(node.left, node.ops[:-1], node.comparators[:-1])
        yield ast.Compare(node.comparators[0], node.ops[1:], node.comparators[1:])


def of_attribute(node: ast.Attribute) -> Iterator[ast.expr]:
    owner = node.value.id if isinstance(node.value, ast.Name) else ""
    if owner == "Code":
        for code in (Code.OK, Code.RISK_OVERFLOW):
            if node.attr != code.name:
                yield ast.Attribute(node.value, code.name, node.ctx)
    elif owner in ENUMS:
        members = [m.name for m in ENUMS[owner]]
        following = members[(members.index(node.attr) + 1) % len(members)]
        yield ast.Attribute(node.value, following, node.ctx)
    elif other := other_side(node.attr):
        yield ast.Attribute(node.value, other, node.ctx)


def of_call(node: ast.Call) -> Iterator[ast.expr]:
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    if name in NAMES:
        yield ast.Call(ast.Name(NAMES[name], ast.Load()), node.args, node.keywords)
        if len(node.args) > 1:
            for k in range(len(node.args)):
                rest = [*node.args[:k], *node.args[k + 1 :]]
                yield ast.Call(node.func, rest, []) if len(rest) > 1 else rest[0]
    elif name == "abs":
        yield node.args[0]


def of_expression(node: ast.expr) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    match node:
        case ast.Compare():
            yield from of_compare(node)
        case ast.Attribute():
            yield from of_attribute(node)
        case ast.Call():
            yield from of_call(node)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
        case ast.BinOp():
            yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
            yield node.left
            yield node.right
        case ast.UnaryOp():
            yield node.operand
        case ast.BoolOp():
            swapped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield ast.BoolOp(swapped, node.values)
            for k in range(len(node.values)):
                rest = [*node.values[:k], *node.values[k + 1 :]]
                yield ast.BoolOp(node.op, rest) if len(rest) > 1 else rest[0]
        case ast.IfExp():
            yield node.body
            yield node.orelse


def of_statement(node: ast.stmt) -> Iterator[ast.stmt]:
    """What may stand in the place of a statement: an `if` that is always or never taken, a return
    that says nothing, which is OK."""
    if isinstance(node, ast.If):
        yield ast.If(ast.Constant(True), node.body, node.orelse)
        yield ast.If(ast.Constant(False), node.body, node.orelse)
    elif isinstance(node, ast.Return) and ast.unparse(node) not in ("return 0", "return Code.OK"):
        yield ast.Return(ast.Constant(0))


def places(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, Callable[[ast.AST], None]]]:
    """Every node below one, the one it is part of, and what puts another in its place."""
    for name, value in ast.iter_fields(node):
        if isinstance(node, ast.FunctionDef) and name != "body":
            continue
        if isinstance(value, list):
            for k, child in enumerate(value):
                if isinstance(child, ast.AST):
                    yield child, node, lambda new, v=value, k=k: v.__setitem__(k, new)
                    yield from places(child)
        elif isinstance(value, ast.AST):
            yield value, node, lambda new, n=node, name=name: setattr(n, name, new)
            yield from places(value)


def functions_of(tree: ast.Module, names: dict[str, Any]) -> dict[str, FunctionType]:
    """The functions of a tree, run in a copy of the names of its module."""
    space = dict(names)
    exec(compile(ast.fix_missing_locations(tree), "mutant", "exec"), space)
    return {node.name: space[node.name] for node in tree.body if isinstance(node, ast.FunctionDef)}


def text_of(node: ast.AST, parent: ast.AST) -> str:
    """One line that says what stands there; a bare number or name is shown where it stands."""
    shown = parent if isinstance(node, ast.Constant) else node
    if isinstance(shown, ast.If):
        return f"if {ast.unparse(shown.test)}"
    return ast.unparse(shown)


def called(body: list[ast.FunctionDef], root: str) -> list[ast.FunctionDef]:
    """Functions that one of them calls, itself too; all where it is not among them. The others of
    a check only build its spec."""
    by_name = {node.name: node for node in body}
    if root not in by_name:
        return body
    needed, left = set(), [root]
    while left:
        name = left.pop()
        if name in by_name and name not in needed:
            needed.add(name)
            calls = [n.func for n in ast.walk(by_name[name]) if isinstance(n, ast.Call)]
            left += [f.id for f in calls if isinstance(f, ast.Name)]
    return [node for node in body if node.name in needed]


def mutants(module: ModuleType, source: str) -> Iterator[Mutant]:
    """Every mutant of the functions of a module, in the order of its text."""
    body = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    body = called(body, "check")
    for function in body:
        if ast.get_docstring(function) is not None:
            function.body = function.body[1:]
    tree = ast.Module(body, [])
    stem = module.__name__.rsplit(".", 1)[-1]
    seen: Counter[str] = Counter()
    for function in body:
        for node, parent, put in list(places(function)):
            found: Iterator[ast.AST] = iter(())
            if isinstance(parent, ast.Compare) and text_of(node, node) == "0":
                continue  # the other comparisons have the numbers next to 0
            if isinstance(node, ast.expr):
                found = of_expression(node)
            elif isinstance(node, ast.stmt):
                found = of_statement(node)
            before = text_of(node, parent)
            for new in list(found):
                put(new)
                name = f"{stem}.{function.name}: {before} -> {text_of(new, parent)}"
                seen[name] += 1
                again = f" ({seen[name]})" if seen[name] > 1 else ""
                yield Mutant(name + again, functions_of(tree, vars(module)))
                put(node)


class Probe(NamedTuple):
    """An input, what its check gives alone and all checks together."""

    stem: str
    x: Any
    alone: int
    together: int


def module_of(stem: str) -> ModuleType:
    return import_module(f"tickpath.hot.risk.checks.{stem}")


def probes_of(stem: str) -> list[Probe]:
    """Every input of a spec with what it promises, as test_checks.py judges it."""
    spec, found = module_of(stem).SPEC, []
    for boundary in spec.boundaries:
        given = changed(passing_input(), boundary.given)
        for value, code in ((boundary.at, Code.OK), (boundary.past, boundary.code)):
            found.append(Probe(stem, changed(given, {boundary.path: value}), code, code))
    for case in spec.cases:
        alone = case.code if case.code == spec.code else -1
        found.append(Probe(stem, changed(passing_input(), case.changes), alone, case.code))
    return found


PROBES = [probe for stem in STEMS for probe in probes_of(stem)]
