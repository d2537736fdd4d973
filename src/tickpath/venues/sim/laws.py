"""Latencies by a named law as a table of quantiles, so that drawing one is drawing a place.

| latency     | a message needs, in ns                                                            |
| ----------- | --------------------------------------------------------------------------------- |
| exponential | least + spread E: E exponential of mean 1                                         |
| lognormal   | least + spread exp(s Z): Z standard normal, s = `latency_shape_ppm` / 10^6         |
| gamma       | least + spread G / k: G gamma of shape k = `latency_shape_ppm` / 10^6 and scale 1  |

`least` is `order_latency_ns` or `response_latency_ns`, `spread` is `order_spread_ns` or
`response_spread_ns`: the mean above the least, of lognormal the median. Place i of PLACES is the
quantile of (2 i + 1) / (2 PLACES), rounded half to even: no latency is above the one that one in
8 192 would pass. Decimal arithmetic of DIGITS digits, whose every operation is correctly rounded,
exp and ln included: the table has the same bits everywhere.

Quantiles by Newton's method with a bracket. Series without cancellation: G. Marsaglia, Evaluating
the normal distribution (2004), and Abramowitz and Stegun, Handbook of Mathematical Functions,
6.5.4 with 6.5.29. Cost: a second or two for a new shape, then kept.
"""

from collections.abc import Callable
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    localcontext,
)
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from tickpath.core.config import SimSpec

PLACES: Final = 4096
DIGITS: Final = 30
STEPS_MAX: Final = 200
TERMS_MAX: Final = 4000
NEAR: Final = Decimal("1e-11")
"""A step of Newton's method so small, in parts of x, is the last: it leaves about its square."""

SMALL: Final = Decimal("1e-32")
PI: Final = Decimal("3.14159265358979323846264338327950288419717")
PPM: Final = 1_000_000
Step = Callable[[Decimal, Decimal], Decimal]
"""(probability, x): how far the quantile is from x by Newton's method."""


def arithmetic() -> Context:
    """The context of all computations here, whatever the caller's is."""
    return Context(
        prec=DIGITS, rounding=ROUND_HALF_EVEN, Emin=-999_999, Emax=999_999, capitals=1, clamp=0,
        flags=[], traps=[InvalidOperation, DivisionByZero],
    )  # fmt: skip


def series(x: Decimal, first: Decimal, start: Decimal, step: int) -> Decimal:
    """The sum of first x^n / ((start + step) (start + 2 step) ...): positive terms that end."""
    total = term = first
    at = start
    for _ in range(TERMS_MAX):
        at += step
        term = term * x / at
        total += term
        if term < total * SMALL:
            break
    return total


def root(step: Step, p: Decimal, low: Decimal, high: Decimal, start: Decimal) -> Decimal:
    """The quantile of p within low..high, from a start near it."""
    x = start
    for _ in range(STEPS_MAX):
        move = step(p, x)
        if move > 0:
            low = max(low, x)
        else:
            high = min(high, x)
        new = x + move
        if abs(move) <= x * NEAR:
            return new
        if not low <= new <= high:
            new = (low + high) / 2
        x = new
    return x


def normal_step(p: Decimal, x: Decimal) -> Decimal:
    """Phi(x) = 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...)."""
    density = (-x * x / 2).exp() / (2 * PI).sqrt()
    return (p - Decimal("0.5")) / density - series(x * x, x, Decimal(1), 2)


def normal_quantiles() -> list[Decimal]:
    """Of the standard normal: the upper half, mirrored."""
    upper: list[Decimal] = []
    x = Decimal(0)
    for i in range(PLACES // 2, PLACES):
        x = root(normal_step, probability(i), x, Decimal(8), x or Decimal("1e-4"))
        upper.append(x)
    return [-x for x in reversed(upper)] + upper


def gamma_quantiles(k: Decimal) -> list[Decimal]:
    """Of gamma of shape k and scale 1: gamma(k, x) = exp(k ln x - x) sum x^n / (k ... (k + n))."""
    far = 200 + 4 * k
    whole = (k * far.ln() - far).exp() * series(far, 1 / k, k, 1)

    def step(p: Decimal, x: Decimal) -> Decimal:
        return x * (p * whole / (k * x.ln() - x).exp() - series(x, 1 / k, k, 1))

    found: list[Decimal] = []
    x = Decimal(0)
    for i in range(PLACES):
        p = probability(i)
        least = ((p * whole * k).ln() / k).exp() if i < 2 else x  # gamma(k, x) < x^k / k
        x = root(step, p, x, far, least if i < 2 else 2 * x - found[-2])
        found.append(x)
    return found


def probability(i: int) -> Decimal:
    return Decimal(2 * i + 1) / (2 * PLACES)


@lru_cache(maxsize=8)
def quantiles(law: str, shape_ppm: int) -> tuple[Decimal, ...]:
    """Quantiles of a law above its least, of spread 1."""
    with localcontext(arithmetic()):
        shape = Decimal(shape_ppm) / PPM
        if law == "exponential":
            return tuple(-(1 - probability(i)).ln() for i in range(PLACES))
        if law == "lognormal":
            return tuple((shape * z).exp() for z in normal_quantiles())
        return tuple(x / shape for x in gamma_quantiles(shape))


def latency_table(law: str, least_ns: int, spread_ns: int, shape_ppm: int) -> npt.NDArray[np.int64]:
    """PLACES latencies that rise, int64 ns."""
    with localcontext(arithmetic()):
        found = [
            int((least_ns + spread_ns * q).to_integral_value(ROUND_HALF_EVEN))
            for q in quantiles(law, shape_ppm)
        ]
    return np.array(found, dtype=np.int64)


def law_tables(sim: SimSpec) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Of requests and of reports, of numbers that were checked."""
    ways = (
        (sim.order_latency_ns, sim.order_spread_ns),
        (sim.response_latency_ns, sim.response_spread_ns),
    )
    tables = [latency_table(sim.latency, *way, sim.latency_shape_ppm) for way in ways]
    return tables[0], tables[1]
