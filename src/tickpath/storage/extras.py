"""Packages that store and training need and `import tickpath` does not: imported when used."""

from importlib import import_module
from typing import Any

from tickpath.core.errors import ConfigError
from tickpath.core.runtimes import refuse_collision

EXTRA_OF = {
    "pyarrow": "tickpath[store]",
    "duckdb": "tickpath[store]",
    "polars": "polars",
    "pandas": "pandas",
    "onnx": "tickpath[ml]",
    "onnxruntime": "tickpath[ml]",
    "sklearn": "tickpath[ml]",
    "xgboost": "tickpath[ml]",
    "lightgbm": "tickpath[ml]",
    "torch": "tickpath[torch]",
}
"""What to install for a package."""


def need(module: str) -> Any:
    """A module of an optional package. Raises ConfigError that says what to install, or what to
    uninstall."""
    package = module.partition(".")[0]
    if package == "onnxruntime":
        refuse_collision()
    try:
        return import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"this needs {package} ({error}): pip install '{EXTRA_OF[package]}'"
        ) from error
