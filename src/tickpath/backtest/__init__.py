"""Run set-up, statistics and reports of backtests. The replay loop itself is native, in venues/sim."""
