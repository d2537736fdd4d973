"""A strategy bank of four rows over four features: a table instead of code.

Rows 0 and 1 follow the imbalance of the book, row 2 fades a price far from its average, row 3
follows momentum against the spread; their votes add up to the wanted position (bank_body.py).
The weights are written by hand to be read, not fitted to earn. bank.py has the arithmetic and the
table format; the same table runs in plain Python and natively, and later on a GPU or in RTL.
"""

from tickpath.core.config import FeatureSpec
from tickpath.hot.strategy.bank import Bank, BankInput
from tickpath.hot.strategy.bank_body import declare_bank

UNIT = 4096
"""Inputs are in 1/4096 of their feature's unit."""

BANK = Bank(
    inputs=[
        BankInput(0.0, UNIT),  # imbalance, -1 to 1
        BankInput(0.0, UNIT),  # z score of the mid
        BankInput(0.0, UNIT),  # momentum, ticks
        BankInput(0.0, UNIT),  # spread, ticks
    ],
    weights=[
        [1000, 0, 0, 0],
        [2000, -100, 0, 0],
        [0, -1000, 0, 0],
        [500, 0, 4, -2],
    ],
    bias=[0, 0, 0, 0],
    sell=[-700 * UNIT, -1500 * UNIT, -2500 * UNIT, -600 * UNIT],
    buy=[700 * UNIT, 1500 * UNIT, 2500 * UNIT, 600 * UNIT],
)

BANK_EXAMPLE = declare_bank(
    name="bank_example",
    levels=1,
    features=[
        FeatureSpec(name="imbalance", indicator="imbalance", period=5),
        FeatureSpec(name="zscore", indicator="zscore", source="mid", period=200),
        FeatureSpec(name="momentum", indicator="momentum", source="mid", period=50),
        FeatureSpec(name="spread", indicator="spread"),
    ],
    bank=BANK,
)
