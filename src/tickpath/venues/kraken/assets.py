"""Names of assets and pairs: REST writes XXBT, ZUSD and XBTUSD where WebSocket v2 has BTC and USD.

Only the old assets have such names; one that is not listed is called the same on both. Balances
that are staked or earn (a suffix such as .S or .F) are assets of their own and keep their name.
Source: the venue's answers of Assets and AssetPairs.
"""

from collections.abc import Iterable

from tickpath.core.config import Instrument

SHORT = {"XBT": "BTC", "XDG": "DOGE"}
CRYPTO = ("ETC", "ETH", "LTC", "MLN", "REP", "XBT", "XDG", "XLM", "XMR", "XRP", "ZEC")
MONEY = ("AUD", "CAD", "EUR", "GBP", "JPY", "USD")
LEGACY = {f"X{name}": name for name in CRYPTO} | {f"Z{name}": name for name in MONEY}
LONG = {short: name for name, short in SHORT.items()}


def asset_of(name: str) -> str:
    """An asset of REST in the words of the instruments."""
    short = LEGACY.get(name, name)
    return SHORT.get(short, short)


def pair_of(symbol: str) -> str:
    """The name that REST's descriptions of orders have for a symbol: BTC/USD is XBTUSD."""
    return "".join(LONG.get(part, part) for part in symbol.split("/"))


def symbol_of(pair: str, instruments: Iterable[Instrument]) -> str:
    """The symbol of a pair of REST, its own name when no instrument trades it."""
    return next((i.symbol for i in instruments if pair in (pair_of(i.symbol), i.symbol)), pair)
