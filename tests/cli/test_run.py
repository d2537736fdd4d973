"""`tickpath run` as a person types it: mistakes, the dry check, a run that ends by itself."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from live_stand import SPOT, environment, truth_of, with_venues, write_config

from tickpath.cli.main import main
from tickpath.venues.sim.server.host import VenueHost


async def typed(*words: str, secret: str = "") -> tuple[int, str, str]:
    """The command in a process of its own: exit code, stdout, stderr."""
    more = environment() | ({"TICKPATH_TRADER_SECRET": secret} if secret else {})
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tickpath.cli.main", "run", *words, env={**os.environ, **more},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def test_a_run_checks_trades_and_ends_by_itself(tmp_path: Path) -> None:
    async def scene(host: VenueHost) -> None:
        path = str(write_config(tmp_path, host))
        code, out, _ = await typed(path, "--check")
        assert (code, "FAULT" in out, truth_of(host, SPOT)["orders"]) == (0, False, [])
        code, out, err = await typed(path, "--check", secret="another-secret")
        assert code == 2
        assert "FAULT" in out
        assert "another-secret" not in out + err
        code, out, err = await typed(path, "--seconds", "6", "--no-watchdog")
        assert (code, err) == (0, "")
        assert "ready after" in out
        assert truth_of(host, SPOT)["open_orders"] == []
        assert truth_of(host, SPOT)["orders"]

    with_venues(tmp_path, scene)


def test_a_mistake_is_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "run.toml"
    path.write_text('[[sources]]\nvenue = "binance-spot"\nsymbols = ["BTCUSDT"]\n')
    assert main(["run", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "no [live]" in said
