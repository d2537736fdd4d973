"""The walk: bytes in, order bytes out. `reference.py` spells it, `native.pyx` fuses it.

Nobody in the hot folders imports this package; backtests and commands do.
"""
