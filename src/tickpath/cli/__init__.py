"""The command line: `tickpath demo | backtest | bench | doctor | replay`."""
