"""The table [lane] of a configuration file, and which backends of [backends] it needs.

[lane]
scores = true
age_ns_max = 50000000

[backends]
model = "gpu"
"""

from collections.abc import Mapping

from tickpath.core.backend import Backend
from tickpath.core.config import Config, LaneSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable

AGE_NS_MIN, AGE_NS_MAX = 1_000, 60 * 10**9
INPUTS_MAX = 2**40
ROWS_MIN = 2


def lane_of(table: TomlTable) -> LaneSpec:
    """The [lane] table; without it nothing of the walk waits for a worker."""
    base = LaneSpec()
    spec = LaneSpec(
        scores=table.flag("scores", base.scores),
        age_ns_max=table.integer("age_ns_max", base.age_ns_max, AGE_NS_MIN, AGE_NS_MAX),
        age_inputs_max=table.integer("age_inputs_max", base.age_inputs_max, 0, INPUTS_MAX),
        rows=table.integer("rows", base.rows, ROWS_MIN, LIMITS["ring_slots_max"]),
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
    "strategy": "the walk decides on the event in hand: leave it out, and call "
    "tickpath.hot.strategy.gpu for banks over many rows",
}
"""Stages with batches, but none that the walk could use: why, and what to do."""


def against_gpu(config: Config, stage: str) -> str:
    """Why no batch of a stage can run on a GPU under this configuration; empty: they can."""
    if stage == "model":
        return "" if config.lane.scores else "a GPU answers off the path: add [lane] scores = true"
    if stage == "risk":
        return "" if config.portfolio.grid_ns else "nothing to compute: add [portfolio] grid_ns"
    return ON_PATH.get(stage, NO_BATCHES)


def check_lane(config: Config, where: str) -> None:
    """Raises ConfigError for a lane without a model, and for "gpu" where nothing is in batches."""
    if config.lane.scores and config.model.kind == "none":
        raise ConfigError(f"{where}: [lane] scores: there is no model: add [model] path")
    for stage, backend in config.backends.items():
        why = against_gpu(config, stage) if backend == Backend.GPU else ""
        if why:
            raise ConfigError(f'{where}: [backends] {stage} = "gpu": {why}')
