"""What indicators of several book levels share: twin of depth.pxd."""

from collections.abc import Sequence

from tickpath.hot.features.functions import own_log


def side_slope(middle: float, prices: Sequence[float], quantities: Sequence[float]) -> float:
    """Slope of one side of the book, see book_slope; 0 of an empty one."""
    total = found = deep = 0.0
    near = middle
    levels = 0.0
    for price, quantity in zip(prices, quantities, strict=True):
        if quantity <= 0.0 or near == 0.0:
            continue
        total += quantity
        level = own_log(total)
        step = price / near - 1.0
        step = step if step >= 0.0 else -step
        if levels == 0.0:
            found += level / step if step > 0.0 else 0.0
        elif deep != 0.0:
            found += (level / deep - 1.0) / step if step > 0.0 else 0.0
        deep = level
        near = price
        levels += 1.0
    return found / levels if levels > 0.0 else 0.0
