"""abi 2: the numpy dtypes are the structs of records.h, field by field."""

import ctypes

import numpy as np
import pytest
from strategy_support import view_of

from tickpath.core.compiled import sizes
from tickpath.core.errors import ConfigError
from tickpath.core.records import INTENT_DTYPE, Intent, OpenOrder
from tickpath.hot.strategy.bodies import AddressBody, capsule_address, native_capsule
from tickpath.hot.strategy.declare import declare
from tickpath.hot.strategy.discover import find
from tickpath.hot.strategy.intents import Intents
from tickpath.hot.strategy.layout import (
    BBO_DTYPE,
    INTENTS_DTYPE,
    OPEN_ORDER_DTYPE,
    TOP_DTYPE,
    VIEW_DTYPE,
    pack_view,
    unpack_intents,
)


def test_sizes_are_those_of_the_compiler() -> None:
    for name, dtype in (
        ("tp_view", VIEW_DTYPE),
        ("tp_intents", INTENTS_DTYPE),
        ("tp_intent", INTENT_DTYPE),
        ("tp_open_order", OPEN_ORDER_DTYPE),
        ("tp_book_top", TOP_DTYPE),
        ("tp_bbo", BBO_DTYPE),
    ):
        assert dtype.itemsize == sizes()[name], name


def test_fields_lie_where_c_would_put_them() -> None:
    """Packed and aligned layouts agree, so no field can be displaced by padding."""

    def aligned(dtype: np.dtype) -> np.dtype:  # type: ignore[type-arg]
        fields = []
        for name in dtype.names or ():
            kind = dtype[name]
            base, shape = kind.subdtype or (kind, ())
            fields.append((name, aligned(base) if base.names else base, shape))
        return np.dtype(fields, align=True)

    for dtype in (VIEW_DTYPE, INTENTS_DTYPE):
        other = aligned(dtype)
        assert other.itemsize == dtype.itemsize
        for name in dtype.names or ():
            assert other.fields is not None
            assert dtype.fields is not None
            assert other.fields[name][1] == dtype.fields[name][1], name


def test_a_view_is_packed_completely() -> None:
    record = np.zeros(1, VIEW_DTYPE)[0]
    order = OpenOrder(9, 8, 7, 1, 2, 3)
    view = view_of(
        strategy=2, seq=5, orders=[order], order=order, features=[1.5, 2.5], score=0.25,
        timer_tag=4, fill_ticks=6, fill_lots=7, params_i=[1, -2], params_f=[0.5], random=2**64 - 1,
        open_buy_lots=11, open_sell_lots=12, position_lots=-13,
    )  # fmt: skip
    pack_view(view, record)
    assert record["abi"] == 2
    assert record["order_count"] == 1
    assert record["orders"][0].item()[:6] == (9, 8, 7, 1, 2, 3)
    assert record["order"]["client_order_id"] == 9
    assert record["top"]["bids"][1]["price_ticks"] == view.top.bids[1].price_ticks
    assert (record["top"]["bid_count"], record["top"]["ask_count"]) == (3, 3)
    assert list(record["features"][:3]) == [1.5, 2.5, 0.0]
    assert (record["score_valid"], record["score"]) == (1, 0.25)
    assert list(record["params_i"][:3]) == [1, -2, 0]
    assert record["random"] == 2**64 - 1
    assert (record["position_lots"], record["seq"], record["timer_tag"]) == (-13, 5, 4)
    assert record["bbo"]["ask_ticks"] == view.bbo.ask_ticks
    assert record["trade"]["price_ticks"] == view.trade.price_ticks


def test_intents_are_read_back() -> None:
    record = np.zeros(1, INTENTS_DTYPE)[0]
    record["count"] = 2
    record["items"][1] = (1, 2, 3, 1, 2, 1, 1, -5, 6, 7, 2**64 - 1, 9, 10, 11, 12, 13, 2)
    wanted = Intent(1, 2, 3, 1, 2, 1, 1, -5, 6, 7, 2**64 - 1, 9, 10, 11, 12, 13, 2)
    assert unpack_intents(record, 1) == [wanted]


def test_a_compiled_body_can_be_called_by_its_address() -> None:
    """The reference runs compiled code alone when there is no Python body."""
    declaration = find("every_event")
    address = capsule_address(declaration, native_capsule(declaration))
    assert capsule_address(declaration, address) == address
    view = view_of(params_i=[10**10, 0, 1, 0, 10, 1, 0, 1, 0, 0, 0])
    out = Intents(view)
    block = np.zeros(1, declaration.state)
    AddressBody(address)(view, block[0], out)
    assert [(i.price_ticks, i.quantity_lots) for i in out.items] == [(view.top.ask_ticks, 162)]
    assert block["sent"][0] == 1


def test_a_capsule_of_another_kind_is_refused() -> None:
    new = ctypes.pythonapi.PyCapsule_New
    new.restype, new.argtypes = (
        ctypes.py_object,
        [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p],
    )
    name = b"tickpath.strategy.v1"
    wrong = declare(name="x", native=new(1, name, None), events=("book",))
    with pytest.raises(ConfigError, match="another abi"):
        capsule_address(wrong, native_capsule(wrong))
    missing = declare(name="x", native="tickpath.core.codes", events=("book",))
    with pytest.raises(ConfigError, match="export the capsule as BODY"):
        native_capsule(missing)
