"""SQL over a store by DuckDB, in the process.

The table `ticks` has the columns of core/ticks.py and `venue`, `symbol` (text) and `date`; filters
on these three choose files before any is opened. `instruments` has a row a partition: its sizes,
`contract` (spot, linear, inverse), rows and bytes. A price is `price_ticks * tick_size`, an exact
DECIMAL.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tickpath.core.errors import ConfigError, DataError
from tickpath.core.ticks import TICK_COLUMNS
from tickpath.storage.columns import schema
from tickpath.storage.extras import need
from tickpath.storage.layout import Part, Partition, visible
from tickpath.storage.place import Place
from tickpath.storage.read import stored_meta

SIZES = ("tick_size", "lot_size", "multiplier")
DIGITS = 18
"""Of a size as DECIMAL: its product with a 64-bit count is exact in DuckDB's 38."""

HIVE = ("venue", "symbol", "date")


def connection(place: Place, found: Mapping[Partition, list[Part]]) -> Any:
    """A DuckDB connection in memory that knows the tables."""
    duckdb = need("duckdb")
    con = duckdb.connect(":memory:")
    shown = {partition: visible(parts)[0] for partition, parts in found.items()}
    paths = [part.path for parts in shown.values() for part in parts]
    if not paths:
        con.register("ticks", _empty())
    elif place.local is not None:
        files = [str((place.local / path).absolute()) for path in paths]
        names = ", ".join(TICK_COLUMNS)
        types = "{'venue': VARCHAR, 'symbol': VARCHAR, 'date': DATE}"
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in files)
        con.execute(
            f"CREATE VIEW ticks AS SELECT {names}, {', '.join(HIVE)} FROM read_parquet([{listed}], "
            f"hive_partitioning = true, hive_types = {types})"
        )
    else:
        con.register("ticks", _dataset(place, paths))
    con.register("instruments", _instruments(place, shown))
    return con


def query(place: Place, found: Mapping[Partition, list[Part]], text: str) -> Any:
    """The answer of a query as an Arrow table. Raises ConfigError for wrong SQL."""
    duckdb = need("duckdb")
    con = connection(place, found)
    try:
        relation = con.sql(text)
        if relation is None:
            raise ConfigError("sql: the statement has no rows to show: write a SELECT")
        return relation.to_arrow_table()
    except duckdb.IOException as error:
        raise DataError(f"sql: {_one_line(error)}: run `tickpath store verify`") from error
    except duckdb.Error as error:
        raise ConfigError(f"sql: {_one_line(error)}") from error
    finally:
        con.close()


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:400]


def _empty() -> Any:
    pa = need("pyarrow")
    fields = [*schema(), pa.field("venue", pa.string()), pa.field("symbol", pa.string())]
    return pa.schema([*fields, pa.field("date", pa.date32())]).empty_table()


def _dataset(place: Any, paths: list[str]) -> Any:
    """Files of a file system of pyarrow, which DuckDB scans with its filters pushed down."""
    pa, ds = need("pyarrow"), need("pyarrow.dataset")
    hive = ds.HivePartitioning(
        pa.schema([("venue", pa.string()), ("symbol", pa.string()), ("date", pa.date32())]),
        segment_encoding="uri",
    )
    return ds.dataset(
        [place.at(path) for path in paths],
        format="parquet",
        filesystem=place.filesystem,
        partitioning=hive,
        partition_base_dir=place.base,
        schema=_empty().schema,
    )


def _scale(rows: list[dict[str, Any]]) -> int:
    """Decimals that hold every size. Raises DataError where none does."""
    found = [row[name] for row in rows for name in SIZES]
    scale = max((max(0, -int(x.normalize().as_tuple().exponent)) for x in found), default=0)
    if any(x >= Decimal(10) ** (DIGITS - scale) for x in found):
        raise DataError(f"sql: sizes of the instruments differ by more than {DIGITS} digits: "
                        "keep such instruments in stores of their own")  # fmt: skip
    return scale


def _instruments(place: Place, shown: Mapping[Partition, list[Part]]) -> Any:
    """A row a partition."""
    pa = need("pyarrow")
    rows = []
    for partition, parts in shown.items():
        meta = stored_meta(place, parts[0])
        rows.append(
            {
                "venue": partition.venue,
                "symbol": partition.symbol,
                "date": partition.date,
                "contract": meta.kind,
                "tick_size": meta.tick_size,
                "lot_size": meta.lot_size,
                "multiplier": meta.multiplier,
                "rows": sum(p.rows for p in parts),
                "bytes": sum(p.size for p in parts),
            }
        )
    names = {
        "venue": pa.string(),
        "symbol": pa.string(),
        "date": pa.string(),
        "contract": pa.string(),
    }
    exact = pa.decimal128(DIGITS, _scale(rows))
    sizes = dict.fromkeys(SIZES, exact)
    counts = {"rows": pa.int64(), "bytes": pa.int64()}
    made = pa.Table.from_pylist(rows, schema=pa.schema(names | sizes | counts))
    at = made.schema.get_field_index("date")
    return made.set_column(at, "date", made.column("date").cast(pa.date32()))
