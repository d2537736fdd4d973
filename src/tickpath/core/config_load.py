"""Builds a `Config`: from a TOML file, or for a recording from a venue and symbols.

Every mistake is one line: file, key, what to do. Limits can only be tightened. Unknown keys are
refused. A minimal file:

    [[sources]]
    venue = "binance-spot"
    symbols = ["BTCUSDT"]

    [[strategies]]
    name = "market_maker"
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from tickpath.core.backend import Backend
from tickpath.core.config import (
    CEILINGS,
    COST_METHODS,
    VENUE_KINDS,
    VENUE_ORDERS,
    VENUES,
    WIRES,
    AccountSpec,
    Config,
    Currency,
    ExecuteSpec,
    Instrument,
    ModelSpec,
    RiskSpec,
    RouteSpec,
    SimSpec,
    Source,
    StrategySpec,
    content_hash,
)
from tickpath.core.config_algorithms import algorithms_of
from tickpath.core.config_control import breakers_of, drawdown_of
from tickpath.core.config_lane import check_lane, lane_of
from tickpath.core.config_portfolio import portfolio_of
from tickpath.core.config_sim import sim_of
from tickpath.core.errors import ConfigError, GridError
from tickpath.core.fixed import units_of
from tickpath.core.instruments_file import (
    InstrumentTable,
    load_instruments,
    to_instrument,
)
from tickpath.core.limits import LIMITS
from tickpath.core.toml_table import TomlTable, read_toml

__all__ = ["BALANCES", "SourceChoice", "StrategyChoice", "config_from", "load_config"]

STAGES = ("feed", "book", "features", "model", "strategy", "risk", "route", "execute")
STALE_POLICIES = ("keep", "cancel", "reduce")
FOK_POLICIES = ("refuse", "send")
MODEL_KINDS = ("none", "dense", "trees", "recurrent", "onnx")
RATES = (
    "order_rate_per_s",
    "order_burst",
    "venue_order_rate_per_s",
    "venue_order_burst",
    "message_rate_per_s",
    "message_burst",
    "venue_message_rate_per_s",
    "venue_message_burst",
)
BALANCES: Mapping[str, Decimal] = {
    "USDT": Decimal(100_000),
    "USDC": Decimal(100_000),
    "FDUSD": Decimal(100_000),
    "USD": Decimal(100_000),
    "EUR": Decimal(100_000),
    "GBP": Decimal(100_000),
    "BTC": Decimal(1),
}
"""Starting equity unless configured."""

_NS_MAX = 60 * 10**9
_WORD_MAX = 2**63 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceChoice:
    """A source by names: `symbols` of one venue on one connection."""

    venue: str
    symbols: Sequence[str]
    name: str = ""
    depth: int = 0
    wire: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategyChoice:
    """A strategy by names. `instruments` are "venue:SYMBOL" or a symbol that only one venue of the
    configuration has; empty means all."""

    name: str
    instruments: Sequence[str] = ()
    params: Mapping[str, int | float] = field(default_factory=dict)


class _Names:
    """Instruments, currencies and sources while their indices are given out."""

    def __init__(self, where: str, metadata: InstrumentTable) -> None:
        self.where = where
        self.metadata = metadata
        self.currencies: dict[str, int] = {}
        self.instruments: dict[tuple[str, str], Instrument] = {}
        self.sources: list[Source] = []

    def add_source(self, choice: SourceChoice) -> None:
        if choice.venue not in VENUES:
            raise ConfigError(
                f"{self.where}: venue {choice.venue!r} is not known: "
                f"choose one of {', '.join(VENUES)}"
            )
        if not choice.symbols:
            raise ConfigError(f"{self.where}: a source on {choice.venue} names no symbols: add one")
        indices = tuple(self.add_instrument(choice.venue, s).index for s in choice.symbols)
        name = choice.name or f"{choice.venue}-{len(self.sources)}"
        if any(source.name == name for source in self.sources):
            raise ConfigError(f"{self.where}: two sources are named {name!r}: rename one")
        self.sources.append(
            Source(
                name=name,
                venue=VENUES.index(choice.venue),
                instruments=indices,
                depth=choice.depth,
                wire=choice.wire,
            )
        )
        _bound(len(self.sources), "sources_max", f"{self.where}: sources")

    def add_instrument(self, venue: str, symbol: str) -> Instrument:
        key = (venue, symbol)
        if key not in self.instruments:
            _bound(len(self.instruments) + 1, "instruments_max", f"{self.where}: instruments")
            entry = self.metadata.find(venue, symbol)
            for currency in (entry.base, entry.quote, entry.settle):
                self.currencies.setdefault(currency, len(self.currencies))
            self.instruments[key] = to_instrument(
                entry,
                len(self.instruments),
                VENUES.index(venue),
                self.currencies,
                self.metadata.currency_decimals(entry.settle),
            )
        return self.instruments[key]

    def add_account(self, account: AccountSpec) -> None:
        """Currencies that no instrument uses: fees and transfers may come in them."""
        for currency in account.currencies:
            self.currencies.setdefault(currency, len(self.currencies))
        _bound(len(self.currencies), "currencies_max", f"{self.where}: currencies")
        if account.reporting and account.reporting not in self.currencies:
            raise ConfigError(
                f"{self.where}: [account]: reporting names {account.reporting!r}, which is no "
                f"currency here: choose one of {', '.join(self.currencies)}"
            )

    def find(self, name: str, where: str) -> int:
        """Index of "venue:SYMBOL" or of a symbol that is there once."""
        venue, _, symbol = name.rpartition(":")
        found = [
            instrument.index
            for (at, known), instrument in self.instruments.items()
            if known == symbol and venue in ("", at)
        ]
        if len(found) == 1:
            return found[0]
        known = ", ".join(f"{at}:{symbol}" for at, symbol in self.instruments)
        problem = "is in no source" if not found else "is on several venues"
        raise ConfigError(f"{where}: {name!r} {problem}: write one of {known}")

    def strategies(self, choices: Sequence[StrategyChoice]) -> tuple[StrategySpec, ...]:
        _bound(len(choices), "strategies_max", f"{self.where}: strategies")
        return tuple(
            StrategySpec(
                name=choice.name,
                instruments=tuple(
                    self.find(name, f"{self.where}: strategy {choice.name}")
                    for name in choice.instruments
                )
                or tuple(range(len(self.instruments))),
                params=dict(choice.params),
            )
            for choice in choices
        )

    def currency_table(self) -> tuple[Currency, ...]:
        return tuple(
            Currency(name=name, decimals=self.metadata.currency_decimals(name))
            for name in self.currencies
        )

    def balances(self, given: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
        """The given starting equity, or the usual one of each settle currency."""
        chosen = BALANCES if given is None else given
        names = list(self.currencies)
        settled = {names[i.settle] for i in self.instruments.values()}
        for name, amount in chosen.items():
            place = f"{self.where}: [balances]: {name}"
            if given is not None and name not in self.currencies:
                known = ", ".join(names)
                raise ConfigError(f"{place}: no instrument uses this currency; known: {known}")
            if amount < 0:
                raise ConfigError(f"{place} is negative: write 0 or more")
            try:
                units = units_of(amount, self.metadata.currency_decimals(name))
            except GridError as error:
                raise ConfigError(f"{place}: {error}") from error
            if units > _WORD_MAX:
                raise ConfigError(f"{place} is {amount}: does not fit 64 bits, write less")
        for name in sorted(settled - set(chosen)):
            raise ConfigError(
                f"{self.where}: [balances] has no starting equity in {name}, in which an "
                f'instrument settles: add {name} = "..."'
            )
        return {name: chosen[name] for name in chosen if name in self.currencies}


def _bound(count: int, name: str, where: str) -> None:
    if count > LIMITS[name]:
        raise ConfigError(f"{where}: more than {name} = {LIMITS[name]} (limits.toml): use fewer")


def _assemble(
    where: str,
    metadata: InstrumentTable,
    sources: Sequence[SourceChoice],
    strategies: Sequence[StrategyChoice],
    balances: Mapping[str, Decimal] | None,
    account: AccountSpec | None = None,
) -> Config:
    if not sources:
        raise ConfigError(f"{where}: no [[sources]]: add one with venue and symbols")
    names = _Names(where, metadata)
    for choice in sources:
        names.add_source(choice)
    account = account or AccountSpec()
    names.add_account(account)
    return Config(
        account=account,
        currencies=names.currency_table(),
        venues=VENUES,
        instruments=tuple(names.instruments.values()),
        sources=tuple(names.sources),
        strategies=names.strategies(strategies),
        balances=names.balances(balances),
    )


def config_from(
    venue: str,
    symbols: Sequence[str],
    strategies: Sequence[StrategyChoice | str] = (),
    *,
    instruments: InstrumentTable | Path | str | None = None,
    balances: Mapping[str, Decimal] | None = None,
    seed: int = 1,
    risk: RiskSpec | None = None,
    sim: SimSpec | None = None,
    where: str = "command line",
) -> Config:
    """A configuration for recordings of one venue that come without one: one source a symbol."""
    sources = [SourceChoice(venue=venue, symbols=(symbol,)) for symbol in symbols]
    base = config_of_sources(
        sources, strategies, instruments=instruments, balances=balances, where=where
    )
    return replace(base, seed=seed, risk=risk or RiskSpec(), sim=sim or SimSpec())


def config_of_sources(
    sources: Sequence[SourceChoice],
    strategies: Sequence[StrategyChoice | str] = (),
    *,
    instruments: InstrumentTable | Path | str | None = None,
    balances: Mapping[str, Decimal] | None = None,
    where: str = "command line",
) -> Config:
    """A configuration of sources on any venues, everything else as it is by default."""
    table = (
        instruments if isinstance(instruments, InstrumentTable) else load_instruments(instruments)
    )
    choices = [StrategyChoice(name=s) if isinstance(s, str) else s for s in strategies]
    return _assemble(where, table, sources, choices, balances)


def load_config(path: Path | str, instruments_path: Path | str | None = None) -> Config:
    """The file as a `Config`. Instruments come from `instruments_path`, else from the file that the
    key `instruments` names (beside the configuration), and always from the shipped ones."""
    file = Path(path)
    root = read_toml(file)
    named = root.text("instruments", "")
    own = instruments_path if instruments_path is not None else named and file.parent / named
    base = _assemble(
        root.where,
        load_instruments(own or None),
        [_source(t) for t in root.tables("sources")],
        [_strategy(t, file.parent) for t in root.tables("strategies")],
        _balances(root) if "balances" in root else None,
        _account(root.table("account")),
    )
    root.known.update(("balances", "live"))
    config = replace(
        base,
        engine_id=root.integer("engine_id", base.engine_id, 1, 2**16 - 1),
        epoch=root.integer("epoch", base.epoch, 1, 2**16 - 1),
        seed=root.integer("seed", base.seed, 0, _WORD_MAX),
        stale_policy=root.text("stale_policy", base.stale_policy, STALE_POLICIES),
        model=_model(root.table("model"), file.parent),
        risk=_risk(root.table("risk")),
        breakers=breakers_of(root, base),
        drawdown=drawdown_of(root.table("drawdown")),
        execute=_execute(root.table("execute")),
        portfolio=portfolio_of(root.table("portfolio")),
        lane=lane_of(root.table("lane"), file.parent),
        route=_route(root.table("route")),
        algorithms=algorithms_of(root),
        sim=sim_of(root.table("sim"), file.parent),
        backends=_backends(root.table("backends")),
    )
    root.done()
    check_lane(config, root.where)
    return config


def _source(table: TomlTable) -> SourceChoice:
    choice = SourceChoice(
        name=table.text("name", ""),
        venue=table.text("venue", None, VENUES),
        symbols=table.texts("symbols"),
        depth=table.integer("depth", 0, 0, LIMITS["levels_per_frame_max"]),
        wire=table.text("wire", "", WIRES),
    )
    table.done()
    return choice


def _strategy(table: TomlTable, folder: Path) -> StrategyChoice:
    name = table.text("name")
    params = table.table("params")
    for key, value in params.data.items():
        if type(value) not in (int, float):
            raise ConfigError(f"{params.place(key)} is {value!r}: write a number")
    choice = StrategyChoice(
        name=str(folder / name) if "/" in name else name,
        instruments=table.texts("instruments", ()),
        params=dict(params.data),
    )
    table.done()
    return choice


def _balances(root: TomlTable) -> dict[str, Decimal]:
    table = root.table("balances")
    return {name: table.decimal(name) for name in table.data}


def _model(table: TomlTable, folder: Path) -> ModelSpec:
    path = table.text("path", "")
    kind = table.text("kind", "onnx" if path.endswith(".onnx") else "none", MODEL_KINDS)
    table.done()
    if (kind == "none") != (path == ""):
        raise ConfigError(f"{table.where}: kind {kind!r} with path {path!r}: give both or none")
    if not path:
        return ModelSpec()
    file = folder / path
    if file.is_symlink():
        # A link of a registry is switched while runs go on: they name the file behind it.
        file = file.parent / file.readlink()
    return ModelSpec(kind=kind, path=str(file), hash=content_hash(file))


def _risk(table: TomlTable) -> RiskSpec:
    base = RiskSpec()
    spec = RiskSpec(
        order_quantity_max=table.positive("order_quantity_max", base.order_quantity_max),
        order_notional_max=table.positive("order_notional_max", base.order_notional_max),
        position_ceiling_ppm=_tight(table, "position_ceiling_ppm", base.position_ceiling_ppm),
        price_collar_ppm=_tight(table, "price_collar_ppm", base.price_collar_ppm),
        stale_ns=_tight(table, "stale_ns", base.stale_ns),
        reference_collar_ppm=_tight(table, "reference_collar_ppm", base.reference_collar_ppm),
        fat_finger_ppm=_tight(table, "fat_finger_ppm", base.fat_finger_ppm),
        open_orders_max=_tight(table, "open_orders_max", base.open_orders_max),
        duplicate_ns=table.integer("duplicate_ns", 0, 0, LIMITS["duplicate_ns_max"]),
        **{name: _tight(table, name, getattr(base, name)) for name in RATES},
        gross_exposure_max=table.positive("gross_exposure_max", base.gross_exposure_max),
        net_exposure_max=table.positive("net_exposure_max", base.net_exposure_max),
        leverage_ppm=_tight(table, "leverage_ppm", base.leverage_ppm),
        concentration_ppm=_tight(table, "concentration_ppm", base.concentration_ppm),
    )
    table.done()
    return spec


def _tight(table: TomlTable, key: str, default: int) -> int:
    return table.tightened(key, default, LIMITS[CEILINGS[key]], CEILINGS[key])


def _account(table: TomlTable) -> AccountSpec:
    base = AccountSpec()
    spec = AccountSpec(
        cost=table.text("cost", base.cost, COST_METHODS),
        hedging=tuple(table.texts("hedging", ())),
        currencies=tuple(table.texts("currencies", ())),
        reporting=table.text("reporting", base.reporting),
        fx_stale_ns=table.integer("fx_stale_ns", base.fx_stale_ns, 0, _WORD_MAX),
        cash=tuple(table.texts("cash", ())),
        margin_ppm=table.integer("margin_ppm", base.margin_ppm, 1, 1_000_000),
    )
    for venue in spec.cash:
        if VENUE_KINDS.get(venue) != "spot":
            spot = [name for name in VENUES if VENUE_KINDS[name] == "spot"]
            raise ConfigError(
                f"{table.place('cash')} names {venue!r}: orders are paid in cash on "
                f"{', '.join(spot)}"
            )
    for venue in spec.hedging:
        if VENUE_KINDS.get(venue, "spot") == "spot":
            futures = [name for name in VENUES if VENUE_KINDS[name] != "spot"]
            raise ConfigError(
                f"{table.place('hedging')} names {venue!r}: long and short positions are kept on "
                f"{', '.join(futures)}"
            )
    table.done()
    return spec


def _execute(table: TomlTable) -> ExecuteSpec:
    spec = ExecuteSpec(venue_orders=tuple(table.texts("venue_orders", ())))
    known = [f"{venue}:{kind}" for venue in VENUES for kind in VENUE_ORDERS]
    for name in spec.venue_orders:
        if name not in known:
            raise ConfigError(
                f"{table.place('venue_orders')} names {name!r}: write venue:type with a type of "
                f"{', '.join(VENUE_ORDERS)}"
            )
    table.done()
    return spec


def _route(table: TomlTable) -> RouteSpec:
    base = RouteSpec()
    latency = table.table("latency_ns")
    spec = RouteSpec(
        latency_ns=tuple(latency.integer(venue, 0, 0, _NS_MAX) for venue in VENUES),
        latency_cost_ppm_per_ms=table.integer("latency_cost_ppm_per_ms", 0, 0, 1_000_000),
        split=table.flag("split", base.split),
        split_resting=table.flag("split_resting", base.split_resting),
        children_max=table.integer("children_max", base.children_max, 1, LIMITS["venues_max"]),
        fok=table.text("fok", base.fok, FOK_POLICIES),
        flow_ns=table.integer("flow_ns", base.flow_ns, 1, _NS_MAX),
    )
    latency.done()
    table.done()
    return spec if latency.data else replace(spec, latency_ns=())


def _backends(table: TomlTable) -> dict[str, str]:
    chosen = {stage: table.text(stage, None, tuple(Backend)) for stage in STAGES if stage in table}
    table.known.update(STAGES)
    table.done()
    return chosen
