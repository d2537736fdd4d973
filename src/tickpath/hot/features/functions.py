"""log, exp and atan with the same bits on every machine: twin of functions.pxd.

The C library's differ between versions in the last bit, which a decision must not depend on. Each
is a reduction that is exact or nearly so and a polynomial, within 2 units of the last place.
Source: FreeBSD msun (fdlibm), e_log.c, e_exp.c and s_atan.c, by Sun Microsystems, 1993.
"""

import math

LN2_HIGH = 6.93147180369123816490e-01
LN2_LOW = 1.90821492927058770002e-10
LOG2_E = 1.44269504088896338700
ROOT_HALF = 0.70710678118654752440

LOG = (
    6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
    2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
    1.479819860511658591e-01,
)  # fmt: skip
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
ATAN_HALF = 4.63647609000806093515e-01
ATAN_ONE = 7.85398163397448278999e-01
ATAN_THREE_HALVES = 9.82793723247329054082e-01
ATAN_MOST = 1.57079632679489655800


def own_log(x: float) -> float:
    """Natural logarithm of a positive finite number; 0 of any other."""
    if not 0.0 < x < math.inf:
        return 0.0
    m, e = math.frexp(x)
    if m < ROOT_HALF:
        m, e = m * 2.0, e - 1
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    r = 0.0
    for c in reversed(LOG):
        r = (r + c) * z
    half = 0.5 * f * f
    k = float(e)
    return k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f)


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
    t = r * r
    c = 0.0
    for p in reversed(EXP):
        c = (c + p) * t
    c = r - c
    return math.ldexp(1.0 - ((low - (r * c) / (2.0 - c)) - high), k)


def own_atan(x: float) -> float:
    """Arc tangent in radians."""
    y = abs(x)
    if y < 0.4375:
        base, y = 0.0, y
    elif y < 0.6875:
        base, y = ATAN_HALF, (2.0 * y - 1.0) / (2.0 + y)
    elif y < 1.1875:
        base, y = ATAN_ONE, (y - 1.0) / (y + 1.0)
    elif y < 2.4375:
        base, y = ATAN_THREE_HALVES, (y - 1.5) / (1.0 + 1.5 * y)
    else:
        base, y = ATAN_MOST, -1.0 / y
    z = y * y
    r = 0.0
    for c in reversed(ATAN):
        r = (r + c) * z
    found = base + (y - y * r)
    return -found if x < 0.0 else found
