"""Constants of the standard normal distribution for a confidence, by decimal arithmetic.

The quantile z solves F(z) = confidence with F(z) = 1/2 + f(z) * (z + z^3/3 + z^5/(3*5) + ...)
(Abramowitz and Stegun 26.2.11) by Newton's rule in 40 digits, then rounds once to float64: no
library logarithm, the same bits everywhere. Worst case: about 5 ms, once, at configuration.
"""

from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import cache

from tickpath.core.errors import ConfigError

DIGITS = 40
TERMS_MAX = 1000
STEPS_MAX = 60
CONFIDENCE_PPM_MIN, CONFIDENCE_PPM_MAX = 500_001, 999_999


@dataclass(frozen=True, slots=True)
class Factors:
    """Loss at a confidence in standard deviations: at risk, and expected beyond it."""

    at_risk: float
    shortfall: float


def _density(z: Decimal, root_two_pi: Decimal) -> Decimal:
    return (-z * z / 2).exp() / root_two_pi


def _probability(z: Decimal, root_two_pi: Decimal) -> Decimal:
    """F(z) for z >= 0."""
    term = total = z
    least = Decimal(10) ** -DIGITS
    for k in range(1, TERMS_MAX):
        term = term * z * z / (2 * k + 1)
        total += term
        if term < least:
            break
    return Decimal("0.5") + _density(z, root_two_pi) * total


@cache
def factors(confidence_ppm: int) -> Factors:
    """Of a confidence, in millionths: 990000 is 99 %."""
    if not CONFIDENCE_PPM_MIN <= confidence_ppm <= CONFIDENCE_PPM_MAX:
        raise ConfigError(
            f"confidence_ppm is {confidence_ppm}: choose {CONFIDENCE_PPM_MIN}..{CONFIDENCE_PPM_MAX}"
        )
    with localcontext() as context:
        context.prec = DIGITS + 10
        root_two_pi = (2 * Decimal("3.14159265358979323846264338327950288419716939937510")).sqrt()
        wanted = Decimal(confidence_ppm) / 10**6
        z = Decimal(0)
        for _ in range(STEPS_MAX):
            step = (wanted - _probability(z, root_two_pi)) / _density(z, root_two_pi)
            z += step
            if abs(step) < Decimal(10) ** (5 - DIGITS):
                break
        shortfall = _density(z, root_two_pi) / (1 - wanted)
        return Factors(float(z), float(shortfall))
