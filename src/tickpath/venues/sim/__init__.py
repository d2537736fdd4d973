"""The simulated venue in the process: matching, latency, real report bytes, and the replay loop.

`SimVenue(config)` answers requests from a book built of the same frames the engine receives.
`NativeLoop(engine.capsule(), venue, recording)` and `ReferenceLoop(engine, venue, recording)` drive
an engine over a recording: `run(max_frames)`, `finish()`, then `fills` and `book_counters()`.
"""

from tickpath.venues.sim.loop import NativeLoop
from tickpath.venues.sim.loop_reference import ReferenceLoop
from tickpath.venues.sim.native import SimVenue

__all__ = ["NativeLoop", "ReferenceLoop", "SimVenue"]
