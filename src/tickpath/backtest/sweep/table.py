"""The rows of a sweep as an Arrow table, and as a Parquet or Arrow IPC file.

| column | type | |
| --- | --- | --- |
| index | int64 | place of the set (and window) in the space |
| window | int64 | only in a sweep over windows |
| param_NAME | int64, double or text | one a parameter |
| error | text | empty: the row has figures |
| any figure | int64, double, text or list | null in a failed row |
| seconds, rss_mib, attempts | double, double, int64 | not part of the result's hash |

Money is there twice, as exact decimal text (`pnl_USDT`) and as whole units of the currency's last
decimal (`pnl_units_USDT`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tickpath.backtest.sweep.rows import Row
from tickpath.core.errors import ConfigError

SUFFIXES: Final = (".parquet", ".arrow")
PARAM: Final = "param_"


def import_arrow() -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise ConfigError(
            f"pyarrow is not installed ({error}): pip install tickpath[sweep]"
        ) from error
    return pyarrow


def columns_of(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """Values by column name, None where a row has none."""
    columns: dict[str, list[Any]] = {"index": [r.index for r in rows]}
    if any(r.window >= 0 for r in rows):
        columns["window"] = [r.window for r in rows]
    for name in dict.fromkeys(n for r in rows for n in r.params):
        columns[f"{PARAM}{name}"] = [r.params.get(name) for r in rows]
    columns["error"] = [r.error for r in rows]
    fixed = {*columns, "seconds", "rss_mib", "attempts"}
    for name in dict.fromkeys(n for r in rows for n in r.figures):
        shown = f"figure_{name}" if name in fixed else name
        columns[shown] = [r.figures.get(name) for r in rows]
    columns["seconds"] = [r.seconds for r in rows]
    columns["rss_mib"] = [r.rss_mib for r in rows]
    columns["attempts"] = [r.attempts for r in rows]
    return columns


def table_of(rows: Sequence[Row]) -> Any:
    """A pyarrow.Table. A column of values that do not share a type becomes text."""
    arrow = import_arrow()
    made = {}
    for name, values in columns_of(rows).items():
        try:
            made[name] = arrow.array(values)
        except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError):
            if any(isinstance(v, str | list) for v in values):
                texts = [None if v is None else str(v) for v in values]
                made[name] = arrow.array(texts, arrow.string())
            else:
                numbers = [None if v is None else float(v) for v in values]
                made[name] = arrow.array(numbers, arrow.float64())
    return arrow.table(made)


def write_table(rows: Sequence[Row], path: Path | str) -> Path:
    """The table as a file: Parquet, or Arrow IPC for a name in .arrow."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ConfigError(f"{path}: a table ends in {' or '.join(SUFFIXES)}")
    arrow = import_arrow()
    table = table_of(rows)
    if path.suffix == ".arrow":
        with arrow.OSFile(str(path), "wb") as sink, arrow.ipc.new_file(sink, table.schema) as out:
            out.write_table(table)
    else:
        import pyarrow.parquet

        pyarrow.parquet.write_table(table, path, compression="zstd")
    return path
