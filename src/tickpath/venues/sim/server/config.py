"""Configuration of `tickpath venue-sim`: one TOML file, unknown keys refused with the place.

Money and sizes are text. Sizes of a market that the file leaves out come from the shipped
instruments, if they have the symbol. docs/reference/venue-sim.md lists every key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from tickpath.core.config import SimSpec
from tickpath.core.errors import ConfigError
from tickpath.core.instruments_file import InstrumentEntry, load_instruments
from tickpath.core.toml_table import TomlTable, read_toml
from tickpath.venues.sim.queue import POWER_MAX, QUEUES
from tickpath.venues.sim.server.accounts import ApiKey
from tickpath.venues.sim.server.faults import Fault
from tickpath.venues.sim.server.orders import Market
from tickpath.venues.sim.server.units import PPM, NumberError, parse

PROTOCOLS = ("binance-spot", "binance-usdm", "kraken-spot", "coinbase-advanced")
KEY_KINDS = ("hmac", "ed25519", "rsa", "es256", "kraken")
SHIPPED = {"coinbase-advanced": "coinbase"}
"""Protocols whose shipped instruments have another name."""
SOURCES = ("generated", "recording", "none")
FILLS = ("book", "queue")
PPM_MAX = 100_000
COUNT_MAX = 10**9
SKEW_MS_MAX = 86_400_000


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketSpec:
    """A market and who moves it."""

    market: Market
    source: str
    mid: int
    size_max: int
    events_per_s: int
    touch_ppm: int
    recording: tuple[Path, ...]
    fills: str
    sim: SimSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountSpec:
    """An account with its keys."""

    name: str
    balances: Mapping[str, int]
    keys: tuple[ApiKey, ...]
    leverage: int
    hedging: bool
    can_withdraw: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueSpec:
    """One simulated venue. `limits` are numbers by the names of its protocol."""

    name: str
    protocol: str
    host: str
    port: int
    clock_skew_ms: int
    limits: Mapping[str, int]
    markets: tuple[MarketSpec, ...]
    accounts: tuple[AccountSpec, ...]
    faults: tuple[tuple[int, Fault], ...]
    """(ns after the start, fault)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsSpec:
    """Certificate and key in PEM; or made for the run."""

    certificate: Path | None = None
    key: Path | None = None
    self_signed: bool = False

    @property
    def wanted(self) -> bool:
        return self.self_signed or self.certificate is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class HostSpec:
    """Everything `tickpath venue-sim` runs."""

    seed: int = 1
    admin_host: str = "127.0.0.1"
    admin_port: int = 0
    tls: TlsSpec = field(default_factory=TlsSpec)
    venues: tuple[VenueSpec, ...]


def load_host(path: Path) -> HostSpec:
    """Read the file. Raises ConfigError: one line with the place."""
    root = read_toml(path)
    admin = root.table("admin")
    spec = HostSpec(
        seed=root.integer("seed", 1, 0, 2**63 - 1),
        admin_host=admin.text("host", "127.0.0.1"),
        admin_port=admin.integer("port", 0, 0, 65_535),
        tls=_tls(root.table("tls"), path.parent),
        venues=tuple(_venue(table, path.parent) for table in root.tables("venues")),
    )
    admin.done()
    root.done()
    if not spec.venues:
        raise ConfigError(f"{path}: no venue: add [[venues]] with protocol = {PROTOCOLS[0]!r}")
    names = [venue.name for venue in spec.venues]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"{path}: two venues are named {name!r}: give one another name")
    if spec.admin_host not in ("127.0.0.1", "::1", "localhost"):
        raise ConfigError(f"{path}: [admin]: host is {spec.admin_host!r}: it is for loopback only")
    return spec


def _tls(table: TomlTable, base: Path) -> TlsSpec:
    paths = [base / table.text(k) if k in table else None for k in ("certificate", "key")]
    spec = TlsSpec(certificate=paths[0], key=paths[1], self_signed=table.flag("self_signed", False))
    if (spec.certificate is None) != (spec.key is None):
        raise ConfigError(f"{table.where}: write certificate and key, or neither")
    table.known.update(("certificate", "key"))
    table.done()
    return spec


def _venue(table: TomlTable, base: Path) -> VenueSpec:
    protocol = table.text("protocol", None, PROTOCOLS)
    limits = table.table("limits")
    spec = VenueSpec(
        name=table.text("name", protocol),
        protocol=protocol,
        host=table.text("host", "127.0.0.1"),
        port=table.integer("port", 0, 0, 65_535),
        clock_skew_ms=table.integer("clock_skew_ms", 0, -SKEW_MS_MAX, SKEW_MS_MAX),
        limits=_limits(limits, protocol),
        markets=tuple(_market(t, protocol, base) for t in table.tables("markets")),
        accounts=tuple(_account(t, base) for t in table.tables("accounts")),
        faults=tuple(_fault(t) for t in table.tables("faults")),
    )
    table.done()
    if not spec.markets:
        raise ConfigError(f"{table.where}: no market: add [[venues.markets]] with a symbol")
    symbols = [entry.market.symbol for entry in spec.markets]
    if len(set(symbols)) != len(symbols):
        raise ConfigError(f"{table.where}: a market stands twice: {', '.join(symbols)}")
    return spec


def _limits(table: TomlTable, protocol: str) -> dict[str, int]:
    """Numbers by name; the protocol's own table says which there are."""
    from tickpath.venues.sim.server.protocols import limit_names

    found = {}
    for name in limit_names(protocol):
        if name in table:
            found[name] = table.integer(name, None, 0, COUNT_MAX)
        table.known.add(name)
    table.done()
    return found


def _market(table: TomlTable, protocol: str, base: Path) -> MarketSpec:
    symbol = table.text("symbol")
    market = _sizes(table, symbol, protocol, _shipped(protocol, symbol))
    source = table.text("source", "generated", SOURCES)
    recording = tuple(base / p for p in table.texts("recording", ()))
    if (source == "recording") != bool(recording):
        raise ConfigError(f"{table.place('recording')}: name files for source = 'recording' alone")
    fills = table.text("fills", "book", FILLS)
    if fills == "queue" and (source != "recording" or not protocol.startswith("binance")):
        raise ConfigError(f"{table.place('fills')}: 'queue' is for recordings of Binance alone")
    spec = MarketSpec(
        market=market,
        source=source,
        mid=_units(table, "mid", None if source == "generated" else Decimal(0)),
        size_max=_units(table, "size_max", Decimal(1)),
        events_per_s=table.integer("events_per_s", 20, 0, 1_000_000),
        touch_ppm=table.integer("touch_ppm", 0, 0, PPM),
        recording=recording,
        fills=fills,
        sim=_queue(table) if fills == "queue" else SimSpec(),
    )
    table.done()
    return spec


def _queue(table: TomlTable) -> SimSpec:
    """How orders wait, as the table [sim] of a run says it."""
    base = SimSpec()
    return SimSpec(
        queue=table.text("queue", base.queue, tuple(QUEUES)),
        queue_power=table.integer("queue_power", base.queue_power, 1, POWER_MAX),
        partial_fills=table.flag("partial_fills", base.partial_fills),
    )


def _units(table: TomlTable, key: str, default: Decimal | None) -> int:
    """A decimal in 10^-8. Raises ConfigError."""
    value = table.decimal(key, default)
    try:
        return parse(format(value, "f"))
    except NumberError as error:
        raise ConfigError(f"{table.place(key)} is {value}: {error}") from error


def _sizes(table: TomlTable, symbol: str, protocol: str, known: InstrumentEntry | None) -> Market:
    """What the market trades; keys that are absent are those of the shipped instrument."""
    market = Market(
        symbol=symbol,
        base=table.text("base", known.base if known else None),
        quote=table.text("quote", known.quote if known else None),
        linear=protocol == "binance-usdm",
        tick=_units(table, "tick_size", known.tick_size if known else None),
        step=_units(table, "lot_size", (known.order_step or known.lot_size) if known else None),
        quantity_min=_units(table, "quantity_min", known.quantity_min if known else None),
        quantity_max=_units(table, "quantity_max", known.quantity_max if known else None),
        notional_min=_units(table, "notional_min", known.notional_min if known else Decimal(0)),
        maker_fee_ppm=table.integer(
            "maker_fee_ppm", known.maker_fee_ppm if known else None, 0, PPM_MAX
        ),
        taker_fee_ppm=table.integer(
            "taker_fee_ppm", known.taker_fee_ppm if known else None, 0, PPM_MAX
        ),
        band_ppm=table.integer("band_ppm", 5_000_000, 0, COUNT_MAX),
    )
    if market.tick <= 0 or market.step <= 0:
        raise ConfigError(f"{table.where}: tick_size and lot_size are above 0")
    return market


def _shipped(protocol: str, symbol: str) -> InstrumentEntry | None:
    """Metadata of the shipped instruments, if there are any."""
    return load_instruments().entries.get((SHIPPED.get(protocol, protocol), symbol))


def _account(table: TomlTable, base: Path) -> AccountSpec:
    money = table.table("balances")
    balances = {asset: _units(money, asset, None) for asset in money.data}
    spec = AccountSpec(
        name=table.text("name"),
        balances=balances,
        keys=tuple(_key(entry, base) for entry in table.tables("keys")),
        leverage=table.integer("leverage", 20, 1, 125),
        hedging=table.flag("hedging", False),
        can_withdraw=table.flag("can_withdraw", False),
    )
    table.done()
    return spec


def _key(table: TomlTable, base: Path) -> ApiKey:
    """A shared secret, or the file of a public key."""
    kind = table.text("kind", None, KEY_KINDS)
    shared = kind in ("hmac", "kraken")
    name = table.text("name")
    if shared:
        secret = table.text("secret")
    else:
        path = base / table.text("public_key")
        try:
            secret = path.read_text()
        except OSError as error:
            raise ConfigError(f"{table.place('public_key')}: {path}: {error.strerror}") from error
        if not fits(kind, secret):
            raise ConfigError(
                f"{table.place('public_key')}: {path}: no public key of kind {kind} in PEM"
            )
    table.done()
    return ApiKey(name, kind, secret)


def fits(kind: str, pem: str) -> bool:
    """Whether a text is a public key of a kind; a private one is none."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    from tickpath.venues.sim.server.binance.signing import public_key

    types = {
        "ed25519": ed25519.Ed25519PublicKey,
        "rsa": rsa.RSAPublicKey,
        "es256": ec.EllipticCurvePublicKey,
    }
    try:
        key = public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        return False
    return isinstance(key, types[kind])


def _fault(table: TomlTable) -> tuple[int, Fault]:
    """When, in seconds after the start, and what."""
    at_s = table.decimal("at_s", Decimal(0))
    if at_s < 0:
        raise ConfigError(f"{table.place('at_s')} is {at_s}: write 0 or more")
    fault = fault_of(table)
    table.done()
    return int(at_s * 10**9), fault


def fault_of(table: TomlTable) -> Fault:
    """A fault of its table; a request to the admin endpoint has the same keys."""
    return Fault(
        kind=table.text("kind"),
        count=table.integer("count", 1, 1, COUNT_MAX),
        after=table.integer("after", 0, 0, COUNT_MAX),
        probability_ppm=table.integer("probability_ppm", 10**6, 1, 10**6),
        channel=table.text("channel", "", ("", "market", "user", "api", "rest")),
        tag=table.text("tag", ""),
        symbol=table.text("symbol", ""),
        account=table.text("account", ""),
        value=table.integer("value", 0, -SKEW_MS_MAX, SKEW_MS_MAX),
        text=table.text("text", ""),
    )
