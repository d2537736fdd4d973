"""Implementation shortfall: the schedule of Almgren and Chriss, fast at first.

R. Almgren, N. Chriss, Optimal execution of portfolio transactions (2000), equations 16 to 18: with
temporary impact eta and no permanent one, the holdings that minimise E + lambda V after step j of
n steps of length tau are

    x_j = X sinh(kappa (T - j tau)) / sinh(kappa T)
    2 (cosh(kappa tau) - 1) / tau^2 = lambda sigma^2 / eta

`urgency` is kappa T itself; or it follows from lambda (`risk_aversion`), sigma (`volatility`, price
per square root of a second), eta (`impact`, price per lot a second) and T (`horizon_s`). An order
of another duration stretches the curve. All in `decimal`, so that every platform makes one table.
"""

from decimal import Context, Decimal, localcontext

from tickpath.core.config import AlgorithmSpec
from tickpath.core.errors import ConfigError
from tickpath.hot.execute.schedule import PPM
from tickpath.hot.execute.schedule_plan import AlgorithmKind

DIGITS = 50
MODEL = ("risk_aversion", "volatility", "impact", "horizon_s")
URGENCY_MIN, URGENCY_MAX = Decimal("0.000001"), Decimal(1000)


def urgency_of(spec: AlgorithmSpec) -> Decimal:
    """kappa T. Raises ConfigError when the fields do not give it."""
    given = [name for name in MODEL if getattr(spec, name) is not None]
    if (spec.urgency is None) == (not given):
        raise ConfigError(f"give urgency, or all of {', '.join(MODEL)}")
    if spec.urgency is not None:
        return spec.urgency
    if len(given) != len(MODEL):
        raise ConfigError(f"{', '.join(sorted(set(MODEL) - set(given)))} missing: give all four")
    risk, sigma, eta, horizon = (Decimal(getattr(spec, name)) for name in MODEL)
    tau = horizon / spec.slices
    cosh = risk * sigma * sigma / eta * tau * tau / 2 + 1
    return (cosh + (cosh * cosh - 1).sqrt()).ln() * spec.slices


def shares(spec: AlgorithmSpec) -> tuple[int, ...]:
    """What is done after slice k: 1 - sinh(kappa (T - t_k)) / sinh(kappa T)."""
    with localcontext(Context(prec=DIGITS)):
        urgency = urgency_of(spec)
        if not URGENCY_MIN <= urgency <= URGENCY_MAX:
            raise ConfigError(
                f"urgency is {urgency:.6g}: {URGENCY_MIN:f} to {URGENCY_MAX} makes sense"
            )
        whole = _sinh(urgency)
        left = [_sinh(urgency * (spec.slices - k) / spec.slices) for k in range(1, spec.slices + 1)]
        return tuple(int(PPM * (1 - one / whole)) for one in left)


def _sinh(x: Decimal) -> Decimal:
    return (x.exp() - (-x).exp()) / 2


SPEC = AlgorithmKind(
    what="the schedule of Almgren and Chriss, fast at first",
    reads=("slices", "urgency", *MODEL),
    shares=shares,
)
