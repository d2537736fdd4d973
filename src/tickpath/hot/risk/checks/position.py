"""Worst-case position, all open orders of the side filled, is within the part of equity."""

from decimal import Decimal

from tickpath.core.codes import Code
from tickpath.core.limits import LIMITS
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import FAR, INVERSE, LONG_MARKET, Boundary, Case, CheckSpec
from tickpath.hot.risk.values import (
    OVER,
    WORD_MAX,
    added_lots,
    notional_over,
    part_of_equity,
    pending_lots,
    worst_lots,
)

SPEC = CheckSpec(
    what="position if all open on the order's side fills is within a part of equity",
    limit="position_ceiling_ppm of the configuration, at most that of limits.toml; orders that "
    "reduce the position are free",
    code=Code.RISK_POSITION,
    boundaries=(
        Boundary("held", "position.position_lots", 3800, 3801, Code.RISK_POSITION),
        Boundary("open orders count", "position.open_buy_lots", 3800, 3801, Code.RISK_POSITION),
        Boundary("the batch counts", "pending_buy_lots", 3800, 3801, Code.RISK_POSITION),
        Boundary(
            "short side",
            "position.position_lots",
            -3800,
            -3801,
            Code.RISK_POSITION,
            {"intent.side": 1},
        ),
        Boundary(
            "short side, open orders",
            "position.open_sell_lots",
            3800,
            3801,
            Code.RISK_POSITION,
            {"intent.side": 1},
        ),
        Boundary(
            "short side, the batch",
            "pending_sell_lots",
            3800,
            3801,
            Code.RISK_POSITION,
            {"intent.side": 1},
        ),
        Boundary(
            "what a replace gives back",
            "replaced_lots",
            100,
            99,
            Code.RISK_POSITION,
            {"intent.kind": 3, "position.position_lots": 3800, "position.open_buy_lots": 100},
        ),
        Boundary(
            "a replace gives back one lot",
            "replaced_lots",
            1,
            0,
            Code.RISK_POSITION,
            {"intent.kind": 3, "position.position_lots": 3800, "position.open_buy_lots": 1},
        ),
        Boundary(
            "short side, what a replace gives back",
            "replaced_lots",
            100,
            99,
            Code.RISK_POSITION,
            {
                "intent.kind": 3,
                "intent.side": 1,
                "position.position_lots": -3800,
                "position.open_sell_lots": 100,
            },
        ),
        Boundary(
            "a replace gives back at most its own quantity",
            "position.open_buy_lots",
            4000,
            4001,
            Code.RISK_POSITION,
            {"intent.kind": 3, "replaced_lots": 4001},
        ),
        Boundary(
            "a replace gives back what is open on its side only",
            "position.position_lots",
            3800,
            3801,
            Code.RISK_POSITION,
            {"intent.kind": 3, "replaced_lots": 4000, "position.open_sell_lots": 4000},
        ),
        Boundary(
            "configured ceiling",
            "position.position_lots",
            1800,
            1801,
            Code.RISK_POSITION,
            {"limits.position_ceiling_ppm": 10_000},
        ),
        Boundary(
            "configuration cannot loosen",
            "position.position_lots",
            3800,
            3801,
            Code.RISK_POSITION,
            {"limits.position_ceiling_ppm": 1_000_000},
        ),
        Boundary(
            "configuration cannot loosen by one part in a million",
            "position.position_lots",
            3_999_800,
            3_999_801,
            Code.RISK_POSITION,
            {"limits.position_ceiling_ppm": 20_001, "equity_units": 10**16},
        ),
        Boundary(
            "market order at the touch and the collar: 5 250 002 ticks",
            "position.position_lots",
            3609,
            3610,
            Code.RISK_POSITION,
            LONG_MARKET,
        ),
        Boundary("inverse", "position.position_lots", 9, 10, Code.RISK_POSITION, INVERSE),
        Boundary(
            "inverse, valued at the lower price",
            "top.bid_ticks",
            499_999,
            499_998,
            Code.RISK_POSITION,
            {**INVERSE, "position.position_lots": 9, "intent.price_ticks": 505_000},
        ),
        Boundary(
            "past the ceiling only what does not turn the position",
            "intent.quantity_lots",
            200,
            201,
            Code.RISK_POSITION,
            {"position.position_lots": -200, "limits.position_ceiling_ppm": 0},
        ),
    ),
    cases=(
        Case("reducing passes", {"position.position_lots": -9000}, Code.OK),
        Case(
            "a submit gives nothing back",
            {"replaced_lots": 200, "position.position_lots": 3800, "position.open_buy_lots": 200},
            Code.RISK_POSITION,
        ),
        Case(
            "a replace takes nothing more",
            {"intent.kind": 3, "replaced_lots": -1, "position.position_lots": 3800},
            Code.OK,
        ),
        Case(
            "what reduces to nothing is not valued",
            {
                **INVERSE,
                **FAR,
                "instrument.tick_size": Decimal("1.000003"),
                "intent.side": 0,
                "limits.order_notional_units_max": 10**12,
                "equity_units": 2**63 - 1,
                "position.position_lots": -1,
            },
            Code.OK,
        ),
        Case("the largest sum", {"position.position_lots": 2**63 - 201}, Code.RISK_POSITION),
        Case(
            "the largest batch",
            {"position.position_lots": -(2**63), "pending_buy_lots": 2**63 - 201},
            Code.OK,
        ),
        Case("sum does not fit", {"position.position_lots": 2**63 - 1}, Code.RISK_OVERFLOW),
        Case(
            "pending does not fit",
            {"position.position_lots": -(2**63), "pending_buy_lots": 2**63 - 1},
            Code.RISK_OVERFLOW,
        ),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    worst = worst_lots(x)
    if pending_lots(x) + added_lots(x) > WORD_MAX:
        return Code.RISK_OVERFLOW
    if worst <= 0:
        return Code.OK
    ppm = min(x.limits.position_ceiling_ppm, LIMITS["position_ceiling_ppm"])
    code = notional_over(x, worst, part_of_equity(x, ppm))
    return Code.RISK_POSITION if code == OVER else code
