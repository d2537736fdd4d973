"""`tickpath store` as a person types it: every verb, what it prints, and one line for a mistake."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyarrow", reason="extra `store` is not installed")
pytest.importorskip("duckdb", reason="extra `store` is not installed")

import pyarrow as pa
from pyarrow import feather
from pyarrow import parquet as pq
from store_rows import START_NS, changed, days, put, store_at, trades

from tickpath.backtest.recording import write_recording
from tickpath.backtest.run import Backtest, Options
from tickpath.backtest.setup import config_for
from tickpath.cli import store as command
from tickpath.cli.main import main
from tickpath.storage.columns import table_of
from tickpath.venues.sim.generator import generate


class Typed:
    """Runs the command; JSON comes back."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._capsys = str(folder / "store"), capsys

    def __call__(self, verb: str, *words: object) -> Any:
        code, out, err = self.raw(verb, *words, "--json", "-")
        assert code == 0, err
        return json.loads(out)

    def raw(self, verb: str, *words: object) -> tuple[int, str, str]:
        code = main(["store", verb, self.root, *map(str, words)])
        out, err = self._capsys.readouterr()
        return code, out, err

    def refused(self, verb: str, *words: object, code: int = 2) -> str:
        """The one line of a mistake."""
        found, _, err = self.raw(verb, *words)
        assert found == code
        assert err.count("\n") == 1
        return err


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(tmp_path, capsys)


def test_recordings_go_in_once_and_come_out(tmp_path: Path, typed: Typed) -> None:
    made = generate(seed=2, frames=800)
    path = tmp_path / "market.gz"
    write_recording(made, path)
    (first,) = typed("write", path)["written"]
    assert (first["venue"], first["symbol"]) == ("binance-spot", "BTCUSDT")
    rows = first["written"]["rows"]
    assert rows > 800
    (again,) = typed("write", path)["written"]
    assert (again["written"]["rows"], again["written"]["known_rows"]) == (0, rows)
    (day,) = typed("list")["partitions"]
    assert (day["rows"], day["parts"]) == (rows, 1)
    told = typed("read", "binance-spot", "BTCUSDT")
    assert told == {"rows": rows, "tick_size": "0.01", "lot_size": "0.000001"}
    found = typed("sql", "SELECT count(*) AS n, min(date) AS day FROM ticks")["rows"]
    assert found == [{"n": rows, "day": day["date"]}]
    assert typed("verify")["rows"] == rows


def test_a_recording_without_a_snapshot_says_what_is_left_out(tmp_path: Path, typed: Typed) -> None:
    """Its trades are stored; with the file before it in one command, everything is."""
    path, rest = tmp_path / "market.txt", tmp_path / "rest.txt"
    write_recording(generate(seed=2, frames=800), path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:400]))
    rest.write_bytes(b"".join(lines[400:]))
    diffs = sum(b"depthUpdate" in line for line in lines[400:])
    (alone,) = typed("write", rest)["written"]
    assert alone["unread"] == diffs > 10
    assert alone["written"]["rows"] > 0
    _, out, _ = typed.raw("write", rest)
    assert f"{diffs} depth messages waited for a snapshot" in out
    typed.root += "-whole"
    (whole,) = typed("write", path, rest)["written"]
    assert whole["unread"] == 0


def test_a_journal_and_its_recording_are_the_same_rows(tmp_path: Path, typed: Typed) -> None:
    made = generate(seed=3, frames=500)
    Backtest(config_for(made), made, Options(journal=tmp_path / "journal")).run()
    write_recording(made, tmp_path / "market.gz")
    (journal,) = typed("compact", "--journal", tmp_path / "journal")["written"]
    (recording,) = typed("write", tmp_path / "market.gz")["written"]
    assert recording["written"]["known_rows"] == journal["written"]["rows"] > 500
    assert "no journal segment" in typed.refused("write", tmp_path)
    assert "one kind at a time" in typed.refused(
        "write", tmp_path / "journal", tmp_path / "market.gz"
    )


def test_tables_go_in_and_files_come_out(tmp_path: Path, typed: Typed) -> None:
    rows = trades(50)
    for suffix in ("parquet", "arrow"):
        path = tmp_path / f"a.{suffix}"
        if suffix == "parquet":
            pq.write_table(table_of(rows), path)
        else:
            feather.write_feather(table_of(rows), str(path), compression="uncompressed")
        whose = ("--venue", "binance-spot", "--symbol", "BTCUSDT")
        (found,) = typed("write", path, *whose)["written"]
        assert found["written"]["rows"] + found["written"]["known_rows"] == 50
    assert "add --venue and --symbol" in typed.refused("write", tmp_path / "a.parquet")
    for suffix in ("parquet", "arrow", "csv"):
        out = tmp_path / f"out.{suffix}"
        typed("read", "binance-spot", "BTCUSDT", "--columns", "t_recv_ns,side", "--to", out)
        assert out.stat().st_size > 100
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 50
    assert (tmp_path / "out.csv").read_text().count("\n") == 51
    assert "ends in .parquet" in typed.refused("read", "binance-spot", "BTCUSDT", "--to", "a.xls")


def test_bad_tables_are_refused_with_file_and_row(tmp_path: Path, typed: Typed) -> None:
    whose = ("--venue", "binance-spot", "--symbol", "BTCUSDT")
    table, path = table_of(trades(9)), tmp_path / "bad.parquet"
    pq.write_table(table.append_column("symbol", [["BTCUSDT"] * 8 + ["ETHUSDT"]]), path)
    assert "bad.parquet: mixed: symbol 'ETHUSDT'" in typed.refused("write", path, *whose)
    pq.write_table(table_of(changed(trades(9), t_recv_ns=list(range(9, 0, -1)))), path)
    assert "bad.parquet: row 1: t_recv_ns 8 is before 9" in typed.refused("write", path, *whose)
    pq.write_table(table.drop_columns(["kind"]), path)
    assert "kind is missing" in typed.refused("write", path, *whose)
    nulls = pa.array([None, *range(8)], pa.int64())
    pq.write_table(table.drop_columns(["order_id"]).append_column("order_id", nulls), path)
    assert "column order_id has nulls" in typed.refused("write", path, *whose)
    path.write_bytes(path.read_bytes()[:200])
    assert "damaged or truncated" in typed.refused("write", path, *whose)
    assert "market.gz" in typed.refused("write", tmp_path / "market.gz")
    assert typed("list")["partitions"] == []


def test_ranges_missing_days_and_mistakes(tmp_path: Path, typed: Typed) -> None:
    rows = days(3)
    store = store_at(tmp_path)
    put(store, [rows.rows(0, 100), rows.rows(200, 300)])
    asked = ("read", "binance-spot", "BTCUSDT", "--start", "2024-08-08", "--stop")
    assert typed(*asked, "2024-08-11")["rows"] == 200
    assert typed(*asked, str(START_NS + 5))["rows"] == 5
    assert typed(*asked, "2024-08-08T00:00:00.000000+00:00")["rows"] == 0
    assert "no rows of 2024-08-09:" in typed.refused(*asked, "2024-08-11", "--strict")
    assert "write YYYY-MM-DD" in typed.refused(*asked, "yesterday")
    assert "choose of t_recv_ns" in typed.refused("read", "binance-spot", "BTCUSDT", "--columns=x")
    assert "no rows of binance-spot ETHUSDT" in typed.refused("read", "binance-spot", "ETHUSDT")
    assert "sql: " in typed.refused("sql", "SELEKT 1")
    code, out, _ = typed.raw("read", "binance-spot", "BTCUSDT")
    assert code == 0
    assert "200 rows, tick 0.01" in out


def test_retention_and_verification(tmp_path: Path, typed: Typed) -> None:
    put(store_at(tmp_path), days(3))
    dry = typed("retain", "--days", "1", "--dry-run")
    assert len(dry["removed"]) == 3
    named = ("--venue", "binance-spot", "--symbol", "BTCUSDT")
    assert len(typed("retain", "--remove", "2024-08-08", *named)["removed"]) == 1
    assert len(typed("retain", "--gib", "0.000001")["removed"]) >= 1
    assert "say what goes" in typed.refused("retain")
    assert "needs --venue" in typed.refused("retain", "--remove", "2024-08-08")
    (tmp_path / "store/stranger.bin").write_bytes(b"?")
    assert "no part of this store" in typed.refused("verify", code=4)


def test_every_verb_has_its_two_functions_and_a_page(tmp_path: Path) -> None:
    from importlib import import_module

    verbs = command.verbs()
    assert {"write", "read", "sql", "list", "compact", "retain", "verify"} <= set(verbs)
    for verb in verbs:
        module = import_module(f"tickpath.cli.store_{verb}")
        assert callable(module.arguments)
        assert callable(module.run)
        assert "tickpath store" in (module.__doc__ or "")
