"""The instrument is configured and trading."""

from tickpath.core.codes import Code
from tickpath.hot.risk.context import RiskInput
from tickpath.hot.risk.spec import Case, CheckSpec

SPEC = CheckSpec(
    what="the instrument is configured and its venue trades it",
    limit="instruments of the configuration",
    code=Code.RISK_INSTRUMENT,
    cases=(
        Case("known", {}, Code.OK),
        Case("unknown", {"instrument_known": False}, Code.RISK_INSTRUMENT),
        Case("halted", {"instrument.trading": False}, Code.RISK_INSTRUMENT),
    ),
)


def check(x: RiskInput) -> int:
    """OK or the code of the refusal."""
    good = x.instrument_known and x.instrument.trading
    return Code.OK if good else Code.RISK_INSTRUMENT
