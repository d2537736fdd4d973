"""A run read back is the run: same figures, same series; anything else is refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest
from made_runs import run_of

import tickpath
from tickpath.backtest import load_run
from tickpath.backtest.report import html, write_report
from tickpath.backtest.result import Result
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.saved import FILE, ROWS, save_run
from tickpath.backtest.setup import config_for
from tickpath.core.errors import ConfigError, DataError
from tickpath.venues.sim import GeneratedMarket


@pytest.fixture(scope="module")
def result() -> Result:
    config = config_for(GeneratedMarket(4, 20_000), strategy="imbalance_maker")
    return Backtest(config, GeneratedMarket(4, 20_000), Options()).run()


def test_a_run_comes_back_whole(result: Result, tmp_path: Path) -> None:
    write_report(result, tmp_path, "Run")
    found = load_run(tmp_path)
    assert found.to_json() == result.to_json()
    assert found.samples == result.samples
    assert found.config == result.config
    for name in ROWS:
        assert np.array_equal(getattr(found, name), getattr(result, name))
    assert html(found, "x") == html(result, "x")
    assert tickpath.load_run(str(tmp_path)).pnl_units == result.pnl_units


def test_an_empty_run_comes_back(tmp_path: Path) -> None:
    write_report(run_of(), tmp_path, "Run")
    assert load_run(tmp_path).samples.t_ns == []


def test_frames_have_the_rows_of_the_run(result: Result) -> None:
    equity = result.frame("equity")
    assert len(equity) == len(result.samples.t_ns)
    assert equity["equity USDT"].iloc[-1] == pytest.approx(
        100_000 + result.pnl_units[1] / 1e8, abs=1e-6
    )
    assert (equity["drawdown USDT"] <= 0).all()
    assert (equity["gross USDT"] >= equity["net USDT"].abs() - 1e-9).all()
    fills, orders = result.frame("fills"), result.frame("orders")
    assert len(fills) == result.fills > 0
    assert fills["fee"].sum() == pytest.approx(result.fee_units[1] / 1e8)
    assert len(orders) == len(result.order_rows)
    assert orders["filled"].sum() == pytest.approx(fills["quantity"].sum())
    assert len(result.frame("trips")) == len(result.trips)
    assert len(result.frame("mids")) == len(result.mid_rows)
    assert list(result.frame("markouts").columns)[1] == "at fill ticks"
    with pytest.raises(ConfigError, match="equity, fills, orders"):
        result.frame("moon")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not there: name the folder of a run"):
        load_run(tmp_path)
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 not a zip")
    with pytest.raises(DataError, match="not the series of a run"):
        load_run(tmp_path)
    (tmp_path / FILE).write_bytes(b"")
    with pytest.raises(DataError, match="not the series of a run"):
        load_run(tmp_path)


def test_a_torn_file_is_refused(result: Result, tmp_path: Path) -> None:
    whole = save_run(result, tmp_path).read_bytes()
    for size in (len(whole) // 3, len(whole) - 30):
        (tmp_path / FILE).write_bytes(whole[:size])
        with pytest.raises(DataError, match="run it again"):
            load_run(tmp_path)


def changed(folder: Path, **arrays: np.ndarray) -> None:
    """Write the series again with other arrays."""
    with np.load(folder / FILE) as found:
        kept = {name: found[name] for name in found.files}
    np.savez(folder / FILE, **(kept | arrays))


def meta_with(folder: Path, **values: object) -> np.ndarray:
    with np.load(folder / FILE) as found:
        meta = json.loads(found["meta"].tobytes()) | values
    return np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)


@pytest.mark.parametrize("what", ["version", "figures", "rows", "columns", "instruments", "pickle"])
def test_arrays_that_do_not_fit_are_refused(result: Result, tmp_path: Path, what: str) -> None:
    save_run(result, tmp_path)
    fills = result.fill_rows.copy()
    if what == "version":
        changed(tmp_path, meta=meta_with(tmp_path, version=99))
    elif what == "figures":
        changed(tmp_path, meta=meta_with(tmp_path, result={"engine": "native"}))
    elif what == "rows":
        changed(tmp_path, sample_mids2=np.zeros((1, 1), dtype=np.int64))
    elif what == "columns":
        changed(tmp_path, fill_rows=np.zeros(3))
    elif what == "pickle":
        changed(tmp_path, meta=np.array([{"a": 1}], dtype=object))
    else:
        fills["instrument"] = 7
        changed(tmp_path, fill_rows=fills)
    with pytest.raises(DataError, match=r"series\.npz: not the series of a run"):
        load_run(tmp_path)


def test_figures_of_another_run_are_refused(result: Result, tmp_path: Path) -> None:
    write_report(result, tmp_path, "Run")
    figures = tmp_path / "result.json"
    figures.write_text(figures.read_text().replace(result.decisions_hash, "0" * 16))
    with pytest.raises(DataError, match="they are of two runs"):
        load_run(tmp_path)
    figures.write_text("{")
    with pytest.raises(DataError, match="not the figures of a run"):
        load_run(tmp_path)
