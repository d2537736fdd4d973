"""The order's price is within the collar around the price that was set, when one was."""

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec
from tickpath.hot.risk.values import order_ticks, outside

ABOVE = {"intent.price_ticks": 5_040_000}
BELOW = {"intent.price_ticks": 4_940_000}

SPEC = CheckSpec(
    what="price is within the collar around the reference price, when one was set",
    limit="reference_collar_ppm of the configuration, at most price_collar_ppm_max of "
    "limits.toml; the price is set by the command SET_REFERENCE",
    code=Code.RISK_COLLAR_REFERENCE,
    boundaries=(
        Boundary(
            "above", "reference_ticks", 4_800_000, 4_799_999, Code.RISK_COLLAR_REFERENCE, ABOVE
        ),
        Boundary(
            "below", "reference_ticks", 5_200_000, 5_200_001, Code.RISK_COLLAR_REFERENCE, BELOW
        ),
        Boundary(
            "configured collar",
            "reference_ticks",
            5_000_000,
            4_999_999,
            Code.RISK_COLLAR_REFERENCE,
            {"limits.reference_collar_ppm": 1_000, "intent.price_ticks": 5_005_000},
        ),
        Boundary(
            "configuration cannot loosen",
            "reference_ticks",
            4_800_000,
            4_799_999,
            Code.RISK_COLLAR_REFERENCE,
            {**ABOVE, "limits.reference_collar_ppm": 1_000_000},
        ),
        Boundary(
            "none is set",
            "reference_ticks",
            0,
            1,
            Code.RISK_COLLAR_REFERENCE,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    ppm = min(x.limits.reference_collar_ppm, LIMITS["price_collar_ppm_max"])
    far = x.reference_ticks > 0 and outside(order_ticks(x), x.reference_ticks, ppm)
    return Code.RISK_COLLAR_REFERENCE if far else Code.OK
