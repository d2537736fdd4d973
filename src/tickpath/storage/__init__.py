"""An embedded store of normalised market data: Parquet by venue, symbol and day, SQL over it.

`open_store` gives a `Store`. Needs the extra `store`; docs/reference/tick-store.md has the layout.
"""

from tickpath.storage.layout import Partition
from tickpath.storage.metadata import InstrumentMeta
from tickpath.storage.store import PartitionInfo, Store, open_store
from tickpath.storage.write import Written

__all__ = ["InstrumentMeta", "Partition", "PartitionInfo", "Store", "Written", "open_store"]
