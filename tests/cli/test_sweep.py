"""`tickpath sweep` as a person meets it: figures, files, resume, and a line for every mistake."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from tickpath.backtest.recording import write_recording
from tickpath.backtest.sweep.run import LOG_NAME
from tickpath.cli.main import main
from tickpath.venues.sim.generator import generate

GRID = ("--strategy", "imbalance_maker", "--grid", "half_spread_ppm=1:9:2", "--grid")
SETS = (*GRID, "order_lots=100,200")
SHORT = ("--executor", "thread", "--workers", "2")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated market as a recording file."""
    path = tmp_path_factory.mktemp("market") / "market.gz"
    write_recording(generate(seed=2, frames=3000), path)
    return path


def sweep(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any], str]:
    """(exit code, JSON, stderr)."""
    try:
        code = main(["sweep", *map(str, words), "--json", "-"])
    except SystemExit as stop:
        code = int(str(stop.code))
    out, err = capsys.readouterr()
    return code, json.loads(out) if out.strip() else {}, err


def test_a_sweep_writes_rows_and_a_report(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, data, err = sweep(capsys, "--data", market, *SETS, *SHORT, "--out", tmp_path / "s")
    assert code == 0
    assert (data["rows"], data["total"], data["failed"]) == (10, 10, 0)
    assert data["best"][0]["score"] == max(b["score"] for b in data["best"])
    assert set(data["selection"]) >= {"deflated_sharpe", "overfitting_probability", "trials"}
    assert "Best by pnl USDT" in err
    folder = tmp_path / "s"
    names = sorted(p.name for p in folder.iterdir())
    assert names == ["report.html", "result.json", "rows.log", "rows.parquet", "sweep.json"]
    assert json.loads((folder / "result.json").read_text()) == data
    table = pyarrow.parquet.read_table(folder / "rows.parquet")
    assert table.num_rows == 10
    assert table["param_half_spread_ppm"].to_pylist() == [1, 1, 3, 3, 5, 5, 7, 7, 9, 9]
    assert table["pnl_units_USDT"][0].as_py() / 1e8 == pytest.approx(
        float(table["pnl_USDT"][0].as_py())
    )
    assert "<svg" in (folder / "report.html").read_text()
    code, again, _ = sweep(capsys, "--resume", folder)
    assert (code, again["resumed"], again["chunks"]) == (0, 10, 0)
    assert again["result_hash"] == data["result_hash"]


@pytest.mark.parametrize(
    "words",
    [
        ("--random", 6, "--range", "lean_ppm=1:500:log"),
        ("--optuna", 6, "--batch", 3, "--objective=-max_drawdown"),
        ("--walk-forward", "train=10s,test=10s", "--format", "arrow"),
        ("--cv", "combinatorial,groups=4,test=2,embargo=1s", "--objective", "sharpe"),
    ],
    ids=["random", "optuna", "walk-forward", "cv"],
)
def test_samplers_and_validations(
    words: tuple[object, ...], market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--data", market, *SETS, *SHORT, *words, "--out", tmp_path / "s")
    code, data, err = sweep(capsys, *common)
    assert code == 0, err
    assert data["failed"] == 0
    assert data["rows"] == data["total"]
    validated = words[0] in ("--walk-forward", "--cv")
    assert (data["validation"] is not None) == validated
    if validated:
        assert data["validation"]["splits"] in (6, 8)
        assert "Validation" in err
    assert (tmp_path / "s/rows.arrow").exists() == ("arrow" in words)


def test_a_killed_sweep_goes_on_without_loss(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole process is killed once some rows are on disk."""
    words = ["--data", str(market), *GRID, "order_lots=100:240:10", "--max-events", "1500"]
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "tickpath.cli.main", "sweep", *words, "--out", str(folder)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    log = folder / LOG_NAME
    with subprocess.Popen(
        [*command, *SHORT], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        for _ in range(6000):
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"it ended by itself: {running.wait(0.01)}")
            if log.exists() and log.read_bytes().count(b"\n") > 8:
                break
        running.send_signal(signal.SIGKILL)
    code, data, err = sweep(capsys, "--resume", folder, *SHORT)
    assert code == 0, err
    assert 8 <= data["resumed"] < 75
    assert data["rows"] == 75
    code, whole, _ = sweep(capsys, *words, *SHORT, "--out", tmp_path / "whole")
    assert whole["result_hash"] == data["result_hash"]
    assert whole["resumed"] == 0


def test_other_data_or_sets_are_refused(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.gz"
    mine.write_bytes(market.read_bytes())
    folder = tmp_path / "s"
    assert sweep(capsys, "--data", mine, *SETS, *SHORT, "--out", folder)[0] == 0
    write_recording(generate(seed=3, frames=300), mine)
    code, _, err = sweep(capsys, "--resume", folder, *SHORT)
    assert code == 2
    assert "data was" in err
    assert "space was" not in err
    mine.write_bytes(market.read_bytes())
    code, _, err = sweep(capsys, "--resume", folder, "--grid", "lean_ppm=1,2", *SHORT)
    assert code == 2
    assert "space was" in err
    code, _, err = sweep(capsys, "--resume", folder, "--seed", 9, *SHORT)
    assert code == 2
    assert "configuration was" in err
    code, _, err = sweep(capsys, "--data", mine, *SETS, *SHORT, "--out", folder)
    assert (code, "--resume" in err) == (2, True)


def test_failed_sets_are_told_and_may_run_again(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data", market, "--strategy", "imbalance_maker", *SHORT, "--out", tmp_path / "s")
    code, data, err = sweep(capsys, *words, "--grid", "half_spread_ppm=0,5")
    assert (code, data["failed"]) == (0, 1)
    assert "outside 1 to 50000" in data["errors"][0]["error"]
    assert "half_spread_ppm 0" in err
    code, again, _ = sweep(capsys, "--resume", tmp_path / "s", "--retry-failed", *SHORT)
    assert (code, again["resumed"], again["failed"]) == (0, 1, 1)
    assert again["result_hash"] == data["result_hash"]
    words = (*words[:-1], tmp_path / "none")
    assert sweep(capsys, *words, "--grid", "half_spread_ppm=0,-1")[0] == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "--data PATH is missing"),
        (("--data", "DATA"), "nothing to vary"),
        (("--data", "DATA", "--grid", "x=1"), "nothing to sweep"),
        (("--data", "DATA", *GRID, "spread=1"), "unknown key 'spread'"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--param", "lean_ppm=2"), "given with --param"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--executor", "gpu"), "choose thread, process"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--optuna", 3, "--cv", "purged"), "--optuna"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--cv", "purged", "--points", 0), "--points 0"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--cv", "purged", "--objective", "fills"), "pnl"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--objective", "luck", *SHORT), "no row has it"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--workers", 0), "0 workers"),
        (("--data", "DATA", *GRID, "lean_ppm=1", "--timeout", 0), "timeout 0"),
        (("--data", "DATA", "--range", "lean_ppm=1:5", *SETS), "a grid needs values"),
        (("--data", "nowhere", *SETS), "nowhere"),
        (("--resume", "nowhere"), "holds no sweep"),
        (("--data", "DATA", *SETS, "--retry-failed"), "goes with --resume"),
        (("--data", "DATA", *SETS, "--random", 1, "--optuna", 1), "not allowed with"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line(
    words: tuple[object, ...],
    told: str,
    market: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, data, err = sweep(capsys, *(market if w == "DATA" else w for w in words))
    assert (code, data) == (2, {})
    assert told in err
    assert "Traceback" not in err
    assert told == "no row has it" or not list(tmp_path.rglob(LOG_NAME))
