"""Risk of the portfolio as a whole: covariance of returns, value at risk, expected shortfall.

On the path, each a stem in plain Python and in C, bit-equal: `covariance` (the touched row of an
exponentially weighted covariance) and `historical` (the tail of a window of profits). Off the path,
numpy: `full` (the whole matrix, correlations, parametric figures), and `monte_carlo`, whose paths
are drawn by a native kernel or a GPU. `normal` has the constants of the normal distribution,
computed once, without a library's logarithm.
Money is integer units; returns, covariances and the normal distribution are float64.
"""
