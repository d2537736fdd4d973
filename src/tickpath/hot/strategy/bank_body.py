"""A bank as a strategy: the sum of its signals is the share of the largest position it wants.

    target = sign(votes) * floor(min(|votes|, votes_full) * position_lots / votes_full)

and target.py moves the position there. `declare_bank` is all a user writes.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from tickpath.core.config import FeatureSpec
from tickpath.core.errors import ConfigError
from tickpath.core.limits import LIMITS
from tickpath.core.records import EventKind, View
from tickpath.hot.strategy.bank import STRATEGIES_MAX, Bank
from tickpath.hot.strategy.declare import Declaration, Param, declare
from tickpath.hot.strategy.intents import Intents
from tickpath.hot.strategy.sizing import SIZING_DERIVED, SIZING_PARAMS, position_lots_at
from tickpath.hot.strategy.target import toward

if TYPE_CHECKING:
    from tickpath.hot.strategy.configure import Configured

BANK_PARAMS: Mapping[str, Param] = {
    **SIZING_PARAMS,
    "votes_full": Param(int, 1, 1, STRATEGIES_MAX, "net signals that want the largest position"),
    "slip_ppm": Param(int, 100, 0, LIMITS["price_collar_ppm_max"], "limit beyond the best price"),
}

BANK_STATE = np.dtype([("evaluations", "<i8"), ("signals", "i1", (STRATEGIES_MAX,))])


def declare_bank(
    *,
    name: str,
    features: Sequence[FeatureSpec],
    bank: Bank,
    warm_up: int = 0,
    levels: int = 1,
) -> Declaration:
    """A strategy made of a table: feature k of the row is input k of the bank."""
    if len(features) != len(bank.inputs):
        raise ConfigError(
            f"strategy {name!r}: {len(features)} features for a bank of {len(bank.inputs)} inputs"
        )
    return declare(
        name=name,
        params=BANK_PARAMS,
        derived=SIZING_DERIVED,
        features=features,
        events=("book",),
        state=BANK_STATE,
        warm_up=warm_up,
        levels=levels,
        bank=bank,
    )


def check_bank(declaration: Declaration) -> Bank:
    """The table of a declaration made by `declare_bank`. Raises ConfigError for any other."""
    bank = declaration.bank
    made = declaration.params is BANK_PARAMS or dict(declaration.params) == dict(BANK_PARAMS)
    if bank is None or not made or declaration.state != BANK_STATE:
        raise ConfigError(f"strategy {declaration.name!r}: declare a bank with declare_bank(...)")
    return bank


class Values:
    """Integer parameters by name."""

    def __init__(self, values: Mapping[str, int]) -> None:
        self.__dict__.update(values)


class Signals(Protocol):
    """A bank, wherever it is scored."""

    def signals(self, features: Sequence[float]) -> list[int]:
        """-1, 0 or 1 a strategy."""


class BankBody:
    """What the reference calls."""

    def __init__(self, entry: "Configured") -> None:
        self.bank: Signals = check_bank(entry.declaration)
        self.params: dict[int, Any] = {i: Values(p.ints) for i, p in entry.params.items()}

    def __call__(self, view: View, block: Any, out: Intents) -> None:
        if view.event not in (EventKind.DEPTH, EventKind.SNAPSHOT):
            return
        signals = self.bank.signals(view.features)
        block["evaluations"] += 1
        block["signals"][: len(signals)] = signals
        if view.top.bid_ticks <= 0 or view.top.ask_ticks <= 0:
            return
        params = self.params[view.instrument]
        votes = sum(signals)
        mid = (view.top.bid_ticks + view.top.ask_ticks) // 2
        share = min(abs(votes), params.votes_full)
        lots = share * position_lots_at(params, mid) // params.votes_full
        toward(params, view, lots if votes > 0 else -lots, params.slip_ppm, out)
