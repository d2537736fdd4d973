"""Which product a generated market trades, and how it fits an instrument of a configuration."""

from dataclasses import replace

from tickpath.core.config import Config
from tickpath.core.errors import ConfigError
from tickpath.venues.sim.model import PRODUCTS, Product

UNITS_DECIMALS = 8


def product_of(venue: str, symbol: str) -> Product:
    """The product of a venue under another name. Raises ConfigError when it cannot be generated."""
    if venue not in PRODUCTS:
        raise ConfigError(f"no market is generated for {venue}: choose {', '.join(PRODUCTS)}")
    if not symbol.isascii() or not 1 <= len(symbol) <= 31:
        raise ConfigError(f"symbol {symbol!r}: write 1 to 31 ASCII letters, such as BTCUSDT")
    return replace(PRODUCTS[venue], symbol=symbol)


def lots_per_step(product: Product, config: Config, used: bool) -> int:
    """Lots of the configured instrument in a step of the generated market. Raises ConfigError when
    the market was used before, or its steps are not the instrument's."""
    if used:
        raise ConfigError("a generated market is used up by one run: make another one")
    if len(config.instruments) != 1:
        raise ConfigError("a generated market trades one instrument: configure that one alone")
    i = config.instruments[0]
    names = (config.venues[i.venue], i.symbol)
    if names != (product.venue, product.symbol):
        raise ConfigError(
            f"the generated market trades {product.venue}:{product.symbol}, the configuration "
            f"{names[0]}:{names[1]}: generate that one"
        )
    lots, rest = divmod(product.quantity_units, i.quantity_step_units)
    fits = rest == 0 and lots > 0 and i.order_step_lots % lots == 0
    if (
        (i.price_wire_decimals, i.quantity_wire_decimals) != (UNITS_DECIMALS, UNITS_DECIMALS)
        or i.price_step_units != product.price_units
        or not fits
    ):
        raise ConfigError(
            f"{i.symbol}: tick {i.tick_size}, order step {i.order_step or i.lot_size} are not "
            f"those of the generated market ({product.price_units} and {product.quantity_units} "
            "in 10^-8): use the shipped instruments"
        )
    return lots
