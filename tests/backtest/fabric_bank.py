"""A bank over the eight features of the overlay: all of it could run in the fabric."""

from tickpath.core.config import FeatureSpec
from tickpath.hot.strategy.bank import Bank, BankInput
from tickpath.hot.strategy.bank_body import declare_bank

BANK = Bank(
    inputs=[BankInput(0.0, 1.0)] * 8,
    weights=[[0, 40, 0, 0, 0, 20, 0, 0], [-1, 0, 30, 8, -2, 0, 5, 60]],
    bias=[0, 1000],
    sell=[-2_400_000, -9000],
    buy=[2_400_000, 9000],
)

FABRIC_BANK = declare_bank(
    name="fabric_bank",
    features=[
        FeatureSpec(name=f"f{k}", indicator="fixed_point", source="mid", params={"column": k})
        for k in range(1, 9)
    ],
    bank=BANK,
)
