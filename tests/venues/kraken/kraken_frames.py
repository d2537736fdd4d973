"""What the tests of Kraken share: instruments, recorded frames as they came, an oracle of the book
that shares nothing with the product."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from support import FIXTURES, btcusdt, config_of, require

from tickpath.core.config import VENUES, Config, Instrument, Source

KRAKEN = FIXTURES / "kraken"
CORPUS = Path(__file__).resolve().parents[2] / "corpus/kraken"
VENUE = VENUES.index("kraken-spot")
START_NS = 1_690_731_000_000_000_000

V1_PAIRS = {
    "WAVES/EUR": "0.000001",
    "XMR/USD": "0.00000001",
    "KSM/XBT": "0.00000001",
    "GRT/ETH": "0.000000001",
    "SC/EUR": "0.000001",
    "ETH/CHF": "0.00001",
    "OCEAN/XBT": "0.000000001",
    "OMG/USD": "0.000001",
    "XBT/CHF": "0.00001",
    "ADA/XBT": "0.000000001",
}
"""Prices of the recording of 2021 by pair: one unit of their last digit."""


def instrument(symbol: str = "BTC/USD", tick: str = "0.1", **changes: Any) -> Instrument:
    """A Kraken pair; its lot is 10**-8, as of nearly all pairs."""
    sizes = {
        "tick_size": Decimal(tick),
        "lot_size": Decimal("0.00000001"),
        "quantity_min": Decimal("0.00005"),
        "quantity_max": Decimal("100000000"),
        "notional_min": Decimal("0.5"),
        "maker_fee_ppm": 2500,
        "taker_fee_ppm": 4000,
    }
    return btcusdt(symbol=symbol, venue=VENUE, **{**sizes, **changes})


def kraken_config(*instruments: Instrument, depth: int = 0, **changes: Any) -> Config:
    """All instruments on one source."""
    table = tuple(replace(i, index=k) for k, i in enumerate(instruments or (instrument(),)))
    source = Source(name="kraken", venue=VENUE, instruments=tuple(range(len(table))), depth=depth)
    return config_of(*table, sources=(source,), **changes)


def compact(value: Any) -> bytes:
    """JSON as the venue writes it: no spaces; numbers as they were read."""
    return json.dumps(value, separators=(",", ":")).encode()


class Digits(float):
    """A number that is written as it was read."""

    def __new__(cls, text: str) -> "Digits":
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text


def read_json(path: Path) -> Any:
    """A fixture whose numbers keep their digits when `compact` writes them again."""
    return json.loads(require(path).read_text(), parse_float=Digits)


def v2_frames() -> list[bytes]:
    """The recorded book of BTC/USD of depth 10: a snapshot and 300 updates."""
    found = read_json(KRAKEN / "v2_book/orderbook-v2.first300.json")
    return [compact(found["init"]), *map(compact, found["updates"])]


def v1_frames() -> list[bytes]:
    """The recorded v1 book of XBT/USD of depth 10, with what else came on the connection."""
    found = read_json(KRAKEN / "v1_book/orderbook-v1.json")
    return [compact(frame) for frame in (*found["init"], *found["updates"])]


def v1_wide_lines() -> Iterator[tuple[int, bytes]]:
    """(receive ns, frame) of the v1 recording of ten pairs of depth 1000."""
    for line in require(KRAKEN / "cryptofeed/KRAKEN.ws.50.0").read_text().splitlines():
        stamp, colon, frame = line.partition(": ")
        if colon and stamp.replace(".", "").isdigit():
            yield int(Decimal(stamp) * 10**9), frame.encode()


def wide_config(**changes: Any) -> Config:
    """The ten pairs of `v1_wide_lines` on one source."""
    return kraken_config(*(instrument(s, t) for s, t in V1_PAIRS.items()), depth=1000, **changes)


# -- oracle ----------------------------------------------------------------------------------------


class Oracle:
    """A book of text and Decimal: what the venue's page on checksums says, word for word."""

    def __init__(self, depth: int, price_decimals: int, quantity_decimals: int = 8) -> None:
        self.depth = depth
        self.decimals = (price_decimals, quantity_decimals)
        self.sides: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}

    def change(self, side: str, price: str, quantity: str) -> None:
        levels = self.sides[side]
        levels.pop(Decimal(price), None)
        if Decimal(quantity):
            levels[Decimal(price)] = Decimal(quantity)

    def best(self, side: str) -> list[tuple[Decimal, Decimal]]:
        return sorted(self.sides[side].items(), reverse=side == "bids")

    def truncate(self) -> None:
        for side in self.sides:
            self.sides[side] = dict(self.best(side)[: self.depth])

    def checksum(self) -> int:
        text = "".join(
            f"{number:.{decimals}f}".replace(".", "").lstrip("0")
            for side in ("asks", "bids")
            for level in self.best(side)[:10]
            for number, decimals in zip(level, self.decimals, strict=True)
        )
        return zlib.crc32(text.encode())


# -- corpus ----------------------------------------------------------------------------------------


def corpus_config() -> Config:
    """Three pairs of different grids on one source of depth 25."""
    return kraken_config(
        instrument(),
        instrument("ETH/USD", "0.01"),
        instrument("ODD/USD", "0.1", lot_size=Decimal("0.3")),
        depth=25,
    )


def corpus(name: str) -> list[dict[str, Any]]:
    """The cases of one corpus file; `data` is the frame."""
    cases = []
    for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        case["data"] = bytes.fromhex(case["hex"]) if "hex" in case else case["frame"].encode()
        cases.append(case)
    return cases
