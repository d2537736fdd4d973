"""A model of the registry as a bank strategy in a file of its own, judged on stored rows.

The range is cut as for a training that stops early (validate.py): scales are chosen on the first
part, and errors and flips counted on the last seventh, behind a purge.
"""

import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tickpath.core.backend import Backend
from tickpath.core.config import Config, FeatureSpec
from tickpath.core.errors import ConfigError, VerificationError
from tickpath.hot.model.arrays import dense_of
from tickpath.hot.model.compile import check_features, metadata, read, tables
from tickpath.ml.parity import ROWS_MAX, native_scores
from tickpath.ml.quantise import Quantised, Report, judged, quantise
from tickpath.ml.registry import Kept
from tickpath.ml.samples import samples_of
from tickpath.ml.train import columns_of
from tickpath.ml.validate import held_back
from tickpath.storage.features import FeatureStore
from tickpath.storage.store import EVER_NS, Store

HORIZON_NS: Final = 1_000_000_000
"""Of a model that does not say its own."""
TEXT: Final = '''"""Model {model} as a bank: written by `tickpath models quantise`, not by hand.

+1 at {high} or above, -1 at {low} or below. On {rows} rows that chose no scale the score differs
from the model's by {worst:.3g} at most, and {flipped} rows are decided otherwise.
"""

from tickpath.core.config import FeatureSpec
from tickpath.hot.strategy.bank import Bank
from tickpath.hot.strategy.bank_body import declare_bank

TABLE = """
{table}
"""

BANK = declare_bank(
    name={name!r},
    features=[
{features}
    ],
    bank=Bank.from_bytes(bytes.fromhex(TABLE)),
)
'''


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a quantisation is asked for. `flips_ppm_max`: more rows decided otherwise are refused,
    None: any number is taken."""

    edge: float
    flips_ppm_max: int | None = 1000
    start_ns: int = 0
    stop_ns: int = EVER_NS


def bank_of(
    model: Kept, config: Config, symbol: str | None, store: Store, wanted: Wanted
) -> tuple[Quantised, Report, list[FeatureSpec]]:
    """The bank, how it decides, and its columns. Raises ConfigError, DataError, and
    VerificationError when more rows are decided otherwise than allowed."""
    venue, chosen, specs = columns_of(config, symbol)
    path, where = str(model.path), f"model {str(model.path)!r}"
    check_features(path, [spec.name for spec in specs])
    kind, arrays = tables(path, len(specs), where)
    if kind != "dense":
        raise ConfigError(f"{where}: a model of kind {kind!r} has no bank: linear and mlp have one")
    said = metadata(read(path, where)).get("tickpath.horizon_ns", "")
    samples = samples_of(
        FeatureStore(store), venue, chosen, specs, wanted.start_ns, wanted.stop_ns,
        target="return", horizon_ns=int(said) if said.isdecimal() else HORIZON_NS,
    )  # fmt: skip
    scale, look = held_back(samples, 0)
    look = look.part(slice(None, None, -(-len(look.rows) // ROWS_MAX)))
    found = quantise(dense_of(arrays, len(specs), where), scale.rows, wanted.edge, where)
    scores = native_scores(model.path, look.rows, Backend.NATIVE)
    report = judged(found, scores, look.rows, look.t_ns, wanted.edge)
    return found, report, specs


def demand(report: Report, wanted: Wanted) -> None:
    """VerificationError when more rows are decided otherwise than allowed."""
    most = wanted.flips_ppm_max
    if most is not None and report.flips_ppm > most:
        raise VerificationError(
            f"{report.flipped} of {report.rows} rows ({report.flips_ppm:.0f} ppm) are decided "
            f"otherwise by the bank, {most} ppm are allowed: not written. Take another --edge, "
            "scale the columns of the model, or say --allow-flips"
        )


def text_of(
    model: Kept, name: str, found: Quantised, report: Report, specs: Sequence[FeatureSpec],
    edge: float,
) -> str:  # fmt: skip
    """The strategy file."""
    middle = 0.5 if found.chance else 0.0
    features = "\n".join(f"        {spec!r}," for spec in specs)
    return TEXT.format(
        model=f"{model.name} {model.hash}", high=middle + edge, low=middle - edge,
        rows=report.rows, worst=report.error_max, flipped=report.flipped, name=name,
        table="\n".join(textwrap.wrap(found.bank.to_bytes().hex(), 96)), features=features,
    )  # fmt: skip


def write(path: Path, text: str) -> None:
    """A whole file or none; one of another origin is not replaced. Raises ConfigError."""
    if path.suffix != ".py":
        raise ConfigError(f"{path}: the strategy file must end in .py")
    if path.exists() and "written by `tickpath models quantise`" not in path.read_text():
        raise ConfigError(f"{path}: there already, and not written by this command: name another")
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text)
    os.replace(temporary, path)
