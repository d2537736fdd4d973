"""Rows as Arrow, Parquet and IPC: every figure under its name and type."""

from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from tickpath.backtest.sweep.rows import Row
from tickpath.backtest.sweep.table import columns_of, table_of, write_table
from tickpath.core.errors import ConfigError

ROWS = [
    Row(0, {"a": 1, "b": 0.5}, 0, {"pnl_USDT": "-1.50", "pnl_units_USDT": -150, "s": [1, 2]}),
    Row(1, {"a": 2, "b": 1.0}, 1, {}, "no result within 1 s"),
]


def test_columns_have_types() -> None:
    table = table_of(ROWS)
    kinds = {field.name: str(field.type) for field in table.schema}
    assert kinds == {
        "index": "int64", "window": "int64", "param_a": "int64", "param_b": "double",
        "error": "string", "pnl_USDT": "string", "pnl_units_USDT": "int64",
        "s": "list<item: int64>", "seconds": "double", "rss_mib": "double", "attempts": "int64",
    }  # fmt: skip
    assert table["pnl_units_USDT"].to_pylist() == [-150, None]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.arrow"])
def test_files_hold_the_table(name: str, tmp_path: Path) -> None:
    path = write_table(ROWS, tmp_path / name)
    if path.suffix == ".arrow":
        with pyarrow.OSFile(str(path)) as source:
            read = pyarrow.ipc.open_file(source).read_all()
    else:
        read = pyarrow.parquet.read_table(path)
    assert read.equals(table_of(ROWS))
    with pytest.raises(ConfigError, match="ends in"):
        write_table(ROWS, tmp_path / "rows.csv")


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1, 0.5], "double"), ([1, "x"], "string"), ([2**70, 1], "double"), ([[1], 2], "string")],
)
def test_mixed_values_still_make_a_column(values: list[object], kind: str) -> None:
    rows = [Row(k, {}, figures={"f": v}) for k, v in enumerate(values)]
    assert str(table_of(rows).schema.field("f").type) == kind


def test_a_figure_cannot_hide_a_column() -> None:
    names = list(columns_of([Row(0, {"a": 1}, figures={"index": 7, "error": "x"})]))
    assert len(set(names)) == len(names)
    assert {"figure_index", "figure_error"} < set(names)
