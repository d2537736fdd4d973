"""tickpath: market-data bytes in, order bytes out, without the GIL.

    import tickpath as tp
    result = tp.Backtest(config, recording).run()

Names are loaded on first use, so importing the package costs almost nothing.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_NAMES = {
    "Backtest": "tickpath.backtest.run",
    "Book": "tickpath.hot.book.native",
    "Comparison": "tickpath.backtest.compare",
    "Config": "tickpath.core.config",
    "Engine": "tickpath.engine.native",
    "Instrument": "tickpath.core.config",
    "Limits": "tickpath.core.config:RiskSpec",
    "doctor": "tickpath.cli.doctor",
    "indicators": "tickpath.hot.features.series:",
    "load_run": "tickpath.backtest.saved",
    "read_recordings": "tickpath.backtest.recording",
    "statement": "tickpath.engine.statement",
    "strategy": "tickpath.hot.strategy.declare",
}

__all__ = [*sorted(_NAMES), "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _NAMES:
        raise AttributeError(f"tickpath has no {name!r}; it has {', '.join(sorted(_NAMES))}")
    module, colon, attribute = _NAMES[name].partition(":")
    found = import_module(module)
    value = found if colon and not attribute else getattr(found, attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
