"""All checks over one stream: figures, limits, a stream that fails, the page, the inputs."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.records import EventKind
from tickpath.core.ticks import OrderRow, Ticks, chunks, joined, ticks_of
from tickpath.storage.quality.inputs import Wanted, inputs
from tickpath.storage.quality.page import html
from tickpath.storage.quality.report import Report, check, time_text
from tickpath.storage.quality.view import Rules

T = 1_723_075_200 * 10**9
TICKS = ticks_of(
    t_recv_ns=[T, T + 1, T + 2, T + 90 * 10**9],
    last_id=[1, 2, 5, 6],
    kind=int(EventKind.TRADE),
    price_ticks=[10, 11, 10, 11],
    quantity_lots=1,
)


def report() -> Report:
    return check(
        [TICKS], Rules(venue="binance-spot"), label="<one>", counted={"checksum_failures": 3}
    )


def test_figures_and_limits() -> None:
    found = report()
    assert (found.rows, found.events, found.first_ns, found.last_ns) == (4, 4, T, T + 90 * 10**9)
    wanted = {"trade_gaps": 1, "missing_trades": 2, "time_gaps": 1, "checksum_failures": 3}
    assert {k: found.figures[k] for k in wanted} == wanted
    assert found.beyond({"trade_gaps": 1, "missing_trades": 1, "duplicates": 0}) == [
        "<one>: missing_trades is 2, limit 1"
    ]
    with pytest.raises(ConfigError, match=r"--limit gapps \(did you mean gaps\?\)"):
        found.beyond({"gapps": 1})
    assert "crossed" in found.figures
    assert "crossed" not in check([TICKS], Rules(books=False), label="x").figures


def test_a_stream_that_fails_keeps_what_was_checked() -> None:
    def torn() -> Iterator[Ticks]:
        yield TICKS
        raise DataError("f: row 9: torn")

    found = check(torn(), Rules(), label="x")
    assert (found.rows, found.fault) == (4, "f: row 9: torn")


def test_the_page_is_whole_and_escaped() -> None:
    page = html([report()], ["<beyond>"])
    assert page.startswith("<!doctype html>")
    assert "&lt;one&gt;" in page
    assert "&lt;beyond&gt;" in page
    assert "<one>" not in page
    assert "trades 3 to 4 are missing" in page
    assert "src=" not in page
    assert "http" not in page


def test_times_are_utc() -> None:
    assert time_text(T + 1234) == "2024-08-08 00:00:00.000001"
    assert time_text(0) == ""


def saved(path: Path, ticks: Ticks, drop: str = "") -> Path:
    columns = {n: c for n, c in ticks.columns.items() if n != drop}
    table = pa.table(columns)
    if path.suffix == ".parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    return path


@pytest.mark.parametrize("suffix", [".parquet", ".arrow"])
def test_tables_of_ticks(tmp_path: Path, suffix: str) -> None:
    (one,) = inputs(str(saved(tmp_path / f"t{suffix}", TICKS)), Wanted(venue="nasdaq"))
    assert (one.label, one.venue) == (f"t{suffix}", "nasdaq")
    found = joined(list(one.chunks))
    assert all((found[n] == TICKS[n]).all() for n in TICKS.columns)


def test_bad_tables_are_named(tmp_path: Path) -> None:
    less = saved(tmp_path / "less.parquet", TICKS, drop="side")
    with pytest.raises(DataError, match=r"less\.parquet.*without column side"):
        list(next(inputs(str(less), Wanted())).chunks)
    torn = saved(tmp_path / "torn.parquet", TICKS)
    torn.write_bytes(torn.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"torn\.parquet: damaged or cut short"):
        list(next(inputs(str(torn), Wanted())).chunks)
    open_end = ticks_of(t_recv_ns=[T, T], flags=[1, 0], kind=int(EventKind.DEPTH), price_ticks=1)
    found = next(inputs(str(saved(tmp_path / "open.parquet", open_end)), Wanted()))
    with pytest.raises(DataError, match="its last event has no end: 1 rows are left over"):
        list(found.chunks)
    with pytest.raises(ConfigError, match="no such file or store"):
        list(inputs(str(tmp_path / "none"), Wanted()))


def test_a_foreign_file_needs_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("exchange,symbol,timestamp,local_timestamp,id,side,price,amount\n")
    with pytest.raises(ConfigError, match="a file of tardis: say whose it is"):
        list(inputs(str(path), Wanted()))


KINDS = [1, 2, 3, 4, *(int(kind) for kind in OrderRow)]


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 60), cuts=st.lists(st.integers(1, 9)))
@settings(max_examples=40)
def test_figures_do_not_depend_on_chunks(seed: int, size: int, cuts: list[int]) -> None:
    random = np.random.default_rng(seed)

    def some(low: int, high: int) -> np.ndarray:
        return random.integers(low, high, size)

    flags = some(0, 2) | some(0, 3) << 1
    flags[-1] |= 1
    ticks = ticks_of(
        t_recv_ns=T + np.cumsum(some(-2, 9)) * 10**9, t_venue_ns=(T + some(0, 99)) * some(0, 2),
        first_id=some(0, 9), last_id=some(0, 9), prev_id=some(0, 9), order_id=some(0, 5),
        price_ticks=some(0, 9), quantity_lots=some(0, 4), kind=random.choice(KINDS, size),
        side=some(0, 3), flags=flags,
    )  # fmt: skip
    pieces, start = [], 0
    for cut in [*cuts, size]:
        pieces += list(chunks(ticks.rows(start, size), cut))[:1]
        start = sum(map(len, pieces))
    rules = Rules(venue="kraken-spot", time_gap_s=3, jump_sigmas=3, quantity_factor=2)
    whole, parts = check([ticks], rules, label="x"), check(pieces, rules, label="x")
    assert parts.figures == whole.figures
    assert sorted(map(repr, parts.cases)) == sorted(map(repr, whole.cases))
