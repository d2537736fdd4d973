"""How long requests and reports of a live or paper run were on their way, out of its journal.

    found = read_latency(Path("state/journal"), epoch=7)
    found.save(Path("latency.npz"))

The file is an .npz of one-dimensional int64 arrays, all in ns:

    request_t_ns        when each request was decided, in the order in which requests left
    request_latency_ns  from there to the time that the venue's first answer bears, or ABSENT
    report_t_ns         the venue's time in each message of orders, in order of receipt, 0: none
    report_latency_ns   from there to its receipt, ABSENT where there is no time
    report_received_ns  when it was received
    frame_t_ns          when each frame of market data was received

A venue's time is as fine as the venue tells it (Binance: whole ms, cut off) and is of its clock:
`offset_ns` is taken off it where both clocks were compared. Latencies may be negative then; they
are kept as they are, `summary` counts them. Where the way back always takes the same time (a venue
in the process) `response_ns` makes the way there exact: it is what is left of the round trip.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.explain.lives import first_answers
from tickpath.backtest.explain.reading import read_run
from tickpath.backtest.explain.tables import RunTables
from tickpath.core.errors import DataError

Ns = npt.NDArray[np.int64]

ABSENT = -(2**63)
"""A latency that cannot be told."""

NAMES = (
    "request_t_ns", "request_latency_ns", "report_t_ns", "report_latency_ns", "report_received_ns",
    "frame_t_ns",
)  # fmt: skip
SHARES = {"p50": 50.0, "p90": 90.0, "p99": 99.0, "p99_9": 99.9, "max": 100.0}


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalLatency:
    """See the module."""

    request_t_ns: Ns
    request_latency_ns: Ns
    report_t_ns: Ns
    report_latency_ns: Ns
    report_received_ns: Ns
    frame_t_ns: Ns

    def save(self, path: Path) -> None:
        """Write the .npz."""
        with path.open("wb") as file:
            np.savez_compressed(file, **{name: getattr(self, name) for name in NAMES})

    def summary(self) -> dict[str, dict[str, int]]:
        """Count, how many are absent and negative, and percentiles of what is known, in ns."""
        return {
            "request": _summary(self.request_latency_ns),
            "report": _summary(self.report_latency_ns),
        }


def load_latency(path: Path) -> JournalLatency:
    """The inverse of `save`. Raises DataError for what is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in NAMES}
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path}: no file of latencies ({error}): write one anew") from error
    for name, values in arrays.items():
        if values.dtype != np.int64 or values.ndim != 1:
            raise DataError(f"{path}: {name} is {values.dtype} of {values.ndim} dimensions, not "
                            "int64 of one: write the file anew")  # fmt: skip
    for kind in ("request", "report"):
        sizes = {len(arrays[name]) for name in NAMES if name.startswith(kind)}
        if len(sizes) != 1:
            raise DataError(f"{path}: the arrays of {kind}s are not of one length: write it anew")
    return JournalLatency(**arrays)


def read_latency(
    path: Path, *, engine_id: int | None = None, epoch: int | None = None, offset_ns: int = 0,
    response_ns: int | None = None,
) -> JournalLatency:  # fmt: skip
    """Latencies of the run at a path. `offset_ns`: how far the venue's clock is ahead of ours.
    Raises JournalError, VerificationError as `read_run` does."""
    run = read_run(path, engine_id=engine_id, epoch=epoch)
    return latency_of(run, offset_ns=offset_ns, response_ns=response_ns)


def latency_of(
    run: RunTables, *, offset_ns: int = 0, response_ns: int | None = None
) -> JournalLatency:
    """The same of a run that was read."""
    requests = []
    for decision, answer in first_answers(run):
        if answer is not None and response_ns is not None:
            requests.append(answer.t_ns - response_ns - decision.t_ns)
        elif answer is not None and answer.t_venue_ns:
            requests.append(answer.t_venue_ns - offset_ns - decision.t_ns)
        else:
            requests.append(ABSENT)
    told = [t_venue - offset_ns if t_venue else 0 for _, t_venue in run.messages]
    received = [t_ns for t_ns, _ in run.messages]
    frames = sorted((n, t) for f in run.frames.values() for n, t in zip(f.n, f.t_ns, strict=True))
    return JournalLatency(
        request_t_ns=_ints([decision.t_ns for decision in run.decisions]),
        request_latency_ns=_ints(requests),
        report_t_ns=_ints(told),
        report_latency_ns=_ints(
            [t_ns - t if t else ABSENT for t_ns, t in zip(received, told, strict=True)]
        ),
        report_received_ns=_ints(received),
        frame_t_ns=_ints([t for _, t in frames]),
    )


def _ints(values: list[int]) -> Ns:
    return np.array(values, dtype=np.int64)


def _summary(latencies: Ns) -> dict[str, int]:
    known = latencies[latencies != ABSENT]
    found: dict[str, Any] = {
        "count": len(latencies),
        "absent": len(latencies) - len(known),
        "negative": int(np.count_nonzero(known < 0)),
    }
    if len(known):
        places = np.percentile(known, list(SHARES.values()), method="higher")
        found |= dict(zip(SHARES, (int(p) for p in places), strict=True))
    return found
