"""`tickpath store import` and `store check` as a user runs them."""

import json
from pathlib import Path

import pytest
from support import FIXTURES, require

from tickpath.cli.main import main

pytest.importorskip("tickpath.storage.store", reason="the tick store is not built in")
CORPUS = Path(__file__).resolve().parents[1] / "corpus/import"
FILES = [
    str(CORPUS / name)
    for name in (
        "BTCUSDT-trades-2024-08-08.csv",
        "BTCUSDT-bookTicker-2024-08-08.csv",
        "BTCUSDT_T_DEPTH_snap.csv",
        "BTCUSDT_T_DEPTH_update.csv",
    )
]


def imported(store: Path, *files: str, symbol: str = "BTCUSDT", extra: tuple[str, ...] = ()) -> int:
    head = ["store", "import", "--venue", "binance-usdm", "--symbol", symbol, "--store", str(store)]
    return main([*head, *extra, *files])


def test_import_then_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, page, figures = tmp_path / "ticks", tmp_path / "q.html", tmp_path / "q.json"
    assert imported(store, *FILES, extra=("--json", str(tmp_path / "i.json"))) == 0
    first = json.loads((tmp_path / "i.json").read_text())
    assert (first["rows"], first["new_rows"], first["days"]) == (19, 19, ["2024-08-08"])
    assert imported(store, *FILES, extra=("--json", str(tmp_path / "i.json"))) == 0
    assert len(json.loads((tmp_path / "i.json").read_text())["known"]) == 4
    checked = ["store", "check", str(store), "--html", str(page), "--json", str(figures)]
    assert main(checked) == 0
    report = json.loads(figures.read_text())["reports"][0]
    assert (report["rows"], report["figures"]["trade_gaps"]) == (19, 1)
    assert "binance-usdm BTCUSDT" in page.read_text()
    assert main([*checked, "--limit", "trade_gaps=0"]) == 4
    assert "trade_gaps is 1, limit 0" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("symbol", "extra", "said"),
    [
        ("BTCUSDX", (), "add these lines"),
        ("BTCUSDT", ("--format", "tardi"), "did you mean tardis"),
        ("BTCUSDT", ("--date", "8.8.2024"), "write YYYY-MM-DD"),
        ("BTCUSDT", ("--tolerance", "0.7"), "below half a step"),
        ("ETHUSDT", (), "a file of BTCUSDT, not of ETHUSDT"),
    ],
)
def test_refusals(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    symbol: str,
    extra: tuple[str, ...],
    said: str,
) -> None:
    assert imported(tmp_path / "ticks", *FILES[:1], symbol=symbol, extra=extra) == 2
    assert said in capsys.readouterr().err


def test_check_refuses_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whose = ["--venue", "binance-usdm", "--symbol", "BTCUSDT"]
    assert main(["store", "check", FILES[0], *whose, "--limit", "gaps"]) == 2
    assert main(["store", "check", str(tmp_path / "none")]) == 2
    other = ["--venue", "binance-usdm", "--symbol", "BTCUSDX"]
    assert main(["store", "check", FILES[0], *other]) == 2
    assert "add these lines" in capsys.readouterr().err
    torn = tmp_path / "BTCUSDT-trades-2024-08-08.csv"
    torn.write_text(Path(FILES[0]).read_text()[:-20])
    assert main(["store", "check", str(torn), *whose]) == 2
    said = capsys.readouterr()
    assert "row 6" in said.err
    assert "events                 │" in said.out
    assert "4 │" in said.out


@pytest.mark.recordings
@pytest.mark.parametrize("wrong", [False, True])
def test_checksums_of_a_recording_are_counted(tmp_path: Path, wrong: bool) -> None:
    book = json.loads(require(FIXTURES / "kraken/v2_book/orderbook-v2.first300.json").read_text())
    frames = [book["init"], *book["updates"]]
    if wrong:
        frames[101]["data"][0]["checksum"] = 1
    path, figures = tmp_path / "book.txt", tmp_path / "q.json"
    lines = [f"{1690730998 * 10**9 + k} {json.dumps(f)}" for k, f in enumerate(frames)]
    path.write_text("\n".join(lines) + "\n")
    limit = ["--limit", "checksum_failures=0", "--json", str(figures)]
    assert main(["store", "check", str(path), *limit]) == (4 if wrong else 0)
    found = json.loads(figures.read_text())["reports"][0]["figures"]
    names = ("checksums_right", "checksum_failures", "lost_books")
    assert [found[n] for n in names] == ([101, 1, 1] if wrong else [301, 0, 0])
