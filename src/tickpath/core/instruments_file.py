"""The instruments file: metadata of what can be traded, by venue and symbol. Never guessed.

The package ships one file a venue family; a user's file adds to it and wins. Format, one table an
instrument: `[binance-spot.BTCUSDT]`, and `[currencies.JPY]` for currencies without 8 decimals.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tickpath.core.config import CURRENCY_DECIMALS, VENUE_KINDS, VENUES, Instrument
from tickpath.core.errors import ConfigError, GridError, MetadataError
from tickpath.core.fixed import decimals_of, units_of
from tickpath.core.instruments import record
from tickpath.core.records import InstrumentKind
from tickpath.core.toml_table import TomlTable, read_toml

KINDS: Mapping[str, InstrumentKind] = {kind.name.lower(): kind for kind in InstrumentKind}
SIZE_DECIMALS_MAX = 18
FEE_PPM_MAX = 100_000
SYMBOL_BYTES_MAX = 31
_QUOTES = ("USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USD", "EUR", "TRY", "BTC", "ETH", "BNB")
_SIZES: Mapping[str, Mapping[str, str]] = {
    "binance": {
        "tick_size": "exchangeInfo: PRICE_FILTER.tickSize",
        "lot_size": "LOT_SIZE.stepSize",
        "quantity_min": "LOT_SIZE.minQty",
        "quantity_max": "LOT_SIZE.maxQty",
        "notional_min": 'NOTIONAL.minNotional or MIN_NOTIONAL.notional; "0" if none',
    },
    "kraken": {
        "tick_size": "AssetPairs: tick_size",
        "lot_size": "10**-lot_decimals",
        "quantity_min": "ordermin",
        "quantity_max": "of your own: the venue states none",
        "notional_min": 'costmin; "0" if none',
    },
    "coinbase": {
        "tick_size": "products: price_increment, quote_increment on the Exchange",
        "lot_size": "base_increment",
        "quantity_min": "base_min_size",
        "quantity_max": "base_max_size",
        "notional_min": "quote_min_size, min_market_funds on the Exchange",
    },
    "nasdaq": {
        "tick_size": "0.01 from a dollar on, else 0.0001",
        "lot_size": "1: ITCH counts shares",
        "quantity_min": "1",
        "quantity_max": "what you want to be the most",
        "notional_min": "0",
    },
}
QUOTED = '"?"'
_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class InstrumentEntry:
    """One table of the file: as `Instrument`, with names instead of indices."""

    venue: str
    symbol: str
    kind: InstrumentKind
    base: str
    quote: str
    settle: str
    tick_size: Decimal
    lot_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    notional_min: Decimal
    multiplier: Decimal
    maker_fee_ppm: int
    taker_fee_ppm: int
    trading: bool
    order_step: Decimal | None
    where: str


@dataclass(frozen=True, slots=True)
class InstrumentTable:
    """What the files say. `path` is the user's file, or None when only shipped ones were read."""

    entries: Mapping[tuple[str, str], InstrumentEntry] = field(default_factory=dict)
    decimals: Mapping[str, int] = field(default_factory=dict)
    path: Path | None = None

    def find(self, venue: str, symbol: str) -> InstrumentEntry:
        """The entry, or MetadataError with the lines to add."""
        entry = self.entries.get((venue, symbol))
        if entry is None:
            raise MetadataError(self._missing(venue, symbol))
        return entry

    def currency_decimals(self, name: str) -> int:
        return self.decimals.get(name, CURRENCY_DECIMALS)

    def symbols(self, venue: str) -> list[str]:
        """Symbols known of a venue, sorted."""
        return sorted(symbol for name, symbol in self.entries if name == venue)

    def _missing(self, venue: str, symbol: str) -> str:
        near = difflib.get_close_matches(symbol.upper(), self.symbols(venue), n=1, cutoff=0.85)
        hint = f" (did you mean {near[0]}?)" if near else ""
        target = self.path or "an instruments file of your own and name it (--instruments FILE)"
        return (
            f"no metadata of {symbol} on {venue}{hint}: add these lines to {target}, with the "
            f"values the venue publishes in place of each ?:\n{lines_to_add(venue, symbol)}"
        )


def lines_to_add(venue: str, symbol: str) -> str:
    """The table a user fills in: what the names tell is filled, sizes never are."""
    kind = VENUE_KINDS.get(venue, "spot")
    plain = symbol.split("_")[0]
    quotes = ("USD",) if kind == "inverse" else _QUOTES
    base, mark, quote = plain.replace("/", "-").partition("-")
    if venue == "nasdaq":
        base, quote = symbol, "USD"
    elif not mark:
        quote = next((q for q in quotes if plain.endswith(q) and plain != q), "?")
        base = plain.removesuffix(quote)
    source = _SIZES.get(venue.partition("-")[0], _SIZES["binance"])
    key = symbol if symbol.replace("_", "").replace("-", "").isalnum() else f'"{symbol}"'
    multiplier = ['multiplier = "?"      # contractSize: quote currency a contract is worth']
    return "\n".join(
        [
            f"[{venue}.{key}]",
            f'kind = "{kind}"',
            f'base = "{base}"',
            f'quote = "{quote}"',
            f'settle = "{base if kind == "inverse" else quote}"',
            *(f"{name + ' = ' + QUOTED:<21} # {what}" for name, what in source.items()),
            *(multiplier if kind == "inverse" else []),
            "maker_fee_ppm = ?     # your account's fees: 0.1 % is 1000",
            "taker_fee_ppm = ?",
        ]
    )


def _read_entry(venue: str, symbol: str, table: TomlTable) -> InstrumentEntry:
    """One table of the file, checked."""
    kind = KINDS[table.text("kind", VENUE_KINDS.get(venue), tuple(KINDS))]
    base, quote = table.text("base"), table.text("quote")
    entry = InstrumentEntry(
        venue=venue,
        symbol=symbol,
        kind=kind,
        base=base,
        quote=quote,
        settle=table.text("settle", base if kind == InstrumentKind.INVERSE else quote),
        tick_size=table.positive("tick_size"),
        lot_size=table.positive("lot_size"),
        quantity_min=table.positive("quantity_min"),
        quantity_max=table.positive("quantity_max"),
        notional_min=table.decimal("notional_min", Decimal(0)),
        multiplier=table.positive(
            "multiplier", None if kind == InstrumentKind.INVERSE else Decimal(1)
        ),
        maker_fee_ppm=table.integer("maker_fee_ppm", None, -FEE_PPM_MAX, FEE_PPM_MAX),
        taker_fee_ppm=table.integer("taker_fee_ppm", None, -FEE_PPM_MAX, FEE_PPM_MAX),
        trading=table.flag("trading", True),
        order_step=table.positive("order_step") if "order_step" in table else None,
        where=table.where,
    )
    table.done()
    _check_entry(entry, table)
    return entry


def _check_entry(entry: InstrumentEntry, table: TomlTable) -> None:
    """What types and signs do not tell."""
    if not (entry.symbol.isascii() and 1 <= len(entry.symbol) <= SYMBOL_BYTES_MAX):
        raise ConfigError(f"{table.where}: a symbol is 1..{SYMBOL_BYTES_MAX} ASCII characters")
    wanted = entry.base if entry.kind == InstrumentKind.INVERSE else entry.quote
    if entry.settle != wanted:
        raise ConfigError(
            f"{table.place('settle')} is {entry.settle!r}: a {entry.kind.name.lower()} "
            f"instrument settles in {wanted}"
        )
    if entry.kind == InstrumentKind.SPOT and entry.multiplier != 1:
        raise ConfigError(f"{table.place('multiplier')} is {entry.multiplier}: spot has 1")
    if entry.order_step is not None and entry.order_step % entry.lot_size:
        raise ConfigError(
            f"{table.place('order_step')} is {entry.order_step}: write a multiple of lot_size "
            f"{entry.lot_size}"
        )
    for name in ("tick_size", "lot_size"):
        if decimals_of(getattr(entry, name)) > SIZE_DECIMALS_MAX:
            raise ConfigError(f"{table.place(name)} has more than {SIZE_DECIMALS_MAX} decimals")
    if entry.quantity_max < entry.quantity_min:
        raise ConfigError(
            f"{table.place('quantity_max')} is {entry.quantity_max}, below quantity_min "
            f"{entry.quantity_min}: correct one"
        )
    if entry.notional_min < 0:
        raise ConfigError(f"{table.place('notional_min')} is negative: write 0 or more")


def read_instruments(path: Path) -> InstrumentTable:
    """One file, nothing merged."""
    root = read_toml(path)
    entries: dict[tuple[str, str], InstrumentEntry] = {}
    currencies = root.table("currencies")
    decimals = {}
    for name in currencies.data:
        currency = currencies.table(name)
        decimals[name] = currency.integer("decimals", None, 0, SIZE_DECIMALS_MAX)
        currency.done()
    for venue in VENUES:
        symbols = root.table(venue)
        for symbol in symbols.data:
            table = symbols.table(symbol)
            table.where = f"{root.where}: [{venue}.{symbol}]"
            entries[venue, symbol] = _read_entry(venue, symbol, table)
    root.done()
    return InstrumentTable(entries, decimals, path)


def shipped_files() -> list[Path]:
    """The instruments files of the package, one a venue family."""
    return sorted((_PACKAGE / "venues").glob("*/instruments.toml"))


def load_instruments(path: Path | str | None = None) -> InstrumentTable:
    """The shipped files, then the user's: an entry there replaces a shipped one."""
    entries: dict[tuple[str, str], InstrumentEntry] = {}
    decimals: dict[str, int] = {}
    own = Path(path) if path is not None else None
    for file in [*shipped_files(), *([own] if own is not None else [])]:
        table = read_instruments(file)
        entries.update(table.entries)
        decimals.update(table.decimals)
    return InstrumentTable(entries, decimals, own)


def to_instrument(
    entry: InstrumentEntry, index: int, venue: int, currencies: Mapping[str, int], decimals: int
) -> Instrument:
    """The entry with indices; refuses sizes that the engine's integers cannot hold."""
    instrument = Instrument(
        index=index,
        symbol=entry.symbol,
        venue=venue,
        kind=entry.kind,
        base=currencies[entry.base],
        quote=currencies[entry.quote],
        settle=currencies[entry.settle],
        settle_decimals=decimals,
        tick_size=entry.tick_size,
        lot_size=entry.lot_size,
        quantity_min=entry.quantity_min,
        quantity_max=entry.quantity_max,
        notional_min=entry.notional_min,
        multiplier=entry.multiplier,
        maker_fee_ppm=entry.maker_fee_ppm,
        taker_fee_ppm=entry.taker_fee_ppm,
        trading=entry.trading,
        order_step=entry.order_step,
    )
    try:
        units_of(entry.notional_min, decimals)
        record(instrument)
    except (ConfigError, GridError) as error:
        raise ConfigError(f"{entry.where}: {error}") from error
    return instrument
