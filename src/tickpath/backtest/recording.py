"""Recordings as the replay loop reads them: one padded buffer of frames with their times.

A recording is text, plain or gzip: "<receive ns> <venue frame>" a line, or as cryptofeed writes it,
"<receive s>: <venue frame>" between lines that begin with an address (what was sent, and answers of
REST), which are no frames. Where a venue numbers the frames of a connection, each file begins one,
and so does a number that begins anew. Packets of NASDAQ come as a pcap capture, or as a BinaryFILE
with venue `nasdaq`. Several files of one instrument continue one session. The venue is inferred
from the frames; bad lines are refused with their number, because a silently skipped frame is a gap.
"""

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS
from tickpath.venues.kraken import recorded
from tickpath.venues.nasdaq.captures import is_capture
from tickpath.venues.nasdaq.recordings import chosen, read_packets
from tickpath.venues.sim.frames import Builder, Recording

__all__ = ["Recording", "read_recordings", "write_recording"]

SYMBOL = re.compile(r"[A-Z0-9_.]{1,20}(?:/[A-Z0-9.]{1,10})?")
PRODUCT = re.compile(rb'"product_id" ?: ?"([A-Z0-9_-]{1,31})"')
NUMBER = re.compile(rb'"sequence_num" ?: ?([0-9]{1,18})')
SECONDS = re.compile(rb"(\d{9,10})(?:\.(\d{1,9}))?: ")
OPENED = b" <-> "
"""In a line of an address: the connection was opened."""

BACK_NS_MAX = 10**9
"""A clock may be set back by as much; by more, a file is not sorted or overlaps another."""

ADDRESS = re.compile(rb"(?:wss?|https?)://")


def read_recordings(
    paths: Sequence[Path | str], venue: str | None = None, symbol: str | None = None
) -> Recording:
    """The files one behind the other. `symbol` says which of several products is meant. Raises
    DataError for what cannot be read, ConfigError when the venue or the symbol cannot be told or
    the files hold different instruments."""
    if venue is not None and venue not in VENUES:
        raise ConfigError(f"--venue {venue}: choose one of {', '.join(VENUES)}")
    builder = Builder()
    found = set()
    ended: tuple[Path, int] | None = None
    for path in map(Path, paths):
        start = len(builder.sizes)
        if venue == "nasdaq" or (venue is None and is_capture(path)):
            packets = read_packets(path)
            for t_ns, packet in packets:
                builder.add(t_ns, packet)
            found.add(("nasdaq", chosen(path, packets, symbol)))
        else:
            found.add(read_text(path, builder, Told(venue, symbol)))
        times = builder.t_ns[start:]
        if ended is not None and times and times[0] < ended[1] - BACK_NS_MAX:
            raise DataError(
                f"{path}: begins {seconds(ended[1] - times[0])} s before {ended[0]} ends: "
                "recordings follow each other; give them in order and cut what overlaps"
            )
        ended = (path, max(times, default=0))
    if len(found) != 1:
        names = ", ".join(sorted(f"{v}:{s}" for v, s in found)) or "nothing"
        raise ConfigError(f"--data holds {names}: give the files of one instrument")
    return builder.build(*found.pop())


def read_text(path: Path, builder: Builder, told: "Told") -> tuple[str, str]:
    """Frames of a file of text; returns venue and symbol. Raises DataError with the line."""
    start, capture, latest = len(builder.sizes), False, 0
    builder.begin()
    for number, line in enumerate(lines_of(path), 1):
        if ADDRESS.match(line) or (capture and not line):
            if OPENED in line:
                builder.begin()
            capture = True
            continue
        t_ns, frame = split_line(line, path, number)
        if t_ns < latest - BACK_NS_MAX:
            raise DataError(
                f"{path}: line {number} is {seconds(latest - t_ns)} s older than one before it: "
                "sort the file by its times"
            )
        latest = max(latest, t_ns)
        if told.anew(frame):
            builder.begin()
        builder.add(t_ns, frame)
        told.look(frame)
    if len(builder.sizes) == start:
        raise DataError(f"{path}: no frames: a recording has one frame a line")
    return told.answer(path)


def seconds(ns: int) -> str:
    """For a message."""
    return f"{ns / 10**9:.3f}"


class Told:
    """What the frames of a file tell of their venue and symbol."""

    def __init__(self, venue: str | None, wanted: str | None) -> None:
        self.venue = venue
        self.wanted = wanted
        self.symbol = ""
        self.products: set[str] = set()
        self.number = -1

    def anew(self, frame: bytes) -> bool:
        """Whether a frame is the first of another connection than the one before: the numbers of
        Advanced Trade begin at 0, or at 1 where a recording lacks the first frame."""
        found = NUMBER.search(frame) if self.venue in (None, "coinbase") else None
        if found is None:
            return False
        before, self.number = self.number, int(found[1])
        return self.number <= 1 and self.number < before

    def look(self, frame: bytes) -> None:
        """`pu` and `ps` in the first depth update: COIN-M, `pu`: USD-M, neither: spot. Coinbase
        names products: with a `channel` Advanced Trade, with a `type` the Exchange. Kraken's
        frames name a channel."""
        if self.venue is None or self.venue.startswith("coinbase"):
            self.products.update(name.decode() for name in PRODUCT.findall(frame))
        if (self.symbol or self.products) and self.venue:
            return
        try:
            found = json.loads(frame)
        except ValueError:
            return
        kraken = recorded.told(found)
        if kraken is not None and SYMBOL.fullmatch(kraken[1]):
            self.venue, self.symbol = self.venue or kraken[0], kraken[1]
            return
        data = found.get("data", found) if isinstance(found, dict) else None
        if not isinstance(data, dict):
            return
        if self.venue is None and self.products:
            self.venue = "coinbase" if "channel" in data else "coinbase-exchange"
            return
        stream = str(found.get("stream", "")).partition("@")[0].upper()
        name = str(data.get("s") or data.get("symbol") or stream)
        if not self.symbol and SYMBOL.fullmatch(name):
            self.symbol = name
        if self.venue is None and data.get("e") == "depthUpdate":
            futures = "binance-coinm" if "ps" in data else "binance-usdm"
            self.venue = futures if "pu" in data else "binance-spot"

    def answer(self, path: Path) -> tuple[str, str]:
        """(venue, symbol), or ConfigError with what to add."""
        if self.venue is None:
            choices = " | ".join(VENUES)
            raise ConfigError(f"{path}: no depth update tells the venue: add --venue {choices}")
        names = sorted(self.products) if self.products else [self.symbol] * bool(self.symbol)
        if self.wanted is not None:
            if self.wanted not in names and self.wanted.removesuffix("C") not in names:
                raise ConfigError(
                    f"{path}: no frame is of {self.wanted}: there are {', '.join(names) or 'none'}"
                )
            return self.venue, self.wanted
        if not names:
            raise ConfigError(f"{path}: no frame names a symbol: record a stream that carries it")
        if len(names) > 1:
            raise ConfigError(f"{path}: holds {', '.join(names)}: add --symbol with one of them")
        return self.venue, names[0]


def lines_of(path: Path) -> Iterator[bytes]:
    """Lines of a plain or gzip file, without their ends."""
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if zipped else path.open("rb") as file:
            for line in file:
                yield line.rstrip(b"\r\n")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip data ({error}): fetch the file again") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def split_line(line: bytes, path: Path, number: int) -> tuple[int, bytes]:
    """(receive ns, frame) of a line."""
    seconds = SECONDS.match(line)
    if seconds is not None:
        line = b"%b%b %b" % (seconds[1], (seconds[2] or b"").ljust(9, b"0"), line[seconds.end() :])
    stamp, space, frame = line.partition(b" ")
    if not space or not stamp.isdigit() or len(stamp) > 18 + 1 or int(stamp) >= 2**63:
        raise DataError(
            f'{path}: line {number} is not "<receive ns> <frame>": {line[:40]!r}; '
            "cut the file there"
        )
    if len(frame) > LIMITS["frame_bytes_max"]:
        raise DataError(f"{path}: line {number} has {len(frame)} bytes, past frame_bytes_max")
    return int(stamp), frame


def write_recording(recording: Recording, path: Path | str) -> None:
    """The recording as a file that `read_recordings` reads; gzip when the name ends in .gz."""
    path = Path(path)
    blob = recording.blob.tobytes()
    with gzip.open(path, "wb", 6) if path.suffix == ".gz" else path.open("wb") as file:
        spans = zip(recording.t_ns, recording.offsets, recording.sizes, strict=True)
        for t_ns, offset, size in spans:
            file.write(b"%d %b\n" % (t_ns, blob[offset : offset + size]))
