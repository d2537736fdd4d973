"""The public names load on first use, and importing the package loads nothing heavy."""

import json
import os
import subprocess
import sys

import pytest

import tickpath

HEAVY = ("numba", "rich", "tickpath.engine.native", "tickpath.cli", "asyncio")


@pytest.mark.parametrize("name", tickpath.__all__)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(tickpath, name) is not None


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match="Backtest"):
        tickpath.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import sys, json, tickpath; print(json.dumps(sorted(sys.modules)))"
    path = {**os.environ, "PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=path, capture_output=True, text=True, check=True
    )
    loaded = json.loads(done.stdout)
    assert not [m for m in loaded if any(m == h or m.startswith(h + ".") for h in HEAVY)]
