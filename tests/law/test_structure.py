"""The machine-checkable part of the house rules: imports, shape of a stage, sizes, words."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/tickpath"
STAGES = ("feed", "book", "features", "model", "strategy", "risk", "route", "execute")
COLD = ("backtest", "storage", "ml", "ops", "cluster", "cli")
GENERATED = {
    "_batches.pxi",
    "_indicators.pxi",
    "_checks.pxi",
    "_breakers.pxi",
    "_venues.pxi",
    "_limits_gen.h",
}
LINE_MAX = 100
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 800

ALLOWED: dict[str, tuple[str, ...]] = {
    "core": ("core",),
    "lanes": ("core", "lanes"),
    "hot": ("core", "lanes", "hot", "devices", "strategies"),
    "venues": ("core", "lanes", "hot", "venues"),
    "strategies": ("core", "strategies", "hot"),
    "devices": ("core", "devices"),
    "engine": ("core", "lanes", "hot", "venues", "strategies", "devices", "engine"),
}
VENUES_MAY_USE_HOT = ("feed", "execute")
SIM_MAY_USE_HOT = ("feed", "execute", "book")


def sources(*suffixes: str) -> list[Path]:
    found = [p for s in suffixes for p in sorted(PACKAGE.rglob(f"*{s}"))]
    return [p for p in found if p.name not in GENERATED]


def ours(*suffixes: str) -> list[Path]:
    """Source and test files, generated ones left out."""
    extra = [
        p for d in ("tests", "benchmarks") for s in suffixes for p in (ROOT / d).rglob(f"*{s}")
    ]
    return sources(*suffixes) + sorted(extra) + ([ROOT / "setup.py"] if ".py" in suffixes else [])


def imported(path: Path) -> set[str]:
    """Dotted modules of tickpath that a file imports or cimports, below `tickpath.`."""
    text = path.read_text()
    names = re.findall(r"^\s*(?:from|cimport|import)\s+tickpath\.([\w.]+)", text, flags=re.M)
    for base, rest in re.findall(
        r"^\s*from\s+tickpath((?:\.\w+)*)\s+c?import\s+([\w, ]+)", text, flags=re.M
    ):
        names += [f"{base}.{part.split(' as ')[0].strip()}".lstrip(".") for part in rest.split(",")]
    return set(names)


def test_a_folder_uses_only_what_it_may() -> None:
    faults = [fault for path in sources(".py", ".pyx", ".pxd") for fault in misused(path)]
    assert not faults, "\n".join(faults)


def misused(path: Path) -> Iterator[str]:
    """What a file uses against the rules of its folder."""
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1 or parts[0] in COLD:
        return
    for name in imported(path):
        target = name.split(".")
        if target[0] not in ALLOWED[parts[0]]:
            yield f"{path}: {parts[0]} may not use tickpath.{name}"
        if target[0] != "hot" or len(target) == 1:
            continue
        if parts[0] == "venues":
            allowed = SIM_MAY_USE_HOT if parts[1] == "sim" else VENUES_MAY_USE_HOT
            if target[1] not in allowed:
                yield f"{path}: venues may not use tickpath.{name}"
        if parts[0] == "hot" and len(parts) > 2 and target[1] != parts[1]:
            yield f"{path}: stage {parts[1]} may not use tickpath.{name}"


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_has_the_same_shape(stage: str) -> None:
    folder = PACKAGE / "hot" / stage
    for name in ("__init__.py", "reference.py", "native.pxd", "native.pyx", "native.pyi"):
        assert (folder / name).is_file(), f"hot/{stage}/{name} is missing"
    assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))


@pytest.mark.parametrize("kind", ["indicators", "checks"])
def test_a_stem_has_both_forms(kind: str) -> None:
    folder = PACKAGE / "hot" / {"indicators": "features", "checks": "risk"}[kind] / kind
    python = {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}
    native = {p.stem for p in folder.glob("*.pxd") if not p.stem.startswith("_")}
    assert python == native
    assert python


def test_sizes() -> None:
    fabric = [p for s in ("sv", "svh", "cpp", "py") for p in (ROOT / "fpga").rglob(f"*.{s}")]
    for path in [*ours(".py", ".pyx", ".pxd", ".h"), *sorted(fabric)]:
        lines = path.read_text().splitlines()
        assert len(lines) <= FILE_LINES_MAX, f"{path} has {len(lines)} lines"
        wide = [n for n, line in enumerate(lines, 1) if len(line) > LINE_MAX]
        assert not wide, f"{path}: lines {wide} have more than {LINE_MAX} columns"


def functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions at any depth. They are statements: no expression is looked into."""
    for field in ("body", "orelse", "finalbody", "handlers", "cases"):
        inner = getattr(node, field, ())
        for child in inner if isinstance(inner, list) else ():
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield child
            yield from functions(child)


def test_python_functions_fit_a_screen() -> None:
    for path in ours(".py"):
        text = path.read_text()
        if text.count("\n") <= FUNCTION_LINES_MAX:
            continue
        for node in functions(ast.parse(text)):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{path}: {node.name} has {length} lines"


def test_functions_are_found_at_any_depth() -> None:
    text = """
class A:
    async def b():
        if c:
            def d(): pass
        elif e:
            def f(): pass
        else:
            def g(): pass
        try:
            def h(): pass
        except I:
            with j:
                def k(): pass
        else:
            for l in m:
                def n(): pass
            else:
                def o(): pass
        finally:
            while p:
                def q(): pass
        match r:
            case s:
                def t(): pass
"""
    assert sorted(node.name for node in functions(ast.parse(text))) == list("bdfghknoqt")


def test_native_functions_fit_a_screen() -> None:
    for path in sources(".pyx", ".pxd"):
        for name, length in native_functions(path):
            assert length <= FUNCTION_LINES_MAX, f"{path}: {name} has {length} lines"


def native_functions(path: Path) -> Iterator[tuple[str, int]]:
    """(name, lines) of the functions of a Cython file."""
    start, name, indent = 0, "", 0
    lines = path.read_text().splitlines()
    for number, line in enumerate([*lines, "end"], 1):
        head = re.match(r"(\s*)(?:cdef inline|cdef|cpdef|def)\s+(?!class\b).*?(\w+)\(.*", line)
        depth = len(line) - len(line.lstrip())
        if name and line.strip() and depth <= indent and not line.lstrip().startswith(")"):
            yield name, number - start
            name = ""
        if head and not name and not line.rstrip().endswith(")"):
            start, name, indent = number, head.group(2), len(head.group(1))


def test_no_left_overs() -> None:
    words = "TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK"
    for path in ours(".py", ".pyx", ".pxd", ".h"):
        text = path.read_text()
        assert not re.search(rf"\b({words})\b", text), path
        assert not re.search(r"(?<![\w.])/(?:work|root|farm|home)/", text), path
        assert "Not" + "ImplementedError" not in text, path


def test_hot_bodies_take_no_lock_and_no_object() -> None:
    for path in sources(".pxd"):
        if path.relative_to(PACKAGE).parts[0] not in ("hot", "lanes"):
            continue
        text = path.read_text()
        assert "with gil" not in text, path
        for found in re.finditer(
            r"^cdef inline ([^\n(]*)\((?:[^()]|\([^()]*\))*\)([^\n]*):", text, re.M
        ):
            assert "noexcept nogil" in found.group(2), f"{path}: {found.group(1)}"


def test_only_adaptors_to_python_code_take_the_gil() -> None:
    """Python strategies, and Python decoders under the native feed handle (mixed backends)."""
    takers = {
        str(p.relative_to(PACKAGE))
        for p in sources(".pyx", ".pxd")
        if re.search(r"\bwith gil\b", p.read_text())
    }
    allowed = {"hot/feed/native.pyx"} | {n for n in takers if n.startswith("hot/strategy/")}
    assert takers <= allowed
    assert len(takers) <= 2


def test_every_module_says_what_it_is_for() -> None:
    for path in sources(".py", ".pyx", ".pxd"):
        text = path.read_text().lstrip()
        if path.name == "__init__.py" and not text:
            continue
        assert text.startswith(('"""', 'r"""', "# cython")), f"{path} has no docstring"
