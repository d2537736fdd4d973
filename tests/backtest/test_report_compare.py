"""Runs side by side, from Python and from the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_runs import fills_of, run_of, samples_of
from support import btcusd_inverse, btcusdt, config_of

from tickpath.backtest.compare import RUNS_MAX, Comparison, unique_names
from tickpath.backtest.report import write_report
from tickpath.backtest.result import Result
from tickpath.cli.main import main
from tickpath.core.errors import ConfigError


def run_with(seed: int, drift: int = 0, seconds: int = 3000) -> Result:
    config = config_of()
    steps = np.random.default_rng(seed).integers(-1000, 1000, seconds) + drift
    fills = fills_of(*({"price_ticks": 100 + seed, "quantity_lots": 5} for _ in range(seed)))
    return run_of(config, samples_of(config, {1: np.cumsum(steps).tolist()}), fill_rows=fills)


def test_differences_are_from_the_first_run() -> None:
    found = {f.key: f for f in Comparison({"a": run_with(1), "b": run_with(4)}).figures()}
    assert found["fills"].values == (1.0, 4.0)
    assert found["fills"].difference_text(1) == "+3"
    assert found["turnover"].difference(1) == pytest.approx((4 * 5 * 104 - 5 * 101) * 1e-7)
    assert found["events"].difference_text(1) == "0"
    assert found["walk_p50_ns"].text(0) == "-"
    assert found["walk_p50_ns"].difference_text(1) == "-"


def test_the_same_run_differs_in_nothing() -> None:
    same = Comparison({"a": run_with(1), "b": run_with(1)})
    assert same.differences() == []
    assert "Decisions and state are the same." in same.html()
    assert same.paired(1) == (0, 0, 0)


def test_a_paired_interval_sees_a_drift_that_both_runs_noise_hides() -> None:
    found = Comparison({"a": run_with(1), "b": run_with(1, drift=30)}).paired(1)
    assert found is not None
    assert 0 < found[1] < found[0] < found[2]
    assert Comparison({"a": run_with(1), "b": run_with(1, seconds=600)}).paired(1) is None


def test_runs_of_no_common_currency_are_refused() -> None:
    inverse = run_of(config_of(btcusd_inverse()))
    with pytest.raises(ConfigError, match=r"no currency that all runs settle in \(a: USDT; b: BTC"):
        Comparison({"a": run_of(), "b": inverse})
    both = run_of(config_of(btcusdt(), btcusd_inverse()))
    assert Comparison({"a": both, "b": inverse}).currencies == ["BTC"]


@pytest.mark.parametrize("count", [1, RUNS_MAX + 1])
def test_too_few_or_too_many_runs_are_refused(count: int) -> None:
    with pytest.raises(ConfigError, match=f"give 2 to {RUNS_MAX}"):
        Comparison({str(k): run_of() for k in range(count)})


def test_names_that_come_twice_get_numbers() -> None:
    assert unique_names(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]


def test_the_command_reads_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [str(tmp_path / name) for name in ("<one>", "two")]
    for k, folder in enumerate(folders):
        write_report(run_with(k + 1), Path(folder), "Run")
    page = tmp_path / "made" / "compare.html"
    assert main(["compare", *folders, "--html", str(page), "--json", "-"]) == 0
    out = capsys.readouterr()
    data = json.loads(out.out)
    assert data["runs"] == ["<one>", "two"]
    assert data["figures"]["USDT"]["fills"] == {"values": [1.0, 2.0], "differences": [0.0, 1.0]}
    assert data["figures"]["USDT"]["walk_p50_ns"]["values"] == [None, None]
    assert "two - <one>" in out.err
    text = page.read_text()
    assert "&lt;one&gt;" in text
    assert "<one>" not in text
    assert "Profit after fees" in text
    assert Comparison({"a": run_of(), "b": run_of()})._repr_html_().startswith("<style>")


def test_the_command_refuses_what_is_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", str(tmp_path), str(tmp_path)]) == 2
    assert "name the folder of a run" in capsys.readouterr().err
    write_report(run_of(), tmp_path, "Run")
    assert main(["compare", str(tmp_path)]) == 2
    assert "give 2 to 6" in capsys.readouterr().err
