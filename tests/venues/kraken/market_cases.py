"""Writes tests/corpus/kraken/market.jsonl: python -m venues.kraken.market_cases, from tests/.

Frames and codes are written here by hand; the event of an accepted one is what the reference gives,
to be read before it is kept.
"""

import json

from venues.binance.wire_frames import plain
from venues.kraken.kraken_frames import CORPUS, corpus_config

from tickpath.core.codes import Code
from tickpath.venues.kraken import wire

UPDATE = (
    '{"channel":"book","type":"update","data":[{"symbol":"BTC/USD","bids":[{"price":29430.2,'
    '"qty":0.5}],"asks":[{"price":29430.3,"qty":0.00000000},{"price":29431,"qty":12}],'
    '"checksum":2785033588,"timestamp":"2023-07-30T15:29:58.343415Z"}]}'
)
SNAPSHOT = UPDATE.replace('"update"', '"snapshot"')
TRADE = (
    '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":105944.2,'
    '"qty":0.00027625,"ord_type":"limit","trade_id":10218208,'
    '"timestamp":"2023-10-06T17:35:55.440295Z"},{"symbol":"BTC/USD","side":"sell","price":105910.5,'
    '"qty":0.0001246,"ord_type":"market","trade_id":10218209,'
    '"timestamp":"2023-10-06T17:35:56.123456Z"}]}'
)
TICKER = (
    '{"channel":"ticker","type":"snapshot","data":[{"symbol":"BTC/USD","bid":105944.2,'
    '"bid_qty":2.5,"ask":105944.3,"ask_qty":3.2,"last":105899.4,"volume":163.28908096}]}'
)
WHOLE = (
    '[336,{"as":[["27120.00000","4.28732553","1693415327.935623"]],'
    '"bs":[["27119.90000","13.54067548","1693415328.088361"]]},"book-10","BTC/USD"]'
)
CHANGE = (
    '[336,{"a":[["27120.10000","1.00000000","1.1","r"]]},{"b":[["27119.90000","0.00000000","1.2"]],'
    '"c":"3572756970"},"book-1000","BTC/USD"]'
)


def book(old: str, new: str) -> str:
    assert old in UPDATE
    return UPDATE.replace(old, new)


def trade(old: str, new: str) -> str:
    assert old in TRADE
    return TRADE.replace(old, new)


def ticker(old: str, new: str) -> str:
    assert old in TICKER
    return TICKER.replace(old, new)


def v1(old: str, new: str) -> str:
    assert old in CHANGE
    return CHANGE.replace(old, new)


LEVEL = '{"price":29430.2,"qty":0.5}'
CASES: list[tuple[str, str, int]] = [
    ("book update", UPDATE, Code.OK),
    ("book snapshot", SNAPSHOT, Code.OK),
    ("trades", TRADE, Code.OK),
    ("ticker", TICKER, Code.OK),
    ("v1 snapshot", WHOLE, Code.OK),
    ("v1 update of both sides", CHANGE, Code.OK),
    ("book without a time", book(',"timestamp":"2023-07-30T15:29:58.343415Z"', ""), Code.OK),
    ("book with spaces", UPDATE.replace(",", " , ").replace(":[", ": ["), Code.OK),
    ("book in another order", '{"data":[{"checksum":7,"asks":[],"bids":[{"qty":1,"price":2}],'
     '"symbol":"ETH/USD"}],"type":"update","channel":"book"}', Code.OK),
    ("new fields are skipped", book('"checksum"', '"seq":{"a":[1,{}]},"checksum"'), Code.OK),
    ("new field of a level", book(LEVEL, '{"price":29430.2,"orders":3,"qty":0.5}'), Code.OK),
    ("the last of equal keys", book(LEVEL, '{"price":1,"price":29430.2,"qty":0.5}'), Code.OK),
    ("quoted numbers", book(LEVEL, '{"price":"29430.2","qty":"0.5"}'), Code.OK),
    ("an exponent", book(LEVEL, '{"price":2.94302e4,"qty":5e-1}'), Code.OK),
    ("escaped names", book('"bids"', '"\\u0062ids"'), Code.OK),
    ("escaped symbol", book('"BTC/USD"', '"BTC\\/USD"'), Code.OK),
    ("another pair", book("BTC/USD", "ETH/USD"), Code.OK),
    ("no changes", book(LEVEL, ""), Code.OK),
    ("largest checksum", book("2785033588", "4294967295"), Code.OK),
    ("checksum 0", book("2785033588", "0"), Code.OK),
    ("time without fraction", book("58.343415Z", "58Z"), Code.OK),
    ("time with nanoseconds", book("58.343415Z", "58.343415999Z"), Code.OK),
    ("an empty side of a ticker", ticker('"bid":105944.2,"bid_qty":2.5', '"bid":0,"bid_qty":0'),
     Code.OK),
    ("ticker update", ticker('"snapshot"', '"update"'), Code.OK),
    ("v1 update of one side", '[0,{"b":[["5","6","7"]],"c":"9"},"book-25","ETH/USD"]', Code.OK),
    ("v1 checksum alone", '[0,{"c":"9"},"book-25","ETH/USD"]', Code.OK),
    ("heartbeat", '{"channel":"heartbeat"}', Code.FEED_CONTROL),
    ("status", '{"channel":"status","type":"update","data":[{"system":"online","version":"2.0.0",'
     '"api_version":"v2","connection_id":1}]}', Code.FEED_CONTROL),
    ("instrument", '{"channel":"instrument","type":"snapshot","data":{}}', Code.FEED_CONTROL),
    ("subscribed", '{"method":"subscribe","result":{"channel":"book","depth":10,"snapshot":true,'
     '"symbol":"BTC/USD"},"success":true,"time_in":"2023-09-25T09:04:31.742599Z"}',
     Code.FEED_CONTROL),
    ("not subscribed", '{"error":"Currency pair not supported X/Y","method":"subscribe",'
     '"success":false,"symbol":"X/Y"}', Code.FEED_CONTROL),
    ("pong", '{"method":"pong","req_id":42}', Code.FEED_CONTROL),
    ("error alone", '{"error":"Malformed request"}', Code.FEED_CONTROL),
    ("v1 event", '{"event":"systemStatus","status":"online","version":"1.9.1"}', Code.FEED_CONTROL),
    ("past trades", trade('"update"', '"snapshot"'), Code.FEED_CONTROL),
    ("empty", "", Code.FEED_TRUNCATED),
    ("space", " \n", Code.FEED_TRUNCATED),
    ("cut", UPDATE[:-1], Code.FEED_TRUNCATED),
    ("no bracket", "hello", Code.FEED_SYNTAX),
    ("a string", '"book"', Code.FEED_SYNTAX),
    ("two values", "{}{}", Code.FEED_SYNTAX),
    ("not a number", book("0.5", "NaN"), Code.FEED_SYNTAX),
    ("leading zero", book("0.5", "00.5"), Code.FEED_SYNTAX),
    ("nested too deep", "[" * 17 + "]" * 17, Code.FEED_NESTING),
    ("empty object", "{}", Code.FEED_UNKNOWN_KIND),
    ("empty array", "[]", Code.FEED_UNKNOWN_KIND),
    ("another channel", book('"book"', '"level3"'), Code.FEED_UNKNOWN_KIND),
    ("candles", book('"book"', '"ohlc"'), Code.FEED_UNKNOWN_KIND),
    ("another type", book('"update"', '"delta"'), Code.FEED_UNKNOWN_KIND),
    ("v1 trade", '[0,[["5541.2","0.15","1.2","s","l",""]],"trade","BTC/USD"]',
     Code.FEED_UNKNOWN_KIND),
    ("v1 other name", v1("book-1000", "book-0"), Code.FEED_UNKNOWN_KIND),
    ("v1 long name", v1("book-1000", "book-100000"), Code.FEED_UNKNOWN_KIND),
    ("v1 name with letters", v1("book-1000", "book-1x"), Code.FEED_UNKNOWN_KIND),
    ("v1 name no string", v1('"book-1000"', "1000"), Code.FEED_UNKNOWN_KIND),
    ("v1 short", '[{"b":[],"c":"1"},"book-10","BTC/USD"]', Code.FEED_UNKNOWN_KIND),
    ("v1 long", '[1,{},{},{},"book-10","BTC/USD"]', Code.FEED_UNKNOWN_KIND),
    ("v1 part no object", '[1,[],"book-10","BTC/USD"]', Code.FEED_UNKNOWN_KIND),
    ("unknown symbol", book("BTC/USD", "XRP/USD"), Code.FEED_UNKNOWN_SYMBOL),
    ("longer symbol", book("BTC/USD", "BTC/USDT"), Code.FEED_UNKNOWN_SYMBOL),
    ("v1 unknown symbol", v1("BTC/USD", "XBT/USD"), Code.FEED_UNKNOWN_SYMBOL),
    ("no type", book('"type":"update",', ""), Code.FEED_MISSING_FIELD),
    ("no data", '{"channel":"book","type":"update"}', Code.FEED_MISSING_FIELD),
    ("no symbol", book('"symbol":"BTC/USD",', ""), Code.FEED_MISSING_FIELD),
    ("no bids", book('"bids"', '"bits"'), Code.FEED_MISSING_FIELD),
    ("no asks", book('"asks"', '"sells"'), Code.FEED_MISSING_FIELD),
    ("no checksum", book('"checksum"', '"crc"'), Code.FEED_MISSING_FIELD),
    ("level without price", book(LEVEL, '{"qty":0.5}'), Code.FEED_MISSING_FIELD),
    ("level without quantity", book(LEVEL, '{"price":0.5}'), Code.FEED_MISSING_FIELD),
    ("trade without id", trade('"trade_id":10218209,', ""), Code.FEED_MISSING_FIELD),
    ("trade without side", trade('"side":"sell",', ""), Code.FEED_MISSING_FIELD),
    ("trade without symbol", trade('{"symbol":"BTC/USD","side":"sell"', '{"side":"sell"'),
     Code.FEED_MISSING_FIELD),
    ("ticker without ask", ticker('"ask":105944.3,', ""), Code.FEED_MISSING_FIELD),
    ("v1 snapshot of one side", WHOLE.replace('"bs"', '"bx"'), Code.FEED_MISSING_FIELD),
    ("v1 no checksum", v1('"c"', '"d"'), Code.FEED_MISSING_FIELD),
    ("v1 checksum in the first", '[1,{"b":[],"c":"1"},{"a":[]},"book-10","BTC/USD"]',
     Code.FEED_MISSING_FIELD),
    ("channel no string", book('"book"', "1"), Code.FEED_WRONG_TYPE),
    ("type no string", book('"update"', "null"), Code.FEED_WRONG_TYPE),
    ("data no list", '{"channel":"book","type":"update","data":{}}', Code.FEED_WRONG_TYPE),
    ("data empty", '{"channel":"book","type":"update","data":[]}', Code.FEED_WRONG_TYPE),
    ("data of two books", UPDATE[:-2] + ',{"symbol":"BTC/USD"}]}', Code.FEED_WRONG_TYPE),
    ("data no object", '{"channel":"ticker","type":"update","data":[[]]}', Code.FEED_WRONG_TYPE),
    ("symbol no string", book('"BTC/USD"', "5"), Code.FEED_WRONG_TYPE),
    ("sides no list", book('"asks":[', '"asks":{},"x":['), Code.FEED_WRONG_TYPE),
    ("level no object", book(LEVEL, '["29430.2","0.5"]'), Code.FEED_WRONG_TYPE),
    ("price null", book("29430.2", "null"), Code.FEED_WRONG_TYPE),
    ("quantity in words", book('"qty":0.5', '"qty":"half"'), Code.FEED_WRONG_TYPE),
    ("time in words", book("2023-07-30T15:29:58.343415Z", "today"), Code.OK),
    ("time no string", book('"2023-07-30T15:29:58.343415Z"', "5"), Code.OK),
    ("month 13", book("2023-07", "2023-13"), Code.OK),
    ("day 31 of April", book("2023-07-30", "2023-04-31"), Code.OK),
    ("local time", book("343415Z", "343415+02:00"), Code.OK),
    ("ten digits of a fraction", book("343415Z", "3434151234Z"), Code.OK),
    ("side in other words", trade('"sell"', '"short"'), Code.FEED_WRONG_TYPE),
    ("trades of two pairs", trade('{"symbol":"BTC/USD","side":"sell"',
     '{"symbol":"ETH/USD","side":"sell"'), Code.FEED_WRONG_TYPE),
    ("v1 symbol no string", v1('"BTC/USD"', "7"), Code.FEED_WRONG_TYPE),
    ("v1 level short", v1('["27120.10000","1.00000000","1.1","r"]', '["1"]'), Code.FEED_WRONG_TYPE),
    ("v1 level no list", v1('["27120.10000","1.00000000","1.1","r"]', "{}"), Code.FEED_WRONG_TYPE),
    ("too many decimals", book("0.5", "0.123456789"), Code.FEED_DIGITS),
    ("too large", book("29430.2", "99999999999999999999"), Code.FEED_DIGITS),
    ("checksum with decimals", book("2785033588", "5.5"), Code.FEED_DIGITS),
    ("off the tick", book("29430.2", "29430.25"), Code.FEED_OFF_GRID),
    ("off the lot", book("BTC/USD", "ODD/USD"), Code.FEED_OFF_GRID),
    ("price zero", book("29430.2", "0.0"), Code.FEED_RANGE),
    ("price negative", book("29430.2", "-29430.2"), Code.FEED_RANGE),
    ("quantity negative", book("0.5", "-0.5"), Code.FEED_RANGE),
    ("checksum negative", book("2785033588", "-1"), Code.FEED_RANGE),
    ("checksum of 33 bits", book("2785033588", "4294967296"), Code.FEED_RANGE),
    ("trade of nothing", trade("0.0001246", "0"), Code.FEED_RANGE),
    ("trade for nothing", trade("105910.5", "0.0"), Code.FEED_RANGE),
]  # fmt: skip


def main() -> None:
    decoder = wire.MarketDecoder(corpus_config(), 0)
    with (CORPUS / "market.jsonl").open("w") as file:
        for name, frame, code in CASES:
            found, event = decoder.decode(frame.encode())
            assert found == code, (name, found, code)
            case = {"name": name, "frame": frame, "code": int(code), "event": plain(event)}
            file.write(json.dumps(case) + "\n")
        code, event = decoder.decode(b"{\xff}")
        case = {"name": "no UTF-8", "hex": "7bff7d", "code": code, "event": plain(event)}
        file.write(json.dumps(case) + "\n")


if __name__ == "__main__":
    main()
