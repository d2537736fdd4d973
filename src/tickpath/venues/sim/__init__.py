"""The simulated venue in the process: matching, latency, real report bytes, and the replay loop.

`SimVenue(config)` answers requests from a book built of the same frames the engine receives;
`reference.SimVenue` says what it does. `NativeLoop(engine.capsule(), venue, recording)` and
`ReferenceLoop(engine, venue, recording)` drive an engine over a recording: `run(max_frames)`,
`finish()`, then `fills` and `book_counters()`. A `GeneratedMarket` in place of the recording
matches our orders itself by price and time: there they have impact. `generate` records one.
"""

from tickpath.venues.sim.generated import GeneratedMarket
from tickpath.venues.sim.generator import generate
from tickpath.venues.sim.loop import NativeLoop
from tickpath.venues.sim.loop_reference import ReferenceLoop
from tickpath.venues.sim.native import SimVenue

__all__ = ["GeneratedMarket", "NativeLoop", "ReferenceLoop", "SimVenue", "generate"]
