"""Latency models of requests and reports: constant, by a law, or from a file of measured latencies.

| latency      | a request sent at t needs                                      |
| ------------ | -------------------------------------------------------------- |
| constant     | `order_latency_ns`, `response_latency_ns`, each plus jitter    |
| distribution | one of the file's, drawn with equal chances by the run's seed  |
| interpolated | the file's at t, linear between its rows, constant beyond      |
| recorded     | the file's k-th for the k-th request; the last one from there  |
| a law        | one of its quantiles, drawn like a distribution: see laws.py   |

The file is an .npz with the int64 arrays `request_t_ns`, `request_latency_ns`, `report_t_ns` and
`report_latency_ns`: when each was sent (at the engine, at the venue; not falling) and how long it
needed (0 or more). Interpolation is that of hftbacktest's order latency data. Whatever the model,
no request overtakes another and no report another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tickpath.core.config import LATENCIES, SHAPES_PPM, SimSpec
from tickpath.core.config_sim import check_law, digest_of
from tickpath.core.errors import ConfigError, DataError
from tickpath.venues.sim.laws import law_tables

MODES: Final = {name: mode for mode, name in enumerate(LATENCIES)}
"""Numbers of the models in delays.pxd."""
ARRAYS: Final = ("request_t_ns", "request_latency_ns", "report_t_ns", "report_latency_ns")
Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Delays:
    """One direction: a mode of MODES, the times and the latencies, equally long."""

    mode: int
    t_ns: Column
    latency_ns: Column


def read_delays(sim: SimSpec) -> tuple[Delays, Delays]:
    """(requests, reports) of a run. Raises ConfigError for a mode without its file or numbers,
    DataError for a file that is none, or another than the one configured."""
    mode = MODES[sim.latency]
    none = np.zeros(0, np.int64)
    check_law(sim)
    if mode == 0:
        return Delays(mode, none, none), Delays(mode, none, none)
    if sim.latency in SHAPES_PPM:
        drawn = MODES["distribution"]
        requests, reports = law_tables(sim)
        return Delays(drawn, 0 * requests, requests), Delays(drawn, 0 * reports, reports)
    if not sim.latency_file:
        raise ConfigError(f"[sim] latency = {sim.latency!r} needs latency_file, an .npz")
    if sim.latency_digest not in ("", digest_of(sim.latency_file)):
        raise DataError(f"{sim.latency_file}: changed since the run was configured: start it anew")
    try:
        with np.load(sim.latency_file, allow_pickle=False) as found:
            arrays = {name: checked(found, name, sim.latency_file) for name in ARRAYS}
    except (OSError, ValueError) as error:
        raise DataError(f"{sim.latency_file}: no .npz of latencies ({error})") from error
    for kind in ("request", "report"):
        times, latencies = arrays[f"{kind}_t_ns"], arrays[f"{kind}_latency_ns"]
        if len(times) != len(latencies):
            raise DataError(
                f"{sim.latency_file}: {kind}_t_ns has {len(times)} rows, {kind}_latency_ns "
                f"{len(latencies)}: one each"
            )
        bad = np.flatnonzero((latencies < 0) | (np.diff(times, prepend=times[0]) < 0))
        if len(bad):
            raise DataError(
                f"{sim.latency_file}: row {bad[0]} of the {kind}s has latency "
                f"{latencies[bad[0]]} at {times[bad[0]]}: not negative, times that do not fall"
            )
    return (
        Delays(mode, arrays["request_t_ns"], arrays["request_latency_ns"]),
        Delays(mode, arrays["report_t_ns"], arrays["report_latency_ns"]),
    )


def checked(found: Mapping[str, Any], name: str, path: str) -> Column:
    """One array of the file."""
    if name not in found:
        raise DataError(f"{path}: no array {name!r}: it needs {', '.join(ARRAYS)}")
    column = found[name]
    if column.dtype != np.int64 or column.ndim != 1 or not len(column):
        raise DataError(f"{path}: {name} is {column.dtype} of shape {column.shape}: int64, 1 row+")
    return np.ascontiguousarray(column)


def write_delays(path: Path | str, **arrays: npt.ArrayLike) -> None:
    """A latency file of the four arrays of ARRAYS."""
    columns: dict[str, Any] = {name: np.asarray(arrays[name], np.int64) for name in ARRAYS}
    np.savez(path, **columns)


def interpolated(delays: Delays, t_ns: int) -> int:
    """The latency at a time, rounded down."""
    k = int(np.searchsorted(delays.t_ns, t_ns, side="right"))
    if k == 0:
        return int(delays.latency_ns[0])
    if k == len(delays.t_ns):
        return int(delays.latency_ns[-1])
    before, after = int(delays.t_ns[k - 1]), int(delays.t_ns[k])
    low, high = int(delays.latency_ns[k - 1]), int(delays.latency_ns[k])
    return low + (high - low) * (t_ns - before) // (after - before)
