"""Shared by the tests of routing: small markets of several venues, and an exhaustive search.

The search knows nothing of the router's segments: it walks the displayed levels lot by lot in
fractions and tries every quantity that each venue allows.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, NamedTuple

from support import btcusdt, config_of

from tickpath.core.config import Config, Instrument, RouteSpec
from tickpath.core.records import (
    BookStatus,
    BookTop,
    Intent,
    IntentKind,
    Level,
    OrderType,
    Side,
    TimeInForce,
)

BACKENDS = ["reference", "native"]
ONE = 10**12
VENUES = tuple(f"venue{k}" for k in range(8))


def at(venue: int, **changes: Any) -> Instrument:
    """A thing of 1.00 a tick and 1 a lot on a venue, no fees and no minimum notional."""
    base: dict[str, Any] = {
        "tick_size": Decimal(1), "lot_size": Decimal(1), "quantity_min": Decimal(1),
        "quantity_max": Decimal(10**9), "notional_min": Decimal(0), "maker_fee_ppm": 0,
        "taker_fee_ppm": 0,
    }  # fmt: skip
    return btcusdt(venue=venue, **{**base, **changes})


def split_config(*instruments: Instrument, **changes: Any) -> Config:
    """A configuration that splits orders over these instruments."""
    spec = replace(RouteSpec(split=True), **changes)
    return config_of(*instruments, venues=VENUES, route=spec)


def book(asks: Sequence[tuple[int, int]] = (), bids: Sequence[tuple[int, int]] = ()) -> BookTop:
    """A good book of these levels."""
    ask, bid = (asks or [(0, 0)])[0], (bids or [(0, 0)])[0]
    return BookTop(
        *bid, *ask, status=BookStatus.OK, bids=[Level(*x) for x in bids],
        asks=[Level(*x) for x in asks],
    )  # fmt: skip


def take(lots: int, ticks: int = 0, **changes: Any) -> Intent:
    """An order that takes up to a limit; without one a market order."""
    kind = OrderType.LIMIT if ticks else OrderType.MARKET
    base = Intent(
        IntentKind.SUBMIT, 0, 0, type=kind, time_in_force=TimeInForce.IOC, price_ticks=ticks,
        quantity_lots=lots,
    )  # fmt: skip
    return replace(base, **changes)


class Offer(NamedTuple):
    """One venue in the eyes of the search: what each allowed quantity costs, in base units."""

    lot: Fraction
    allowed: list[Fraction]
    levels: list[tuple[Fraction, Fraction]]
    beyond: Fraction


def offers_of(config: Config, tops: Sequence[BookTop], intent: Intent) -> list[Offer | None]:
    """Every instrument of the configuration as an offer; None: it cannot take part."""
    home = config.instruments[0]
    wanted = intent.quantity_lots * Fraction(home.lot_size)
    limit = intent.price_ticks * Fraction(home.tick_size)
    found: list[Offer | None] = []
    for i, top in zip(config.instruments, tops, strict=True):
        side = top.asks if intent.side == Side.BUY else top.bids
        tick, lot = Fraction(i.tick_size), Fraction(i.lot_size)
        factor = 1 + Fraction(i.taker_fee_ppm, 10**6) * (1 if intent.side == Side.BUY else -1)
        sign = 1 if intent.side == Side.BUY else -1
        levels, covered, last = [], Fraction(0), Fraction(0)
        for ticks, lots in side:
            price = ticks * tick
            if covered >= wanted or (limit and sign * (price - limit) > 0):
                break
            levels.append((sign * price * factor, lots * lot))
            covered, last = covered + lots * lot, price
        if (limit / tick).denominator != 1 or (not limit and not levels):
            found.append(None)
            continue
        floor = Fraction(i.notional_min) / (limit or side[0].price_ticks * tick)
        allowed = [
            n * lot
            for n in range(i.order_step_lots, int(wanted / lot) + 1, i.order_step_lots)
            if i.quantity_lots_min <= n <= i.quantity_lots_max and n * lot >= floor
        ]
        if not allowed:
            found.append(None)
            continue
        found.append(Offer(lot, allowed, levels, sign * (limit or last) * factor))
    bound = max(
        (abs(x) for o in found if o for x in (o.beyond, *(r for r, _ in o.levels))),
        default=Fraction(0),
    )
    return [o and o._replace(beyond=o.beyond + bound) for o in found]


def cost_of(offer: Offer, quantity: Fraction) -> Fraction:
    """What a quantity costs there, level by level."""
    total = Fraction(0)
    for rate, size in offer.levels:
        taken = min(size, quantity)
        total += taken * rate
        quantity -= taken
    return total + quantity * offer.beyond


def exhaustive(
    offers: Sequence[Offer | None], wanted: Fraction, children_max: int
) -> Fraction | None:
    """The least cost over every combination of allowed quantities, one sum of quantities at a time;
    None when no combination sums to the order."""
    sums: dict[tuple[Fraction, int], Fraction] = {(Fraction(0), 0): Fraction(0)}
    for offer in offers:
        if offer is None:
            continue
        step = dict(sums)
        choices = [(q, cost_of(offer, q)) for q in offer.allowed]
        for (done, count), cost in sums.items():
            for quantity, more in choices:
                key = (done + quantity, count + 1)
                if key[0] > wanted or key[1] > children_max:
                    continue
                if key not in step or cost + more < step[key]:
                    step[key] = cost + more
        sums = step
    return min((cost for (done, _), cost in sums.items() if done == wanted), default=None)


def every_combination(
    offers: Sequence[Offer | None], wanted: Fraction, children_max: int
) -> Fraction | None:
    """The same without any cleverness: the product of all choices."""
    choices = [
        [(Fraction(0), Fraction(0)), *((q, cost_of(o, q)) for q in o.allowed)]
        for o in offers
        if o is not None
    ]
    costs = [
        sum((c for _, c in picked), Fraction(0))
        for picked in product(*choices)
        if sum(q for q, _ in picked) == wanted and sum(1 for q, _ in picked if q) <= children_max
    ]
    return min(costs, default=None)


def random_levels(rng: Random, side: int, tick: int) -> list[tuple[int, int]]:
    """One to five levels around 100.00, best first."""
    price, levels = 100 // tick, []
    for _ in range(rng.randrange(0, 6)):
        price += rng.randrange(1, 4) * (1 if side == Side.BUY else -1)
        levels.append((price, rng.randrange(1, 7)))
    return levels


def random_case(rng: Random) -> tuple[Config, list[BookTop], Intent]:
    """Venues of unlike ticks, lots, steps, bounds and fees, and an order that takes."""
    side = rng.choice(list(Side))
    instruments = []
    tops = []
    for k in range(rng.randrange(2, 5)):
        lot, tick = rng.choice([1, 1, 1, 2, 3, 4, 5, 6]), rng.choice([1, 1, 1, 2])
        if k == 0:
            lot, tick = 1, 1
        step = rng.choice([1, 1, 2, 3])
        least, more = rng.choice([1, 1, 2, 5]), rng.randrange(4, 30)
        instruments.append(
            at(
                k,
                tick_size=Decimal(tick),
                lot_size=Decimal(lot),
                order_step=Decimal(lot * step) if step > 1 else None,
                quantity_min=Decimal(least * lot),
                quantity_max=Decimal((least + more) * lot),
                notional_min=Decimal(rng.choice([0, 0, 300, 900])),
                taker_fee_ppm=rng.choice([0, 0, 1000, 10_000, -5000]),
            )
        )
        levels = random_levels(rng, side, tick)
        tops.append(book(asks=levels) if side == Side.BUY else book(bids=levels))
    config = split_config(*instruments, children_max=rng.choice([1, 2, 3, 4, 8]))
    ticks = rng.choice([0, 0, 100, 104, 110, 95, 90])
    return config, tops, take(rng.randrange(1, 31), ticks, side=side)
