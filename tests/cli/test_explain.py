"""`tickpath explain` as a person types it: figures, a page, and one line for every mistake."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from backtest.explain.explain_rig import run as backtest

from tickpath.cli.main import main
from tickpath.lanes.journal import Journal
from tickpath.lanes.journal_format import JournalHeader, JournalKind
from tickpath.venues.sim.generator import generate

MARKET = generate(seed=5, frames=1200)
DAY_NS = 86_400 * 10**9
EVENTS = 1000


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run, the same with another latency and fee, one a day later, one of another instrument."""
    folder = tmp_path_factory.mktemp("runs")
    later = replace(MARKET, t_ns=np.asarray(MARKET.t_ns) + DAY_NS)
    usdm = generate(seed=5, frames=1200, venue="binance-usdm")
    slow: dict[str, Any] = {"sim": {"order_latency_ns": 4_000_000}, "fees": {"maker_fee_ppm": 9}}
    made = {"base": (MARKET, {}), "slow": (MARKET, slow), "later": (later, {}), "usdm": (usdm, {})}
    return {
        name: backtest(folder / name, market, events=EVENTS, **words)
        for name, (market, words) in made.items()
    }


def run(*words: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the command."""
    try:
        code = main(["explain", *(str(w) for w in words)])
    except SystemExit as stop:
        code = int(str(stop.code))
    out, err = capsys.readouterr()
    return code, out, err


def refused(*words: object, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line of a mistake."""
    code, out, err = run(*words, capsys=capsys)
    assert (code, out, err.count("\n")) == (2, "", 1)
    return err


def test_figures_and_a_page(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "why.html"
    code, out, _ = run(
        runs["base"], runs["slow"] / "journal", "--json", "-", "--html", page, capsys=capsys
    )
    data = json.loads(out)
    assert code == 0
    assert not data["equal"]
    causes = data["causes_units"]["USDT"]
    assert sum(causes.values()) == data["difference_units"]["USDT"] != 0
    assert data["residual_units"] == {"USDT": 0}
    assert causes["fee"] != 0
    assert causes["data"] == causes["decision"] == 0
    assert len(data["orders"]) == 10
    text = page.read_text()
    assert "latency" in text
    assert data["orders"][0]["a"] + data["orders"][0]["b"] != ""
    assert "http://" not in text
    assert "https://" not in text


def test_equal_runs_end_with_0_and_zeros(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(runs["base"], runs["base"], capsys=capsys)
    assert (code, err) == (0, "")
    assert "decided the same and earned the same" in out


def test_a_run_against_its_own_backtest(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "again"
    code, text, _ = run(runs["slow"], "--again", out, "--json", "-", capsys=capsys)
    data = json.loads(text)
    assert code == 0
    assert data["runs"] == [str(runs["slow"]), str(out)]
    causes = data["causes_units"]["USDT"]
    assert causes["fee"] == causes["data"] == causes["decision"] == 0
    exact = tmp_path / "exact"
    code, text, _ = run(runs["slow"], "--again", exact, "--recorded", "--json", "-", capsys=capsys)
    assert code == 0
    assert set(json.loads(text)["causes_units"]["USDT"]) == set(causes)
    assert "--recorded is for" in refused(runs["slow"], runs["base"], "--recorded", capsys=capsys)
    assert "RUN_B, or --again" in refused(runs["slow"], capsys=capsys)
    both = (runs["slow"], runs["base"], "--again", tmp_path / "more")
    assert "RUN_B, or --again" in refused(*both, capsys=capsys)
    assert "again" in refused(runs["slow"], "--again", out, capsys=capsys)


def test_runs_without_anything_in_common(
    runs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert "share no time" in refused(runs["base"], runs["later"], capsys=capsys)
    said = refused(runs["base"], runs["usdm"], capsys=capsys)
    assert "share no instrument" in said
    assert "binance-usdm:BTCUSDT" in said


def test_what_is_no_run(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no such run" in refused(tmp_path / "none", runs["base"], capsys=capsys)
    assert "no journal" in refused(runs["base"], tmp_path, capsys=capsys)
    said = refused(runs["base"], runs["base"], "--tolerance-us", "-1", capsys=capsys)
    assert "--tolerance-us" in said
    journal = Journal.create(tmp_path / "headless", JournalHeader())
    journal.start()
    journal.append(JournalKind.MARKET, 1, 1, b"\0" * 8 + b"{}")
    journal.close()
    said = refused(tmp_path / "headless", runs["base"], capsys=capsys)
    assert "does not begin with its configuration" in said
    assert "headless" in said


def test_several_starts_need_an_epoch(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "journal"
    shutil.copytree(runs["base"] / "journal", folder)
    again = backtest(tmp_path / "again", MARKET, events=EVENTS, epoch=2)
    for path in (again / "journal").iterdir():
        shutil.copy(path, folder)
    assert "several journals" in refused(folder, runs["base"], capsys=capsys)
    code, out, _ = run(
        folder, runs["base"], "--epoch-a", "2", "--json", "-", capsys=capsys
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["equal"]


def test_a_torn_journal_is_used_as_far_as_it_is_whole(
    runs: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(runs["base"], tmp_path / "torn")
    (path,) = (tmp_path / "torn/journal").iterdir()
    data = path.read_bytes().rstrip(b"\0")
    for size in (len(data) // 2, len(data) // 2 + 3, 200):
        path.write_bytes(data[:size])
        code, out, err = run(tmp_path / "torn", runs["base"], "--json", "-", capsys=capsys)
        if size == 200:
            assert code == 2
            continue
        found = json.loads(out)
        assert (code, found["residual_units"]) == (0, {"USDT": 0})
        assert "torn, used up to" in found["notes"][0]
        assert "torn" in err
        assert found["causes_units"]["USDT"]["latency"] == 0


def test_a_run_that_its_journal_does_not_give(
    runs: dict[str, Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A strategy file that was changed since: its run cannot be explained."""
    source = Path(__file__).parents[1] / "backtest/explain/steady.py"
    strategy = tmp_path / "steady.py"
    strategy.write_text(source.read_text())
    made = backtest(tmp_path / "run", MARKET, str(strategy), events=EVENTS)
    assert run(made, made, capsys=capsys)[0] == 0
    strategy.write_text(source.read_text().replace("== 0\n", "== 1  # other sides\n"))
    monkeypatch.delitem(sys.modules, "_strategy_steady")
    code, _, err = run(made, runs["base"], capsys=capsys)
    assert code == 4
    assert "sends other bytes" in err
