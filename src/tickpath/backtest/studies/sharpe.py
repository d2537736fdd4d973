"""Sharpe ratios and how sure one may be of them.

Sources: W. F. Sharpe, "The Sharpe Ratio", Journal of Portfolio Management 21 (1994); D. H. Bailey
and M. Lopez de Prado, "The Sharpe Ratio Efficient Frontier", Journal of Risk 15 (2012), for the
probabilistic ratio and the track record; the same, "The Deflated Sharpe Ratio", Journal of
Portfolio Management 40 (2014). All ratios here are per sample: divide an annual one by the root of
the samples a year. Samples are taken as independent; where they are not, every figure is too sure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt

from tickpath.core.errors import DataError

EULER_GAMMA: Final = 0.5772156649015329
SAMPLES_MIN: Final = 4
"""Fewer have no fourth moment worth the name."""
NORMAL: Final = NormalDist()
Returns = npt.NDArray[np.float64] | Sequence[float]


@dataclass(frozen=True, slots=True)
class Moments:
    """Of `samples` returns: Sharpe ratio per sample with the unbiased deviation, skewness, and
    kurtosis (3 for a normal distribution), both of the population."""

    samples: int
    sharpe: float
    skewness: float
    kurtosis: float

    @property
    def spread(self) -> float:
        """1 - skewness SR + (kurtosis - 1) / 4 SR^2: how far returns that are not normal widen the
        ratio's distribution (Mertens 2002). Raises DataError where it is not above 0, which no
        sample's own moments give."""
        found = 1.0 - self.skewness * self.sharpe + (self.kurtosis - 1.0) / 4.0 * self.sharpe**2
        if found <= 0:
            raise DataError(
                f"skewness {self.skewness:g} and kurtosis {self.kurtosis:g} belong to no "
                "distribution: kurtosis is at least 1 + skewness^2"
            )
        return found


def moments(returns: Returns) -> Moments | None:
    """None for fewer than SAMPLES_MIN returns, or returns that do not vary."""
    values = np.asarray(returns, dtype=np.float64)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise DataError("returns: one row of finite numbers is wanted")
    n = len(values)
    if n < SAMPLES_MIN or values.min() == values.max():
        return None
    mean = float(values.mean())
    away = values - mean
    variance = float((away**2).mean())
    if variance <= 0.0:
        return None
    return Moments(
        samples=n,
        sharpe=mean / math.sqrt(variance * n / (n - 1)),
        skewness=float((away**3).mean()) / variance**1.5,
        kurtosis=float((away**4).mean()) / variance**2,
    )


def sharpe_ratio(returns: Returns) -> float | None:
    """Mean over unbiased standard deviation, per sample; None where `moments` is."""
    found = moments(returns)
    return None if found is None else found.sharpe


def probabilistic_sharpe(found: Moments, benchmark: float = 0.0) -> float:
    """Probability that the true ratio is above `benchmark` (per sample), 0 to 1. PSR, 2012:

    Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1) / 4 SR^2))
    """
    z = (found.sharpe - benchmark) * math.sqrt(found.samples - 1) / math.sqrt(found.spread)
    return NORMAL.cdf(z)


def track_record_length_min(
    found: Moments, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """Samples needed until PSR passes `confidence`, infinite when the ratio is not above the
    benchmark. MinTRL, 2012: 1 + (1 - skewness SR + (kurtosis - 1) / 4 SR^2) (z / (SR - SR*))^2"""
    if not 0.5 < confidence < 1.0:
        raise DataError(f"confidence {confidence}: write a number between 0.5 and 1")
    if found.sharpe <= benchmark:
        return math.inf
    z = NORMAL.inv_cdf(confidence)
    return 1.0 + found.spread * (z / (found.sharpe - benchmark)) ** 2


def expected_sharpe_max(trials: int, sharpe_variance: float) -> float:
    """What the best of `trials` independent strategies of no skill is expected to show, when their
    ratios have this variance. 2014, equation 1, the false strategy theorem:

    sqrt(V) ((1 - gamma) Phi^-1(1 - 1 / N) + gamma Phi^-1(1 - 1 / (N e)))

    For few trials it is a little too high, the cautious side: 2.3 % at 10, 1.2 % at 50.
    """
    if trials < 1 or sharpe_variance < 0 or not math.isfinite(sharpe_variance):
        raise DataError(f"{trials} trials with variance {sharpe_variance}: 1 and 0 are the least")
    if trials == 1:
        return 0.0
    near = NORMAL.inv_cdf(1.0 - 1.0 / trials)
    far = NORMAL.inv_cdf(1.0 - 1.0 / (trials * math.e))
    return math.sqrt(sharpe_variance) * ((1.0 - EULER_GAMMA) * near + EULER_GAMMA * far)


def deflated_sharpe(found: Moments, trials: int, sharpe_variance: float) -> float:
    """Probability that the best of `trials` has a true ratio above 0, 0 to 1: PSR against what the
    best of so many without skill would show. 2014, equation 2. Below 0.95 the best is not told
    from luck. Trials that resemble each other count as fewer; counting all of them is cautious."""
    return probabilistic_sharpe(found, expected_sharpe_max(trials, sharpe_variance))
