"""Run set-up, statistics and reports of backtests. The replay loop is native, in venues/sim."""
