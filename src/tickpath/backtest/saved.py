"""A run's series beside its report, and back: `series.npz`, read by `load_run`.

Arrays are those of `Result` (fills, orders, mids, samples); what is no array is JSON in two of
them, the configuration included. Nothing in the file is executed when it is read.
"""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tickpath.backtest.result import Result, Samples
from tickpath.backtest.sampling import ORDER_DTYPE
from tickpath.core.config_json import config_from_json, config_to_json
from tickpath.core.errors import DataError, TickpathError
from tickpath.venues.sim.fills import FILL_DTYPE
from tickpath.venues.sim.tape import MID_DTYPE

FILE = "series.npz"
VERSION = 1
ROWS: Mapping[str, np.dtype[Any]] = {
    "fill_rows": FILL_DTYPE,
    "order_rows": ORDER_DTYPE,
    "mid_rows": MID_DTYPE,
}
TABLES = ("equity_units", "position_lots", "mids2")
APART = {"config", "samples", *ROWS}
BY_CURRENCY = ("pnl_units", "fee_units", "max_drawdown_units")


def text_array(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def save_run(result: Result, folder: Path) -> Path:
    """Write `series.npz` into a folder that exists; returns its path."""
    plain = {f.name: getattr(result, f.name) for f in fields(result) if f.name not in APART}
    samples = result.samples
    arrays: dict[str, npt.NDArray[Any]] = {name: getattr(result, name) for name in ROWS}
    arrays["sample_t_ns"] = np.array(samples.t_ns, dtype=np.int64)
    for name, width in zip(TABLES, widths(result), strict=True):
        rows = np.array(getattr(samples, name), dtype=np.int64)
        arrays[f"sample_{name}"] = rows.reshape(len(samples.t_ns), width)
    meta = {"version": VERSION, "interval_ns": samples.interval_ns, "result": plain}
    arrays["meta"] = text_array(json.dumps(meta))
    arrays["config"] = text_array(config_to_json(result.config))
    path = folder / FILE
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return path


def widths(result: Result) -> tuple[int, int, int]:
    """Columns of TABLES."""
    instruments = len(result.config.instruments)
    return len(result.config.currencies), instruments, instruments


def load_run(folder: Path | str) -> Result:
    """The result of a run from its folder: the same figures, series and methods as when it ended.

    Raises DataError when the folder holds no run, or its files do not belong together."""
    path = Path(folder) / FILE
    if not path.is_file():
        raise DataError(
            f"{path}: not there: name the folder of a run (what backtest or demo printed, or "
            "--out), and run it again where an older version wrote it"
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
        result = rebuilt(found)
    except (OSError, ValueError, KeyError, TypeError, IndexError, EOFError,
            zipfile.BadZipFile, TickpathError) as error:  # fmt: skip
        raise DataError(f"{path}: not the series of a run ({error}): run it again") from error
    check_figures(result, Path(folder) / "result.json")
    return result


def rebuilt(found: Mapping[str, npt.NDArray[Any]]) -> Result:
    """A result from its arrays. Raises ValueError, KeyError or TypeError for anything else."""
    meta = json.loads(found["meta"].tobytes())
    if meta["version"] != VERSION:
        raise ValueError(f"version {meta['version']}, this tickpath reads {VERSION}")
    plain: dict[str, Any] = meta["result"] | {name: found[name] for name in ROWS}
    for name in BY_CURRENCY:
        plain[name] = {int(c): int(units) for c, units in plain[name].items()}
    plain["histograms"] = {k: (list(f), list(n)) for k, (f, n) in plain["histograms"].items()}
    for name, dtype in ROWS.items():
        if found[name].dtype != dtype:
            raise ValueError(f"{name} has other columns")
    t_ns = found["sample_t_ns"].tolist()
    tables = {name: found[f"sample_{name}"].tolist() for name in TABLES}
    if any(len(rows) != len(t_ns) for rows in tables.values()):
        raise ValueError("samples of different lengths")
    result = Result(
        config=config_from_json(found["config"].tobytes().decode()),
        samples=Samples(interval_ns=int(meta["interval_ns"]), t_ns=t_ns, **tables),
        **plain,
    )
    expected = widths(result)
    if any(found[f"sample_{n}"].shape[1:] != (w,) for n, w in zip(TABLES, expected, strict=True)):
        raise ValueError("samples of other currencies or instruments")
    numbers = np.concatenate([found[name]["instrument"] for name in ROWS])
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(result.config.instruments):
        raise ValueError("rows of instruments that the configuration lacks")
    return result


def check_figures(result: Result, path: Path) -> None:
    """`result.json` beside the series is of the same run, where it is there at all."""
    if not path.is_file():
        return
    try:
        other = json.loads(path.read_text())["decisions_hash"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not the figures of a run: run it again") from error
    if other != result.decisions_hash:
        raise DataError(
            f"{path}: decisions_hash is {other}, that of {FILE} beside it is "
            f"{result.decisions_hash}: they are of two runs: run it again"
        )
