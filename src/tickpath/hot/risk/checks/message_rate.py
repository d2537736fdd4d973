"""A message is free, over all venues and on the order's own."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Boundary, CheckSpec

SPEC = CheckSpec(
    what="a message is free, over all venues and on the order's own; cancels use them up too",
    limit="message_rate_per_s, message_burst, venue_message_rate_per_s and "
    "venue_message_burst of the configuration, at most message_rate_per_s_max of "
    "limits.toml",
    code=Code.RISK_MESSAGE_RATE,
    boundaries=(
        Boundary("all venues", "message_room_ns", 0, -1, Code.RISK_MESSAGE_RATE),
        Boundary("one venue", "venue_message_room_ns", 0, -1, Code.RISK_MESSAGE_RATE),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    none = x.message_room_ns < 0 or x.venue_message_room_ns < 0
    return Code.RISK_MESSAGE_RATE if none else Code.OK
