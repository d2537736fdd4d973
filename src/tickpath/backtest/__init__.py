"""Backtests: set up and drive a run, report it, read it back (`load_run`), compare runs."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`load_run`, loaded on first use."""
    if name != "load_run":
        raise AttributeError(f"tickpath.backtest has no {name!r}; it has load_run")
    from tickpath.backtest.saved import load_run

    return load_run
