"""What the market drivers hand frames to when nobody trades: the recorder in the engine's place.

Every frame goes to the writer as it came and through the feed and the books, so that the sessions
ask for the snapshots that an engine would ask for, and the rows of the store are those of the walk.
Receive times rise strictly: a stamp that does not is lifted one nanosecond past the last.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.storage.decode import Decoder, full
from tickpath.storage.recorder.writer import RawWriter
from tickpath.venues.abilities import counts_frames

ROWS = 1024
"""Rows that are handed on at a time: a few milliseconds of work."""

DATAGRAMS = ("nasdaq",)
FRAME_MAX = LIMITS["frame_bytes_max"]


@dataclass(frozen=True, slots=True)
class SeriesSpec:
    """One series: its source, its instruments, and the venue's name."""

    venue: str
    source: int
    instruments: tuple[int, ...]
    symbols: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.venue}/{'+'.join(self.symbols)}"


def series_of(config: Config) -> list[SeriesSpec]:
    """The series of a configuration: one a source where frames of a connection are numbered, else
    one an instrument. Raises ConfigError for what cannot be recorded."""
    found: list[SeriesSpec] = []
    for k, source in enumerate(config.sources):
        venue = config.venues[source.venue]
        if venue in DATAGRAMS:
            raise ConfigError(
                f"source {source.name!r} is on {venue}: its packets are datagrams, which a packet "
                "capture (tcpdump -w) records; remove the source"
            )
        groups = (
            [source.instruments]
            if counts_frames(venue)
            else [(index,) for index in source.instruments]
        )
        for group in groups:
            symbols = tuple(config.instruments[index].symbol for index in group)
            found.append(SeriesSpec(venue, k, group, symbols))
    names = [spec.name for spec in found]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"two sources record {name}: keep one of them")
    return found


class RecorderHost:
    """Stands where `ops/live/host.Host` does, as far as market data go."""

    def __init__(
        self,
        config: Config,
        series: list[SeriesSpec],
        writer: RawWriter,
        alert: Callable[[str], None],
        *,
        stores: bool,
    ) -> None:
        self.config = config
        self.decoder = Decoder(config)
        self.desks: dict[int, Any] = {}
        self.frames = 0
        self.refused = 0
        self._alert = alert
        self._writer = writer
        self._stores = stores
        self._last_ns = 0
        self._of_instrument: dict[int, int] = {}
        self._of_source: dict[int, list[int]] = {}
        for k, spec in enumerate(series):
            self._of_source.setdefault(spec.source, []).append(k)
            self._of_instrument.update(dict.fromkeys(spec.instruments, k))

    def on_market_frame(self, source: int, data: bytes, t_ns: int) -> int:
        """One frame of a market-data connection. Returns the feed's code."""
        t_ns = self._last_ns = max(t_ns, self._last_ns + 1)
        code = self.decoder.frame(source, data, t_ns)
        self.frames += 1
        if len(data) > FRAME_MAX:
            self.refused += 1
            self._alert(f"a frame of {len(data)} bytes is past frame_bytes_max: it is left out")
            return code
        line = data.replace(b"\n", b" ") if b"\n" in data else data
        instrument = self.decoder.feed.last_instrument
        mine = self._of_source[source]
        for series in mine if instrument < 0 else [self._of_instrument[instrument]]:
            self._writer.add(series, t_ns, line)
        self._hand_on(ROWS)
        return code

    def restart(self, source: int, t_ns: int) -> int:
        """The connection of a source begins anew. Returns the code."""
        for series in self._of_source[source]:
            self._writer.restart(series)
        return self.decoder.restart(source)

    def last_instrument(self) -> int:
        """Whose the last frame was, -1 when it could not be told."""
        return int(self.decoder.feed.last_instrument)

    def waiting(self, instrument: int) -> bool:
        """Whether an instrument waits for a book."""
        return bool(self.decoder.feed.waiting(instrument))

    def command(self, command: int, argument: int, detail: int = 0) -> int:
        """Commands of a session are about orders: there are none."""
        return 0

    def close(self) -> None:
        """The rows that are left."""
        self._hand_on(1)

    def _hand_on(self, rows: int) -> None:
        for k, ticks in full(self.decoder, rows):
            if self._stores:
                self._writer.rows(k, ticks)
