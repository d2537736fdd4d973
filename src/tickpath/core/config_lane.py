"""The table [lane] of a configuration file, and which backends of [backends] it needs.

[lane]
scores = true
age_ns_max = 50000000

[backends]
model = "gpu"
"""

from collections.abc import Mapping
from pathlib import Path

from tickpath.core.backend import Backend
from tickpath.core.config import Config, LaneSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable

AGE_NS_MIN, AGE_NS_MAX = 1_000, 60 * 10**9
INPUTS_MAX = 2**40
ROWS_MIN = 2


def lane_of(table: TomlTable, folder: Path) -> LaneSpec:
    """The [lane] table of a file in a folder; without it nothing of the walk waits for a worker."""
    base, bank = LaneSpec(), table.text("bank", "")
    spec = LaneSpec(
        scores=table.flag("scores", base.scores),
        age_ns_max=table.integer("age_ns_max", base.age_ns_max, AGE_NS_MIN, AGE_NS_MAX),
        age_inputs_max=table.integer("age_inputs_max", base.age_inputs_max, 0, INPUTS_MAX),
        rows=table.integer("rows", base.rows, ROWS_MIN, LIMITS["ring_slots_max"]),
        bank=str(folder / bank) if bank else "",
        fp16=table.flag("fp16", base.fp16),
        cuda_graph=table.flag("cuda_graph", base.cuda_graph),
    )
    table.done()
    if spec.rows & (spec.rows - 1):
        raise ConfigError(f"{table.place('rows')} is {spec.rows}: write a power of two")
    return spec


NO_BATCHES = "this stage has no batches: leave it out"
ON_PATH: Mapping[str, str] = {
    "features": "the walk decides on the row of the event in hand: leave it out, and call "
    "tickpath.hot.features.gpu for rows in batches",
}
"""Stages with batches, but none that the walk could use: why, and what to do."""
BANK_ON_PATH = (
    "strategies decide on the event in hand: name a bank that the lane scores in [lane] bank, or "
    "call tickpath.hot.strategy.gpu for banks over many rows"
)


def against_gpu(config: Config, stage: str) -> str:
    """Why no batch of a stage can run on a GPU under this configuration; empty: they can."""
    lane = config.lane
    if stage == "model":
        by_model = lane.scores and not lane.bank
        return "" if by_model else "a GPU answers off the path: add [lane] scores = true, no bank"
    if stage == "strategy":
        return "" if lane.bank else BANK_ON_PATH
    if stage == "risk":
        return "" if config.portfolio.grid_ns else "nothing to compute: add [portfolio] grid_ns"
    return ON_PATH.get(stage, NO_BATCHES)


def check_lane(config: Config, where: str) -> None:
    """Raises ConfigError for a lane without a model, and for "gpu" where nothing is in batches."""
    lane, model = config.lane, config.model.kind != "none"
    if lane.scores and not lane.bank and not model:
        raise ConfigError(f"{where}: [lane] scores: there is no model: add [model] path, or a bank")
    if lane.bank and (model or not lane.scores):
        raise ConfigError(f"{where}: [lane] bank: it needs scores = true and no [model]")
    for stage, backend in config.backends.items():
        why = against_gpu(config, stage) if backend == Backend.GPU else ""
        if why:
            raise ConfigError(f'{where}: [backends] {stage} = "gpu": {why}')
