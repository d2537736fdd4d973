"""Functions that tests sweep: workers of every executor import them from here."""

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tickpath.backtest.sweep.space import Value

SPACE: Mapping[str, Any] = {"x": [3, 1, 2], "y": [0.5, 10.0], "name": ["a", "b"]}
"""12 sets."""


def figures(params: Mapping[str, Value]) -> dict[str, Any]:
    """Numbers and texts that depend on every parameter."""
    x, y = int(params["x"]), float(params["y"])
    return {"sum": x + y, "text": f"{params['name']}{x}", "list": [x, 2 * x]}


def misbehave(params: Mapping[str, Value]) -> int:
    """Does what `what` says; -1 is well behaved."""
    what = params["what"]
    if what == "raise":
        raise ValueError("a bad\nset")
    if what == "exit":
        raise SystemExit(3)
    if what == "loop":
        while True:
            pass
    if what == "hang":
        time.sleep(600)
    if what == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "object":
        return object()  # type: ignore[return-value]
    return int(what)


class DiesOnce:
    """Kills the process that first runs set 2, and no other."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __call__(self, params: Mapping[str, Value]) -> Value:
        if params["x"] == 2 and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return params["x"]
