"""A seeded day of ITCH messages, and the slowest book that could be right: one list of orders.

`Day` makes what a venue would send: system events, directories, adds, executions, cancels, deletes,
replaces, trades, crosses, halts. `SlowBook` reads nothing of the code under test.
"""

from random import Random

from tickpath.venues.nasdaq.itch import Message, encode

PRICE = 100_0000
STOCKS = ("AAPL", "MSFT", "ZVZZT", "BRK.B")


class SlowBook:
    """Every live order in order of priority within its price: [reference, stock, side, price,
    shares]."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []

    def row(self, reference: int) -> list[int] | None:
        return next((r for r in self.rows if r[0] == reference), None)

    def add(self, reference: int, stock: int, side: int, shares: int, price: int) -> None:
        self.rows.append([reference, stock, side, price, shares])

    def reduce(self, reference: int, shares: int) -> None:
        row = self.row(reference)
        assert row is not None
        row[4] -= shares
        if row[4] == 0:
            self.rows.remove(row)

    def delete(self, reference: int) -> None:
        row = self.row(reference)
        assert row is not None
        self.rows.remove(row)

    def replace(self, reference: int, new: int, shares: int, price: int) -> None:
        row = self.row(reference)
        assert row is not None
        self.rows.remove(row)
        self.add(new, row[1], row[2], shares, price)

    def level(self, stock: int, side: int, price: int) -> int:
        return sum(r[4] for r in self.rows if r[1:4] == [stock, side, price])

    def ahead(self, reference: int) -> int:
        shares = 0
        row = self.row(reference)
        assert row is not None
        for other in self.rows:
            if other[0] == reference:
                break
            if other[1:4] == row[1:4]:
                shares += other[4]
        return shares

    def depth(self, stock: int, side: int) -> list[tuple[int, int]]:
        prices = {r[3] for r in self.rows if r[1] == stock and r[2] == side}
        ordered = sorted(prices, reverse=side == 0)
        return [(price, self.level(stock, side, price)) for price in ordered]


class Day:
    """Messages of one day, one call a message; `book` is the book after it."""

    def __init__(self, seed: int, stocks: tuple[str, ...] = STOCKS, spread: int = 20) -> None:
        self.random = Random(seed)
        self.stocks = stocks
        self.spread = spread
        self.book = SlowBook()
        self.t_ns = 34_200 * 10**9
        self.reference = 1000
        self.match = 1

    def message(self, kind: str, which: int, /, **fields: int | str) -> bytes:
        """A message of the `which`-th stock, a while after the last one."""
        self.t_ns += self.random.randrange(1, 100_000)
        return encode(Message(kind, which + 1, self.random.randrange(3), self.t_ns, fields))

    def start(self) -> list[bytes]:
        """System events and the directory, as before the market opens."""
        found = [encode(Message("S", 0, 0, self.t_ns, {"event": "O"}))]
        for k, name in enumerate(self.stocks):
            found.append(
                self.message(
                    "R", k, stock=name, category="Q", financial="N", round_lot=100,
                    round_lots_only="N", classification="C", subtype="Z", authenticity="P",
                    short_threshold="N", ipo="N", luld_tier="1", etp="N", etp_leverage=0,
                    inverse="N",
                )
            )  # fmt: skip
            found.append(self.message("H", k, stock=name, state="T", reserved="", reason=""))
        return found

    def next(self) -> bytes:
        """One message that fits the book."""
        pick = self.random.random()
        rows = self.book.rows
        if not rows or pick < 0.42:
            return self.add()
        row = rows[self.random.randrange(len(rows))]
        if pick < 0.62:
            return self.delete(row)
        if pick < 0.74:
            return self.execute(row)
        if pick < 0.82:
            shares = self.random.randrange(1, row[4] + 1)
            self.book.reduce(row[0], shares)
            return self.message("X", row[1], reference=row[0], shares=shares)
        if pick < 0.95:
            return self.replace(row)
        return self.other(row[1])

    def add(self) -> bytes:
        stock, side = self.random.randrange(len(self.stocks)), self.random.randrange(2)
        away = self.random.randrange(1, self.spread) * 100
        price = PRICE * (stock + 1) + (away if side else -away)
        shares, self.reference = self.random.randrange(1, 500), self.reference + 1
        self.book.add(self.reference, stock, side, shares, price)
        fields = {
            "reference": self.reference, "side": "BS"[side], "shares": shares,
            "stock": self.stocks[stock], "price": price,
        }  # fmt: skip
        if self.random.random() < 0.2:
            return self.message("F", stock, **fields, mpid="MAKR")
        return self.message("A", stock, **fields)

    def delete(self, row: list[int]) -> bytes:
        self.book.delete(row[0])
        return self.message("D", row[1], reference=row[0])

    def execute(self, row: list[int]) -> bytes:
        shares = self.random.randrange(1, row[4] + 1)
        self.match += 1
        self.book.reduce(row[0], shares)
        fields = {"reference": row[0], "shares": shares, "match": self.match}
        if self.random.random() < 0.3:
            printable = self.random.choice("YN")
            return self.message("C", row[1], **fields, printable=printable, price=row[3] + 50)
        return self.message("E", row[1], **fields)

    def replace(self, row: list[int]) -> bytes:
        self.reference += 1
        shares = self.random.randrange(1, 500)
        middle, price = PRICE * (row[1] + 1), row[3] + 100 * self.random.randrange(-2, 3)
        price = max(price, middle + 100) if row[2] else min(price, middle - 100)
        self.book.replace(row[0], self.reference, shares, price)
        return self.message(
            "U", row[1], reference=row[0], reference_new=self.reference, shares=shares, price=price
        )

    def other(self, stock: int) -> bytes:
        """What never touches the book."""
        name = self.stocks[stock]
        kind = self.random.choice("PQHBN")
        self.match += 1
        fields: dict[str, int | str] = {"stock": name}
        if kind == "P":
            fields |= {
                "reference": 0, "side": "B", "shares": 100, "price": PRICE * (stock + 1) + 50,
                "match": self.match,
            }  # fmt: skip
        elif kind == "Q":
            fields |= {"shares": 10**6, "price": PRICE, "match": self.match, "cross": "O"}
        elif kind == "H":
            fields |= {"state": self.random.choice("HPQT"), "reserved": "", "reason": "T1"}
        elif kind == "N":
            fields |= {"interest": "B"}
        else:
            fields = {"match": self.match}
        return self.message(kind, stock, **fields)
