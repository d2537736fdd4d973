"""What indicators of several book levels share: twin of depth.pxd."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_log


def paired(values: Sequence[float]) -> float:
    """Their sum: of the first, third .. and of the second, fourth .., so that two levels add up at
    once."""
    total = [0.0, 0.0]
    for k, value in enumerate(values):
        total[k % 2] += value
    return total[0] + total[1]


def side_slope(middle: float, prices: Sequence[float], quantities: Sequence[float]) -> float:
    """Slope of one side of the book, see book_slope; 0 of an empty one. (v / v' - 1) / |p / p' - 1|
    is (v - v') |p'| / (v' |p - p'|), with v - 0 over 1 for the first level."""
    total = less = levels = 0.0
    found = [0.0, 0.0]
    deep = 1.0
    near = middle
    for k, (price, quantity) in enumerate(zip(prices, quantities, strict=True)):
        if quantity <= 0.0 or near == 0.0:
            continue
        total += quantity
        level = own_log(total)
        bottom = deep * abs(price - near)
        if bottom != 0.0:
            found[k % 2] += (level - less) * abs(near) / bottom
        deep = less = level
        near = price
        levels += 1.0
    return (found[0] + found[1]) / levels if levels > 0.0 else 0.0
