"""Finding strategies: the files of tickpath/strategies, and any path in the configuration."""

import difflib
import sys
from functools import cache
from importlib import import_module
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from tickpath.core.errors import ConfigError
from tickpath.hot.strategy.declare import Declaration

FOLDER = Path(__file__).resolve().parents[2] / "strategies"
PACKAGE = "tickpath.strategies"
SUFFIXES = (".py", *EXTENSION_SUFFIXES)


@cache
def stems() -> tuple[str, ...]:
    """Names of the shipped strategies, sorted."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.py") if not p.stem.startswith("_")))


def find(name: str) -> Declaration:
    """The strategy of a shipped stem or of a file. Raises ConfigError with what to write."""
    if name.endswith(SUFFIXES):
        return declaration_of(load_file(Path(name)), name)
    if name not in stems():
        near = difflib.get_close_matches(name, stems(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"shipped: {', '.join(stems())}"
        raise ConfigError(f"unknown strategy {name!r}; {hint} A path must end in .py")
    return declaration_of(import_module(f"{PACKAGE}.{name}"), name)


def load_file(path: Path) -> ModuleType:
    """A module of a file, loaded once under a name of its own."""
    place = path.resolve()
    if not place.is_file():
        raise ConfigError(f"strategy {str(path)!r}: no such file")
    module_name = place.name.split(".")[0] if place.suffix != ".py" else f"_strategy_{place.stem}"
    loaded = sys.modules.get(module_name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(place):
        return loaded
    spec = spec_from_file_location(module_name, place)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except ConfigError:
        sys.modules.pop(module_name, None)
        raise
    except Exception as error:
        sys.modules.pop(module_name, None)
        raise ConfigError(f"strategy {str(path)!r} cannot be loaded: {error!r}") from error
    return module


def declaration_of(module: ModuleType, name: str) -> Declaration:
    """The one declaration of a module; those it imported do not count."""
    found = [
        value
        for value in vars(module).values()
        if isinstance(value, Declaration) and value.module in ("", module.__name__)
    ]
    if len(found) != 1:
        raise ConfigError(
            f"strategy {name!r}: the file declares {len(found)} strategies; declare exactly one "
            "with @strategy"
        )
    return found[0]
