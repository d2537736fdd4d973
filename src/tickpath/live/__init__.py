"""Live running. `open_journal` starts an epoch, `recover` reads the last one after a crash,
where one is `recoverable`, and `restored` builds the engine that goes on from there; `journal.py`
and `recover.py` say how."""

from tickpath.live.journal import JournalOptions, open_journal, write_snapshot
from tickpath.live.recover import Recovery, recover, recoverable, restored

__all__ = [
    "JournalOptions",
    "Recovery",
    "open_journal",
    "recover",
    "recoverable",
    "restored",
    "write_snapshot",
]
