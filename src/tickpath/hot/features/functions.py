"""log, exp and atan with the same bits on every machine: twin of functions.pxd.

The C library's differ between versions in the last bit, which a decision must not depend on. Each
is a reduction that is exact or nearly so and a polynomial, within 2 units of the last place.
Source of exp and atan: FreeBSD msun (fdlibm), e_exp.c and s_atan.c, by Sun Microsystems, 1993.
"""

import math
from collections.abc import Sequence

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LOG2_E = 1.44269504088896338700
LOG = (
    6.66666666666669294e-01, 3.99999999993456479e-01, 2.85714288326797294e-01,
    2.22221831806812653e-01, 1.81845886038044385e-01, 1.52842326571006326e-01,
    1.51136808935311978e-01,
)  # fmt: skip
"""(2 artanh(s) - 2 s) / s**3 in powers of s**2 for s up to 1 / 5, through the zeros of a Chebyshev
polynomial: within 2**-54 of the logarithm."""
SQUARE = (
    2.66666666666666652e+00, 2.04444444444507933e+00, 1.67619047585765757e+00,
    1.42984133621350362e+00, 1.25213396477185723e+00, 1.11756254003519251e+00,
    1.00089967246088696e+00, 1.07418698214260178e+00,
)  # fmt: skip
"""((2 artanh(s))**2 - 4 s**2) / s**4 likewise."""
EXP = (
    1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
    -1.65339022054652515390e-06, 4.13813679705723846039e-08,
)  # fmt: skip
ATAN = (
    3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
    -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
    6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
    -3.65315727442169155270e-02, 1.62858201153657823623e-02,
)  # fmt: skip
ATAN_FROM = (0.4375, 0.6875, 1.1875, 2.4375)
ATAN_RANGES = (
    (0.0, 1.0, 0.0, 1.0, 0.0),
    (4.63647609000806093515e-01, 2.0, 1.0, 2.0, 1.0),
    (7.85398163397448278999e-01, 1.0, 1.0, 1.0, 1.0),
    (9.82793723247329054082e-01, 1.0, 1.5, 1.0, 1.5),
    (1.57079632679489655800, 0.0, 1.0, 0.0, 1.0),
)
"""An angle t and a, b, c, d: atan(y) is t + atan((a y - b) / (c + d y))."""


def five_terms(p: Sequence[float], z: float, w: float) -> float:
    """p[0] + p[1] z + .. p[4] z**4, w the square of z, in an order that waits little."""
    return (p[0] + p[1] * z) + (p[2] + p[3] * z + p[4] * w) * w


def reduced(a: float, b: float) -> tuple[float, float]:
    """k and s: 2**k is the power of two that leaves a between 2 / 3 and 3 / 2 of b, and then s is
    (a - b) / (a + b); ln(a / b) is k ln 2 + 2 artanh(s)."""
    x, e = math.frexp(a)
    y, f = math.frexp(b)
    turn = math.floor(2.0 * (x - y) + 0.5)
    x = math.ldexp(x, -turn)
    return float(e - f + turn), (x - y) / (x + y)


def own_log_ratio(a: float, b: float) -> float:
    """Natural logarithm of a / b, positive finite numbers; 0 of any other."""
    if not (0.0 < a < math.inf and 0.0 < b < math.inf):
        return 0.0
    k, s = reduced(a, b)
    z = s * s
    w = z * z
    r = (LOG[0] + LOG[1] * z) + (LOG[2] + LOG[3] * z) * w
    r = z * (r + (LOG[4] + LOG[5] * z + LOG[6] * w) * (w * w))
    return k * LN2_HIGH + ((s + s) + (s * r + k * LN2_LOW))


def own_log_square(a: float, b: float) -> float:
    """The square of the natural logarithm of a / b, positive finite numbers; 0 of any other."""
    if not (0.0 < a < math.inf and 0.0 < b < math.inf):
        return 0.0
    k, s = reduced(a, b)
    if k != 0.0:
        found = own_log_ratio(a, b)
        return found * found
    z = s * s
    w = z * z
    r = (SQUARE[0] + SQUARE[1] * z) + (SQUARE[2] + SQUARE[3] * z) * w
    high = (SQUARE[4] + SQUARE[5] * z) + (SQUARE[6] + SQUARE[7] * z) * w
    return z * (4.0 + z * (r + high * (w * w)))


def own_log(x: float) -> float:
    """Natural logarithm of a positive finite number; 0 of any other."""
    return own_log_ratio(x, 1.0)


def own_exp(x: float) -> float:
    """e to the x, 0 below -700 and infinite above 700."""
    if x < -700.0:
        return 0.0
    if x > 700.0:
        return math.inf
    k = math.floor(x * LOG2_E + 0.5)
    high = x - k * LN2_HIGH
    low = k * LN2_LOW
    r = high - low
    z = r * r
    c = r - z * five_terms(EXP, z, z * z)
    return math.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), k)


def own_atan(x: float) -> float:
    """Arc tangent in radians."""
    size = abs(x)
    angle, p, q, r, s = ATAN_RANGES[sum(size >= least for least in ATAN_FROM)]
    y = (p * size - q) / (r + s * size)
    z = y * y
    w = z * z
    high = w * w * z
    tail = five_terms(ATAN, z, w) + (five_terms(ATAN[5:], z, w) + ATAN[10] * high) * high
    found = angle + (y - y * (z * tail))
    return -found if x < 0.0 else found
