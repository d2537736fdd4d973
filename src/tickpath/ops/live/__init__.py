"""Live running: an engine among real sockets, its journal, and what must be right before it trades.

`open_journal` starts an epoch, `recover` reads the last one after a crash, where one is
`recoverable`, and `restored` builds the engine that goes on from there. `runner.LiveRun` is a whole
run; read `host.py` first.
"""

from tickpath.ops.live.journal import JournalOptions, open_journal, write_snapshot
from tickpath.ops.live.recover import Recovery, recover, recoverable, restored

__all__ = [
    "JournalOptions",
    "Recovery",
    "open_journal",
    "recover",
    "recoverable",
    "restored",
    "write_snapshot",
]
