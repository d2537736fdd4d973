"""The configuration object: hash, balances, limits that only tighten, exact decimals."""

from dataclasses import FrozenInstanceError, replace
from decimal import Decimal

import pytest
from support import btcusdt, config_of

from tickpath.core.config import CEILINGS, Config, RiskSpec, refuse_unknown, to_decimal
from tickpath.core.errors import ConfigError, GridError, LimitError
from tickpath.core.limits import LIMITS


def test_the_hash_covers_what_decides_behaviour() -> None:
    base = config_of()
    assert base.hash() == config_of().hash()
    assert len(base.hash()) == 16
    changes: list[dict[str, object]] = [
        {"seed": 2},
        {"epoch": 2},
        {"risk": RiskSpec(order_rate_per_s=1)},
        {"balances": {"USDT": Decimal(1)}},
        {"instruments": (btcusdt(tick_size=Decimal("0.1")),)},
        {"stale_policy": "keep"},
    ]
    hashes = {replace(base, **change).hash() for change in changes}  # type: ignore[arg-type]
    assert len(hashes | {base.hash()}) == len(changes) + 1
    assert replace(base, backends={"book": "reference"}).hash() == base.hash()


def test_the_order_of_balances_does_not_matter() -> None:
    one = config_of(balances={"USDT": Decimal(1), "BTC": Decimal(2)})
    other = config_of(balances={"BTC": Decimal(2), "USDT": Decimal(1)})
    assert one.hash() == other.hash()


def test_it_is_frozen() -> None:
    config: Config = config_of()
    with pytest.raises(FrozenInstanceError):
        config.seed = 3  # type: ignore[misc]


def test_balances_in_units() -> None:
    config = config_of(balances={"USDT": Decimal("100.00000001"), "BTC": Decimal(1)})
    assert config.balance_units(1) == 10_000_000_001
    assert config.balance_units(0) == 10**8
    assert config.balance_units(2) == 0
    with pytest.raises(GridError):
        config_of(balances={"USDT": Decimal("1e-9")}).balance_units(1)


@pytest.mark.parametrize("name", sorted(CEILINGS))
def test_limits_are_only_tightened(name: str) -> None:
    ceiling = LIMITS[CEILINGS[name]]
    assert getattr(RiskSpec(**{name: ceiling}), name) == ceiling
    assert getattr(RiskSpec(**{name: 0}), name) == 0
    for value in (ceiling + 1, -1):
        with pytest.raises(LimitError, match=CEILINGS[name]):
            RiskSpec(**{name: value})
    with pytest.raises(LimitError):
        replace(RiskSpec(), **{name: ceiling + 1})


def test_unknown_keys_are_refused_with_the_nearest_known() -> None:
    refuse_unknown({"seed": 1}, {"seed"}, "here")
    with pytest.raises(ConfigError, match="here: unknown key 'sed'; did you mean 'seed'"):
        refuse_unknown({"sed": 1}, {"seed", "epoch"}, "here")
    with pytest.raises(ConfigError, match="known: epoch, seed"):
        refuse_unknown({"x": 1}, {"seed", "epoch"}, "here")


@pytest.mark.parametrize(("value", "wanted"), [("0.10", "0.10"), (5, "5"), ("-1e-3", "-0.001")])
def test_decimals_are_exact(value: object, wanted: str) -> None:
    assert to_decimal(value, "x") == Decimal(wanted)


@pytest.mark.parametrize(
    "value", [0.1, True, None, "abc", "", "nan", "inf", [], "1,5", "1e41", "1e-999999"]
)
def test_what_is_no_exact_decimal_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match="place"):
        to_decimal(value, "place")
