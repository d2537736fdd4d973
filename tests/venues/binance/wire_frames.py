"""What the tests of the market decoders share: a source of odd grids, the corpus, an SBE encoder
that knows nothing of the decoder, and an oracle for recorded frames."""

import json
import struct
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from support import btcusdt, config_of

from tickpath.core.config import Config, Instrument, Source
from tickpath.core.records import EventKind, Level, MarketEvent, Trade

CORPUS = Path(__file__).resolve().parents[2] / "corpus/binance"

SYMBOLS = (
    ("BTCUSDT", "0.01", "0.00001"),
    ("ETHUSDT", "0.05", "0.003"),
    ("1000SATSUSDT", "0.0000001", "1"),
    ("币安人生USDT", "0.00001", "0.1"),
    ("TINYUSDT", "0.0000000001", "0.000000001"),
    ("BTCUSD_PERP", "0.1", "1"),
    ("ABCDEFGHIJKLMNOPQRSTUVWXYZ01234", "0.01", "0.01"),
)


def odd_config() -> Config:
    """One source with instruments of many grids, a long and a non-ASCII symbol."""
    instruments = tuple(
        btcusdt(symbol=symbol, tick_size=Decimal(tick), lot_size=Decimal(lot))
        for symbol, tick, lot in SYMBOLS
    )
    config = config_of(*instruments)
    source = Source(name="all", venue=0, instruments=tuple(range(len(SYMBOLS))))
    return config_of(*instruments, sources=(source, *config.sources[1:]))


def corpus(name: str) -> list[dict[str, Any]]:
    """The cases of one corpus file; `data` is the frame."""
    cases = []
    for line in (CORPUS / name).read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        case["data"] = bytes.fromhex(case["hex"]) if "hex" in case else case["frame"].encode()
        cases.append(case)
    return cases


def plain(event: MarketEvent | None) -> dict[str, Any] | None:
    """An event as the corpus writes it: fields that are not zero or empty."""
    if event is None:
        return None
    fields = {name: getattr(event, name) for name in MarketEvent.__slots__}
    for name in ("bids", "asks", "trades"):
        fields[name] = [list(entry) for entry in fields[name]]
    return {k: v for k, v in fields.items() if v or k in ("kind", "instrument")}


# -- SBE ---------------------------------------------------------------------------------------

NUMBERS = {"int8": "b", "uint8": "B", "uint16": "H", "uint32": "I", "int64": "q"}

Layout = dict[str, Any]

LAYOUTS: dict[int, Layout] = {
    10000: {
        "block": {
            "eventTime": "int64",
            "transactTime": "int64",
            "priceExponent": "int8",
            "qtyExponent": "int8",
        },
        "groups": {
            "trades": (
                ("uint16", "uint32"),
                {"id": "int64", "price": "int64", "qty": "int64", "isBuyerMaker": "uint8"},
            )
        },
    },
    10001: {
        "block": {
            "eventTime": "int64",
            "bookUpdateId": "int64",
            "priceExponent": "int8",
            "qtyExponent": "int8",
            "bidPrice": "int64",
            "bidQty": "int64",
            "askPrice": "int64",
            "askQty": "int64",
        },
        "groups": {},
    },
    10002: {
        "block": {
            "eventTime": "int64",
            "bookUpdateId": "int64",
            "priceExponent": "int8",
            "qtyExponent": "int8",
        },
        "groups": {
            side: (("uint16", "uint16"), {"price": "int64", "qty": "int64"})
            for side in ("bids", "asks")
        },
    },
    10003: {
        "block": {
            "eventTime": "int64",
            "firstBookUpdateId": "int64",
            "lastBookUpdateId": "int64",
            "priceExponent": "int8",
            "qtyExponent": "int8",
        },
        "groups": {
            side: (("uint16", "uint16"), {"price": "int64", "qty": "int64"})
            for side in ("bids", "asks")
        },
    },
}


def layouts_of(schema: Path) -> dict[int, Layout]:
    """The same table from the venue's XML schema."""
    root = ET.parse(schema).getroot()
    types = {t.attrib["name"]: t.attrib["primitiveType"] for t in root.findall("types/type")}
    types |= {t.attrib["name"]: t.attrib["encodingType"] for t in root.findall("types/enum")}
    composites = {
        c.attrib["name"]: tuple(t.attrib["primitiveType"] for t in c.findall("type"))
        for c in root.findall("types/composite")
    }

    def fields(node: ET.Element) -> dict[str, str]:
        return {
            f.attrib["name"]: types[f.attrib["type"]]
            for f in node.findall("field")
            if f.attrib.get("presence") != "constant"
        }

    return {
        int(message.attrib["id"]): {
            "block": fields(message),
            "groups": {
                group.attrib["name"]: (
                    composites[group.attrib.get("dimensionType", "groupSizeEncoding")],
                    fields(group),
                )
                for group in message.findall("group")
            },
        }
        for message in root.iter()
        if message.tag.endswith("}message")
    }


def pack(fields: Mapping[str, str], values: Mapping[str, int], extra: bytes) -> bytes:
    form = "<" + "".join(NUMBERS[kind] for kind in fields.values())
    return struct.pack(form, *(values[name] for name in fields)) + extra


def encode_sbe(
    template: int,
    values: Mapping[str, int],
    groups: Mapping[str, Sequence[Mapping[str, int]]],
    symbol: str,
    *,
    version: int = 0,
    block_extra: bytes = b"",
    entry_extra: bytes = b"",
    tail: bytes = b"",
    schema: int = 1,
) -> bytes:
    """A frame by the layout table; the extras are what a later version could add."""
    layout = LAYOUTS[template]
    block = pack(layout["block"], values, block_extra)
    parts = [struct.pack("<HHHH", len(block), template, schema, version), block]
    for name, (head, fields) in layout["groups"].items():
        entries = [pack(fields, entry, entry_extra) for entry in groups[name]]
        entry_bytes = pack(fields, dict.fromkeys(fields, 0), entry_extra)
        form = "<" + "".join(NUMBERS[kind] for kind in head)
        parts += [struct.pack(form, len(entry_bytes), len(entries)), *entries]
    name_bytes = symbol.encode()
    return b"".join([*parts, bytes([len(name_bytes)]), name_bytes, tail])


TRADES, BEST_BID_ASK, DEPTH_SNAPSHOT, DEPTH_DIFF = 10000, 10001, 10002, 10003
STAMP_US = 1_760_000_000_000_123
EXPONENTS = {"priceExponent": -2, "qtyExponent": -5}
DIFF = {"eventTime": STAMP_US, "firstBookUpdateId": 7, "lastBookUpdateId": 9, **EXPONENTS}
SNAPSHOT = {"eventTime": STAMP_US, "bookUpdateId": 9, **EXPONENTS}
BBO = {**SNAPSHOT, "bidPrice": 100, "bidQty": 5, "askPrice": 101, "askQty": 6}
PRINTS = {"eventTime": STAMP_US, "transactTime": 1, **EXPONENTS}
SIDES = {
    "bids": [{"price": 100, "qty": 5}, {"price": 99, "qty": 0}],
    "asks": [{"price": 101, "qty": 6}],
}
TRADE = {"id": 5, "price": 100, "qty": 7, "isBuyerMaker": 1}
GOOD = (
    (TRADES, PRINTS, {"trades": [TRADE, {**TRADE, "id": 6, "isBuyerMaker": 0}]}),
    (BEST_BID_ASK, BBO, {}),
    (DEPTH_SNAPSHOT, SNAPSHOT, SIDES),
    (DEPTH_DIFF, DIFF, SIDES),
)


# -- oracle ------------------------------------------------------------------------------------


def expected(line: bytes, instrument: Instrument) -> MarketEvent:
    """A recorded frame by another JSON library and Decimal division."""
    frame = orjson.loads(line)
    data = frame.get("data", frame)

    def ticks(text: str) -> int:
        return exactly(Decimal(text) / instrument.tick_size)

    def lots(text: str) -> int:
        return exactly(Decimal(text) / instrument.lot_size)

    def levels(rows: Iterable[list[str]]) -> list[Level]:
        return [Level(ticks(price), lots(quantity)) for price, quantity in rows]

    event = MarketEvent(
        kind=EventKind.NONE,
        source=0,
        instrument=0,
        t_recv_ns=0,
        t_venue_ns=data.get("E", 0) * 10**6,
    )
    if "lastUpdateId" in data:
        event.kind, event.last_id = EventKind.SNAPSHOT, data["lastUpdateId"]
        event.bids, event.asks = levels(data["bids"]), levels(data["asks"])
    elif "U" in data:
        event.kind = EventKind.DEPTH
        event.first_id, event.last_id = data["U"], data["u"]
        event.prev_id, event.chained = data.get("pu", 0), int("pu" in data)
        event.bids, event.asks = levels(data["b"]), levels(data["a"])
    elif "u" in data:
        event.kind, event.last_id = EventKind.BBO, data["u"]
        event.bids, event.asks = levels([[data["b"], data["B"]]]), levels([[data["a"], data["A"]]])
    else:
        event.kind = EventKind.TRADE
        event.first_id = event.last_id = data["t"]
        event.trades = [Trade(data["t"], ticks(data["p"]), lots(data["q"]), int(data["m"]))]
    return event


def exactly(value: Decimal) -> int:
    assert value == int(value)
    return int(value)
