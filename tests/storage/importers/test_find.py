"""Which importer a file is for."""

import importlib
import pkgutil
from pathlib import Path

import pytest

from tickpath.core.errors import ConfigError
from tickpath.storage import importers as package
from tickpath.storage.importers import find
from tickpath.storage.importers.base import Head

KNOWN = {
    "BTCUSDT-trades-2024-08-08.csv": ("binance", "trades"),
    "spot-trades-microseconds.csv": ("binance", "trades"),
    "BTCUSDT-aggTrades-2024-08-08.csv": ("binance", "aggTrades"),
    "spot-aggTrades.csv": ("binance", "aggTrades"),
    "BTCUSDT-bookTicker-2024-08-08.csv": ("binance", "bookTicker"),
    "BTCUSDT-bookDepth-2024-08-08.csv": ("binance", "bookDepth"),
    "BTCUSDT-1m-2024-08-08.csv": ("binance", "klines"),
    "BTCUSDT_T_DEPTH_snap.csv": ("binance-depth", "depth snap"),
    "BTCUSDT_T_DEPTH_update.csv": ("binance-depth", "depth update"),
    "tardis_incremental_book_L2.csv": ("tardis", "incremental_book_L2"),
    "tardis_trades.csv": ("tardis", "trades"),
    "tardis_quotes.csv": ("tardis", "quotes"),
    "tardis_book_snapshot_5.csv": ("tardis", "book_snapshot_5"),
    "XYZ_2020-01-02_34200000_57600000_message_2.csv": ("lobster", "message"),
    "XYZ_2020-01-02_34200000_57600000_orderbook_2.csv": ("lobster", "orderbook"),
}


@pytest.mark.parametrize("name", KNOWN)
def test_every_file_of_the_corpus_is_known(corpus: Path, name: str) -> None:
    one, kind = find.importer_of(corpus / name)
    assert (one.name, kind) == KNOWN[name]


def test_the_corpus_holds_no_other_files(corpus: Path) -> None:
    assert {p.name for p in corpus.iterdir()} == {*KNOWN, "README.md"}


def test_importers_are_found_in_their_folder() -> None:
    names = {
        module.NAME
        for entry in pkgutil.iter_modules(package.__path__)
        if hasattr(module := importlib.import_module(f"{package.__name__}.{entry.name}"), "NAME")
    }
    assert set(find.importers()) == names
    assert {
        "binance",
        "binance-depth",
        "tardis",
        "lobster",
        "databento",
        "hftbacktest",
        "itch",
    } <= names


def test_an_unknown_file_is_refused_with_the_choices(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="no format knows it: say --format, one of binance,"):
        find.importer_of(path)
    with pytest.raises(ConfigError, match=r"format 'tardi' \(did you mean tardis\?\)"):
        find.importer("tardi")


def test_a_file_of_two_formats_is_refused_with_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def any_csv(head: Head) -> str:
        return "rows"

    table = find.importers()
    other = find.Importer("other", "", any_csv, table["tardis"].read)
    monkeypatch.setattr(find, "importers", lambda: {**table, "other": other})
    path = tmp_path / "f.csv"
    path.write_text("exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n")
    with pytest.raises(
        ConfigError, match=r"say --format tardis \(trades\) or --format other \(rows\)"
    ):
        find.importer_of(path)
