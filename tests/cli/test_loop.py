"""Commands that use the network end with their coroutine's code, with and without uvloop."""

import asyncio
import sys

import pytest

from tickpath.cli.loop import on_loop


async def module() -> int:
    """0 on asyncio's own loop, 1 on uvloop's."""
    return int(type(asyncio.get_running_loop()).__module__.startswith("uvloop"))


def test_uvloop_runs_what_it_is_there_for() -> None:
    pytest.importorskip("uvloop", reason="uvloop of extra `live` is not installed")
    assert on_loop(module()) == 1


def test_without_uvloop_asyncio_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert on_loop(module()) == 0
