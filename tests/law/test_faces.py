"""What a compiled handle offers is typed in its .pyi, and what both backends share in the Protocol.

A method that the stub lacks is invisible to mypy, and one that the stub invents fails at run time.
"""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
STUBS = sorted(SOURCE.rglob("*.pyi"))
STAGES = ("route", "execute")


def named(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


def public(owner: type) -> set[str]:
    """Names that a class itself defines, without its bases."""
    return {name for name in vars(owner) if not name.startswith("_")}


def typed(node: ast.ClassDef) -> set[str]:
    """Names that a class of a stub declares, without its bases."""
    found = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
    found |= {ast.unparse(n.target) for n in node.body if isinstance(n, ast.AnnAssign)}
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("stub", STUBS, ids=named)
def test_a_stub_says_what_its_module_has(stub: Path) -> None:
    try:
        module = import_module(named(stub))
    except ModuleNotFoundError as error:
        pytest.skip(f"not built here: {error}")
    for node in ast.parse(stub.read_text()).body:
        if isinstance(node, ast.ClassDef):
            assert typed(node) == public(getattr(module, node.name)), node.name


@pytest.mark.parametrize("stage", STAGES)
def test_the_protocol_has_what_both_backends_share(stage: str) -> None:
    package = import_module(f"tickpath.hot.{stage}")
    (protocol,) = (
        v for k, v in vars(package).items() if k.endswith("Stage") and inspect.isclass(v)
    )
    reference, native = (
        public(getattr(import_module(f"tickpath.hot.{stage}.{backend}"), stage.capitalize()))
        for backend in ("reference", "native")
    )
    assert public(protocol) == reference & native
