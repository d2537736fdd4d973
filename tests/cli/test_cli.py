"""The command line as a person meets it: figures, files, and one line for every mistake."""

import gzip
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from support import RECORDINGS, require

from tickpath.cli.bench_frames import KINDS
from tickpath.cli.main import main
from tickpath.venues.sim.generator import generate

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    "events", "orders", "fills", "rejects", "decisions_hash", "state_hash", "pnl", "positions",
    "fees", "max_drawdown", "sharpe", "events_per_s", "latency_ns", "stages_ns", "book",
    "peak_rss_mib",
}  # fmt: skip
BOOK_KEYS = {
    "gaps", "resyncs", "crossed", "checksum_ok", "checksum_bad", "bbo_checked", "bbo_equal",
}  # fmt: skip


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A generated market as a recording file."""
    made = generate(seed=2, frames=6000)
    lines = []
    for k in range(len(made)):
        start, size = int(made.offsets[k]), int(made.sizes[k])
        lines.append(b"%d %b\n" % (made.t_ns[k], bytes(made.blob[start : start + size])))
    path = tmp_path_factory.mktemp("market") / "market.gz"
    path.write_bytes(gzip.compress(b"".join(lines)))
    return path


def run(*words: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command; usage errors of the parser included."""
    try:
        code = main([str(w) for w in words])
    except SystemExit as stop:
        code = int(str(stop.code))
    out, err = capsys.readouterr()
    return code, out, err


def test_a_backtest_prints_json_alone(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(
        "backtest", "--data", market, "--strategy", "imbalance_maker", "--out", tmp_path / "run",
        "--json", "-", capsys=capsys,
    )  # fmt: skip
    data = json.loads(out)
    assert code == 0
    assert data.keys() >= KEYS
    assert data["book"].keys() == BOOK_KEYS
    assert data["orders"] > 0
    assert data["book"]["gaps"] == 0
    page = (tmp_path / "run/report.html").read_text()
    assert page.count("<svg") >= 4
    assert "http://" not in page
    assert "https://" not in page
    assert json.loads((tmp_path / "run/result.json").read_text()) == data


def test_a_journal_replays(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("backtest", "--data", market, "--strategy", "ema_cross", "--out", tmp_path / "run")
    assert run(*words, capsys=capsys)[0] == 0
    code, out, _ = run("replay", tmp_path / "run/journal", "--json", "-", capsys=capsys)
    assert code == 0
    assert json.loads(out)["equal"] is True


def test_a_damaged_journal_is_told_and_never_crashes(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("backtest", "--data", market, "--strategy", "ema_cross", "--out", tmp_path / "run")
    run(*words, capsys=capsys)
    segment = sorted((tmp_path / "run/journal").glob("*.tpj"))[0]
    data = bytearray(segment.read_bytes())
    data[200_000] ^= 0xFF
    segment.write_bytes(data)
    code, out, _ = run("replay", tmp_path / "run/journal", "--json", "-", capsys=capsys)
    found = json.loads(out)
    assert code in (0, 4)
    assert found["complete"] is False
    assert "checksum" in found["stopped"] or "length" in found["stopped"]


def test_demo_and_doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("demo", "--events", 4000, "--out", tmp_path / "demo", "--json", "-")
    code, out, _ = run(*words, capsys=capsys)
    assert code == 0
    assert json.loads(out).keys() >= KEYS
    code, out, _ = run("doctor", "--json", "-", capsys=capsys)
    found = json.loads(out)
    assert {b["stage"] for b in found["backends"] if b["available"]} == {
        "feed", "book", "features", "model", "strategy", "risk", "route", "execute",
        "transport",
    }  # fmt: skip
    assert all(f["ok"] or f["fix"] for f in found["host"])
    (receive,) = [f for f in found["host"] if f["check"] == "AF_XDP receive"]
    assert receive["ok"] == (receive["found"] == "available")
    compiled = tomllib.loads((ROOT / "limits.toml").read_text())["risk"]
    assert {c["ceiling"]: c["compiled"] for c in found["ceilings"]} == compiled


def bad_files(folder: Path, market: Path) -> dict[str, list[Any]]:
    """Words after `backtest` for every kind of mistake."""
    (folder / "empty").write_bytes(b"")
    (folder / "corrupt.gz").write_bytes(market.read_bytes()[:2000])
    (folder / "binary").write_bytes(bytes(range(256)) * 20)
    (folder / "no-stamp").write_bytes(b'{"e":"depthUpdate"}\n')
    (folder / "unknown-symbol").write_bytes(
        b'1 {"e":"depthUpdate","E":1,"s":"NOSUCHUSDT","U":1,"u":2,"b":[],"a":[]}\n'
    )
    (folder / "no-venue").write_bytes(b'1 {"e":"trade","s":"BTCUSDT"}\n')
    (folder / "key.toml").write_text('[[sources]]\nvenu = "binance-spot"\n')
    (folder / "loose.toml").write_text(
        '[[sources]]\nvenue="binance-spot"\nsymbols=["BTCUSDT"]\n'
        "[risk]\nposition_ceiling_ppm=20001\n"
    )
    good = ["--data", market]
    return {
        "missing file": ["--data", folder / "none"],
        "empty file": ["--data", folder / "empty"],
        "corrupt gzip": ["--data", folder / "corrupt.gz"],
        "binary file": ["--data", folder / "binary"],
        "line without a stamp": ["--data", folder / "no-stamp"],
        "unknown symbol": ["--data", folder / "unknown-symbol"],
        "no venue": ["--data", folder / "no-venue"],
        "unknown venue": [*good, "--venue", "nyse"],
        "unknown strategy": [*good, "--strategy", "imbalance_makr"],
        "unknown parameter": [*good, "--strategy", "ema_cross", "--param", "nosuch=1"],
        "parameter out of range": [*good, "--strategy", "ema_cross", "--param", "order_lots=-1"],
        "parameter not a number": [*good, "--strategy", "ema_cross", "--param", "order_lots=x"],
        "unknown key": [*good, "--config", folder / "key.toml"],
        "looser than compiled": [*good, "--config", folder / "loose.toml"],
        "missing config": [*good, "--config", folder / "none.toml"],
        "unwritable json": [*good, "--json", folder / "no/such/folder.json"],
    }


def test_every_mistake_is_one_line_and_exit_code_2(
    market: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, words in bad_files(tmp_path, market).items():
        code, out, err = run("backtest", *words, "--out", tmp_path / "out", capsys=capsys)
        assert code == 2, name
        assert err.startswith("tickpath: "), name
        assert err.count("\n") == 1, f"{name}: {err}"
        assert "Traceback" not in out + err, name


@pytest.mark.recordings
def test_the_second_day_alone_never_trades(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = require(RECORDINGS / "spot_btcusdt_20240809.gz")
    code, out, _ = run(
        "backtest", "--data", path, "--strategy", "imbalance_maker", "--max-events", 5000,
        "--out", tmp_path / "run", "--json", "-", capsys=capsys,
    )  # fmt: skip
    data = json.loads(out)
    assert code == 4
    assert data["orders"] == 0
    assert "snapshot" in data["message"]


@pytest.mark.parametrize("backend", ["native", pytest.param("reference", marks=pytest.mark.slow)])
def test_bench_measures_the_path_and_every_stage(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(
        "bench", "--backend", backend, "--frames", 100, "--repeats", 1, "--out", tmp_path,
        "--json", "-", capsys=capsys,
    )  # fmt: skip
    assert code == 0
    rows = json.loads(out)["results"]
    stages = {"feed", "book", "features", "model", "strategy", "risk", "route_execute"}
    assert {r["name"].split("/")[0] for r in rows} >= stages | {"path"}
    assert {r["name"].split("/")[1] for r in rows} == set(KINDS)
    for row in rows:
        assert row["backend"] == backend
        assert row["n"] >= 100
        assert 0 < row["p50_ns"] <= row["p99_ns"] <= row["p99_9_ns"] <= row["max_ns"]
    assert len(list(tmp_path.glob("*.html"))) == len(KINDS)


def test_bench_takes_suites_and_refuses_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("bench", "--frames", 100, "--repeats", 1, "--out", tmp_path, "--json", "-")
    code, out, _ = run(*words, "--suite", "book,execute", capsys=capsys)
    assert code == 0
    names = {r["name"].split("/")[0] for r in json.loads(out)["results"]}
    assert names == {"book", "route_execute"}
    for wrong in (("--suite", "speed"), ("--suite", ","), ("--frames", "5"), ("--repeats", "0")):
        code, _, err = run(*words, *wrong, capsys=capsys)
        assert code == 2
        assert wrong[0] in err
