"""Features of stored markets, computed once by the engine's own stage and kept.

    features = FeatureStore(store)
    table = features.frame("binance-spot", "BTCUSDT", specs, start_ns, stop_ns)
    joined = asof_join(orders, table, tolerance_ns=10**9, embargo_ns=10**6)

A frame is kept under a key of everything that decides its bits: BLAKE2 over the columns'
fingerprint and names, the build, the range and the hashes of the files that the rows come from. A
change of any of them is another key, so nothing stale is ever found. Offline and online are equal:
see rebuild.py. The first rows of a range are cold; `warm_ns` reads so much before it and leaves
those rows out.
Memory: a chunk of events and its rows; the frame itself when it is read.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tickpath.core.build import build_hash
from tickpath.core.config import FeatureSpec
from tickpath.core.errors import CapacityError, ConfigError, DataError
from tickpath.hot.features import catalogue
from tickpath.storage import rebuild
from tickpath.storage.extras import need
from tickpath.storage.place import Place, place_of, temporary_name
from tickpath.storage.read import ERRORS, damaged
from tickpath.storage.rebuild import FeatureRows, Rebuilder, config_of_meta
from tickpath.storage.store import EVER_NS, Store

CHUNK_ROWS = 1 << 16
FOLDER = "_features"
BLOCK = 1 << 20
OWN = ("t_recv_ns", "kind", "book")


class FeatureStore:
    """Frames of a store. `folder`: where they are kept, by default below the store's own root."""

    def __init__(self, store: Store, folder: Path | str | None = None) -> None:
        self.store = store
        self.place: Place = store.place if folder is None else place_of(folder)
        self._base = f"{FOLDER}/" if folder is None else ""
        self.computed = 0
        """Frames that were not there and had to be computed."""

    def key(
        self,
        venue: str,
        symbol: str,
        specs: Sequence[FeatureSpec],
        start_ns: int = 0,
        stop_ns: int = EVER_NS,
        *,
        warm_ns: int = 0,
    ) -> str:
        """BLAKE2b-128 (hex) of what decides the frame. Raises ConfigError, DataError."""
        _check(specs)
        parts = self.store.files(venue, symbol, max(0, start_ns - warm_ns), stop_ns)
        if not parts:
            raise DataError(f"{self.store.place.uri}: no rows of {venue} {symbol} in the range")
        code = hashlib.blake2b(Path(rebuild.__file__).read_bytes(), digest_size=16)
        said = {
            "columns": f"{catalogue.fingerprint(catalogue.parts_of(specs)):016x}",
            "names": [spec.name for spec in specs],
            "build": build_hash(),
            "code": code.hexdigest(),
            "range": [start_ns, stop_ns, warm_ns],
            "meta": self.store.meta(venue, symbol, parts[-1].partition.date).to_json(),
            "files": [[part.name, file_hash(self.store.place, part.path)] for part in parts],
        }
        text = json.dumps(said, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    def frame(
        self,
        venue: str,
        symbol: str,
        specs: Sequence[FeatureSpec],
        start_ns: int = 0,
        stop_ns: int = EVER_NS,
        *,
        warm_ns: int = 0,
    ) -> Any:
        """`pyarrow.Table`: t_recv_ns, kind (`EventKind`), book (`BookStatus`; strategies are
        shown rows of OK books) and a float64 column a spec, a row an event that the walk thinks
        about, in order. Computed when it is not kept already."""
        key = self.key(venue, symbol, specs, start_ns, stop_ns, warm_ns=warm_ns)
        path = f"{self._base}{key}.parquet"
        if not any(name == path for name, _ in self.place.files(self._base.rstrip("/"))):
            rows = self._compute(venue, symbol, specs, start_ns, stop_ns, warm_ns)
            self._keep(path, specs, rows)
            self.computed += 1
        try:
            return need("pyarrow.parquet").read_table(
                self.place.source(path), page_checksum_verification=True
            )
        except ERRORS as error:
            raise damaged(f"{self.place.uri}/{path}", error) from error

    def frames(self) -> list[tuple[str, int]]:
        """(file, bytes) of every frame that is kept."""
        found = self.place.files(self._base.rstrip("/"))
        return [(path, size) for path, size in found if path.endswith(".parquet")]

    def clear(self) -> int:
        """Remove all frames, to be computed again when asked for; returns how many."""
        found = self.frames()
        for path, _ in found:
            self.place.remove(path)
        return len(found)

    def _compute(
        self,
        venue: str,
        symbol: str,
        specs: Sequence[FeatureSpec],
        start_ns: int,
        stop_ns: int,
        warm_ns: int,
    ) -> Iterator[FeatureRows]:
        begin = max(0, start_ns - warm_ns)
        meta = self.store.meta(venue, symbol)
        maker = Rebuilder(config_of_meta(venue, symbol, meta), specs)
        for ticks in self.store.events(venue, symbol, begin, stop_ns, rows=CHUNK_ROWS):
            yield _from(maker.take(ticks), start_ns)
        yield _from(maker.finish(), start_ns)

    def _keep(self, path: str, specs: Sequence[FeatureSpec], rows: Iterator[FeatureRows]) -> None:
        """One file, whole or not at all."""
        pa, temporary = need("pyarrow"), temporary_name()
        names = [spec.name for spec in specs]
        floats = [pa.field(name, pa.float64(), nullable=False) for name in names]
        fields = [
            pa.field("t_recv_ns", pa.int64(), nullable=False),
            pa.field("kind", pa.uint8(), nullable=False),
            pa.field("book", pa.uint8(), nullable=False),
            *floats,
        ]
        schema = pa.schema(fields)
        encodings = {"t_recv_ns": "DELTA_BINARY_PACKED"}
        encodings |= dict.fromkeys(names, "BYTE_STREAM_SPLIT")
        writer = None
        try:
            sink = self.place.sink(temporary)
            writer = need("pyarrow.parquet").ParquetWriter(
                sink, schema, compression="zstd", use_dictionary=["kind", "book"],
                store_schema=False, column_encoding=encodings, write_page_checksum=True,
            )  # fmt: skip
            for found in rows:
                values = np.ascontiguousarray(found.values.T)
                columns = [found.t_recv_ns, found.kind, found.book, *values]
                arrays = [pa.array(c, from_pandas=False) for c in columns]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            writer.close()
            sink.close()
            self.place.publish(temporary, path)
        except OSError as error:
            raise CapacityError(
                f"{self.place.uri}: {error.strerror or error} while features were kept: make room"
            ) from error
        finally:
            self.place.remove(temporary)


def file_hash(place: Place, path: str) -> str:
    """BLAKE2b-128 (hex) of a file's bytes."""
    digest = hashlib.blake2b(digest_size=16)
    with place.source(path) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _from(rows: FeatureRows, start_ns: int) -> FeatureRows:
    """The rows from a time on."""
    at = int(np.searchsorted(rows.t_recv_ns, start_ns))
    return FeatureRows(rows.t_recv_ns[at:], rows.kind[at:], rows.book[at:], rows.values[at:])


def _check(specs: Sequence[FeatureSpec]) -> None:
    """Columns that can be a table's. Raises ConfigError."""
    names = [spec.name for spec in specs]
    if not names:
        raise ConfigError("features: no column: name at least one FeatureSpec")
    for name in names:
        if names.count(name) > 1 or name in OWN:
            raise ConfigError(f"features: the name {name!r} is there twice: rename one")
