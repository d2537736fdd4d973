"""Recordings as the replay loop reads them: one padded buffer of frames with their times.

A recording is text, plain or gzip: "<receive ns> <venue frame>" a line. Several files of one
instrument continue one session. The venue is inferred from the frames; bad lines are refused with
their number, because a silently skipped frame is a gap.
"""

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tickpath.core.config import VENUES
from tickpath.core.errors import ConfigError, DataError
from tickpath.core.limits import LIMITS

PADDING = LIMITS["frame_padding_bytes"]
DEPTH = b'"depthUpdate"'
SYMBOL = re.compile(rb'"(?:s|symbol)"\s*:\s*"([A-Z0-9_]{1,31})"')


@dataclass(frozen=True, kw_only=True, slots=True)
class Recording:
    """Frames of one instrument. `blob` is uint8, every frame followed by zero bytes of padding;
    frame k is blob[offsets[k]:offsets[k] + sizes[k]], received at t_ns[k] (int64, not falling)."""

    venue: str
    symbol: str
    blob: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    t_ns: np.ndarray

    def __len__(self) -> int:
        return len(self.sizes)


def recording_of(venue: str, symbol: str, frames: Sequence[bytes], t_ns: Sequence[int]) -> Recording:
    """Frames already in memory. Times that go back are lifted to the last one."""
    sizes = np.fromiter((len(f) for f in frames), dtype=np.int64, count=len(frames))
    offsets = np.zeros(len(frames), dtype=np.int64)
    np.cumsum(sizes[:-1] + PADDING, out=offsets[1:])
    pad = bytes(PADDING)
    blob = np.frombuffer(pad.join([*frames, b""]) if frames else b"", dtype=np.uint8)
    times = np.maximum.accumulate(np.asarray(t_ns, dtype=np.int64)) if frames else np.zeros(0, "i8")
    return Recording(
        venue=venue, symbol=symbol, blob=blob, offsets=offsets, sizes=sizes, t_ns=times
    )


def read_recordings(paths: Sequence[Path | str], venue: str | None = None) -> Recording:
    """The files one behind the other. Raises DataError for what cannot be read, ConfigError when
    the venue cannot be told or the files hold different instruments."""
    frames: list[bytes] = []
    times: list[int] = []
    kinds = set()
    for path in paths:
        start = len(frames)
        for number, line in enumerate(lines_of(Path(path)), 1):
            t_ns, frame = split_line(line, Path(path), number)
            times.append(t_ns)
            frames.append(frame)
        if len(frames) == start:
            raise DataError(f"{path}: no frames: a recording has one frame a line")
        kinds.add((venue or infer_venue(frames[start:], Path(path)), symbol_of(frames[start:], path)))
    if len(kinds) > 1:
        names = ", ".join(sorted(f"{v}:{s}" for v, s in kinds))
        raise ConfigError(f"--data holds several instruments ({names}): give one a run")
    if not kinds:
        raise ConfigError("--data names no file")
    ((found, symbol),) = kinds
    if found not in VENUES:
        raise ConfigError(f"--venue {found}: choose one of {', '.join(VENUES)}")
    return recording_of(found, symbol, frames, times)


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
    stamp, space, frame = line.partition(b" ")
    if not space or not stamp.isdigit() or len(stamp) > 18 + 1 or int(stamp) >= 2**63:
        raise DataError(
            f'{path}: line {number} is not "<receive ns> <frame>": {line[:40]!r}; cut the file there'
        )
    if len(frame) > LIMITS["frame_bytes_max"]:
        raise DataError(f"{path}: line {number} has {len(frame)} bytes, past frame_bytes_max")
    return int(stamp), frame


def infer_venue(frames: Sequence[bytes], path: Path | str) -> str:
    """From the first depth update: `pu` and `ps` COIN-M, `pu` USD-M, neither spot."""
    for frame in frames:
        if DEPTH in frame:
            head = frame.split(b'"b":', 1)[0]
            if b'"pu":' not in head:
                return "binance-spot"
            return "binance-coinm" if b'"ps":' in head else "binance-usdm"
    raise ConfigError(f"{path}: no depth update tells the venue: add --venue {' | '.join(VENUES)}")


def symbol_of(frames: Sequence[bytes], path: Path | str) -> str:
    """The symbol the frames name first."""
    for frame in frames:
        found = SYMBOL.search(frame[:4096])
        if found:
            return found.group(1).decode()
    raise ConfigError(f"{path}: no frame names a symbol: record a stream that carries it")
