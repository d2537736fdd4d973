"""What of an instrument differs from the venue's product, in a check and before trading."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from support import FIXTURES, require
from venues.coinbase.order_world import PRODUCTS, World, json_reply, product_row
from venues.coinbase.wire_frames import product

from tickpath.venues.coinbase.products import RESTS, compare, misfits
from tickpath.venues.order_steps import ScriptError

ABOUT = product(*PRODUCTS[0])
FAULTS = [
    ({"price_increment": "0.02"}, "tick 0.01, the venue's is 0.02"),
    ({"price_increment": "0"}, "tick 0.01, the venue's is 0"),
    ({"base_increment": "0.0000001"}, "step 1E-8, the venue's is 1E-7"),
    ({"base_min_size": "0.001"}, "smallest quantity 1E-8, the venue's is 0.001"),
    ({"base_max_size": "10"}, "largest quantity 9000, the venue's is 10"),
    ({"quote_min_size": "1.01"}, "smallest notional 1, the venue's is 1.01"),
]


@pytest.mark.parametrize(("fields", "text"), FAULTS)
def test_a_product_that_orders_do_not_fit(fields: dict[str, str], text: str) -> None:
    rows = [product_row(*PRODUCTS[0], **fields)]
    (finding,) = compare(rows, [ABOUT])
    assert (finding.ok, finding.found) == (False, text)
    assert misfits(rows, [ABOUT]) == f"BTC-USD: {text}"


def test_a_product_that_fits() -> None:
    rows = [product_row("X-USD", "1", "1"), product_row(*PRODUCTS[0], base_increment="0.000000001")]
    (finding,) = compare(rows, [ABOUT])
    assert finding.ok
    assert misfits(rows, [ABOUT]) == ""


def test_orders_may_be_coarser_than_books() -> None:
    rows = [product_row(*PRODUCTS[0], base_increment="0.0001")]
    assert not compare(rows, [ABOUT])[0].ok
    assert compare(rows, [replace(ABOUT, order_step=Decimal("0.001"))])[0].ok


@pytest.mark.parametrize("mark", RESTS)
def test_a_product_that_rests_is_found_by_a_check_and_keeps_nobody_out(mark: str) -> None:
    rows = [product_row(*PRODUCTS[0], **{mark: True})]
    assert mark in compare(rows, [ABOUT])[0].found
    assert misfits(rows, [ABOUT]) == ""


def test_an_unknown_product() -> None:
    assert not compare([], [ABOUT])[0].ok
    assert "not known" in misfits([], [ABOUT])


@pytest.mark.parametrize("value", ["x", None, "NaN", {}])
def test_what_is_no_number_is_a_fault(value: Any) -> None:
    with pytest.raises(ScriptError):
        misfits([product_row(*PRODUCTS[0], base_min_size=value)], [ABOUT])


@pytest.mark.recordings
def test_a_published_answer_fits_the_shipped_instrument() -> None:
    row = json.loads(require(FIXTURES / "coinbase/nautilus/http_product.json").read_text())
    about = replace(ABOUT, quantity_max=Decimal(3400))
    assert compare([row], [about])[0].ok


def test_a_session_does_not_begin_with_wrong_instruments() -> None:
    world = World()
    world.products[0]["price_increment"] = "0.05"
    with pytest.raises(ScriptError, match="tick") as fault:
        world.run(world.dialect.establish())
    assert fault.value.lasting
    assert world.dials == []
    (asked,) = [c for c in world.calls if c.path.endswith("/products")]
    assert asked.target.endswith("?product_ids=BTC-USD")


@pytest.mark.parametrize("body", [{}, {"products": [1]}, {"products": None}, b"{"])
def test_an_answer_without_products_ends_it(body: Any) -> None:
    world = World()
    world.answers["products"] = lambda _: json_reply(200, body)
    with pytest.raises(ScriptError):
        world.run(world.dialect.establish())
