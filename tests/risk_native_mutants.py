"""Mutants of the native risk checks: all of them in one build, chosen by a number.

The text of `values.pxd`, `figures.pxd` and `checks/*.pxd` is read line by line. Every condition,
result and assigned expression becomes a choice between itself and its wrong versions: another
comparison, number, operator, code, constant or side, an operand less, `and` for `or`, a condition
that always or never holds. The rest of the module is a copy of the product's.
"""

import importlib.util
import io
import re
import shutil
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
from Cython.Build import cythonize
from risk_mutants import other_side
from setuptools import Distribution, Extension
from setuptools.command.build_ext import build_ext

SRC = Path(__file__).resolve().parents[1] / "src"
RISK = Path("tickpath/hot/risk")
SHARED = ("values", "figures")
"""What checks call; the first holds the number of the mutant."""

TYPES = ("int128", "int64_t", "uint64_t", "int32_t", "uint32_t")
COMPARISONS = {"<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
               "==": ("!=",), "!=": ("==",)}  # fmt: skip
OPERATORS = {"+": "-", "-": "+", "*": "+", "/": "*", "%": "*", "&": "|", "|": "&", ">>": "<<",
             "and": "or", "or": "and"}  # fmt: skip
STATEMENT = re.compile(
    r"(\s+)(if |elif |return |(?:cdef \w+ )?\w+(?:\[0\])? [+-]?= )(.*?)(:?)$", re.S
)
SWITCH = '''
cdef extern from *:
    """
    static int tp_mutant = 0;
    static void tp_mutant_set(int k) { tp_mutant = k; }
    """
    int tp_mutant
    void tp_mutant_set(int k) noexcept nogil
'''
IMPORTS = """
from tickpath.core.codes cimport TP_OK
from tickpath.core.records cimport TP_BUY, TP_SELL, int128
"""
FACE = """

def set_mutant(int k):
    tp_mutant_set(k)
"""


def words_of(text: str) -> list[str]:
    """The tokens of an expression; a cast is one with what it casts to."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    words = [t.string for t in tokens if t.string.strip()]
    found: list[str] = []
    while words:
        cast = len(words) > 2 and words[0] == "<" and words[1] in TYPES and words[2] == ">"
        count = 3 if cast else 1
        found.append("".join(words[:count]))
        words = words[count:]
    return found


def others(words: list[str], k: int) -> Iterator[str]:
    """What may stand in the place of one token."""
    word = words[k]
    before = words[k - 1] if k else "("
    binary = before not in "(,<>=" and before not in (*OPERATORS, *COMPARISONS, "if", "else", "not")
    after = words[k + 1] if k + 1 < len(words) else ")"
    if word in COMPARISONS:
        absolute = words[k + 1 : k + 4] == ["0", "else", before]
        yield from COMPARISONS[word][absolute:]
    elif word in OPERATORS and binary:
        yield OPERATORS[word]
    elif word == "not":
        yield ""
    elif word == "0" and before in COMPARISONS:
        return  # the other comparisons have the numbers next to 0
    elif word.isdigit():
        yield from (str(int(word) + 1), f"({int(word) - 1})")
    elif word.startswith("TP_RISK_"):
        yield "TP_OK"
    elif word in ("TP_BUY", "TP_SELL"):
        yield "TP_SELL" if word == "TP_BUY" else "TP_BUY"
    elif word.startswith("TP_") and {before, after} & {"&", "|"}:
        yield "0"
    elif word.startswith("TP_"):
        yield from (f"({word} + 1)", f"({word} - 1)")
    elif before == "." and (other := other_side(word)):
        yield other


def text_of(words: list[str]) -> str:
    """Tokens as one would write them."""
    text = re.sub(r" ?([.,)\]]) ?", r"\1 ", re.sub(r"([(\[]) ", r"\1", " ".join(words)))
    text = re.sub(r"\b(?!and|or|not|if|else)(\w+) \(", r"\1(", text.replace(". ", "."))
    return text.strip().replace(" )", ")").replace(") )", "))")


def shorter(words: list[str]) -> Iterator[tuple[str, str]]:
    """Cut at an `and` or `or` of the outermost level: either side alone."""
    depth, cuts = 0, []
    for k, word in enumerate(words):
        depth += (word in "([") - (word in ")]")
        if depth == 0 and word in ("and", "or"):
            cuts.append(k)
    for k in cuts:
        yield f"... {text_of(words[k:])} -> ...", text_of(words[:k])
        yield f"{text_of(words[: k + 1])} ... -> ...", text_of(words[k + 1 :])


def versions(head: str, text: str) -> Iterator[tuple[str, str]]:
    """The wrong versions of an expression, each with a name that shows what changes."""
    words = words_of(text)
    for k in range(len(words)):
        for other in others(words, k):
            changed = [*words[:k], other, *words[k + 1 :]]
            seen = slice(max(0, k - 5), k + 6)
            start = head if len(words) == 1 else ""
            yield f"{start}{text_of(words[seen])} -> {text_of(changed[seen])}", text_of(changed)
    yield from shorter(words)
    if head.strip() in ("if", "elif"):
        yield f"{head}{text} -> {head}1", "1"
        yield f"{head}{text} -> {head}0", "0"
    elif head == "return " and text not in ("TP_OK", "0"):
        yield f"return {text} -> return 0", "0"


def logical_lines(text: str) -> Iterator[str]:
    """Lines of code, those in brackets joined."""
    held = ""
    for line in text.splitlines():
        held = f"{held} {line.strip()}" if held else line
        if held.count("(") == held.count(")"):
            yield held
            held = ""


def no_mutant(head: str, text: str, following: str) -> tuple[str, ...]:
    """Versions that are the same by their form: the smaller or larger of two, and a clamp. What a
    clamp sets is judged, not where it begins."""
    choice = re.fullmatch(r"(\S+) if (\S+) ([<>]) (\S+) else (\S+)", text)
    if choice and {choice[1], choice[5]} == {choice[2], choice[4]}:
        one, left, sign, right, other = choice.groups()
        edges = (f"{left} {sign}= {right}", f"{left} {sign} ({right} + 1)")
        return tuple(f"{one} if {edge} else {other}" for edge in edges)
    clamp = re.fullmatch(r"(\S+) ([<>]) (\S+)", text)
    clamped = clamp and {f"{clamp[1]} = {clamp[3]}", f"{clamp[3]} = {clamp[1]}"}
    if clamp and clamped and head == "if " and following.strip() in clamped:
        left, sign, right = clamp.groups()
        shifted = (f"{left} {sign} ({right} {step} 1)" for step in "+-")
        return (f"{left} {sign}= {right}", *shifted)
    return ()


def unhinted(text: str) -> str:
    """An expression without the branch hint around the whole of it: hints change no result."""
    hint = re.fullmatch(r"tp_(?:un)?likely\((.*)\)", text, re.S)
    if hint is None:
        return text
    depth = 0
    for sign in hint[1]:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return text
    return hint[1]


def mutated(stem: str, text: str, names: list[str]) -> str:
    """A pxd whose expressions are choices; the names of the mutants are appended."""
    out, function, docstring = [], "", False
    lines = [*logical_lines(text), ""]
    for line, following in pairwise(lines):
        start = re.match(r"cdef inline .*?(\w+)\(", line)
        function = start.group(1) if start else function
        code = line.strip()
        docstring ^= code.count('"""') == 1
        found = STATEMENT.match(line) if function and not docstring and '"""' not in code else None
        if found is None:
            out.append(line)
            continue
        indent, head, hinted, colon = found.groups()
        expression = unhinted(hinted)
        kind = "<bint>" if head in ("if ", "elif ") else "<int128>"
        same, choice = no_mutant(head, expression, following), ""
        for what, version in versions(head, expression):
            if version in same:
                continue
            name = f"{stem}: {what}"
            again = sum(n == name or n.startswith(f"{name} (again") for n in names)
            names.append(f"{name} (again {again})" if again else name)
            choice += f"{kind}({version}) if tp_mutant == {len(names)} else "
        out.append(f"{indent}{head}({choice}{kind}({expression})){colon}" if choice else line)
    return "\n".join(out) + "\n"


def tree_of(folder: Path) -> list[str]:
    """A copy of what the module is built from, mutated; the names of the mutants from 1 on."""
    kept = ("*.pxd", "*.pxi", "*.h", "__init__.py")
    for pattern in kept:
        for path in (SRC / "tickpath").rglob(pattern):
            place = folder / path.relative_to(SRC)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, place)
    names: list[str] = []
    shared = [folder / RISK / f"{stem}.pxd" for stem in SHARED]
    for path in [*shared, *sorted((folder / RISK / "checks").glob("*.pxd"))]:
        text = mutated(path.stem, path.read_text(), names)
        at = text.index("\n\ncdef inline")
        switch = "from tickpath.hot.risk.values cimport tp_mutant\n"
        added = IMPORTS + (SWITCH if path.stem == "values" else switch)
        path.write_text(text[:at] + added + text[at:])
    module = (SRC / RISK / "native.pyx").read_text()
    face = "\nfrom tickpath.hot.risk.values cimport tp_mutant_set\n" + FACE
    (folder / RISK / "native.pyx").write_text(module + face)
    return names


def build(folder: Path) -> tuple[ModuleType, list[str]]:
    """The native module with all mutants in it, and their names from 1 on."""
    names = tree_of(folder)
    extension = Extension(
        "tickpath.hot.risk.native",
        [str(folder / RISK / "native.pyx")],
        include_dirs=[str(folder / "tickpath/core"), np.get_include()],
        extra_compile_args=["-std=gnu11", "-O0", "-g0", "-w"],
    )
    directives = {"language_level": "3", "boundscheck": False, "wraparound": False,
                  "cdivision": True}  # fmt: skip
    built = cythonize([extension], include_path=[str(folder)], quiet=True,
                      compiler_directives=directives)  # fmt: skip
    command = build_ext(Distribution({"ext_modules": built}))
    command.build_lib = command.build_temp = str(folder / "built")
    command.ensure_finalized()
    command.run()
    place = command.get_ext_fullpath("tickpath.hot.risk.native")
    spec = importlib.util.spec_from_file_location("tickpath.hot.risk.native", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, names
