"""Hashes of what decides the rows of a sweep: data, code and function."""

import hashlib
import inspect
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import tickpath
from tickpath.core.build import build_hash
from tickpath.core.config import StrategySpec

DECIDING: Final = ("core", "lanes", "hot", "venues", "strategies", "engine", "backtest")
"""Folders whose code a row depends on."""


@cache
def source_hash() -> str:
    """BLAKE2b-64 over the Python sources that a backtest runs."""
    root = Path(tickpath.__file__).parent
    found = hashlib.blake2b(digest_size=8)
    for folder in DECIDING:
        for path in sorted((root / folder).rglob("*.py")):
            found.update(str(path.relative_to(root)).encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def code_hash(strategies: Sequence[StrategySpec]) -> str:
    """BLAKE2b-64 over the compiled modules, the sources and the strategies' own files."""
    found = hashlib.blake2b(f"{build_hash()} {source_hash()}".encode(), digest_size=8)
    for spec in strategies:
        path = Path(spec.name)
        if path.suffix and path.is_file():
            found.update(path.read_bytes())
    return found.hexdigest()


def function_hash(function: Any) -> str:
    """BLAKE2b-64 over a function's source, or over its name where the source is not to be had."""
    kind = function if inspect.isroutine(function) else type(function)
    try:
        text = inspect.getsource(kind)
    except (OSError, TypeError):
        text = f"{kind.__module__}.{kind.__qualname__}"
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
