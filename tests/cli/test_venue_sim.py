"""`tickpath venue-sim`: one JSON line, then it serves until Ctrl-C."""

import json
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from tickpath.cli.main import main

TEXT = """
[[venues]]
protocol = "binance-spot"
[[venues.markets]]
symbol = "BTCUSDT"
mid = "60000"
events_per_s = 0
"""


def test_it_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(TEXT)
    command = [sys.executable, "-m", "tickpath.cli.main", "venue-sim", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        with urllib.request.urlopen(urls["venues"]["binance-spot"]["rest"] + "/api/v3/ping") as got:
            assert got.read() == b"{}"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_file_is_checked_and_mistakes_exit_2(tmp_path: Path, capsys: object) -> None:
    path = tmp_path / "venues.toml"
    path.write_text(TEXT)
    assert main(["venue-sim", str(path), "--check"]) == 0
    path.write_text(TEXT + "[[venues.faults]]\nkind = 'bad_checksum'\n")
    assert main(["venue-sim", str(path), "--check"]) == 2
    assert main(["venue-sim", str(tmp_path / "absent.toml")]) == 2
