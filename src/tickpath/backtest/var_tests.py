"""Back-tests of a value at risk: are its exceptions as many as promised, and do they cluster?

In: one flag a period, true where the loss was beyond the figure that was stated before it. Out:
likelihood ratios with p-values. Kupiec's proportion of failures ("Techniques for Verifying the
Accuracy of Risk Measurement Models", Journal of Derivatives, 1995) is chi-square with 1 degree of
freedom, Christoffersen's independence and conditional coverage ("Evaluating Interval Forecasts",
International Economic Review, 1998) with 1 and 2. The upper tails are closed forms: erfc(sqrt(x/2))
and exp(-x/2). All three are asymptotic: with fewer than about five exceptions expected they are
rough, and a few exceptions in a row decide the second. Cold code: uses the library's logarithm.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tickpath.core.errors import DataError


@dataclass(frozen=True, slots=True)
class LikelihoodRatio:
    """A statistic and the probability of one at least as large when the figure is right."""

    ratio: float
    p_value: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """All three tests of one sequence of exceptions."""

    periods: int
    exceptions: int
    proportion: LikelihoodRatio
    independence: LikelihoodRatio
    conditional: LikelihoodRatio


def chi_square_tail(x: float, degrees: int) -> float:
    """Probability that a chi-square variable with 1 or 2 degrees of freedom exceeds x."""
    if degrees not in (1, 2):
        raise DataError(f"chi-square with {degrees} degrees of freedom: only 1 and 2 are offered")
    x = max(x, 0.0)
    return math.erfc(math.sqrt(x / 2)) if degrees == 1 else math.exp(-x / 2)


def _log_likelihood(hits: int, misses: int, p: float) -> float:
    """log(p**hits * (1 - p)**misses), 0 to the power 0 being 1."""
    total = hits * math.log(p) if hits else 0.0
    return total + (misses * math.log1p(-p) if misses else 0.0)


def _ratio(restricted: float, free: float, degrees: int) -> LikelihoodRatio:
    ratio = max(0.0, 2 * (free - restricted))
    return LikelihoodRatio(ratio, chi_square_tail(ratio, degrees))


def _refuse(periods: int, exceptions: int, tail: float) -> None:
    if not 0 < tail < 1:
        raise DataError(f"back-test: a tail of {tail}: write a probability, 0.01 for 99 %")
    if periods < 1 or not 0 <= exceptions <= periods:
        raise DataError(f"back-test: {exceptions} exceptions in {periods} periods")


def proportion_of_failures(periods: int, exceptions: int, tail: float) -> LikelihoodRatio:
    """Kupiec: is the rate of exceptions `tail`?"""
    _refuse(periods, exceptions, tail)
    misses = periods - exceptions
    return _ratio(
        _log_likelihood(exceptions, misses, tail),
        _log_likelihood(exceptions, misses, exceptions / periods),
        1,
    )


def transitions(hits: Sequence[bool]) -> tuple[int, int, int, int]:
    """How often (no, no), (no, yes), (yes, no), (yes, yes) follow each other."""
    counts = [0, 0, 0, 0]
    for before, after in itertools.pairwise(hits):
        counts[2 * bool(before) + bool(after)] += 1
    return counts[0], counts[1], counts[2], counts[3]


def independence(t00: int, t01: int, t10: int, t11: int) -> LikelihoodRatio:
    """Christoffersen: is an exception as likely after one as after none?"""
    if min(t00, t01, t10, t11) < 0 or t00 + t01 + t10 + t11 < 1:
        raise DataError(f"back-test: transitions {t00}, {t01}, {t10}, {t11}: two periods at least")
    hits, misses = t01 + t11, t00 + t10
    free = 0.0
    for yes, no in ((t01, t00), (t11, t10)):
        if yes + no:
            free += _log_likelihood(yes, no, yes / (yes + no))
    return _ratio(_log_likelihood(hits, misses, hits / (hits + misses)), free, 1)


def coverage(hits: Sequence[bool], tail: float) -> Coverage:
    """All three; conditional coverage is the sum of the other two ratios, as Christoffersen has it
    but for the first period, which follows none."""
    periods, exceptions = len(hits), sum(map(bool, hits))
    rate = proportion_of_failures(periods, exceptions, tail)
    alone = independence(*transitions(hits))
    ratio = rate.ratio + alone.ratio
    both = LikelihoodRatio(ratio, chi_square_tail(ratio, 2))
    return Coverage(periods, exceptions, rate, alone, both)


def exceptions_of(profits: Iterable[float], at_risk: Iterable[float | None]) -> list[bool]:
    """Whether each profit lost more than the figure stated before it; periods without a figure
    (None) are left out."""
    pairs = zip(profits, at_risk, strict=True)
    return [-profit > figure for profit, figure in pairs if figure is not None]
