"""The venue table: groups, weights and ratios are exact and as documented."""

from decimal import Decimal
from fractions import Fraction

import pytest
from support import btcusdt, config_of

from tickpath.core.config import RouteSpec
from tickpath.core.errors import ConfigError
from tickpath.core.fixed import common_unit
from tickpath.hot.route.table import ONE, candidates_of


@pytest.mark.parametrize(
    ("sizes", "unit"),
    [
        (["0.01"], "1/100"),
        (["0.01", "0.1"], "1/100"),
        (["0.01", "0.025"], "1/200"),
        (["5", "3"], "1"),
        (["10", "20"], "10"),
    ],
)
def test_the_common_unit_is_the_largest_that_divides_all(sizes: list[str], unit: str) -> None:
    assert common_unit([Fraction(s) for s in sizes]) == Fraction(unit)


def test_weights_hold_tick_fee_and_latency() -> None:
    config = config_of(
        btcusdt(venue=0, maker_fee_ppm=-25, taker_fee_ppm=750),
        btcusdt(venue=1, tick_size=Decimal("0.025"), lot_size=Decimal("0.001")),
        route=RouteSpec(latency_ns=(1500,), latency_cost_ppm_per_ms=3),
    )
    (home, away), _ = candidates_of(config)
    assert home.weights == (
        (2 * (ONE + 750_000_000 + 4500), 2 * (ONE - 750_000_000 - 4500)),
        (2 * (ONE - 25_000_000 + 4500), 2 * (ONE + 25_000_000 - 4500)),
    )
    assert away.weights == ((5 * (ONE + 10**9), 5 * (ONE - 10**9)),) * 2
    assert (home.tick_ratio, home.lot_ratio) == (1, 1)
    assert (away.tick_ratio, away.lot_ratio) == (Fraction(2, 5), Fraction(1, 100))


def test_a_refusal_names_the_instrument_and_what_to_do() -> None:
    spec = RouteSpec(latency_ns=(10**9,), latency_cost_ppm_per_ms=1001)
    with pytest.raises(ConfigError, match=r"BTCUSDT on binance-spot.*correct latency_ns"):
        candidates_of(config_of(btcusdt(), route=spec))
