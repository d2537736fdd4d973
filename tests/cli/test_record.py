"""`tickpath record`: a run that ends by itself, and one line for a mistake."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason="extra `live` is not installed")

from tickpath.backtest.recording import read_recordings
from tickpath.cli.main import main
from tickpath.venues.sim.server.config import load_host
from tickpath.venues.sim.server.host import VenueHost

VENUE = """
[[venues]]
protocol = "binance-spot"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 200
"""
CONFIG = """
[[sources]]
venue = "binance-spot"
symbols = ["BTCUSDT"]
[live]
state = "state"
[[live.venues]]
name = "binance-spot"
market = ["{market}"]
rest = "{rest}"
"""


def test_it_records_until_its_time_is_over(tmp_path: Path) -> None:
    async def scene() -> tuple[int, bytes]:
        (tmp_path / "venues.toml").write_text(VENUE)
        async with VenueHost(load_host(tmp_path / "venues.toml")) as host:
            urls = host.urls()["venues"]["binance-spot"]
            text = CONFIG.format(market=urls["market"], rest=urls["rest"])
            (tmp_path / "record.toml").write_text(text)
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tickpath.cli.main", "record", str(tmp_path / "record.toml"),
                "--out", str(tmp_path / "raw"), "--plain", "--seconds", "2", "--json", "-",
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            out, _ = await process.communicate()
            return int(process.returncode or 0), out

    code, out = asyncio.run(scene())
    figures = json.loads(out)
    assert code == 0
    assert figures["frames"] == figures["acknowledged"] > 0
    (path,) = (tmp_path / "raw/binance-spot/BTCUSDT").glob("*.txt")
    assert len(read_recordings([path])) == figures["frames"]


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "record.toml"
    path.write_text('[[sources]]\nvenue = "binance-spot"\nsymbols = ["BTCUSDT"]\n')
    assert main(["record", str(path), "--out", str(tmp_path / "raw")]) == 2
    assert "no [live]" in capsys.readouterr().err
    assert main(["record", str(path), "--out", str(tmp_path), "--rotate-mib", "0"]) == 2
    assert "--rotate-mib 0: write 1 or more" in capsys.readouterr().err
