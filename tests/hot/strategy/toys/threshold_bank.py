"""One row over one feature: buy below a spread of 1.5 ticks, sell above 3.5; threshold_python.py
is the same as a class."""

from tickpath.core.config import FeatureSpec
from tickpath.hot.strategy.bank import Bank, BankInput
from tickpath.hot.strategy.bank_body import declare_bank

THRESHOLD = declare_bank(
    name="threshold",
    features=[FeatureSpec(name="spread", indicator="spread")],
    bank=Bank(inputs=[BankInput(0.0, 2.0)], weights=[[-1]], bias=[0], sell=[-7], buy=[-3]),
)
