"""Averages: twin of averages.pxd."""

from tickpath.hot.features.functions import own_exp


def seeded(held: float, count: int, n: int, alpha: float, x: float) -> float:
    """An average that starts as the mean of its first n samples. `held` is their sum before the
    n-th step, and the average from it on; `count` is the step's number from 1."""
    if count > n:
        return held + alpha * (x - held)
    return (held + x) / float(n) if count == n else held + x


def bell(n: int, offset: float, sigma: float) -> list[float]:
    """Normalised weights of the Arnaud Legoux average, the first for the oldest sample."""
    middle = offset * (n - 1.0)
    breadth = n / sigma
    raw = []
    for k in range(n):
        far = (k - middle) / breadth
        raw.append(own_exp(-0.5 * far * far))
    total = 0.0
    for weight in raw:
        total += weight
    return [weight / total for weight in raw]


def t3_constants(n: int, v: float) -> tuple[float, ...]:
    """alpha and Tillson's four weights."""
    square, cube = v * v, v * v * v
    return (
        2.0 / (n + 1.0),
        -cube,
        3.0 * (square + cube),
        -6.0 * square - 3.0 * (v + cube),
        1.0 + 3.0 * v + cube + 3.0 * square,
    )


def line_constants(n: int) -> tuple[float, ...]:
    """Of a regression over n samples: 12 / (n (n**2 - 1)), the middle weight, the half width."""
    return 12.0 / (n * (n * n - 1.0)), 0.5 * (n + 1.0), 0.5 * (n - 1.0)
