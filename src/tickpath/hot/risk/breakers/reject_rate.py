"""Too many rejects among the last reports."""

from tickpath.core.codes import Code
from tickpath.core.records import ReportKind
from tickpath.hot.risk.control.spec import Breaker, ControlEvent, On, RuleSpec, Scenario

REJECT = {"report": ReportKind.REJECT}
ACK = {"report": ReportKind.ACK}

SPEC = RuleSpec(
    what="rejected new orders among the last `count` reports that changed an order",
    limit="rejects",
    code=Code.RISK_BREAKER_REJECT_RATE,
    on=On.REPORT,
    words=lambda spec: 2 + spec.count,
    sane=lambda words, spec: (
        0 <= words[0] < spec.count and {*words[2:]} <= {0, 1} and words[1] == sum(words[2:])
    ),
    needs=("count",),
    together=True,
    forgets=True,
    scenarios=(
        Scenario("rejects", {"limit": 2, "count": 5}, ACK, REJECT, (REJECT, REJECT)),
        Scenario(
            "only the last count",
            {"limit": 1, "count": 3},
            ACK,
            REJECT,
            (REJECT, ACK, ACK, REJECT),
        ),
        Scenario(
            "a refused cancel is no reject",
            {"limit": 0, "count": 3},
            {"report": ReportKind.CANCEL_REJECT},
            REJECT,
        ),
    ),
)


def step(b: Breaker, x: ControlEvent) -> int:
    """words: [0] next place, [1] rejects in the ring, then the ring: 1 for a reject."""
    at = 2 + b.words[0]
    reject = int(x.report == ReportKind.REJECT)
    b.words[1] += reject - b.words[at]
    b.words[at] = reject
    b.words[0] = (b.words[0] + 1) % b.count
    return int(b.words[1] > b.limit)
