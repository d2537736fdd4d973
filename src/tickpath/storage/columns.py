"""The columns of a file: Arrow types, encodings, and the way from `Ticks` and back without copies.

No column has nulls. Times, ids, prices and quantities are DELTA_BINARY_PACKED, the small ones
dictionary and run lengths, all of it in zstd. A column that says nothing costs about a thousandth
of a byte a row. Every page has its CRC.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import TICK_COLUMNS, Ticks
from tickpath.storage.extras import need

SMALL = ("kind", "side", "flags")
RANGED = ("t_recv_ns", "price_ticks")
"""Columns whose smallest and largest value stand in the file, for readers to leave groups out; of
the others they would say little and cost a tenth of the writing."""

GROUP_ROWS = 1 << 18
"""Rows of a row group: what a reader holds at a time, 17 MB with all columns."""

ZSTD_LEVEL = 1


def schema() -> Any:
    """The Arrow schema."""
    pa = need("pyarrow")
    fields = [
        pa.field(name, pa.from_numpy_dtype(dtype), nullable=False)
        for name, dtype in TICK_COLUMNS.items()
    ]
    return pa.schema(fields)


def writer_options() -> dict[str, Any]:
    """What `pyarrow.parquet.ParquetWriter` is told."""
    return {
        "compression": "zstd",
        "compression_level": ZSTD_LEVEL,
        "use_dictionary": list(SMALL),
        "column_encoding": {n: "DELTA_BINARY_PACKED" for n in TICK_COLUMNS if n not in SMALL},
        "write_page_checksum": True,
        "write_statistics": list(RANGED),
        "store_schema": False,
        "version": "2.6",
    }


def table_of(ticks: Ticks) -> Any:
    """An Arrow table on the memory of the columns."""
    pa = need("pyarrow")
    return pa.Table.from_arrays([pa.array(ticks[name]) for name in TICK_COLUMNS], schema=schema())


def ticks_of_table(table: Any) -> Ticks:
    """Ticks on the memory of a table whose columns are of one chunk each, else of a copy. Raises
    DataError for another schema."""
    check_schema(table.schema, "table")
    return Ticks({name: numpy_of(table.column(name)) for name in TICK_COLUMNS})


def numpy_of(column: Any) -> npt.NDArray[Any]:
    """A column as an array: a view where it is of one chunk."""
    if column.num_chunks == 1:
        return np.asarray(column.chunk(0).to_numpy(zero_copy_only=True))
    return np.asarray(column.to_numpy())


def check_schema(found: Any, where: str) -> None:
    """Whether a file or table has the columns, of their types. Raises DataError naming each."""
    pa = need("pyarrow")
    wrong = []
    for name, dtype in TICK_COLUMNS.items():
        index = found.get_field_index(name)
        wanted = pa.from_numpy_dtype(dtype)
        if index < 0:
            wrong.append(f"{name} is missing")
        elif found.field(index).type != wanted:
            wrong.append(f"{name} is {found.field(index).type}, not {wanted}")
    extra = [name for name in found.names if name not in TICK_COLUMNS and "=" not in name]
    extra = [name for name in extra if name not in ("venue", "symbol", "date")]
    if extra:
        wrong.append(f"unknown: {', '.join(extra)}")
    if wrong:
        raise DataError(f"{where}: columns of another schema: {'; '.join(wrong)}")


def check_columns(columns: Sequence[str] | None) -> list[str]:
    """Names of columns, all by default. Raises ConfigError for an unknown one."""
    if columns is None:
        return list(TICK_COLUMNS)
    unknown = [name for name in columns if name not in TICK_COLUMNS]
    if unknown or not columns:
        raise ConfigError(
            f"columns {', '.join(unknown) or '(none)'}: choose of {', '.join(TICK_COLUMNS)}"
        )
    return list(columns)
